package xmpp

import (
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// arrivalReader reads from a connection and notes when it last gave bytes.
type arrivalReader struct {
	r    io.Reader
	last atomic.Int64 // UnixNano
}

func (a *arrivalReader) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	a.markArrival()
	return n, err
}

func (a *arrivalReader) markArrival() { a.last.Store(time.Now().UnixNano()) }

// quietSince returns how long nothing came, at most since from.
func (a *arrivalReader) quietSince(from time.Time) time.Duration {
	last := time.Unix(0, a.last.Load())
	if last.Before(from) {
		last = from
	}
	return time.Since(last)
}

// activeSession is one session that is up.
type activeSession struct {
	*negotiatedStream
	cfg            *Config
	delivery       *sinkDelivery
	pendingIQs     pendingIQs
	delivering     atomic.Bool   // the reader is inside the sink
	done           chan struct{} // closed when the reader has ended
	drop           chan string
	networkChanged <-chan struct{} // Session.NetworkChanged

	writeMu      sync.Mutex // one stanza per write, in the order of queueSent
	streamClosed bool       // the stream's end was written

	mu        sync.Mutex
	endReason *Reason
}

// abortWith gives the session its reason, if it has none yet, and breaks the connection.
func (l *activeSession) abortWith(reason *Error) {
	l.setReason(reason)
	l.abort(reason)
}

// setReason keeps the first reason why the session ends; later ones are dropped.
func (l *activeSession) setReason(reason *Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.endReason == nil {
		r := reasonOf(reason)
		l.endReason = &r
	}
}

func (l *activeSession) reason() Reason {
	l.mu.Lock()
	defer l.mu.Unlock()
	return *l.endReason
}

func (l *activeSession) hasEnded() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.endReason != nil
}

// readStream reads the stream and gives everything to the sink in the order of the wire; nothing else reads. It
// returns when the session is over, with its reason set.
func (l *activeSession) readStream() {
	defer close(l.done)
	for _, raw := range l.early {
		if !l.receiveStanza(raw) {
			return
		}
	}
	l.early = nil
	for {
		it, err := l.split.Next()
		if err != nil {
			l.abortWith(l.readError(err))
			return
		}
		if !l.receiveItem(it) {
			return
		}
	}
}

// receiveItem acts on one item of the splitter; false ends the session.
func (l *activeSession) receiveItem(it Item) bool {
	switch it.Kind {
	case Stanza:
		return l.receiveStanza(it.Raw)
	case Oversize, TooDeep:
		l.deliver(func() { l.delivery.skipped(it.Reason, it.Dropped) })
		return true
	case StreamClose:
		l.setReason(newError(CodeClosed, "the server closed the stream", nil))
	default:
		l.abortWith(newError(CodeMalformed, "the server sent a "+it.Kind.String()+" in mid-stream", nil))
	}
	return false
}

// receiveStanza gives one stanza to the session or the sink; false ends the session. Of well-formed stanzas only a
// stream error ends it.
func (l *activeSession) receiveStanza(raw []byte) bool {
	switch {
	case strings.HasPrefix(string(raw[:min(len(raw), 3)]), "<iq"):
		if h := parseHead(raw); h.name == "iq" {
			l.receiveIQ(h, raw)
			return true
		}
	case maybeStreamError(raw):
		if err := streamErrorIn(l.header, raw); err != nil {
			l.setReason(err.(*Error))
			return true // the stream's end follows
		}
	}
	l.deliverStanza(raw)
	return true
}

// receiveIQ takes the IQs between the session and the server and gives the rest to the sink.
func (l *activeSession) receiveIQ(h stanzaHead, raw []byte) {
	switch h.kind {
	case "get", "set":
		answer, pass := replyToIQ(l.cfg, []byte(l.info.JID), l.header, raw, h)
		if answer != nil {
			l.write(answer, false)
		}
		if pass {
			l.deliverStanza(raw)
		}
		return
	case "result", "error":
		if strings.HasPrefix(h.id, idPrefix) && fromServer(h.from, l.cfg, l.info.JID) && l.pendingIQs.resolve(h.id) {
			return
		}
	}
	l.deliverStanza(raw)
}

func (l *activeSession) deliverStanza(raw []byte) {
	l.delivering.Store(true)
	l.delivery.stanza(raw)
	l.arrivals.markArrival() // the time inside the sink does not count against the server
	l.delivering.Store(false)
}

func (l *activeSession) deliver(call func()) {
	l.delivering.Store(true)
	call()
	l.arrivals.markArrival()
	l.delivering.Store(false)
}

// readError explains why reading ended.
func (l *activeSession) readError(err error) *Error {
	cause := l.cause()
	if e := new(Error); errors.As(cause, &e) {
		return e
	}
	switch {
	case errors.Is(err, ErrMalformed):
		return newError(CodeMalformed, "the server sent something that is no XML", err)
	case errors.Is(cause, errPeerClosed), cause == nil && (errors.Is(err, io.EOF) || errors.Is(err, ErrTruncated)):
		return newError(CodeClosed, "the server closed the connection", nil)
	case cause != nil:
		return newError(CodeReset, "the connection broke", cause)
	}
	return newError(CodeReset, "the connection broke", err)
}

// Errors of Send.
var (
	// ErrDown says that there is no session, or it broke while writing; what was written may or may not
	// have reached the server.
	ErrDown = errors.New("xmpp: no session; wait for Up")
	// ErrNotStanza says that what should be sent is not exactly one well-formed stanza.
	ErrNotStanza = errors.New("xmpp: not exactly one stanza")
	// ErrBusy says that the sink has not taken the stanzas sent before; try again later.
	ErrBusy = errors.New("xmpp: too many sent stanzas wait for the sink; try again later")
)

// write sends one stanza in one write, within the write deadline. With tellSink the sink gets it as Sent.
func (l *activeSession) write(raw []byte, tellSink bool) error {
	l.writeMu.Lock()
	defer l.writeMu.Unlock()
	if l.streamClosed || l.hasEnded() {
		return ErrDown
	}
	if tellSink && !l.delivery.queueSent(raw) {
		return ErrBusy
	}
	return l.writeLocked(raw)
}

// writeLocked writes raw; writeMu is held.
func (l *activeSession) writeLocked(raw []byte) error {
	stall := time.AfterFunc(l.cfg.Timeouts.Write, func() {
		l.abortWith(newError(CodeWriteStalled, "the server does not take what is sent", nil))
	})
	_, err := l.rw.Write(raw)
	stall.Stop()
	if err != nil {
		// What the server said last may still be on its way to the reader and is the better reason.
		l.streamClosed = true
		time.AfterFunc(l.cfg.Timeouts.Close, func() { l.abortWith(l.readError(err)) })
		return ErrDown
	}
	return nil
}

const streamEndTag = `<presence type='unavailable'/></stream:stream>`

// closeStream closes the stream (RFC 6120 section 4.4): it sends the end tag, waits for the server's and then breaks
// the connection. It takes no longer than twice Timeouts.Close.
func (l *activeSession) closeStream(why *Error) {
	l.setReason(why)
	hurry := time.AfterFunc(l.cfg.Timeouts.Close, func() { l.abort(why) })
	l.writeMu.Lock()
	if !l.streamClosed {
		l.streamClosed = true
		l.writeLocked([]byte(streamEndTag))
	}
	l.writeMu.Unlock()
	if hurry.Stop() {
		select {
		case <-l.done:
		case <-time.After(l.cfg.Timeouts.Close):
		}
	}
	l.abort(why)
}

// oneStanza checks that raw is one stanza: anything else would make the server end the session.
func oneStanza(raw []byte) error {
	s := Splitter{
		buf: raw, end: len(raw), readErr: io.EOF,
		lim: Limits{MaxBytes: len(raw), MaxDepth: DefaultMaxDepth, Borrow: true},
	}
	it, err := s.Next()
	if err != nil || it.Kind != Stanza || it.Offset != 0 {
		return ErrNotStanza
	}
	if _, err := s.Next(); err != io.EOF {
		return ErrNotStanza
	}
	return nil
}
