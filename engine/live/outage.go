package live

import (
	"maps"
	"slices"
	"time"

	"offhook/engine"
	"offhook/events"
)

// shown is what frontends were last told of the lines; the committer keeps it for outages of the journal.
type shown struct {
	lines map[string]*engine.LineView
	last  engine.Position
}

func (s *shown) note(c *engine.Change) {
	s.last = c.Pos
	switch c.Kind {
	case engine.LineUpdated:
		s.lines[c.Line.Key] = c.Line
	case engine.LineGone:
		delete(s.lines, c.Line.Key)
	}
}

func (s *shown) noteAll(snap *engine.Snapshot) {
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
	var changes []*engine.Change
	for _, key := range slices.Sorted(maps.Keys(l.shown.lines)) {
		v := l.shown.lines[key]
		if !v.InService {
			continue
		}
		out := *v
		out.InService, out.Actions = false, 0
		c := &engine.Change{Kind: engine.LineUpdated, Line: &out, LineWas: v}
		if !begins {
			c.Line, c.LineWas = v, &out
		}
		c.Pos = engine.Position{Seq: l.shown.last.Seq, Index: max(l.shown.last.Index, 1<<31) + 1}
		c.At = events.MillisOf(time.Now())
		l.shown.last = c.Pos
		changes = append(changes, c)
	}
	l.ring.put(changes)
}
