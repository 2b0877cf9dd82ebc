package live

import (
	"context"
	"time"

	"offhook/engine"
	"offhook/internal/trace"
)

// sequence is the one goroutine that owns the core.
func (l *Loop) sequence(ctx context.Context) {
	last := l.cfg.Start.At
	l.step(l.cfg.Start)
	l.lastRequestID.Store(l.core.LastRequestID())
	close(l.started)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	take := func(r trace.Record) {
		last = max(last, time.Now().UnixMilli())
		r.At = last
		l.step(r)
	}
	for {
		l.setTimer(timer)
		select {
		case r := <-l.inputs:
			take(r)
			l.drain(take, 64) // deadlines fire with the inputs' time as well, so the timer need not be looked at
		case <-timer.C:
			take(trace.Record{Kind: trace.Timer})
		case w := <-l.snapshotRequests:
			l.queue.pushSnapshot(l.core, w)
		case w := <-l.captureRequests:
			l.capture(w, last)
		case <-ctx.Done():
			l.drain(take, cap(l.inputs)) // what was taken in before the end
			return
		}
	}
}

// drain takes inputs that wait already, at most so many.
func (l *Loop) drain(take func(trace.Record), most int) {
	for range most {
		select {
		case r := <-l.inputs:
			take(r)
		default:
			return
		}
	}
}

func (l *Loop) setTimer(t *time.Timer) {
	wait := time.Hour
	if at, ok := l.core.Due(); ok {
		wait = max(0, time.Until(at.Time()))
	}
	t.Reset(wait)
}

// step handles one record and queues what followed; it waits while the queue is full.
func (l *Loop) step(r trace.Record) {
	others := l.core.Foreign + l.core.Unselected
	out := l.core.Step(r)
	if r.Kind == trace.In && l.core.Foreign+l.core.Unselected != others {
		r.Raw = engine.FirstTag(r.Raw)
	}
	l.cfg.Trace(r)
	for i := range out {
		if out[i].Kind == engine.OutSend {
			l.cfg.Trace(trace.Record{Kind: trace.Out, At: r.At, Raw: out[i].Raw})
		}
	}
	l.queue.push(out)
}
