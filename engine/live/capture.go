package live

import (
	"context"

	"offhook/internal/trace"
)

// captureWish asks the sequencer for a start record between two inputs.
type captureWish struct {
	to   func(trace.Record)
	done chan struct{}
}

// Capture gives to a start record of the present, in the sequencer and between two inputs: every record that
// LoopConfig.Trace gets after the call of to belongs behind it. So a capture can begin while calls are up. to must be
// quick. The error is ctx's, or ErrStopped; to may have been called, or still be, when it is ctx's.
func (l *Loop) Capture(ctx context.Context, to func(trace.Record)) error {
	w := captureWish{to, make(chan struct{})}
	select {
	case l.captures <- w:
	case <-l.done:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// capture answers a wish; at is the time of the newest input.
func (l *Loop) capture(w captureWish, at int64) {
	r := l.core.StartRecord(l.core.Now(), true)
	r.At = max(r.At, at)
	w.to(r)
	close(w.done)
}
