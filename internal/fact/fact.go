// Package fact defines a fact, one thing that followed from an input, and its text form and JSON form (decisions A6, D2).
// Begin reading at [Fact].
//
// There are six kinds, in the order of cause and effect: event (what happened, journaled), state (a call's state
// changed), line (a message to TAPI), send (a stanza to the PBX), ignored (an input that meant nothing, with the reason),
// notice (what an operator must know). Scenario files, `offhook replay` and logs use these forms; the JSON keys are a
// public interface. The package knows nothing of events, the engine or TAPI: others fill the fields.
package fact

// Kind is the kind of a fact.
type Kind string

// The kinds.
const (
	Event   Kind = "event"
	State   Kind = "state"
	Line    Kind = "line"
	Send    Kind = "send"
	Ignored Kind = "ignored"
	Notice  Kind = "notice"
)

// Field is a named value. Unquoted marks numbers and booleans, which JSON writes without quotes.
type Field struct {
	Key, Value string
	Unquoted   bool
}

// Fact is one thing that followed from an input. Its kind says which fields count.
type Fact struct {
	Kind Kind
	At   int64  // milliseconds since 1970 UTC
	Line string // the line's address; empty if the fact concerns no line

	// event
	Seq    uint64
	Name   string
	Source string
	Fields []Field

	// state, and the call of a line fact
	Call     uint32
	Channel  string
	From, To string

	// line
	Msg       string   // LINE_CALLSTATE, ASYNC_COMPLETION, …
	CallState string   // CONNECTED, … (LINE_CALLSTATE)
	Mode      string   // ACTIVE, NORMAL, …; empty for none
	Bits      []string // bit names of LINE_CALLINFO, LINE_LINEDEVSTATE, LINE_ADDRESSSTATE
	Request   uint32   // ASYNC_COMPLETION
	Result    string   // ASYNC_COMPLETION: "0" or the LINEERR name without prefix
	Ringing   bool     // LINE_LINEDEVSTATE RINGING: RingMode and RingCount are valid
	RingMode  int
	RingCount int
	Info      *Info // LINE_CALLSTATE and LINE_CALLINFO

	// send, and an unreadable input
	Raw string

	// ignored and notice
	Severity   string // notice: info, warning or critical
	Code, Text string
}

// Info is what TAPI is told of a call with a message. Unknown parties are "".
type Info struct {
	Origin, Reason           string
	Caller, CallerName       string
	Called, CalledName       string
	Connected, ConnectedName string
	Redirecting              string
	Redirection              string
	Features                 []string // LINECALLFEATURE names without prefix
}
