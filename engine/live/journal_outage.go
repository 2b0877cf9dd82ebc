package live

import (
	"maps"
	"slices"
	"time"

	"offhook/engine"
	"offhook/events"
)

// shownLines is what frontends were last told of the lines; the committer keeps it for outages of the journal.
type shownLines struct {
	lines map[string]*engine.LineView
	last  engine.Position
}

func (s *shownLines) record(c *engine.Change) {
	s.last = c.Pos
	switch c.Kind {
	case engine.LineUpdated:
		s.lines[c.Line.Key] = c.Line
	case engine.LineGone:
		delete(s.lines, c.Line.Key)
	}
}

func (s *shownLines) recordSnapshot(snap *engine.Snapshot) {
	clear(s.lines)
	for i := range snap.Lines {
		v := snap.Lines[i]
		s.lines[v.Key] = &v
	}
}

// showOutage shows all lines out of service while the journal cannot acknowledge, and back (decision A9). No event carries
// this: there is nothing that could keep one. What really happened meanwhile follows from the events after it, with
// journal.gap among them.
func (l *Loop) showOutage(begins bool) {
	var changes []*engine.Change
	for _, key := range slices.Sorted(maps.Keys(l.lastShown.lines)) {
		v := l.lastShown.lines[key]
		if !v.InService {
			continue
		}
		out := *v
		out.InService, out.Actions = false, 0
		c := &engine.Change{Kind: engine.LineUpdated, Line: &out, LineWas: v}
		if !begins {
			c.Line, c.LineWas = v, &out
		}
		c.Pos = engine.Position{Seq: l.lastShown.last.Seq, Index: max(l.lastShown.last.Index, 1<<31) + 1}
		c.At = events.MillisOf(time.Now())
		l.lastShown.last = c.Pos
		changes = append(changes, c)
	}
	l.feed.append(changes)
}
