// Package trace is the record of one input of the engine, and its one written form: a line of JSON (ndjson).
//
// A trace is exactly the list of inputs that the sequencer took, in its order and with its stamps (decision A1):
// start, in and out stanzas, session up and down, requests, and the ticks that let deadlines fire. Feeding that list to
// a fresh engine gives the same events, states and notifications. No password is ever in it: nothing before the bound
// session is captured (decision A12 says what else is left out).
package trace

import (
	"encoding/json"
	"time"
)

// Kind is what a record is. Up and Down are written as one kind, session, with the word beside it.
// Their own words are read as well.
type Kind string

// The kinds of record.
const (
	Start   Kind = "start"   // settings, lines, counters and open calls at the beginning of the capture
	In      Kind = "in"      // a stanza came in
	Out     Kind = "out"     // a stanza went out; a replay compares, it does not feed it
	Skipped Kind = "skipped" // an input was unreadable, too long or too deep and was left out of the stream
	Up      Kind = "up"      // the session is bound
	Down    Kind = "down"    // the session is gone
	Request Kind = "request" // a frontend asked for something
	Timer   Kind = "timer"   // time passed: deadlines up to here fire
	Gap     Kind = "gap"     // the journal could not acknowledge for a while (decision A9)
)

// Record is one input.
type Record struct {
	Kind Kind
	// At is the sequencer's stamp, milliseconds since 1970 UTC, never less than the record's before it.
	At int64
	// Raw is the stanza (in, out) or the start of what was skipped.
	Raw string
	// Code and Text say why: of skipped (code), down (code and text), gap (text).
	Code, Text string
	// JID and Domain belong to up.
	JID, Domain string
	// Request belongs to request.
	Request *RequestRecord
	// Start belongs to start: the engine's own form of its settings and state.
	Start json.RawMessage
}

// RequestRecord is a request of a frontend.
type RequestRecord struct {
	ID     uint32 `json:"id"`
	Name   string `json:"name"` // dial, answer, …: the text form of events.RequestKind
	Line   string `json:"line"`
	Call   uint32 `json:"call,omitempty"`
	Other  uint32 `json:"other,omitempty"`
	Number string `json:"number,omitempty"`
}

// wire is the JSON form: at is RFC 3339 in UTC with milliseconds.
type wire struct {
	At      string          `json:"at"`
	Kind    Kind            `json:"kind"`
	Session Kind            `json:"session,omitempty"` // up or down; of the kind session
	Raw     string          `json:"raw,omitempty"`
	Code    string          `json:"code,omitempty"`
	Text    string          `json:"text,omitempty"`
	JID     string          `json:"jid,omitempty"`
	Domain  string          `json:"domain,omitempty"`
	Request *RequestRecord  `json:"request,omitempty"`
	Start   json.RawMessage `json:"start,omitempty"`
}

// session is the written kind of Up and Down.
const session Kind = "session"

// Layout is how moments are written everywhere at the edges: RFC 3339, UTC, milliseconds.
const Layout = "2006-01-02T15:04:05.000Z"

// FormatTime writes a moment given in milliseconds since 1970 UTC.
func FormatTime(ms int64) string { return time.UnixMilli(ms).UTC().Format(Layout) }
