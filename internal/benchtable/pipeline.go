package main

import (
	"errors"

	"offhook/adapters/nats"
)

// turnCalls is a turn of a whole pipeline: calls, of five stanzas each.
const turnCalls = 20 * together

// pipelines measures end to end: as it is with and without a journal, and against single messages on the same server.
func pipelines(b *bench) error {
	return errors.Join(b.pipeline(nats.SyncInterval), b.pipeline(nats.SyncAlways))
}

func (b *bench) pipeline(sync nats.Sync) (err error) {
	s, err := b.open("pipeline-"+string(sync), sync)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	p, err := newPipe(b.ctx, s.journal)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if sync == nats.SyncAlways {
		t, err := b.turns(p.side(b.ctx, turnCalls), s.sync(b.ctx, 40))
		if err != nil {
			return err
		}
		b.add(row{name: "pipeline with fsync vs one fsynced Publish an event", value: t[1] / t[0], unit: "x", floor: 40, aim: 90,
			detail: rate(t[0], "stanzas") + " vs " + rate(t[1], "events")})
		return nil
	}
	free, err := newPipe(b.ctx, &nowhere{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, free.close()) }()
	t, err := b.turns(p.side(b.ctx, turnCalls), s.async(b.ctx, 4000), free.side(b.ctx, turnCalls))
	if err != nil {
		return err
	}
	b.add(row{name: "pipeline vs one PublishAsync an event, same server", value: t[1] / t[0], unit: "x", floor: 2, aim: 3,
		detail: rate(t[0], "stanzas") + " vs " + rate(t[1], "events")})
	b.add(row{name: "pipeline vs the same without a journal", value: 100 * t[2] / t[0], unit: "%", floor: 60, aim: 80,
		detail: rate(t[0], "stanzas") + " vs " + rate(t[2], "stanzas")})
	return nil
}
