package live

import (
	"context"

	"offhook/engine"
)

type snapshotReply struct {
	snapshot *engine.Snapshot
	image    []byte
	position uint64
}

// snapshotRequest asks for a snapshot, or for an image instead.
type snapshotRequest struct {
	reply chan snapshotReply
	image bool
}

// Reader makes a reader of the stream of changes, which begins with a snapshot of the present.
func (l *Loop) Reader() *Reader {
	return &Reader{feed: l.feed, batch: make([]*engine.Change, 0, 512), snapshot: l.snapshot}
}

func (l *Loop) snapshot(ctx context.Context) (*engine.Snapshot, uint64, error) {
	s, err := l.takeSnapshot(ctx, false)
	return s.snapshot, s.position, err
}

// Image is everything the engine knows as of an event that is durable, in a form that [Rebuild] takes (decision A10).
func (l *Loop) Image(ctx context.Context) (seq uint64, image []byte, err error) {
	s, err := l.takeSnapshot(ctx, true)
	return s.position, s.image, err
}

func (l *Loop) takeSnapshot(ctx context.Context, image bool) (snapshotReply, error) {
	w := snapshotRequest{make(chan snapshotReply, 1), image}
	select {
	case l.snapshotRequests <- w:
	case <-l.done:
		return snapshotReply{}, ErrStopped
	case <-ctx.Done():
		return snapshotReply{}, ctx.Err()
	}
	select {
	case s := <-w.reply:
		return s, nil
	case <-l.done:
		return snapshotReply{}, ErrStopped
	case <-ctx.Done():
		return snapshotReply{}, ctx.Err()
	}
}
