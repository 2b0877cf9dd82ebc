//go:build !windows

package xmpp

import "syscall"

// What the system says of a connection that broke, or that nobody took.
const (
	errReset   = syscall.ECONNRESET
	errRefused = syscall.ECONNREFUSED
)
