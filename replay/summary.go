package replay

import (
	"fmt"
	"strings"
)

// Summary is what a run came to.
type Summary struct {
	Records    int    // inputs read, or events of a journal
	Stanzas    int    // stanzas that came in
	Events     int    // events that followed
	Foreign    uint64 // stanzas that are not the PBX's business: chat, presence, roster (decision D2)
	Unselected uint64 // events of users who are no lines here (decision A12)
	Own        int    // stanzas of a log that went out; they are not fed
	Unlike     int    // commands in the trace that this program would not have sent
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
		{s.Own, "went out"}, {s.Unlike, "commands in the trace that were not asked for now"},
	} {
		if n.count > 0 {
			fmt.Fprintf(&b, ", %d %s", n.count, n.text)
		}
	}
	return b.String()
}

// outbox remembers the newest commands, to compare them with those that a trace says were sent.
type outbox struct{ raw []string }

// outboxLimit bounds it; a trace has a command right behind the input that caused it.
const outboxLimit = 256

func (o *outbox) add(raw string) {
	if len(o.raw) == outboxLimit {
		o.raw = append(o.raw[:0], o.raw[1:]...)
	}
	o.raw = append(o.raw, raw)
}

// compare finds the command and takes it out; it gives 1 for one that is not there.
func (o *outbox) compare(raw string) int {
	for i, s := range o.raw {
		if s == raw {
			o.raw = append(o.raw[:i], o.raw[i+1:]...)
			return 0
		}
	}
	return 1
}
