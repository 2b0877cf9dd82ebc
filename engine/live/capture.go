package live

import (
	"context"

	"offhook/internal/trace"
)

// captureRequest asks the sequencer for a start record between two inputs.
type captureRequest struct {
	give func(trace.Record)
	done chan struct{}
}

// Capture calls begin with a start record of the present, in the sequencer and between two inputs: every record that
// Config.Trace gets after that call belongs behind it. So a capture can begin while calls are up. begin must be quick. The
// error is ctx's, or ErrStopped; when it is ctx's, begin may have been called, or may still be.
func (l *Loop) Capture(ctx context.Context, begin func(trace.Record)) error {
	w := captureRequest{begin, make(chan struct{})}
	select {
	case l.captureRequests <- w:
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

// capture serves a request for a start record; at is the time of the newest input.
func (l *Loop) capture(w captureRequest, at int64) {
	r := l.core.StartRecord(l.core.Now(), true)
	r.At = max(r.At, at)
	w.give(r)
	close(w.done)
}
