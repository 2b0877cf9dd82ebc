package replay

import (
	"context"
	"errors"
	"fmt"
	"io"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/trace"
	"offhook/replay/source"
)

// Run replays files ("-" is standard input) as consecutive parts of one timeline and writes the facts to out. If an input is
// unreadable, the facts up to there are written and the summary counts them. The error wraps source.ErrUnreadable, or is
// that of out, of Options.Open or of ctx.
func Run(ctx context.Context, out io.Writer, o Options, files ...string) (Summary, error) {
	parts, err := o.openParts()
	if err != nil {
		return Summary{}, err
	}
	o.PartSettings = parts.canonical(o.PartSettings)
	w := newWriter(out, o, parts)
	p := NewPlayer(parts, o.engineSettings(), w.addFact)
	p.Reopen(o.Open, o.PartSettings)
	w.observeChanges(p)
	in := source.NewInput(source.Options{Split: parts.Split, Stdin: o.Stdin, OnLogLine: o.OnLogLine}, files...)
	defer in.Close()
	err = playInput(ctx, in, p, w)
	p.summary.Outgoing = in.Outgoing()
	w.finish(p)
	return p.Summary(), errors.Join(err, w.close(p.Summary()))
}

// playInput feeds the input to the player and writes each record with its facts.
func playInput(ctx context.Context, in *source.Input, p *Player, w *writer) error {
	for ctx.Err() == nil && w.err == nil {
		r, err := in.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if p.core == nil && r.Kind != trace.Start && r.Kind != trace.Out {
			start := p.beginWithoutStart(r.At)
			w.writeStep(&start, false)
		}
		core, foreign := p.core, p.passedOver()
		if err := p.Feed(r); err != nil {
			return fmt.Errorf("%w (%s)", err, in.Name())
		}
		w.writeStep(&r, p.passedOver() != foreign || r.Kind == trace.Start && p.core == core)
	}
	return ctx.Err()
}

// passedOver counts the stanzas that the engine passed over: chat and the like, and events of users without a line.
func (p *Player) passedOver() uint64 {
	if p.core == nil {
		return 0
	}
	return p.core.Foreign + p.core.Unselected
}

// RunJournal replays the events of a journal, from the oldest kept one to the newest one at the time of the call. The engine
// applies the events and resolves nothing. In the text format blank lines separate the events; it is no scenario, since a
// journal has events and no inputs.
func RunJournal(ctx context.Context, out io.Writer, o Options, j events.Journal) (Summary, error) {
	parts, err := o.openParts()
	if err != nil {
		return Summary{}, err
	}
	w := newWriter(out, o, parts)
	set := o.engineSettings()
	set.Journal = j.ID()
	set.Handshake = true // the journal's events say when the session was up
	p := NewPlayer(parts, set, w.addFact)
	w.observeChanges(p)
	for e, err := range j.Read(ctx, j.First()) {
		if err != nil {
			w.finish(p)
			return p.Summary(), errors.Join(fmt.Errorf("%w: journal %s after event %d: %w", source.ErrUnreadable, j.ID(), p.seq(), err), w.close(p.Summary()))
		}
		w.separate()
		p.Apply(e)
		w.writePending()
		if w.err != nil {
			break
		}
	}
	w.finish(p)
	return p.Summary(), w.close(p.Summary())
}

func (p *Player) seq() uint64 {
	if p.core == nil {
		return 0
	}
	return p.core.Seq()
}

func (o *Options) openParts() (Parts, error) {
	if o.Format != "" && o.Format != Text && o.Format != JSON && o.Format != Changes {
		return Parts{}, fmt.Errorf("replay: format %q is not known; it may be %q, %q or %q", o.Format, Text, JSON, Changes)
	}
	if o.Open == nil {
		return Parts{}, errors.New("replay: Options.Open is missing")
	}
	return o.Open(o.PartSettings)
}

// engineSettings returns the settings for an input that has none.
func (o *Options) engineSettings() engine.Settings {
	set := o.Settings
	if len(set.Lines) == 0 {
		set.Learn = true
	}
	return set
}
