//go:build !windows

package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// maxSocketPath is how long a unix socket's path may be on every system (unix(7)).
const maxSocketPath = 103

// DefaultAddress returns where a daemon with that data directory listens.
func DefaultAddress(dir string) string { return filepath.Join(dir, "control.sock") }

// Listen opens the channel: a unix socket that only this user may connect to. It replaces a socket file that no process
// serves, which a killed daemon leaves behind.
func Listen(address string) (net.Listener, error) {
	if len(address) > maxSocketPath {
		return nil, fmt.Errorf("control: the path of the socket has more than %d bytes: %s; give --control PATH, or none", maxSocketPath, address)
	}
	if info, err := os.Lstat(address); err == nil {
		if info.Mode()&os.ModeSocket == 0 {
			return nil, fmt.Errorf("control: %s exists and is no socket; remove it or give --control PATH", address)
		}
		if c, err := net.DialTimeout("unix", address, time.Second); err == nil {
			c.Close()
			return nil, fmt.Errorf("control: %s is served by another offhook; stop that first", address)
		}
		if err := os.Remove(address); err != nil {
			return nil, fmt.Errorf("control: %w", err)
		}
	}
	l, err := net.Listen("unix", address)
	if err != nil {
		return nil, fmt.Errorf("control: %w", err)
	}
	if err := os.Chmod(address, 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("control: %w", err)
	}
	return socketListener{l}, nil
}

type socketListener struct{ net.Listener }

// Accept returns a connection whose caller is this user or root. The socket's mode keeps other users out; before the mode
// is set, the check of the peer's user id does (peer_linux.go).
func (l socketListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return socketConn{c}, nil
}

type socketConn struct{ net.Conn }

// Caller returns the caller, who is this user or root and an administrator of this daemon.
func (c socketConn) Caller() (Caller, error) {
	uid, err := peerUID(c.Conn)
	if err != nil {
		return Caller{}, err
	}
	if uid != 0 && uid != os.Getuid() {
		return Caller{}, fmt.Errorf("control: user %d is neither this daemon's user nor root", uid)
	}
	return Caller{SID: "uid:" + strconv.Itoa(uid), User: "user " + strconv.Itoa(uid), Admin: true}, nil
}

func dial(ctx context.Context, address string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", address)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("control: %w at %s", ErrNoDaemon, address)
	}
	if err != nil {
		return nil, fmt.Errorf("control: %w", err)
	}
	return c, nil
}
