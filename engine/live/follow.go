package live

import (
	"context"

	"offhook/engine"
)

// Follow is [Follow] on this reader.
func (r *Reader) Follow(ctx context.Context, f Follower) error { return Follow(ctx, r, f) }

// Follower is what is done with the stream of changes. Functions that are nil are not called. What they are given is
// shared with other readers and must not be changed.
type Follower struct {
	// Snapshot gets everything that is true as of a position: first of all, and again after the reader fell out of the
	// feed. What happened in between is the difference to what the follower knew (decision A5).
	Snapshot func(*engine.Snapshot)
	// Change gets each change behind the snapshot, in order.
	Change func(*engine.Change)
	// Flush is called when everything that could be read at once was given out. Its error ends the following.
	Flush func() error
}

// Changes is what a follower reads from: a [Reader], or a test's own source of batches.
type Changes interface {
	Next(ctx context.Context) (Batch, error)
}

// Follow reads from a snapshot on until ctx is done, the loop has ended (ErrStopped) or Flush fails.
func Follow(ctx context.Context, changes Changes, f Follower) error {
	for {
		b, err := changes.Next(ctx)
		if err != nil {
			return err
		}
		if b.Snapshot != nil && f.Snapshot != nil {
			f.Snapshot(b.Snapshot)
		}
		if f.Change != nil {
			for _, c := range b.Changes {
				f.Change(c)
			}
		}
		if f.Flush != nil {
			if err := f.Flush(); err != nil {
				return err
			}
		}
	}
}
