//go:build !windows

package tapi

import (
	"net"
	"os"
	"time"
)

// listen opens a unix socket that only this user may connect to. A socket file nobody answers at is what a killed daemon
// left behind, and is replaced.
func listen(address string) (net.Listener, error) {
	if info, err := os.Lstat(address); err == nil && info.Mode()&os.ModeSocket != 0 {
		if c, err := net.DialTimeout("unix", address, time.Second); err == nil {
			c.Close()
			return nil, addressError(address, os.ErrExist)
		}
		if err := os.Remove(address); err != nil {
			return nil, addressError(address, err)
		}
	}
	l, err := net.Listen("unix", address)
	if err != nil {
		return nil, addressError(address, err)
	}
	if err := os.Chmod(address, 0o600); err != nil {
		l.Close()
		return nil, addressError(address, err)
	}
	return l, nil
}
