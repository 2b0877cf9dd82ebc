package xmpp

import (
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// activity notes when the connection last gave bytes.
type activity struct {
	r    io.Reader
	last atomic.Int64 // UnixNano
}

func (a *activity) Read(p []byte) (int, error) {
	n, err := a.r.Read(p)
	a.mark()
	return n, err
}

func (a *activity) mark() { a.last.Store(time.Now().UnixNano()) }

// quiet is how long nothing came, at most since from.
func (a *activity) quiet(from time.Time) time.Duration {
	last := time.Unix(0, a.last.Load())
	if last.Before(from) {
		last = from
	}
	return time.Since(last)
}

// live is one session that is up.
type live struct {
	*link
	cfg        *Config
	out        *outlet
	awaited    awaited
	delivering atomic.Bool   // the reader is inside the sink
	done       chan struct{} // closed when the reader has ended
	drop       chan string
	kick       <-chan struct{} // Session.Kick

	wmu    sync.Mutex // one stanza per write, in the order of note
	closed bool       // the stream's end was written

	mu  sync.Mutex
	why *Reason
}

// end gives the session its reason, if it has none yet, and breaks the connection.
func (l *live) end(reason *Error) {
	l.blame(reason)
	l.kill(reason)
}

// blame sets the first reason only.
func (l *live) blame(reason *Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.why == nil {
		r := reasonOf(reason)
		l.why = &r
	}
}

func (l *live) reason() Reason {
	l.mu.Lock()
	defer l.mu.Unlock()
	return *l.why
}

func (l *live) over() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.why != nil
}

// read is the one reader: everything reaches the sink from here in the order of the wire. It
// returns when the session is over, with its reason set.
func (l *live) read() {
	defer close(l.done)
	for _, raw := range l.early {
		if !l.take(raw) {
			return
		}
	}
	l.early = nil
	for {
		it, err := l.split.Next()
		if err != nil {
			l.end(l.readError(err))
			return
		}
		if !l.item(it) {
			return
		}
	}
}

// item handles one thing the splitter found; false ends the session.
func (l *live) item(it Item) bool {
	switch it.Kind {
	case Stanza:
		return l.take(it.Raw)
	case Oversize, TooDeep:
		l.deliver(func() { l.out.skipped(it.Reason, it.Dropped) })
		return true
	case StreamClose:
		l.blame(fail(CodeClosed, "the server closed the stream", nil))
	default:
		l.end(fail(CodeMalformed, "the server sent a "+it.Kind.String()+" in mid-stream", nil))
	}
	return false
}

// take sorts one stanza; false ends the session. Nothing well-formed ends it but a stream error.
func (l *live) take(raw []byte) bool {
	switch {
	case strings.HasPrefix(string(raw[:min(len(raw), 3)]), "<iq"):
		if h := headOf(raw); h.name == "iq" {
			l.iq(h, raw)
			return true
		}
	case maybeStreamError(raw):
		if err := streamErrorIn(l.header, raw); err != nil {
			l.blame(err.(*Error))
			return true // the stream's end follows
		}
	}
	l.pass(raw)
	return true
}

// iq keeps what is between the session and the server and passes on the rest.
func (l *live) iq(h head, raw []byte) {
	switch h.kind {
	case "get", "set":
		answer, pass := respond(l.cfg, []byte(l.info.JID), l.header, raw, h)
		if answer != nil {
			l.write(answer, false)
		}
		if pass {
			l.pass(raw)
		}
		return
	case "result", "error":
		if strings.HasPrefix(h.id, idPrefix) && fromServer(h.from, l.cfg, l.info.JID) && l.awaited.take(h.id) {
			return
		}
	}
	l.pass(raw)
}

func (l *live) pass(raw []byte) {
	l.delivering.Store(true)
	l.out.stanza(raw)
	l.heard.mark() // the time inside the sink does not count against the server
	l.delivering.Store(false)
}

func (l *live) deliver(call func()) {
	l.delivering.Store(true)
	call()
	l.heard.mark()
	l.delivering.Store(false)
}

// readError explains why reading ended.
func (l *live) readError(err error) *Error {
	cause := l.cause()
	if e := new(Error); errors.As(cause, &e) {
		return e
	}
	switch {
	case errors.Is(err, ErrMalformed):
		return fail(CodeMalformed, "the server sent something that is no XML", err)
	case errors.Is(cause, errPeerClosed), cause == nil && (errors.Is(err, io.EOF) || errors.Is(err, ErrTruncated)):
		return fail(CodeClosed, "the server closed the connection", nil)
	case cause != nil:
		return fail(CodeReset, "the connection broke", cause)
	}
	return fail(CodeReset, "the connection broke", err)
}

// Errors of Send.
var (
	// ErrDown: there is no session, or it broke while writing; what was written may or may not
	// have reached the server.
	ErrDown = errors.New("xmpp: no session; wait for Up")
	// ErrNotStanza: what should be sent is not exactly one well-formed stanza.
	ErrNotStanza = errors.New("xmpp: not exactly one stanza")
	// ErrBusy: the sink has not taken the stanzas sent before; try again later.
	ErrBusy = errors.New("xmpp: too many sent stanzas are not taken by the sink yet")
)

// write sends one stanza in one write, within the write deadline. note tells the sink.
func (l *live) write(raw []byte, note bool) error {
	l.wmu.Lock()
	defer l.wmu.Unlock()
	if l.closed || l.over() {
		return ErrDown
	}
	if note && !l.out.note(raw) {
		return ErrBusy
	}
	return l.put(raw)
}

// put writes under wmu.
func (l *live) put(raw []byte) error {
	stall := time.AfterFunc(l.cfg.Timeouts.Write, func() {
		l.end(fail(CodeWriteStalled, "the server does not take what is sent", nil))
	})
	_, err := l.rw.Write(raw)
	stall.Stop()
	if err != nil {
		// What the server said last may still be on its way to the reader and is the better reason.
		l.closed = true
		time.AfterFunc(l.cfg.Timeouts.Close, func() { l.end(l.readError(err)) })
		return ErrDown
	}
	return nil
}

const goodbye = `<presence type='unavailable'/></stream:stream>`

// farewell ends the stream in order: it says goodbye, waits for the server's, and then breaks the
// connection. It takes no longer than twice Timeouts.Close.
func (l *live) farewell(why *Error) {
	l.blame(why)
	hurry := time.AfterFunc(l.cfg.Timeouts.Close, func() { l.kill(why) })
	l.wmu.Lock()
	if !l.closed {
		l.closed = true
		l.put([]byte(goodbye))
	}
	l.wmu.Unlock()
	if hurry.Stop() {
		select {
		case <-l.done:
		case <-time.After(l.cfg.Timeouts.Close):
		}
	}
	l.kill(why)
}

// oneStanza checks what is to be sent, so that a mistake of ours does not cost the session.
func oneStanza(raw []byte) error {
	s := Splitter{
		buf: raw, end: len(raw), rerr: io.EOF,
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
