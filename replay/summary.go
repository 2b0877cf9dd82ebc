package replay

import (
	"fmt"
	"strings"
)

// Summary is what a run came to.
type Summary struct {
	Records           int    // inputs read, or events of a journal
	Stanzas           int    // stanzas that came in
	Events            int    // events that followed
	Foreign           uint64 // stanzas that are not the PBX's business: chat, presence, roster (decision D2)
	Unselected        uint64 // events of users who are no lines here (decision A12)
	Outgoing          int    // stanzas of a log that went out; they are not fed
	UnmatchedCommands int    // commands in the trace that this program would not have sent
}

// String is the final note.
func (s Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d stanzas, %d events", s.Stanzas, s.Events)
	for _, n := range [...]struct {
		count int
		text  string
	}{
		{int(s.Foreign), "not the PBX's business"}, {int(s.Unselected), "of users who are no lines here"},
		{s.Outgoing, "went out"}, {s.UnmatchedCommands, "commands in the trace that were not asked for now"},
	} {
		if n.count > 0 {
			fmt.Fprintf(&b, ", %d %s", n.count, n.text)
		}
	}
	return b.String()
}

// sentCommands remembers the newest commands, to compare them with those that a trace says were sent.
type sentCommands struct{ raw []string }

// maxSentCommands bounds it; a trace has a command right behind the input that caused it.
const maxSentCommands = 256

func (o *sentCommands) add(raw string) {
	if len(o.raw) == maxSentCommands {
		o.raw = append(o.raw[:0], o.raw[1:]...)
	}
	o.raw = append(o.raw, raw)
}

// countUnmatched finds the command and takes it out; it gives 1 for one that is not there.
func (o *sentCommands) countUnmatched(raw string) int {
	for i, s := range o.raw {
		if s == raw {
			o.raw = append(o.raw[:i], o.raw[i+1:]...)
			return 0
		}
	}
	return 1
}
