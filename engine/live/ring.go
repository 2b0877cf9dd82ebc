package live

import (
	"context"
	"sync"

	"offhook/engine"
)

// ring keeps the newest changes for frontends; each reader has its own place in it (decision A5).
type ring struct {
	mu    sync.Mutex
	buf   []*engine.Change
	end   uint64        // how many changes were ever put in
	grown chan struct{} // closed and replaced when something was put in
	ended bool
}

func newRing(size int) *ring {
	return &ring{buf: make([]*engine.Change, size), grown: make(chan struct{})}
}

// put adds changes, pushing out the oldest; it never waits.
func (r *ring) put(cs []*engine.Change) {
	if len(cs) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range cs {
		r.buf[r.end%uint64(len(r.buf))] = c
		r.end++
	}
	r.wake()
}

func (r *ring) wake() {
	close(r.grown)
	r.grown = make(chan struct{})
}

func (r *ring) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	r.wake()
}

// at is the place behind the newest change.
func (r *ring) at() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.end
}

// from copies what is there behind a place into dst; lost says that some of it was pushed out.
func (r *ring) from(place uint64, dst []*engine.Change) (got []*engine.Change, grown <-chan struct{}, lost, ended bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.end-place > uint64(len(r.buf)) {
		return dst, r.grown, true, r.ended
	}
	for ; place < r.end && len(dst) < cap(dst); place++ {
		dst = append(dst, r.buf[place%uint64(len(r.buf))])
	}
	return dst, r.grown, false, r.ended
}

// Batch is what a frontend reads: either a snapshot (first of all, and after it fell too far behind) or changes in
// their order behind it.
type Batch struct {
	Snapshot *engine.Snapshot
	Changes  []*engine.Change
}

// Reader is a frontend's own place in the stream of changes.
type Reader struct {
	ring   *ring
	place  uint64
	synced bool
	buf    []*engine.Change
	resync func(context.Context) (*engine.Snapshot, uint64, error)
}

// Next waits for what comes next. Its first batch is a snapshot; so is the batch after the reader fell out of the ring:
// what happened in between is the difference to what it has shown (decision A5). The batch is valid until the next call.
func (r *Reader) Next(ctx context.Context) (Batch, error) {
	for {
		if !r.synced {
			s, place, err := r.resync(ctx)
			if err != nil {
				return Batch{}, err
			}
			r.place, r.synced = place, true
			return Batch{Snapshot: s}, nil
		}
		got, grown, lost, ended := r.ring.from(r.place, r.buf[:0])
		switch {
		case lost:
			r.synced = false
		case len(got) > 0:
			r.place += uint64(len(got))
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
