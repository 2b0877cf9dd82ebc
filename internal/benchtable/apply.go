package main

import (
	"context"
	"errors"
	"time"

	"github.com/looplab/fsm"

	"offhook/adapters/tapi/projection"
	"offhook/engine"
)

// benchApply measures the engine alone: a stanza that is resolved into its event and applied, an event of the journal that
// is applied, and for comparison one transition of a looplab state machine with the same states.
func benchApply(b *bench) error {
	core, o := newCore()
	stepping := func() (int, time.Duration, error) {
		rs := o.records(concurrentCalls * 10)
		start := time.Now()
		for i := range rs {
			core.Step(rs[i])
		}
		return len(rs), time.Since(start), nil
	}
	all, _ := eventsAndChanges(concurrentCalls * 40)
	again := func() (int, time.Duration, error) {
		c := engine.NewCore(settings(), newDialect())
		start := time.Now()
		for i := range all {
			c.Apply(all[i])
		}
		return len(all), time.Since(start), nil
	}
	looplab, steps := looplabWalk()
	failed := error(nil)
	single := repeat(500, func() { failed = errors.Join(failed, looplab()) })
	t, err := b.alternate(stepping, again, single)
	if err != nil || failed != nil {
		return errors.Join(err, failed)
	}
	loop := t[2] / float64(steps)
	b.add(row{name: "engine: decode, resolve and apply a stanza (Core.Step)", value: t[0], unit: "ns", detail: formatRate(t[0], "stanzas")})
	b.add(row{name: "engine: apply an event of the journal (Core.Apply)", value: t[1], unit: "ns", detail: formatRate(t[1], "events")})
	b.add(row{name: "one step of looplab/fsm alone vs a whole Core.Apply", value: loop / t[1], unit: "x",
		detail: formatDuration(loop) + " vs " + formatDuration(t[1]) + "; engine's own benchmark compares the steps"})
	return nil
}

// looplabWalk returns a function that moves a looplab state machine through the states of an office's call, and the count
// of its transitions.
func looplabWalk() (func() error, int) {
	way := []fsm.EventDesc{{Name: "call.offered.v1", Src: []string{"null"}, Dst: "offering"},
		{Name: "call.established.v1", Src: []string{"offering"}, Dst: "connected"}, {Name: "call.held.v1", Src: []string{"connected"}, Dst: "held"},
		{Name: "call.retrieved.v1", Src: []string{"held"}, Dst: "connected"}, {Name: "call.cleared.v1", Src: []string{"connected"}, Dst: "disconnected"}}
	m := fsm.NewFSM("null", way, nil)
	return func() error {
		for _, s := range way {
			m.SetState(s.Src[0])
			if err := m.Event(context.Background(), s.Name); err != nil {
				return err
			}
		}
		return nil
	}, len(way)
}

// benchProjection measures the TAPI projection of the office's changes.
func benchProjection(b *bench) error {
	_, changes := eventsAndChanges(concurrentCalls * 20)
	messages := 0
	t, err := b.alternate(func() (int, time.Duration, error) {
		p := projection.New(projection.Options{})
		messages = 0
		take := func(projection.TAPIMessage) { messages++ }
		start := time.Now()
		for i := range changes {
			p.Apply(changes[i], take)
		}
		return len(changes), time.Since(start), nil
	})
	if err != nil {
		return err
	}
	b.add(row{name: "projection: a change into messages to TAPI", value: t[0], unit: "ns",
		detail: formatRate(t[0], "changes") + ", " + formatNumber(float64(messages)/float64(len(changes))) + " messages a change"})
	return nil
}
