package replay

import (
	"fmt"
	"strings"
)

// Summary counts what a run read and what followed.
type Summary struct {
	Records           int    // inputs read, or events of a journal
	Stanzas           int    // stanzas that came in
	Events            int    // events that followed
	Foreign           uint64 // stanzas that do not come from the PBX: chat, presence, roster (decision D2)
	Unselected        uint64 // events of users without a line here (decision A12)
	Outgoing          int    // stanzas of a log that went out; they are not fed to the engine
	UnmatchedCommands int    // commands in the trace that the engine did not ask for
}

// String returns the summary as one line of text.
func (s Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d stanzas, %d events", s.Stanzas, s.Events)
	for _, n := range [...]struct {
		count int
		text  string
	}{
		{int(s.Foreign), "not from the PBX"}, {int(s.Unselected), "of users without a line"},
		{s.Outgoing, "outgoing"}, {s.UnmatchedCommands, "commands in the trace that the engine did not ask for"},
	} {
		if n.count > 0 {
			fmt.Fprintf(&b, ", %d %s", n.count, n.text)
		}
	}
	return b.String()
}

// sentCommands holds the engine's newest commands, to compare them with the commands of a trace.
type sentCommands struct{ raw []string }

// maxSentCommands bounds sentCommands; a trace has a command right after the input that caused it.
const maxSentCommands = 256

func (o *sentCommands) add(raw string) {
	if len(o.raw) == maxSentCommands {
		o.raw = append(o.raw[:0], o.raw[1:]...)
	}
	o.raw = append(o.raw, raw)
}

// countUnmatched removes a command that is there and returns 0, or returns 1.
func (o *sentCommands) countUnmatched(raw string) int {
	for i, s := range o.raw {
		if s == raw {
			o.raw = append(o.raw[:i], o.raw[i+1:]...)
			return 0
		}
	}
	return 1
}
