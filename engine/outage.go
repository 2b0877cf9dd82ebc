package engine

import (
	"maps"
	"slices"
	"time"

	"offhook/events"
)

// shown is what frontends were last told of the lines; the committer keeps it for outages of the journal.
type shown struct {
	lines map[string]*LineView
	last  Position
}

func (s *shown) note(c *Change) {
	s.last = c.Pos
	switch c.Kind {
	case LineUpdated:
		s.lines[c.Line.Key] = c.Line
	case LineGone:
		delete(s.lines, c.Line.Key)
	}
}

func (s *shown) noteAll(snap *Snapshot) {
	clear(s.lines)
	for i := range snap.Lines {
		v := snap.Lines[i]
		s.lines[v.Key] = &v
	}
}

// outage shows all lines out of service while the journal cannot acknowledge, and back (decision A9). No event carries
// this: there is nothing that could keep one. What really happened meanwhile follows from the events after it, with
// journal.gap among them.
func (l *Loop) outage(begins bool) {
	var changes []*Change
	for _, key := range slices.Sorted(maps.Keys(l.shown.lines)) {
		v := l.shown.lines[key]
		if !v.InService {
			continue
		}
		out := *v
		out.InService, out.Actions = false, 0
		c := &Change{Kind: LineUpdated, Line: &out, LineWas: v}
		if !begins {
			c.Line, c.LineWas = v, &out
		}
		c.Pos = Position{l.shown.last.Seq, max(l.shown.last.Index, 1<<31) + 1}
		c.At = events.At(time.Now())
		l.shown.last = c.Pos
		changes = append(changes, c)
	}
	l.ring.put(changes)
}
