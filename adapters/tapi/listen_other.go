//go:build !windows

package tapi

import (
	"errors"
	"net"
	"os"
	"time"
)

// listenLocal opens a unix socket that only this user may connect to: its mode decides, so nobody else's credentials can
// come and none are looked at. A socket file nobody answers at is what a killed daemon
// left behind, and is replaced.
func listenLocal(address string, a access) (net.Listener, error) {
	if len(a.grant) > 0 {
		return nil, addressError(address, errGrant)
	}
	if info, err := os.Lstat(address); err == nil && info.Mode()&os.ModeSocket != 0 {
		if c, err := net.DialTimeout("unix", address, time.Second); err == nil {
			c.Close()
			return nil, inUseError(address, os.ErrExist)
		}
		if err := os.Remove(address); err != nil {
			return nil, addressError(address, err)
		}
	}
	l, err := net.Listen("unix", address)
	if err != nil {
		return nil, inUseError(address, err)
	}
	if err := os.Chmod(address, 0o600); err != nil {
		l.Close()
		return nil, addressError(address, err)
	}
	return l, nil
}

var errGrant = errors.New("accounts of other machines can be let in on Windows only")
