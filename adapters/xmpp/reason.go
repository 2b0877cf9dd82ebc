package xmpp

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
)

// Code is the stable name of a reason; programs compare it, people read Reason.Text.
type Code string

// The codes of Reason.
const (
	CodeStopped        Code = "stopped"         // Run's context is done
	CodeDropped        Code = "dropped"         // Session.Drop
	CodeClosed         Code = "closed"          // the server closed the stream or the connection in order
	CodeReset          Code = "reset"           // the connection broke
	CodeSilent         Code = "silent"          // the server stopped talking during login
	CodePingTimeout    Code = "ping-timeout"    // no answer to a ping
	CodeWriteStalled   Code = "write-stalled"   // the server reads nothing of what is sent
	CodeMalformed      Code = "malformed"       // the server sent something that is no XML or no XMPP
	CodeConflict       Code = "conflict"        // the same resource logged in elsewhere
	CodeSystemShutdown Code = "system-shutdown" // the server is going down
	CodeStreamError    Code = "stream-error"    // any other stream error; its condition is in the text
	CodeUnknownHost    Code = "unknown-host"    // the name does not resolve
	CodeRefused        Code = "refused"         // nothing listens there
	CodeUnreachable    Code = "unreachable"     // no route to the host, or no answer to TCP
	CodeNoTLS          Code = "no-tls"          // the server does not offer STARTTLS
	CodeTLS            Code = "tls"             // the TLS handshake failed
	CodeCertificate    Code = "certificate"     // the certificate is not believed
	CodeAuth           Code = "auth"            // user name or password refused
	CodeAuthTemporary  Code = "auth-temporary"  // the server cannot check the login now
	CodeMechanism      Code = "mechanism"       // no common way to log in
	CodeServerIdentity Code = "server-identity" // the server does not prove that it knows the password
	CodePassword       Code = "password"        // the password could not be read
	CodeBind           Code = "bind"            // the resource was not granted
	CodeHeld           Code = "held"            // Config.Before refused the attempt
	CodeOther          Code = "other"
)

// Reason says why a session ended or a login failed.
type Reason struct {
	Code      Code
	Text      string // a sentence for people, with the next step where there is one
	Temporary bool   // another attempt can succeed without a change by a person
}

// Error is a failure with its reason. Errors of this package's network side are of this type.
type Error struct {
	Reason
	Err error // what was behind it, or nil
}

// Error is the reason's text behind the package name.
func (e *Error) Error() string {
	if e.Err == nil {
		return "xmpp: " + e.Text
	}
	return "xmpp: " + e.Text + ": " + e.Err.Error()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

func newError(code Code, text string, err error) *Error {
	return &Error{Reason{code, text, temporary[code]}, err}
}

var temporary = map[Code]bool{
	CodeDropped: true, CodeClosed: true, CodeReset: true, CodeSilent: true, CodePingTimeout: true,
	CodeWriteStalled: true, CodeMalformed: true, CodeConflict: true, CodeSystemShutdown: true,
	CodeStreamError: true, CodeUnknownHost: true, CodeRefused: true, CodeUnreachable: true, CodeTLS: true,
	CodeAuthTemporary: true, CodeBind: true, CodePassword: true, CodeHeld: true, CodeOther: true,
}

// reasonOf returns the reason of any error: its own, else one by the system's error.
func reasonOf(err error) Reason {
	if e := new(Error); errors.As(err, &e) {
		r := e.Reason
		if e.Err != nil {
			r.Text += ": " + e.Err.Error()
		}
		return r
	}
	code := CodeOther
	switch {
	case errors.Is(err, context.Canceled):
		code = CodeStopped
	case errors.Is(err, ErrMalformed):
		code = CodeMalformed
	case errors.Is(err, errReset), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		code = CodeReset
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		code = CodeClosed
	}
	return Reason{code, err.Error(), temporary[code]}
}

// dialReason returns the error that says why TCP did not connect.
func dialReason(address string, err error) *Error {
	if dns := new(net.DNSError); errors.As(err, &dns) {
		return newError(CodeUnknownHost, "the name "+dns.Name+" does not resolve; check the host setting", nil)
	}
	if errors.Is(err, errRefused) {
		return newError(CodeRefused, "nothing listens at "+address+"; check host and port and that the XMPP server runs", nil)
	}
	if errors.Is(err, context.Canceled) {
		return newError(CodeStopped, "stopped while connecting to "+address, err)
	}
	return newError(CodeUnreachable, "no connection to "+address+"; check the network and the firewall", err)
}
