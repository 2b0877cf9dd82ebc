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

// Player feeds a timeline into an engine and says what followed, fact by fact: an event, each of its changes of state
// with the messages that follow from it, and commands to the PBX where they come. It needs constant memory.
type Player struct {
	parts    Parts
	settings engine.Settings

	open           func(map[string]string) (Parts, error) // of a start record's own settings; nil: the parts stay
	override       map[string]string
	partSettings   map[string]string // the settings the parts were made with
	core           *engine.Core
	emit           func(*fact.Fact)
	emitFact       func(fact.Fact)
	addresses      map[string]string // of the lines, by key
	fields         []events.Field
	fact           fact.Fact
	commands       sentCommands
	summary        Summary
	replacedCounts [2]uint64 // Foreign and Unselected of engines that were replaced

	onEvent        func(events.Event)     // gets every event that happens; may be nil
	onChange       func(*engine.Change)   // gets every change; may be nil
	onSnapshot     func(*engine.Snapshot) // gets what was true where a run begins in the middle; may be nil
	startsInMiddle bool                   // a run began with calls and lines that no event here tells of
}

// NewPlayer makes a player. base are the settings for a timeline without a start record. emit gets every fact; it is
// valid until emit returns.
func NewPlayer(parts Parts, base engine.Settings, emit func(*fact.Fact)) *Player {
	p := &Player{parts: parts, settings: base, emit: emit, addresses: map[string]string{}}
	p.emitFact = func(f fact.Fact) { p.emit(&f) }
	return p
}

// Reopen lets a start record's own settings of dialect and projection make the parts anew; those in override stand
// above them.
func (p *Player) Reopen(open func(map[string]string) (Parts, error), override map[string]string) {
	p.open, p.override = open, override
}

// reopenParts makes the parts that a start record asks for.
func (p *Player) reopenParts(set engine.Settings) error {
	if p.open == nil || len(set.Show) == 0 {
		return nil
	}
	all := maps.Clone(set.Show)
	maps.Copy(all, p.parts.canonical(p.override))
	if maps.Equal(all, p.partSettings) {
		return nil // a restart within one timeline: what was shown goes on
	}
	parts, err := p.open(all)
	if err != nil {
		return fmt.Errorf("%w: the start record's settings: %w", source.ErrUnreadable, err)
	}
	p.parts, p.partSettings = parts, all
	return nil
}

// Core is the engine as it stands; nil before the first record.
func (p *Player) Core() *engine.Core { return p.core }

// Feed gives the engine one record. A record out of a trace that goes out is compared, not fed. The error is for a
// start record that cannot be read; it wraps ErrUnreadable.
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

// beginWithoutStart starts an engine for a timeline that does not say how it began.
func (p *Player) beginWithoutStart(at int64) trace.Record {
	p.core = engine.NewCore(p.settings, p.parts.Dialect)
	r := p.core.StartRecord(events.Millis(at), false)
	p.showOutputs(p.core.Step(r))
	return r
}

// startFields is what the player looks at in a start record.
type startFields struct {
	Capture bool `json:"capture"`
	State   *struct {
		Seq uint64
	} `json:"state"`
}

// feedStart begins a run: the first of a timeline, or one after offhook was started again. Of consecutive parts of one
// capture only the first one's start counts.
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

// bridge tells the projector what was true where the run begins.
func (p *Player) bridge(set engine.Settings, r trace.Record) {
	var all map[string]json.RawMessage
	if json.Unmarshal(r.Start, &all) != nil {
		return
	}
	all["capture"] = json.RawMessage("true") // the state as it was, before anything follows from the start
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

// keepCounts keeps the counts of an engine that is about to be replaced.
func (p *Player) keepCounts() {
	if p.core != nil {
		p.replacedCounts[0] += p.core.Foreign
		p.replacedCounts[1] += p.core.Unselected
	}
}

// Apply gives the engine an event of a journal as it is.
func (p *Player) Apply(e events.Event) {
	if p.core == nil {
		p.core = engine.NewCore(p.settings, p.parts.Dialect)
	}
	p.summary.Records++
	p.showOutputs(p.core.Apply(e))
}

// Close ends the run and says what it came to.
func (p *Player) Close() Summary {
	if p.parts.Projector != nil {
		p.parts.Projector.Flush(p.emitFact)
	}
	return p.Summary()
}

// Summary is what the run came to so far.
func (p *Player) Summary() Summary {
	s := p.summary
	s.Foreign, s.Unselected = p.replacedCounts[0], p.replacedCounts[1]
	if p.core != nil {
		s.Foreign += p.core.Foreign
		s.Unselected += p.core.Unselected
	}
	return s
}
