package main

import (
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"offhook/adapters/nats"
	"offhook/engine"
)

// pace is the time between two inputs of the latency rows: a thousand events a second.
const pace = time.Millisecond

// latency compares what the loop adds, from a stanza read to its message to TAPI, with one synchronous publish, both
// at a thousand events a second, on one server.
func latency(b *bench) (err error) {
	s, err := b.open("latency", nats.SyncInterval)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	p, err := newPipe(b.ctx, s.journal)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	var loop, publish []time.Duration
	for began := time.Now(); len(loop) == 0 || time.Since(began) < b.budget; {
		l, err := p.paced(b)
		if err != nil {
			return err
		}
		q, err := s.paced(b, len(l))
		if err != nil {
			return err
		}
		loop, publish = append(loop, l...), append(publish, q...)
	}
	l, q := median(loop), median(publish)
	b.add(row{name: "latency p50 at 1k events/s, stanza to message, vs one Publish", value: float64(l) / float64(q), unit: "x", floor: 4, aim: 2, less: true,
		detail: each(float64(l)) + " vs " + each(float64(q)) + "; p99 " + each(float64(quantile(loop, 0.99))) + " vs " + each(float64(quantile(publish, 0.99)))})
	return nil
}

// paced feeds the stanzas of fifty calls at the pace and gives how long each took to be shown. Each stanza of an office
// that has learned its lines is one event, so the event's number tells which it was.
func (p *pipe) paced(b *bench) ([]time.Duration, error) {
	rs := p.office.records(together)
	seq, _, err := p.loop.Image(b.ctx)
	if err != nil {
		return nil, err
	}
	sent, shown := make([]atomic.Int64, len(rs)), make([]atomic.Int64, len(rs))
	began := time.Now()
	heard := func(c *engine.Change) {
		if i := c.Pos.Seq - seq - 1; i < uint64(len(rs)) {
			shown[i].CompareAndSwap(0, int64(time.Since(began)))
		}
	}
	p.front.hear.Store(&heard)
	for i, r := range rs {
		time.Sleep(time.Until(began.Add(time.Duration(i) * pace)))
		sent[i].Store(int64(time.Since(began)))
		if err := p.loop.Put(b.ctx, r); err != nil {
			return nil, err
		}
	}
	p.want += together
	if err := p.settle(); err != nil {
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

// paced publishes n events at the pace, one message each, and gives how long each acknowledgement took.
func (s *store) paced(b *bench, n int) ([]time.Duration, error) {
	var all []time.Duration
	began := time.Now()
	for i := range n {
		time.Sleep(time.Until(began.Add(time.Duration(i) * pace)))
		start := time.Now()
		if _, err := s.js.Publish(b.ctx, singles, message(s.events[i%len(s.events)])); err != nil {
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
