// Package fact is one thing that followed from an input, and its one text and one JSON form (decisions A6, D2).
//
// There are six kinds, in the order of cause and effect: event (what happened, journaled), state (a call's state
// machine moved), line (a notification to TAPI), send (a stanza to the PBX), ignored (an input that meant nothing, and
// why), notice (what an operator must know). Scenario files, `offhook replay` and logs all use these forms; the JSON keys are a public interface.
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

// Fact is one thing that followed.
type Fact struct {
	Kind Kind
	At   int64  // milliseconds since 1970 UTC
	Line string // the line's address; empty when none is concerned

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
	Ring      bool     // LINE_LINEDEVSTATE RINGING: RingMode and RingCount count
	RingMode  int
	RingCount int
	Info      *Info // LINE_CALLSTATE and LINE_CALLINFO

	// send, and an unreadable input
	Raw string

	// ignored and notice
	Severity   string // notice: info, warning or critical
	Code, Text string
}

// Info is what TAPI knows of a call as of a message. Parties that are not known are "".
type Info struct {
	Origin, Reason           string
	Caller, CallerName       string
	Called, CalledName       string
	Connected, ConnectedName string
	Redirecting              string
	Redirection              string
	Features                 []string // LINECALLFEATURE names without prefix
}
