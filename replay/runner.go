package replay

import (
	"fmt"
	"reflect"
	"strings"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/fact"
	"offhook/internal/trace"
)

// liveRun is a scenario on its way.
type liveRun struct {
	s      *Scenario
	parts  Parts
	player *Player
	got    [][]string // what followed, by step
	lasts  []string   // the same without sends, for the second check
	events []events.Event
	now    []string
}

// run plays the scenario as written.
func (s *Scenario) run(o Options) (*liveRun, error) {
	parts, err := s.open(o)
	if err != nil {
		return nil, err
	}
	l := &liveRun{s: s, parts: parts}
	l.player = NewPlayer(parts, s.config.settings(), l.take)
	l.player.Reopen(o.Open, s.config.other)
	l.player.onEvent = func(e events.Event) { l.events = append(l.events, e) }
	l.got = make([][]string, len(s.Steps))
	for i := range s.Steps {
		if err := l.step(&s.Steps[i]); err != nil {
			return nil, fmt.Errorf("line %d: %w", s.Steps[i].Line, err)
		}
		if i == len(s.Steps)-1 {
			l.player.Close()
		}
		l.got[i], l.now = l.now, nil
	}
	return l, nil
}

// open makes the parts of one run with the scenario's settings.
func (s *Scenario) open(o Options) (Parts, error) {
	if o.Open == nil {
		return Parts{}, fmt.Errorf("replay: Options.Open is missing")
	}
	parts, err := o.Open(s.config.other)
	if err != nil {
		return Parts{}, fmt.Errorf("%w: %w: %w", ErrScenario, errStart, err)
	}
	return parts, nil
}

func (l *liveRun) take(f *fact.Fact) {
	text := string(f.AppendText(nil))
	l.now = append(l.now, text)
	if f.Kind != fact.Send {
		l.lasts = append(l.lasts, text)
	}
}

func (l *liveRun) step(st *Step) error {
	switch {
	case st.verb == verbConfig:
		l.player.begin(l.s.config.at)
		return nil
	case st.verb == verbCalls:
		l.now = callLines(l.player)
		return nil
	case st.asked == nil:
		return l.player.Feed(st.record)
	}
	r, refused := st.asked.resolve(&l.parts)
	if refused != "" {
		f := fact.Fact{Kind: fact.Ignored, At: st.record.At, Line: r.Line, Code: "refused", Text: st.asked.function + " returns " + refused}
		l.now = append(l.now, string(f.AppendText(nil)))
		return nil
	}
	rec := st.record
	rec.Request = &r
	return l.player.Feed(rec)
}

// callLines lists the open calls and what may be done with them.
func callLines(p *Player) []string {
	if p.core == nil {
		return nil
	}
	var out []string
	for _, v := range p.core.Snapshot().Calls {
		var l line
		l.word("call").word(fmt.Sprintf("%s/%d", p.lineName(v.Line), v.Number)).word(v.State.String())
		l.pair("from", v.Caller.Number).pair("to", v.Called.Number).pair("connected", v.Connected.Number)
		out = append(out, strings.TrimSuffix(l.given("actions", strings.Join(v.Actions.Names(), ",")).end(), "\n"))
	}
	return out
}

// replayed is the second check: the events alone, through the journal's codec, must give a new engine the same states
// and messages, and the same knowledge in the end. A scenario that begins in the middle has no such check: its events
// are not all.
func (l *liveRun) replayed(o Options) (string, error) {
	if l.player.core == nil || l.player.inMiddle {
		return "", nil
	}
	parts, err := l.s.open(o)
	if err != nil {
		return "", err
	}
	var facts []string
	p := NewPlayer(parts, l.player.core.Settings(), func(f *fact.Fact) {
		if f.Kind != fact.Send {
			facts = append(facts, string(f.AppendText(nil)))
		}
	})
	for _, e := range l.events {
		stored, _, err := events.Decode(e.AppendBinary(nil), e.Cause().Raw)
		if err != nil {
			return "", fmt.Errorf("%w: event %d does not come out of the codec: %w", ErrDifferent, e.Seq(), err)
		}
		p.Apply(stored)
	}
	p.Close()
	var b strings.Builder
	if d := difference(l.lasts, facts); d != "" {
		fmt.Fprintf(&b, "a replay of the events alone gives other facts than the run did:\n%s", d)
	}
	if d := snapshotsDiffer(l.player.core, p.core); d != "" {
		fmt.Fprintf(&b, "a replay of the events alone ends with other knowledge than the run did:\n%s", d)
	}
	return b.String(), nil
}

// snapshotsDiffer compares what frontends would be told.
func snapshotsDiffer(live, again *engine.Core) string {
	if again == nil {
		return ""
	}
	a, b := live.Snapshot(), again.Snapshot()
	if reflect.DeepEqual(a, b) {
		return ""
	}
	list := func(s *engine.Snapshot) (out []string) {
		for _, x := range s.Lines {
			out = append(out, fmt.Sprintf("%+v", x))
		}
		for _, x := range s.Calls {
			out = append(out, fmt.Sprintf("%+v", x))
		}
		return out
	}
	return difference(list(a), list(b))
}

// Records are the inputs of the scenario, as a trace would have them, and the settings that Options.Open was given. What
// a TSPI function refuses at once is not among them.
func (s *Scenario) Records(o Options) ([]trace.Record, map[string]string, error) {
	parts, err := s.open(o)
	if err != nil {
		return nil, nil, err
	}
	return s.records(&parts), s.config.other, nil
}

func (s *Scenario) records(parts *Parts) []trace.Record {
	var all []trace.Record
	for i := range s.Steps {
		st := &s.Steps[i]
		switch r := st.record; {
		case st.verb == verbConfig:
			core := engine.NewCore(s.config.settings(), parts.Dialect)
			all = append(all, core.StartRecord(events.Millis(s.config.at), false))
		case st.verb == verbCalls:
		case st.asked != nil:
			if q, refused := st.asked.resolve(parts); refused == "" {
				r.Request = &q
				all = append(all, r)
			}
		default:
			all = append(all, r)
		}
	}
	return all
}
