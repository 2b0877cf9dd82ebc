// Package trace defines the record of one input of the engine and its stored form, a line of JSON (ndjson). It also defines
// the lines of debug logs, which can hold the same records. Begin reading at [Record].
//
// A trace is the list of inputs that the sequencer took, in its order and with its times (decision A1): start, incoming and
// outgoing stanzas, session up and down, requests, and timer records at which deadlines expire. A new engine that takes
// that list gives the same events, states and messages. A trace holds no password, since nothing before the bound session
// is captured (decision A12 says what else is left out).
package trace

import (
	"encoding/json"
	"time"
)

// Kind is the kind of a record. Up and Down are written as the kind session, with up or down under a key of its own; the
// kinds up and down are read as well.
type Kind string

// The kinds of record.
const (
	Start   Kind = "start"   // settings, lines, counters and open calls at the beginning of the capture
	In      Kind = "in"      // a stanza came in
	Out     Kind = "out"     // a stanza went out; a replay compares it and does not feed it to the engine
	Skipped Kind = "skipped" // an input was unreadable, too long or too deep, and was left out
	Up      Kind = "up"      // the session is bound
	Down    Kind = "down"    // the session ended
	Request Kind = "request" // a frontend asked for something
	Timer   Kind = "timer"   // time passed: deadlines up to here expire
	Gap     Kind = "gap"     // the journal could not acknowledge for a while (decision A9)
)

// Record is one input.
type Record struct {
	Kind Kind
	// At is the sequencer's time in milliseconds since 1970 UTC, never less than that of the record before.
	At int64
	// Raw is the stanza (in, out) or the beginning of the input that was left out (skipped).
	Raw string
	// Code and Text give the reason of skipped (code), down (code and text), gap (text).
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
	ID        uint32 `json:"id"`   // the engine's number; 0 lets the engine give the next one
	Name      string `json:"name"` // dial, answer, …: the text form of events.RequestKind
	Line      string `json:"line"`
	Call      uint32 `json:"call,omitempty"`
	Other     uint32 `json:"other,omitempty"`
	Number    string `json:"number,omitempty"`
	Frontend  string `json:"frontend,omitempty"`  // which frontend asked
	Principal string `json:"principal,omitempty"` // who asked, as the frontend knows it
	Ref       uint32 `json:"ref,omitempty"`       // the frontend's own number of the request
}

// jsonRecord is the JSON form of a record; at has the form of Layout.
type jsonRecord struct {
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

// kindSession is the kind that Up and Down are written as.
const kindSession Kind = "session"

// Layout is the form of times in traces, JSON and logs: RFC 3339, UTC, milliseconds.
const Layout = "2006-01-02T15:04:05.000Z"

// FormatTime writes a moment given in milliseconds since 1970 UTC.
func FormatTime(ms int64) string { return time.UnixMilli(ms).UTC().Format(Layout) }
