package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"sort"

	"offhook/events"
	"offhook/internal/pack"
)

// Read yields the events from number from up to the last one at the time of the call. Their strings share their pack's
// memory: a caller that keeps a few events for long must clone them.
func (j *Journal) Read(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return j.readRange(ctx, from, j.Last(), pack.Unpack)
}

// ReadWithoutStanzas is Read with events whose causes have no stanza.
func (j *Journal) ReadWithoutStanzas(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return j.readRange(ctx, from, j.Last(), pack.UnpackWithoutStanzas)
}

// Tail is Read that goes on with each append, until ctx is done or the journal is closed.
func (j *Journal) Tail(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return j.readRange(ctx, from, ^uint64(0), pack.Unpack)
}

// unpackFunc decodes a pack, with its stanzas or without.
type unpackFunc func(b []byte, all []events.Event) ([]events.Event, error)

// eventReader is the state of one loop over events.
type eventReader struct {
	j      *Journal
	ctx    context.Context
	next   uint64 // the next number
	end    uint64
	unpack unpackFunc
	yield  func(events.Event, error) bool
	buffer []events.Event // events of one pack; reused

	packs        *packReader // the open segment, at the pack after the one that was read
	segmentFirst uint64      // the first event of the open segment
}

// errLoopEnded says that the body of the caller's loop ended the loop.
var errLoopEnded = errors.New("stop")

func (j *Journal) readRange(ctx context.Context, from, end uint64, unpack unpackFunc) iter.Seq2[events.Event, error] {
	return func(yield func(events.Event, error) bool) {
		r := &eventReader{j: j, ctx: ctx, next: max(from, 1), end: end, unpack: unpack, yield: yield}
		defer r.closeSegment()
		if err := r.run(); err != nil && err != errLoopEnded {
			yield(events.Event{}, err)
		}
	}
}

func (r *eventReader) run() error {
	for r.next <= r.end {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		segments, last, appended, err := r.j.readerState()
		switch {
		case err != nil:
			return err
		case r.next < segments[0].first:
			return goneError(r.next, segments[0].first)
		case r.next <= last:
			if err := r.readSegment(segments, min(last, r.end)); err != nil {
				return err
			}
			continue
		}
		select {
		case <-appended:
		case <-r.ctx.Done():
			return r.ctx.Err()
		}
	}
	return nil
}

// readSegment reads from the segment that has the next event, up to event end or the segment's end.
func (r *eventReader) readSegment(segments []segment, end uint64) error {
	i := sort.Search(len(segments), func(i int) bool { return segments[i].first > r.next }) - 1
	if i+1 < len(segments) {
		end = min(end, segments[i+1].first-1)
	}
	if err := r.openSegment(segments[i].first); err != nil {
		return err
	}
	r.packs.end = segments[i].size
	for r.next <= end {
		b, err := r.packs.next()
		if err == nil {
			r.buffer, err = r.unpack(b, r.buffer)
		}
		if err == nil && len(r.buffer) > 0 && (r.buffer[0].Seq() > r.next) {
			err = fmt.Errorf("its next event is %d", r.buffer[0].Seq())
		}
		if err != nil {
			return r.corruptError(err)
		}
		if err := r.deliver(); err != nil {
			return err
		}
	}
	return nil
}

// openSegment opens a segment at its beginning, unless it is open already at the next pack.
func (r *eventReader) openSegment(first uint64) error {
	if r.packs != nil && r.segmentFirst == first {
		return nil
	}
	r.closeSegment()
	p, err := r.j.openPacks(first)
	if errors.Is(err, fs.ErrNotExist) && r.next < r.j.First() {
		return goneError(r.next, r.j.First()) // removed a moment ago
	}
	if err != nil {
		return fmt.Errorf("%w: %w", events.ErrCorrupt, err)
	}
	r.packs, r.segmentFirst = p, first
	return nil
}

func (r *eventReader) closeSegment() {
	if r.packs != nil {
		r.packs.close()
		r.packs = nil
	}
}

func (r *eventReader) corruptError(err error) error {
	if err == io.EOF {
		err = errTruncated
	}
	return fmt.Errorf("%w: %s, where event %d is due: %w", events.ErrCorrupt, r.j.path(r.segmentFirst, segmentExt), r.next, err)
}

// deliver yields the events of a pack that the loop asks for: those from the next number up to end.
func (r *eventReader) deliver() error {
	for _, e := range r.buffer {
		if e.Seq() < r.next {
			continue
		}
		if e.Seq() > r.end {
			return nil
		}
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if !r.yield(e, nil) {
			return errLoopEnded
		}
		r.next++
	}
	return nil
}
