package replay

import (
	"encoding/json"
	"fmt"
	"maps"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/fact"
	"offhook/internal/trace"
	"offhook/replay/source"
)

// Player feeds the records of a timeline to an engine and emits what follows, fact by fact: an event, each change of state
// with the messages that follow from it, and the commands to the PBX. It needs constant memory.
type Player struct {
	parts    Parts
	settings engine.Settings

	open           func(map[string]string) (Parts, error) // makes the parts that a start record's settings ask for; nil: the parts stay
	override       map[string]string
	partSettings   map[string]string // the settings that the parts were made with
	core           *engine.Core
	emit           func(*fact.Fact)
	emitFact       func(fact.Fact)
	addresses      map[string]string // of each line, by its key
	fields         []events.Field
	fact           fact.Fact
	commands       sentCommands
	summary        Summary
	replacedCounts [2]uint64 // Foreign and Unselected of engines that a start record replaced

	onEvent        func(events.Event)     // is called with every event; may be nil
	onChange       func(*engine.Change)   // is called with every change; may be nil
	onSnapshot     func(*engine.Snapshot) // is called with the state with which a run begins in mid-run; may be nil
	startsInMiddle bool                   // the run began with a state that the events since then do not explain
}

// NewPlayer makes a player. The settings count for a timeline without a start record. emit is called with every fact; the
// fact is valid until emit returns.
func NewPlayer(parts Parts, base engine.Settings, emit func(*fact.Fact)) *Player {
	p := &Player{parts: parts, settings: base, emit: emit, addresses: map[string]string{}}
	p.emitFact = func(f fact.Fact) { p.emit(&f) }
	return p
}

// Reopen makes the player open new parts at each start record, with the start record's settings of dialect and projection.
// Settings in override take precedence.
func (p *Player) Reopen(open func(map[string]string) (Parts, error), override map[string]string) {
	p.open, p.override = open, override
}

// reopenParts makes the parts that a start record's settings ask for.
func (p *Player) reopenParts(set engine.Settings) error {
	if p.open == nil || len(set.Show) == 0 {
		return nil
	}
	all := maps.Clone(set.Show)
	maps.Copy(all, p.parts.canonical(p.override))
	if maps.Equal(all, p.partSettings) {
		return nil // a restart within one timeline: the projection goes on
	}
	parts, err := p.open(all)
	if err != nil {
		return fmt.Errorf("%w: the start record's settings: %w", source.ErrUnreadable, err)
	}
	p.parts, p.partSettings = parts, all
	return nil
}

// Core returns the engine, nil before the first record.
func (p *Player) Core() *engine.Core { return p.core }

// Feed feeds one record to the engine. It compares an outgoing stanza with the engine's commands and does not feed it. The
// error is that of a start record that cannot be read; it wraps source.ErrUnreadable.
func (p *Player) Feed(r trace.Record) error {
	p.summary.Records++
	switch {
	case r.Kind == trace.Out:
		p.summary.UnmatchedCommands += p.commands.countUnmatched(r.Raw)
		return nil
	case r.Kind == trace.Start:
		return p.feedStart(r)
	case p.core == nil:
		p.beginWithoutStart(r.At)
	}
	if r.Kind == trace.In {
		p.summary.Stanzas++
	}
	p.showOutputs(p.core.Step(r))
	return nil
}

// beginWithoutStart makes an engine for a timeline without a start record.
func (p *Player) beginWithoutStart(at int64) trace.Record {
	p.core = engine.NewCore(p.settings, p.parts.Dialect)
	r := p.core.StartRecord(events.Millis(at), false)
	p.showOutputs(p.core.Step(r))
	return r
}

// startFields are the fields of a start record that the player reads itself.
type startFields struct {
	Capture bool `json:"capture"`
	State   *struct {
		Seq uint64
	} `json:"state"`
}

// feedStart makes an engine for a start record: at the beginning of a timeline or after a restart of offhook. A start record
// in the middle of one capture, where a new file begins, changes nothing.
func (p *Player) feedStart(r trace.Record) error {
	set, err := engine.SettingsOf(r)
	var head startFields
	if err == nil {
		err = json.Unmarshal(r.Start, &head)
	}
	if err != nil {
		return fmt.Errorf("%w: the start record: %w", source.ErrUnreadable, err)
	}
	if p.core != nil && head.Capture && head.State != nil && head.State.Seq == p.core.Seq() {
		return nil
	}
	p.startsInMiddle = p.core != nil || head.State != nil
	p.keepCounts()
	if err := p.reopenParts(set); err != nil {
		return err
	}
	p.core = engine.NewCore(set, p.parts.Dialect)
	if head.State != nil {
		p.bridge(set, r)
	}
	p.showOutputs(p.core.Step(r))
	return nil
}

// bridge shows the projector the lines and calls with which the run begins.
func (p *Player) bridge(set engine.Settings, r trace.Record) {
	var all map[string]json.RawMessage
	if json.Unmarshal(r.Start, &all) != nil {
		return
	}
	all["capture"] = json.RawMessage("true") // the state before the start record changes anything
	raw, err := json.Marshal(all)
	if err != nil {
		return
	}
	was := engine.NewCore(set, p.parts.Dialect)
	was.Step(trace.Record{Kind: trace.Start, At: r.At, Start: raw})
	snap := was.Snapshot()
	for i := range snap.Lines {
		p.learnAddress(&snap.Lines[i])
	}
	if p.onSnapshot != nil {
		p.onSnapshot(snap)
	}
	if b, ok := p.parts.Projector.(Bridger); ok {
		b.Bridge(*snap, p.emitFact)
	}
}

// keepCounts adds the counts of the engine, which is about to be replaced, to replacedCounts.
func (p *Player) keepCounts() {
	if p.core != nil {
		p.replacedCounts[0] += p.core.Foreign
		p.replacedCounts[1] += p.core.Unselected
	}
}

// Apply applies an event of a journal to the engine, without resolving anything.
func (p *Player) Apply(e events.Event) {
	if p.core == nil {
		p.core = engine.NewCore(p.settings, p.parts.Dialect)
	}
	p.summary.Records++
	p.showOutputs(p.core.Apply(e))
}

// Close ends the run and returns its summary.
func (p *Player) Close() Summary {
	if p.parts.Projector != nil {
		p.parts.Projector.Flush(p.emitFact)
	}
	return p.Summary()
}

// Summary returns the summary of the run so far.
func (p *Player) Summary() Summary {
	s := p.summary
	s.Foreign, s.Unselected = p.replacedCounts[0], p.replacedCounts[1]
	if p.core != nil {
		s.Foreign += p.core.Foreign
		s.Unselected += p.core.Unselected
	}
	return s
}
