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
// success it reads with the library's decoder; then the server is silent, the splitter takes over
// and openSplitterStream writes the second stream header (decision A14).
type negotiation struct {
	cfg       *Config
	relay     *relay
	transport lib.Transport
	dec       *xml.Decoder
	traffic   *trafficCounter
	awaiting  string // what is being waited for, for people
	password  string
	info      Info

	split    *Splitter
	arrivals *arrivalReader
	header   []byte   // the second stream header, for its name spaces
	early    [][]byte // stanzas that came before the session was declared up
}

// run goes through all stages.
func (n *negotiation) run() error {
	n.awaiting = "the stream header"
	if _, err := n.transport.Connect(); err != nil {
		return n.connectionError("no XMPP stream", err)
	}
	features, err := n.features()
	if err != nil {
		return err
	}
	if features, err = n.negotiateTLS(features); err != nil {
		return err
	}
	n.awaiting = "the answer to the login"
	if err := n.authenticate(features); err != nil {
		return err
	}
	n.password = ""
	if err := n.openSplitterStream(); err != nil {
		return err
	}
	return n.bind()
}

// features reads the stream's features.
func (n *negotiation) features() (*stanza.StreamFeatures, error) {
	n.awaiting, n.dec = "the stream features", n.transport.GetDecoder()
	start, err := n.nextElement()
	if err != nil {
		return nil, err
	}
	var f stanza.StreamFeatures
	if err := n.dec.DecodeElement(&f, &start); err != nil {
		return nil, n.connectionError("unreadable stream features", err)
	}
	return &f, nil
}

// negotiateTLS starts TLS, which is required; a loopback test server may do without.
func (n *negotiation) negotiateTLS(features *stanza.StreamFeatures) (*stanza.StreamFeatures, error) {
	if _, offered := features.DoesStartTLS(); !offered {
		if n.cfg.TLS.AllowPlaintextLoopback && n.relay.loopback() {
			return features, nil
		}
		return nil, newError(CodeNoTLS, "the server does not offer STARTTLS, so the password is not sent; switch encryption on there", nil)
	}
	if err := n.startTLS(); err != nil {
		return nil, err
	}
	if !n.transport.IsSecure() {
		return nil, newError(CodeTLS, "the connection is not secure", nil)
	}
	n.awaiting = "the stream header after STARTTLS"
	n.traffic.reset()
	if _, err := n.transport.StartStream(); err != nil {
		return nil, n.connectionError("no XMPP stream after STARTTLS", err)
	}
	return n.features()
}

func (n *negotiation) startTLS() error {
	n.awaiting = "the answer to STARTTLS"
	if err := n.write(&stanza.TlsStartTLS{}); err != nil {
		return err
	}
	start, err := n.nextElement()
	if err != nil {
		return err
	}
	var proceed stanza.TLSProceed
	if err := n.dec.DecodeElement(&proceed, &start); err != nil {
		return newError(CodeTLS, "the server refused STARTTLS", nil)
	}
	n.awaiting = "the TLS handshake"
	if err := n.transport.StartTLS(); err != nil {
		if certified := new(Error); errors.As(err, &certified) {
			return certified
		}
		if n.relay.cause() != nil {
			return n.connectionError("the TLS handshake broke off", err)
		}
		return newError(CodeTLS, "the TLS handshake failed", err)
	}
	return nil
}

// openSplitterStream opens the stream after login and reads it with the splitter. Bytes that the library's
// decoder has read ahead are lost, so it is an error if the server sent any.
func (n *negotiation) openSplitterStream() error {
	n.awaiting = "the stream header after login"
	if ahead, spoke := n.traffic.unreadBytes(n.dec.InputOffset()); spoke {
		return newError(CodeMalformed, "the server sent bytes before the new stream began", errors.New(ahead))
	}
	n.traffic.off.Store(true)
	n.dec = nil
	n.arrivals = &arrivalReader{r: n.transport}
	n.split = NewSplitter(n.arrivals, Limits{MaxBytes: n.cfg.MaxStanza})
	open := "<?xml version='1.0'?><stream:stream to='" + n.cfg.Domain + "' xmlns='" + stanza.NSClient +
		"' xmlns:stream='" + stanza.NSStream + "' version='1.0'>"
	if _, err := io.WriteString(n.transport, open); err != nil {
		return n.connectionError("the new stream was not taken", err)
	}
	it, err := n.split.Next()
	if err != nil || it.Kind != StreamOpen {
		return n.connectionError("no XMPP stream after login", err)
	}
	n.header = it.Raw
	return nil
}

// write sends one element of the negotiation.
func (n *negotiation) write(v any) error {
	raw, err := xml.Marshal(v)
	if err == nil {
		_, err = n.transport.Write(raw)
	}
	if err != nil {
		return n.connectionError("writing to the server failed", err)
	}
	return nil
}

// nextElement returns the next element below the stream; a stream error or its end is an error.
func (n *negotiation) nextElement() (xml.StartElement, error) {
	for {
		tok, err := n.dec.Token()
		if err != nil {
			return xml.StartElement{}, n.connectionError("the server broke off", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if tok.Name.Space == stanza.NSStream && tok.Name.Local == "error" {
				var se stanza.StreamError
				if err := n.dec.DecodeElement(&se, &tok); err != nil {
					return tok, n.connectionError("unreadable stream error", err)
				}
				return tok, streamFailure(se)
			}
			return tok.Copy(), nil
		case xml.EndElement:
			return xml.StartElement{}, newError(CodeClosed, "the server closed the stream while we waited for "+n.awaiting, nil)
		}
	}
}

// connectionError explains an error of reading or writing; the cause that ended the connection says more than err.
func (n *negotiation) connectionError(what string, err error) error {
	if e := new(Error); errors.As(err, &e) {
		return e
	}
	cause := n.relay.cause()
	if e := new(Error); errors.As(cause, &e) {
		return e
	}
	if errors.Is(cause, errNegotiationTimeout) {
		return newError(CodeSilent, "the server is silent: nothing usable came while we waited for "+n.awaiting, nil)
	}
	what += " (waiting for " + n.awaiting + ")"
	if cause != nil {
		r := reasonOf(cause)
		if errors.Is(cause, errPeerClosed) {
			r.Code = CodeClosed
		}
		return newError(r.Code, what, cause)
	}
	if wrapped := new(lib.ConnError); errors.As(err, wrapped) {
		err = wrapped.Unwrap() // its own text carries a stack frame
	}
	return newError(CodeMalformed, what, err)
}

// streamFailure returns the error for a stream error (RFC 6120 section 4.9.3).
func streamFailure(se stanza.StreamError) *Error {
	condition := se.Error.Local
	text := printable(se.Text)
	if text != "" {
		text = " (" + text + ")"
	}
	switch condition {
	case "conflict":
		return newError(CodeConflict, "the same resource logged in elsewhere"+text, nil)
	case "system-shutdown":
		return newError(CodeSystemShutdown, "the server is shutting down"+text, nil)
	case "host-unknown":
		return newError(CodeStreamError, "the server does not know the XMPP domain (host-unknown); check the domain setting"+text, nil)
	}
	return newError(CodeStreamError, "stream error "+printable(condition)+text, nil)
}

var errNegotiationTimeout = errors.New("deadline of the login")

// trafficCounter counts what arrives before the splitter reads: it bounds what a server may send there and tells
// whether the decoder has read ahead. It keeps the last few bytes only, and nothing that is sent.
type trafficCounter struct {
	off         atomic.Bool
	payloadNext bool // the next Write is what was read: the library announces it
	count       int64
	last        []byte
}

// maxBeforeLogin bounds all bytes of one login stage.
const maxBeforeLogin = 256 << 10

var receivedMark = []byte("RECV:\n")

// Write takes the library's log: a mark, the bytes, an empty line.
func (t *trafficCounter) Write(p []byte) (int, error) {
	if t.off.Load() {
		return len(p), nil
	}
	if !t.payloadNext {
		t.payloadNext = bytes.Equal(p, receivedMark)
		return len(p), nil
	}
	t.payloadNext = false
	t.count += int64(len(p))
	t.last = append(t.last[:0], p[max(0, len(p)-64):]...)
	if t.count > maxBeforeLogin {
		return 0, newError(CodeMalformed, "the server sends too much before the login", nil)
	}
	return len(p), nil
}

func (t *trafficCounter) reset() { t.count, t.last = 0, t.last[:0] }

// unreadBytes tells whether more than white space arrived behind the decoder's offset.
func (t *trafficCounter) unreadBytes(offset int64) (string, bool) {
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
func (r *relay) loopback() bool { return isLoopback(r.server.RemoteAddr()) }

// limitNegotiation breaks the connection when the time for the negotiation is over.
func limitNegotiation(r *relay, limit time.Duration) *time.Timer {
	return time.AfterFunc(limit, func() { r.abort(errNegotiationTimeout) })
}
