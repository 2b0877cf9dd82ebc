package main

import (
	"errors"

	"offhook/adapters/nats"
)

// callsPerTurn is how many calls one turn of a pipeline has.
const callsPerTurn = 20 * concurrentCalls

// benchPipelines measures from stanza to TAPI message: with a journal, without one, and compared with single messages on the
// same server.
func benchPipelines(b *bench) error {
	return errors.Join(b.benchPipeline(nats.SyncInterval), b.benchPipeline(nats.SyncAlways))
}

func (b *bench) benchPipeline(sync nats.Sync) (err error) {
	s, err := b.openStore("pipeline-"+string(sync), sync)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	p, err := newPipeline(b.ctx, s.journal)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	if sync == nats.SyncAlways {
		t, err := b.alternate(p.side(b.ctx, callsPerTurn), s.publishSync(b.ctx, 40))
		if err != nil {
			return err
		}
		b.add(row{name: "pipeline with fsync vs one fsynced Publish an event", value: t[1] / t[0], unit: "x", floor: 40, aim: 90,
			detail: formatRate(t[0], "stanzas") + " vs " + formatRate(t[1], "events")})
		return nil
	}
	free, err := newPipeline(b.ctx, &discardJournal{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, free.close()) }()
	t, err := b.alternate(p.side(b.ctx, callsPerTurn), s.publishAsync(b.ctx, 4000), free.side(b.ctx, callsPerTurn))
	if err != nil {
		return err
	}
	b.add(row{name: "pipeline vs one PublishAsync an event, same server", value: t[1] / t[0], unit: "x", floor: 2, aim: 3,
		detail: formatRate(t[0], "stanzas") + " vs " + formatRate(t[1], "events")})
	b.add(row{name: "pipeline vs the same without a journal", value: 100 * t[2] / t[0], unit: "%", floor: 60, aim: 80,
		detail: formatRate(t[0], "stanzas") + " vs " + formatRate(t[2], "stanzas")})
	return nil
}
