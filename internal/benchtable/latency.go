package main

import (
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"offhook/adapters/nats"
	"offhook/engine"
)

// inputInterval is the time between two inputs of the latency rows: a thousand events a second.
const inputInterval = time.Millisecond

// benchLatency compares the time from a stanza to its message to TAPI with that of one synchronous publish, both at a
// thousand events a second and on one server.
func benchLatency(b *bench) (err error) {
	s, err := b.openStore("latency", nats.SyncInterval)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	p, err := newPipeline(b.ctx, s.journal)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	var loop, publish []time.Duration
	for began := time.Now(); len(loop) == 0 || time.Since(began) < b.budget; {
		l, err := p.measureLatency(b)
		if err != nil {
			return err
		}
		q, err := s.measureLatency(b, len(l))
		if err != nil {
			return err
		}
		loop, publish = append(loop, l...), append(publish, q...)
	}
	l, q := median(loop), median(publish)
	b.add(row{name: "latency p50 at 1k events/s, stanza to message, vs one Publish", value: float64(l) / float64(q), unit: "x", floor: 4, aim: 2, smallerIsBetter: true,
		detail: formatDuration(float64(l)) + " vs " + formatDuration(float64(q)) + "; p99 " + formatDuration(float64(quantile(loop, 0.99))) + " vs " + formatDuration(float64(quantile(publish, 0.99)))})
	return nil
}

// measureLatency feeds the stanzas of concurrentCalls calls at inputInterval and returns how long each took to reach the
// frontend. All lines are learned, so each stanza gives one event, whose number identifies the stanza.
func (p *pipeline) measureLatency(b *bench) ([]time.Duration, error) {
	rs := p.office.records(concurrentCalls)
	seq, _, err := p.loop.Image(b.ctx)
	if err != nil {
		return nil, err
	}
	sent, shown := make([]atomic.Int64, len(rs)), make([]atomic.Int64, len(rs))
	began := time.Now()
	onChange := func(c *engine.Change) {
		if i := c.Pos.Seq - seq - 1; i < uint64(len(rs)) {
			shown[i].CompareAndSwap(0, int64(time.Since(began)))
		}
	}
	p.frontend.onChange.Store(&onChange)
	for i, r := range rs {
		time.Sleep(time.Until(began.Add(time.Duration(i) * inputInterval)))
		sent[i].Store(int64(time.Since(began)))
		if err := p.loop.Put(b.ctx, r); err != nil {
			return nil, err
		}
	}
	p.begunCalls += concurrentCalls
	if err := p.awaitEnded(); err != nil {
		return nil, err
	}
	var all []time.Duration
	for i := range rs {
		if shown[i].Load() == 0 {
			return nil, errors.New("an event was not shown")
		}
		all = append(all, time.Duration(shown[i].Load()-sent[i].Load()))
	}
	return all, nil
}

// measureLatency publishes n events at inputInterval, one message each, and returns how long each acknowledgement took.
func (s *journalStore) measureLatency(b *bench, n int) ([]time.Duration, error) {
	var all []time.Duration
	began := time.Now()
	for i := range n {
		time.Sleep(time.Until(began.Add(time.Duration(i) * inputInterval)))
		start := time.Now()
		if _, err := s.js.Publish(b.ctx, singleSubject, messageOf(s.events[i%len(s.events)])); err != nil {
			return nil, err
		}
		all = append(all, time.Since(start))
	}
	return all, nil
}

func median(all []time.Duration) time.Duration { return quantile(all, 0.5) }

func quantile(all []time.Duration, q float64) time.Duration {
	s := slices.Sorted(slices.Values(all))
	return s[int(q*float64(len(s)-1))]
}
