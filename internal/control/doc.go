// Package control is the control channel, through which the command line and the dialogs reach a running daemon: a named
// pipe on Windows, a unix socket on other systems. It carries verbs and values and knows no verb itself; the daemon's
// handlers do. Begin reading at [Serve] and [Call].
//
// # The exchange
//
// One connection carries one request and one response, in UTF-8 text, and is closed:
//
//	offhook 1 set            ok
//	host=pbx.example.com     changed=host
//	password=…               changed=password
//	(empty line)             (empty line)
//
// The first line of a response may also be "error CODE text for people". Each further line is name=value; a name may
// repeat, the order is kept. In values %, line ends and other control characters are written as % and two hexadecimal
// digits per byte. The connection of a side that sends more than MaxMessage bytes or a malformed line, or needs longer than
// ExchangeTimeout, is closed.
//
// # Callers
//
// The listener gets the caller from the system and never from what the caller writes: on Windows from the token with which
// the caller connected, on other systems from the socket, whose mode lets only its owner in. A caller that the system does
// not name is denied every verb. Each Handler decides what a known caller may do.
//
// # Use
//
//	l, err := control.Listen(control.DefaultAddress(dir))
//	go control.Serve(ctx, l, map[string]control.Handler{"status": status}, log)
//
//	values, err := control.Call(ctx, address, "status", nil)   // err is a *control.Error if the daemon refused
package control
