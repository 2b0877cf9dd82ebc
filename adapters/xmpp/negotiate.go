package xmpp

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"time"

	lib "gosrc.io/xmpp"
	"gosrc.io/xmpp/stanza"
)

// negotiation takes one connection from the first byte to the bound resource (RFC 6120). Up to SASL
// success it reads with the library's decoder; then the server is silent, our splitter takes over
// and we write the second stream header ourselves (decision A14).
type negotiation struct {
	cfg      *Config
	relay    *relay
	t        lib.Transport
	dec      *xml.Decoder
	tap      *tap
	stage    string // what is being waited for, for people
	password string
	info     Info

	split  *Splitter
	heard  *activity
	header []byte   // the second stream header, for its name spaces
	early  [][]byte // stanzas that came before the session was declared up
}

// run goes through all stages.
func (n *negotiation) run() error {
	n.stage = "the stream header"
	if _, err := n.t.Connect(); err != nil {
		return n.broken("no XMPP stream", err)
	}
	features, err := n.features()
	if err != nil {
		return err
	}
	if features, err = n.secure(features); err != nil {
		return err
	}
	n.stage = "the answer to the login"
	if err := n.login(features); err != nil {
		return err
	}
	n.password = ""
	if err := n.takeOver(); err != nil {
		return err
	}
	return n.bind()
}

// features reads the stream's features.
func (n *negotiation) features() (*stanza.StreamFeatures, error) {
	n.stage, n.dec = "the stream features", n.t.GetDecoder()
	start, err := n.nextElement()
	if err != nil {
		return nil, err
	}
	var f stanza.StreamFeatures
	if err := n.dec.DecodeElement(&f, &start); err != nil {
		return nil, n.broken("unreadable stream features", err)
	}
	return &f, nil
}

// secure starts TLS, which is required; a loopback test server may do without.
func (n *negotiation) secure(features *stanza.StreamFeatures) (*stanza.StreamFeatures, error) {
	if _, offered := features.DoesStartTLS(); !offered {
		if n.cfg.TLS.AllowPlaintextLoopback && n.relay.loopback() {
			return features, nil
		}
		return nil, fail(CodeNoTLS, "the server does not offer STARTTLS, so the password is not sent; switch encryption on there", nil)
	}
	if err := n.startTLS(); err != nil {
		return nil, err
	}
	if !n.t.IsSecure() {
		return nil, fail(CodeTLS, "the connection is not secure", nil)
	}
	n.stage = "the stream header after STARTTLS"
	n.tap.reset()
	if _, err := n.t.StartStream(); err != nil {
		return nil, n.broken("no XMPP stream after STARTTLS", err)
	}
	return n.features()
}

func (n *negotiation) startTLS() error {
	n.stage = "the answer to STARTTLS"
	if err := n.write(&stanza.TlsStartTLS{}); err != nil {
		return err
	}
	start, err := n.nextElement()
	if err != nil {
		return err
	}
	var proceed stanza.TLSProceed
	if err := n.dec.DecodeElement(&proceed, &start); err != nil {
		return fail(CodeTLS, "the server refused STARTTLS", nil)
	}
	n.stage = "the TLS handshake"
	if err := n.t.StartTLS(); err != nil {
		if certified := new(Error); errors.As(err, &certified) {
			return certified
		}
		if n.relay.cause() != nil {
			return n.broken("the TLS handshake broke off", err)
		}
		return fail(CodeTLS, "the TLS handshake failed", err)
	}
	return nil
}

// takeOver hands the reading from the library's decoder to the splitter. What the decoder may have
// read ahead is lost with it, so the server must not have spoken.
func (n *negotiation) takeOver() error {
	n.stage = "the stream header after login"
	if ahead, spoke := n.tap.ahead(n.dec.InputOffset()); spoke {
		return fail(CodeMalformed, "the server spoke before the new stream began", errors.New(ahead))
	}
	n.tap.off.Store(true)
	n.dec = nil
	n.heard = &activity{r: n.t}
	n.split = NewSplitter(n.heard, Limits{MaxBytes: n.cfg.MaxStanza})
	open := "<?xml version='1.0'?><stream:stream to='" + n.cfg.Domain + "' xmlns='" + stanza.NSClient +
		"' xmlns:stream='" + stanza.NSStream + "' version='1.0'>"
	if _, err := io.WriteString(n.t, open); err != nil {
		return n.broken("the new stream was not taken", err)
	}
	it, err := n.split.Next()
	if err != nil || it.Kind != StreamOpen {
		return n.broken("no XMPP stream after login", err)
	}
	n.header = it.Raw
	return nil
}

// write sends one element before the splitter's time.
func (n *negotiation) write(v any) error {
	raw, err := xml.Marshal(v)
	if err == nil {
		_, err = n.t.Write(raw)
	}
	if err != nil {
		return n.broken("the server does not listen", err)
	}
	return nil
}

// nextElement is the next element below the stream; a stream error or its end is an error.
func (n *negotiation) nextElement() (xml.StartElement, error) {
	for {
		tok, err := n.dec.Token()
		if err != nil {
			return xml.StartElement{}, n.broken("the server broke off", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if tok.Name.Space == stanza.NSStream && tok.Name.Local == "error" {
				var se stanza.StreamError
				if err := n.dec.DecodeElement(&se, &tok); err != nil {
					return tok, n.broken("unreadable stream error", err)
				}
				return tok, streamFailure(se)
			}
			return tok.Copy(), nil
		case xml.EndElement:
			return xml.StartElement{}, fail(CodeClosed, "the server closed the stream while we waited for "+n.stage, nil)
		}
	}
}

// broken explains an error of reading or writing: what ended the connection says more than it.
func (n *negotiation) broken(what string, err error) error {
	if e := new(Error); errors.As(err, &e) {
		return e
	}
	cause := n.relay.cause()
	if e := new(Error); errors.As(cause, &e) {
		return e
	}
	if errors.Is(cause, errSilent) {
		return fail(CodeSilent, "the server is silent: nothing usable came while we waited for "+n.stage, nil)
	}
	what += " (waiting for " + n.stage + ")"
	if cause != nil {
		r := reasonOf(cause)
		if errors.Is(cause, errPeerClosed) {
			r.Code = CodeClosed
		}
		return fail(r.Code, what, cause)
	}
	if wrapped := new(lib.ConnError); errors.As(err, wrapped) {
		err = wrapped.Unwrap() // its own text carries a stack frame
	}
	return fail(CodeMalformed, what, err)
}

// streamFailure names a stream error (RFC 6120 section 4.9.3).
func streamFailure(se stanza.StreamError) *Error {
	condition := se.Error.Local
	text := printable(se.Text)
	if text != "" {
		text = " (" + text + ")"
	}
	switch condition {
	case "conflict":
		return fail(CodeConflict, "the same resource logged in elsewhere"+text, nil)
	case "system-shutdown":
		return fail(CodeSystemShutdown, "the server is shutting down"+text, nil)
	case "host-unknown":
		return fail(CodeStreamError, "the server does not know the XMPP domain (host-unknown); check the domain setting"+text, nil)
	}
	return fail(CodeStreamError, "stream error "+printable(condition)+text, nil)
}

var errSilent = errors.New("deadline of the login")

// tap counts what arrives before the takeover: it bounds what a server may send there and tells
// whether the decoder has read ahead. It keeps the last few bytes only, and nothing that is sent.
type tap struct {
	off     atomic.Bool
	payload bool // the next Write is what was read: the library announces it
	count   int64
	last    []byte
}

// maxBeforeLogin bounds all bytes of one login stage.
const maxBeforeLogin = 256 << 10

var recvMark = []byte("RECV:\n")

// Write takes the library's log: a mark, the bytes, an empty line.
func (t *tap) Write(p []byte) (int, error) {
	if t.off.Load() {
		return len(p), nil
	}
	if !t.payload {
		t.payload = bytes.Equal(p, recvMark)
		return len(p), nil
	}
	t.payload = false
	t.count += int64(len(p))
	t.last = append(t.last[:0], p[max(0, len(p)-64):]...)
	if t.count > maxBeforeLogin {
		return 0, fail(CodeMalformed, "the server sends too much before the login", nil)
	}
	return len(p), nil
}

func (t *tap) reset() { t.count, t.last = 0, t.last[:0] }

// ahead tells whether more than white space arrived behind the decoder's offset.
func (t *tap) ahead(offset int64) (string, bool) {
	extra := t.count - offset
	switch {
	case extra <= 0:
		return "", false
	case extra > int64(len(t.last)):
		return "many bytes too early", true
	}
	return "bytes too early", strings.TrimSpace(string(t.last[len(t.last)-int(extra):])) != ""
}

// loopback tells whether the server is on this machine.
func (r *relay) loopback() bool { return isLoopback(r.far.RemoteAddr()) }

// guard ends the negotiation when its time is over.
func guard(r *relay, limit time.Duration) *time.Timer {
	return time.AfterFunc(limit, func() { r.kill(errSilent) })
}
