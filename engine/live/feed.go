package live

import (
	"context"
	"sync"

	"offhook/engine"
)

// feed is a ring buffer of the newest changes for frontends; each reader has its own position in it (decision A5).
type feed struct {
	mu      sync.Mutex
	changes []*engine.Change
	total   uint64        // how many changes were ever put in
	grew    chan struct{} // closed and replaced when something was put in
	closed  bool
}

func newFeed(size int) *feed {
	return &feed{changes: make([]*engine.Change, size), grew: make(chan struct{})}
}

// append adds changes, pushing out the oldest; it never waits.
func (f *feed) append(cs []*engine.Change) {
	if len(cs) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range cs {
		f.changes[f.total%uint64(len(f.changes))] = c
		f.total++
	}
	f.signal()
}

func (f *feed) signal() {
	close(f.grew)
	f.grew = make(chan struct{})
}

func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	f.signal()
}

// position is the position behind the newest change.
func (f *feed) position() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.total
}

// readFrom copies the changes behind a position into dst; lost says that some of them were overwritten already.
func (f *feed) readFrom(place uint64, dst []*engine.Change) (got []*engine.Change, grown <-chan struct{}, lost, ended bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.total-place > uint64(len(f.changes)) {
		return dst, f.grew, true, f.closed
	}
	for ; place < f.total && len(dst) < cap(dst); place++ {
		dst = append(dst, f.changes[place%uint64(len(f.changes))])
	}
	return dst, f.grew, false, f.closed
}

// Batch is what a frontend reads: either a snapshot (first of all, and after it fell too far behind) or changes in
// their order behind it.
type Batch struct {
	Snapshot *engine.Snapshot
	Changes  []*engine.Change
}

// Reader is one frontend's own position in the stream of changes.
type Reader struct {
	feed        *feed
	position    uint64
	hasSnapshot bool
	batch       []*engine.Change
	snapshot    func(context.Context) (*engine.Snapshot, uint64, error)
}

// Next waits for what comes next. Its first batch is a snapshot; so is the batch after the reader fell out of the feed:
// what happened in between is the difference to what it has shown (decision A5). The batch is valid until the next call.
func (r *Reader) Next(ctx context.Context) (Batch, error) {
	for {
		if !r.hasSnapshot {
			s, place, err := r.snapshot(ctx)
			if err != nil {
				return Batch{}, err
			}
			r.position, r.hasSnapshot = place, true
			return Batch{Snapshot: s}, nil
		}
		got, grown, lost, ended := r.feed.readFrom(r.position, r.batch[:0])
		switch {
		case lost:
			r.hasSnapshot = false
		case len(got) > 0:
			r.position += uint64(len(got))
			return Batch{Changes: got}, nil
		case ended:
			return Batch{}, ErrStopped
		default:
			select {
			case <-grown:
			case <-ctx.Done():
				return Batch{}, ctx.Err()
			}
		}
	}
}
