package xmpp

import (
	"sync"
	"time"
)

// Sink receives everything that a session reports. It is never called twice at the same time, and the
// calls are in order: Up, then any of Stanza, Skipped and Sent, then Down. Times are when a thing
// was read from or handed to the connection and never go back within a session.
//
// A call may block: that is backpressure, the session stops reading and its memory stays bounded
// (decision A9). A blocked call holds up everything except Send and Drop, so it must end when the
// consumer itself is told to stop. Sink methods may call Send and Drop.
type Sink interface {
	// Up says that the session is bound. Nothing was delivered before it.
	Up(info Info, at time.Time)
	// Stanza is one stanza as it came, in the order of the wire: messages, presences, answers to
	// the engine's IQs, roster pushes. Requests to the session itself (ping, version, disco#info and
	// unknown ones) and answers to its own are not passed on. raw belongs to the sink.
	Stanza(raw []byte, at time.Time)
	// Skipped says that a stanza broke a limit and was passed over (decision A14).
	Skipped(reason string, bytes int, at time.Time)
	// Sent is a stanza given to Send, before any Stanza that came after it was written, and so
	// before its answer. When the connection breaks just then it may not have reached the server.
	Sent(raw []byte, at time.Time)
	// Down says that the session ended, or that a login failed without an Up before, but then only when the code
	// of the reason differs from that of the last Down.
	Down(reason Reason, at time.Time)
}

// maxQueuedSent bounds the sent stanzas whose Sent is still to come.
const maxQueuedSent = 4 << 20

type sentStanza struct {
	raw []byte
	at  time.Time
}

// sinkDelivery makes all calls of the sink, one after the other. The reader delivers what came, and a goroutine of the session
// delivers what was sent while the reader has nothing; Send itself never waits for the sink.
type sinkDelivery struct {
	sink Sink
	turn chan struct{} // holds a token while the sink is being called

	mu    sync.Mutex
	queue []sentStanza
	bytes int
	wake  chan struct{} // of capacity 1
}

func newSinkDelivery(sink Sink) *sinkDelivery {
	return &sinkDelivery{sink: sink, turn: make(chan struct{}, 1), wake: make(chan struct{}, 1)}
}

// queueSent queues a Sent; it must be called before the stanza is written. False means that the sink is
// too far behind.
func (o *sinkDelivery) queueSent(raw []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.bytes+len(raw) > maxQueuedSent {
		return false
	}
	o.queue = append(o.queue, sentStanza{append([]byte(nil), raw...), time.Now()})
	o.bytes += len(raw)
	select {
	case o.wake <- struct{}{}:
	default:
	}
	return true
}

// nextSent takes the oldest queued Sent that is not younger than limit.
func (o *sinkDelivery) nextSent(limit time.Time) (sentStanza, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 || o.queue[0].at.After(limit) {
		return sentStanza{}, false
	}
	s := o.queue[0]
	o.queue = o.queue[1:]
	if o.bytes -= len(s.raw); len(o.queue) == 0 {
		o.queue = nil
	}
	return s, true
}

// beginCall takes the turn and delivers every Sent up to now. The time is taken inside the turn, so that
// times never go back.
func (o *sinkDelivery) beginCall() time.Time {
	o.turn <- struct{}{}
	at := time.Now()
	for s, ok := o.nextSent(at); ok; s, ok = o.nextSent(at) {
		o.sink.Sent(s.raw, s.at)
	}
	return at
}

func (o *sinkDelivery) endCall() { <-o.turn }

func (o *sinkDelivery) stanza(raw []byte) {
	at := o.beginCall()
	defer o.endCall()
	o.sink.Stanza(raw, at)
}

func (o *sinkDelivery) skipped(reason string, bytes int) {
	at := o.beginCall()
	defer o.endCall()
	o.sink.Skipped(reason, bytes, at)
}

func (o *sinkDelivery) up(info Info) {
	o.turn <- struct{}{}
	defer o.endCall()
	o.sink.Up(info, time.Now())
}

func (o *sinkDelivery) down(reason Reason) {
	at := o.beginCall()
	defer o.endCall()
	o.sink.Down(reason, at)
}

// deliverQueued delivers queued Sents while the reader has nothing to deliver, until done.
func (o *sinkDelivery) deliverQueued(done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-o.wake:
			o.beginCall()
			o.endCall()
		}
	}
}
