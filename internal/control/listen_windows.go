package control

import (
	"fmt"
	"net"
	"time"

	"golang.org/x/sys/windows"

	"offhook/internal/pipe"
)

// DefaultAddress returns where a daemon listens: one address for the machine, whatever the data directory.
func DefaultAddress(string) string { return `\\.\pipe\offhook-config` }

// Listen opens the channel: a named pipe with PipeSecurity, unless another process has a pipe of that name.
func Listen(address string) (net.Listener, error) {
	owner, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return nil, fmt.Errorf("control: this process's account is unknown: %w", err)
	}
	me := owner.User.Sid.String()
	l, err := pipe.Listen(address, "O:"+me+PipeSecurity(me), pipe.Options{}) // clients check the owner
	if err != nil {
		return nil, fmt.Errorf("control: the channel cannot be opened; does another offhook run? %w", err)
	}
	return pipeListener{l}, nil
}

type pipeListener struct{ *pipe.Listener }

// Accept returns a connection that knows its caller.
func (l pipeListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return pipeConn{c.(*pipe.Conn)}, nil
}

type pipeConn struct{ *pipe.Conn }

// Finish waits until the client has read everything and closed its end, since Windows drops unread bytes when the server
// closes the pipe.
func (c pipeConn) Finish() {
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, _ = c.Read(make([]byte, 1))
}
