package replay

import (
	"fmt"
	"reflect"
	"strings"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/fact"
	"offhook/internal/trace"
	"offhook/replay/scenario"
)

// scenarioRun is one run of a scenario.
type scenarioRun struct {
	s            *scenario.Scenario
	parts        Parts
	player       *Player
	got          [][]string // the facts of each step
	withoutSends []string   // all facts but those of kind send, for the second check
	events       []events.Event
	stepFacts    []string
}

// runScenario feeds the steps of a scenario to a player.
func runScenario(s *scenario.Scenario, o Options) (*scenarioRun, error) {
	parts, err := openParts(s, o)
	if err != nil {
		return nil, err
	}
	l := &scenarioRun{s: s, parts: parts}
	l.player = NewPlayer(parts, s.Settings(), l.addFact)
	l.player.Reopen(o.Open, s.PartSettings())
	l.player.onEvent = func(e events.Event) { l.events = append(l.events, e) }
	l.got = make([][]string, len(s.Steps))
	for i := range s.Steps {
		if err := l.runStep(&s.Steps[i]); err != nil {
			return nil, fmt.Errorf("line %d: %w", s.Steps[i].Line, err)
		}
		if i == len(s.Steps)-1 {
			l.player.Close()
		}
		l.got[i], l.stepFacts = l.stepFacts, nil
	}
	return l, nil
}

// openParts makes the parts of a run with the scenario's settings.
func openParts(s *scenario.Scenario, o Options) (Parts, error) {
	if o.Open == nil {
		return Parts{}, fmt.Errorf("replay: Options.Open is missing")
	}
	parts, err := o.Open(s.PartSettings())
	if err != nil {
		return Parts{}, fmt.Errorf("%w: %w: %w", scenario.ErrInvalid, errSettings, err)
	}
	return parts, nil
}

func (l *scenarioRun) addFact(f *fact.Fact) {
	text := string(f.AppendText(nil))
	l.stepFacts = append(l.stepFacts, text)
	if f.Kind != fact.Send {
		l.withoutSends = append(l.withoutSends, text)
	}
}

func (l *scenarioRun) runStep(st *scenario.Step) error {
	switch st.Verb {
	case scenario.VerbConfig:
		l.player.beginWithoutStart(l.s.Begin())
		return nil
	case scenario.VerbCalls:
		l.stepFacts = callLines(l.player)
		return nil
	}
	r, function, refused := st.Input(l.parts.CleanNumber)
	if refused != "" {
		f := fact.Fact{Kind: fact.Ignored, At: r.At, Line: r.Request.Line, Code: "refused", Text: function + " returns " + refused}
		l.stepFacts = append(l.stepFacts, string(f.AppendText(nil)))
		return nil
	}
	return l.player.Feed(r)
}

// callLines lists the open calls and their actions.
func callLines(p *Player) []string {
	if p.core == nil {
		return nil
	}
	var out []string
	calls := p.core.Snapshot().Calls
	for i := range calls {
		out = append(out, scenario.CallText(p.lineName(calls[i].Line), &calls[i]))
	}
	return out
}

// checkEventsAlone is the second check: a new engine that only applies the events, stored and read by the journal's codec,
// must give the same states and messages, and have the same state in the end. A scenario that begins in mid-run has no
// such check, since its events do not explain its first state.
func (l *scenarioRun) checkEventsAlone(o Options) (string, error) {
	if l.player.core == nil || l.player.startsInMiddle {
		return "", nil
	}
	parts, err := openParts(l.s, o)
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
			return "", fmt.Errorf("%w: event %d cannot be read after it was stored: %w", ErrDifferent, e.Seq(), err)
		}
		p.Apply(stored)
	}
	p.Close()
	var b strings.Builder
	if d := scenario.Difference(l.withoutSends, facts); d != "" {
		fmt.Fprintf(&b, "a replay of the events alone gives other facts than the run:\n%s", d)
	}
	if d := diffSnapshots(l.player.core, p.core); d != "" {
		fmt.Fprintf(&b, "a replay of the events alone ends in another state than the run:\n%s", d)
	}
	return b.String(), nil
}

// diffSnapshots compares the snapshots that frontends would get.
func diffSnapshots(live, again *engine.Core) string {
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
	return scenario.Difference(list(a), list(b))
}

// Records returns the inputs of the scenario, as a trace would have them, and the settings that Options.Open got.
func Records(s *scenario.Scenario, o Options) ([]trace.Record, map[string]string, error) {
	parts, err := openParts(s, o)
	if err != nil {
		return nil, nil, err
	}
	return s.Records(parts.Dialect, parts.CleanNumber), s.PartSettings(), nil
}
