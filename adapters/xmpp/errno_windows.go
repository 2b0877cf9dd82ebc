package xmpp

import "syscall"

// The system\'s errors for a connection that was reset or refused: Winsock's numbers, which are not those of
// package syscall's names.
const (
	errReset   = syscall.WSAECONNRESET
	errRefused = syscall.Errno(10061) // WSAECONNREFUSED
)
