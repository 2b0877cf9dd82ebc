package live

import (
	"context"

	"offhook/engine"
)

type snapshotAt struct {
	snap  *engine.Snapshot
	image []byte
	place uint64
}

// snapshotWish asks for a snapshot, or for an image instead.
type snapshotWish struct {
	reply chan snapshotAt
	image bool
}

// Reader is a new place in the stream of changes, beginning with a snapshot of the present.
func (l *Loop) Reader() *Reader {
	return &Reader{ring: l.ring, buf: make([]*engine.Change, 0, 512), resync: l.snapshot}
}

func (l *Loop) snapshot(ctx context.Context) (*engine.Snapshot, uint64, error) {
	s, err := l.present(ctx, false)
	return s.snap, s.place, err
}

// Image is everything the engine knows as of an event that is durable, in a form that [Open] takes (decision A10).
func (l *Loop) Image(ctx context.Context) (seq uint64, image []byte, err error) {
	s, err := l.present(ctx, true)
	return s.place, s.image, err
}

func (l *Loop) present(ctx context.Context, image bool) (snapshotAt, error) {
	w := snapshotWish{make(chan snapshotAt, 1), image}
	select {
	case l.snaps <- w:
	case <-l.done:
		return snapshotAt{}, ErrStopped
	case <-ctx.Done():
		return snapshotAt{}, ctx.Err()
	}
	select {
	case s := <-w.reply:
		return s, nil
	case <-l.done:
		return snapshotAt{}, ErrStopped
	case <-ctx.Done():
		return snapshotAt{}, ctx.Err()
	}
}
