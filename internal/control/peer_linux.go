package control

import (
	"fmt"
	"net"
	"syscall"
)

// peerUID returns the user id of the process at the other end, from the kernel (unix(7), SO_PEERCRED).
func peerUID(c net.Conn) (uid int, err error) {
	s, ok := c.(syscall.Conn)
	if !ok {
		return 0, fmt.Errorf("control: %T is not a socket", c)
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("control: %w", err)
	}
	var cred *syscall.Ucred
	if e := raw.Control(func(fd uintptr) {
		cred, err = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	}); e != nil {
		err = e
	}
	if err != nil {
		return 0, fmt.Errorf("control: %w", err)
	}
	return int(cred.Uid), nil
}
