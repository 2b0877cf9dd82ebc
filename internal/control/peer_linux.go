package control

import (
	"fmt"
	"net"
	"syscall"
)

// peer is the user id of the process at the other end, as the kernel kept it (unix(7), SO_PEERCRED).
func peer(c net.Conn) (uid int, err error) {
	s, ok := c.(syscall.Conn)
	if !ok {
		return 0, fmt.Errorf("control: %T is no socket", c)
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
