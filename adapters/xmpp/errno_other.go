//go:build !windows

package xmpp

import "syscall"

// The system\'s errors for a connection that was reset or refused.
const (
	errReset   = syscall.ECONNRESET
	errRefused = syscall.ECONNREFUSED
)
