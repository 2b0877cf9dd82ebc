package xmpp

import "syscall"

// What the system says of a connection that broke, or that nobody took: Winsock's numbers, which are not those of
// package syscall's names.
const (
	errReset   = syscall.WSAECONNRESET
	errRefused = syscall.Errno(10061) // WSAECONNREFUSED
)
