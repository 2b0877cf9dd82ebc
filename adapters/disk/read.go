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

// Read yields the events from number from up to Last of the call. Their strings share their pack's memory: who keeps a
// few of them for long clones them.
func (j *Journal) Read(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return j.read(ctx, from, j.Last(), pack.Unpack)
}

// ReadBare is Read without the stanzas.
func (j *Journal) ReadBare(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return j.read(ctx, from, j.Last(), pack.UnpackBare)
}

// Tail is Read that goes on with what is appended, until ctx is done or the journal is closed.
func (j *Journal) Tail(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return j.read(ctx, from, ^uint64(0), pack.Unpack)
}

// unpacking reads a pack, with its stanzas or without.
type unpacking func(b []byte, all []events.Event) ([]events.Event, error)

// reader is one loop over a sequence of events.
type reader struct {
	j      *Journal
	ctx    context.Context
	want   uint64 // the next number
	end    uint64
	unpack unpacking
	yield  func(events.Event, error) bool
	all    []events.Event // of one pack; its room is used again

	packs *packs // open at the pack after the one that was read
	first uint64 // of that segment
}

// errStop says that the loop's body had enough.
var errStop = errors.New("stop")

func (j *Journal) read(ctx context.Context, from, end uint64, unpack unpacking) iter.Seq2[events.Event, error] {
	return func(yield func(events.Event, error) bool) {
		r := &reader{j: j, ctx: ctx, want: max(from, 1), end: end, unpack: unpack, yield: yield}
		defer r.leave()
		if err := r.run(); err != nil && err != errStop {
			yield(events.Event{}, err)
		}
	}
}

func (r *reader) run() error {
	for r.want <= r.end {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		segments, last, grown, err := r.j.look()
		switch {
		case err != nil:
			return err
		case r.want < segments[0].first:
			return gone(r.want, segments[0].first)
		case r.want <= last:
			if err := r.stretch(segments, min(last, r.end)); err != nil {
				return err
			}
			continue
		}
		select {
		case <-grown:
		case <-r.ctx.Done():
			return r.ctx.Err()
		}
	}
	return nil
}

// stretch reads on in the segment that has the wanted event, up to number end or the segment's end.
func (r *reader) stretch(segments []segment, end uint64) error {
	i := sort.Search(len(segments), func(i int) bool { return segments[i].first > r.want }) - 1
	if i+1 < len(segments) {
		end = min(end, segments[i+1].first-1)
	}
	if err := r.enter(segments[i].first); err != nil {
		return err
	}
	r.packs.end = segments[i].size
	for r.want <= end {
		b, err := r.packs.next()
		if err == nil {
			r.all, err = r.unpack(b, r.all)
		}
		if err == nil && len(r.all) > 0 && (r.all[0].Seq() > r.want) {
			err = fmt.Errorf("it goes on with event %d", r.all[0].Seq())
		}
		if err != nil {
			return r.damaged(err)
		}
		if err := r.deliver(); err != nil {
			return err
		}
	}
	return nil
}

// enter opens a segment at its beginning, unless it is open where reading goes on.
func (r *reader) enter(first uint64) error {
	if r.packs != nil && r.first == first {
		return nil
	}
	r.leave()
	p, err := r.j.packs(first)
	if errors.Is(err, fs.ErrNotExist) && r.want < r.j.First() {
		return gone(r.want, r.j.First()) // removed a moment ago
	}
	if err != nil {
		return fmt.Errorf("%w: %w", events.ErrCorrupt, err)
	}
	r.packs, r.first = p, first
	return nil
}

func (r *reader) leave() {
	if r.packs != nil {
		r.packs.close()
		r.packs = nil
	}
}

func (r *reader) damaged(err error) error {
	if err == io.EOF {
		err = errCut
	}
	return fmt.Errorf("%w: %s, where event %d is due: %w", events.ErrCorrupt, r.j.file(r.first, segmentEnd), r.want, err)
}

// deliver yields what is wanted of a pack. The rest of it, behind the loop's end, is read again next time.
func (r *reader) deliver() error {
	for _, e := range r.all {
		if e.Seq() < r.want {
			continue
		}
		if e.Seq() > r.end {
			return nil
		}
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if !r.yield(e, nil) {
			return errStop
		}
		r.want++
	}
	return nil
}
