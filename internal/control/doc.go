// Package control is the channel over which an administrator, the configuration dialog and the command line speak to a
// running daemon: a named pipe on Windows, a unix socket elsewhere (decision A9's health, issue 3's configuration path).
//
// # The exchange
//
// One connection carries one request and one answer, in UTF-8 text, and is closed:
//
//	offhook 1 set            ok
//	host=pbx.example.com     changed=host
//	password=…               changed=password
//	(empty line)             (empty line)
//
// The first line of an answer may also be "error CODE text for people". Each further line is name=value; a name may
// repeat, the order is kept. In values %, line ends and other control characters are written as % and two hexadecimal
// digits per byte. A side that sends more than MaxMessage bytes, a malformed line or nothing for Patience is cut off.
//
// # Who asks
//
// The listener says who the caller is, from what the system knows about the connection and never from what the caller
// writes: on Windows from the token the caller connected with, elsewhere from the socket's mode, which lets only its
// owner in. A connection that cannot say who its caller is belongs to nobody, and nobody is let do anything. What a
// caller may do is decided by the Handler.
//
// # Use
//
//	l, err := control.Listen(control.DefaultAddress(dir))
//	go control.Serve(ctx, l, map[string]control.Handler{"status": status}, log)
//
//	answer, err := control.Call(ctx, address, "status", nil)   // err is a *control.Error when the daemon said no
package control
