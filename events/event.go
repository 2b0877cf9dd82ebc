package events

import "time"

// Millis is a moment as milliseconds since 1970-01-01T00:00:00Z. Every time inside offhook has this resolution, so
// that a live run and its replay, whose trace has milliseconds, agree exactly.
type Millis int64

// MillisOf converts a wall-clock time, rounded down to milliseconds.
func MillisOf(t time.Time) Millis { return Millis(t.UnixMilli()) }

// Time returns the moment as a time.Time in UTC.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// Add returns the moment d later; d is rounded to milliseconds towards zero.
func (m Millis) Add(d time.Duration) Millis { return m + Millis(d/time.Millisecond) }

// Sub returns the duration from o to m.
func (m Millis) Sub(o Millis) time.Duration { return time.Duration(m-o) * time.Millisecond }

// Body is the content of an event. The families of this package are its only implementations.
type Body interface {
	// Type is the entry of the type table this body is an instance of.
	Type() Type
	encode(*encoder)
}

// Cause is what led to an event: the exact stanza, empty if none did, and the input's number in the timeline.
type Cause struct {
	Raw   string
	Input uint64
}

// Event is one thing that happened. It never changes once made.
type Event struct {
	seq     uint64
	at      Millis
	journal string
	source  string
	cause   Cause
	body    Body
}

// New makes an event that has no number yet; the journal's writer numbers it with [Event.Numbered].
// source names the PBX (its XMPP domain), journal the journal it will be appended to.
func New(at Millis, journal, source string, cause Cause, body Body) Event {
	return Event{at: at, journal: journal, source: source, cause: cause, body: body}
}

// Numbered returns the event with its number in the journal.
func (e Event) Numbered(seq uint64) Event {
	e.seq = seq
	return e
}

// Seq is the event's number in its journal: dense, from 1. 0 means: not appended yet.
func (e Event) Seq() uint64 { return e.seq }

// At is when its cause was received, or the deadline of the timer that caused it.
func (e Event) At() Millis { return e.at }

// Journal is the id of the journal the event belongs to (decision A7).
func (e Event) Journal() string { return e.journal }

// Source names the PBX the event came from (decision A7).
func (e Event) Source() string { return e.source }

// Cause is the stanza and input that led to the event.
func (e Event) Cause() Cause { return e.cause }

// Body is what happened.
func (e Event) Body() Body { return e.body }

// Type is the body's entry in the type table.
func (e Event) Type() Type { return e.body.Type() }

// Name is the versioned name, such as "call.held.v1".
func (e Event) Name() string { return e.body.Type().String() }
