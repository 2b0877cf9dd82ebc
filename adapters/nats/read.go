package nats

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	client "github.com/nats-io/nats.go"

	"offhook/events"
	"offhook/internal/pack"
)

// Read yields the events from number from up to Last of the call. Their strings share their pack's memory: who keeps
// a few of them for long clones them. While the server is away it waits for some answer times before it gives up.
func (j *Journal) Read(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return j.read(ctx, from, j.Last(), pack.Unpack)
}

// ReadBare is Read without the stanzas.
func (j *Journal) ReadBare(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return j.read(ctx, from, j.Last(), pack.UnpackBare)
}

// Tail is Read that goes on with what is appended, through reopenings and reconnections, until ctx is done or the
// journal is closed.
func (j *Journal) Tail(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return j.read(ctx, from, forever, pack.Unpack)
}

const (
	forever   = ^uint64(0)             // the end of a tail
	patience  = 3                      // answer times without progress before a read gives up
	retryWait = 250 * time.Millisecond // before a reader asks again
)

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
	pack   []events.Event // the one being delivered; its room is used again
}

// errStop says that the loop's body had enough.
var errStop = errors.New("stop")

func (j *Journal) read(ctx context.Context, from, end uint64, unpack unpacking) iter.Seq2[events.Event, error] {
	return func(yield func(events.Event, error) bool) {
		r := &reader{j, ctx, max(from, 1), end, unpack, yield, nil}
		if err := r.run(); err != nil && err != errStop {
			yield(events.Event{}, err)
		}
	}
}

func (r *reader) run() error {
	progress := time.Now()
	for r.want <= r.end {
		l, pos, grown, err := r.j.look()
		if err != nil {
			return err
		}
		if r.want > pos.last {
			if err := r.wait(grown, nil); err != nil {
				return err
			}
			continue
		}
		before := r.want
		err = r.stretch(l, pos)
		if r.want > before {
			progress = time.Now()
		}
		if err == nil {
			continue
		}
		if again, err := r.again(err, progress); !again {
			return err
		}
		if err := r.wait(grown, time.After(retryWait)); err != nil {
			return err
		}
	}
	return nil
}

// wait waits for something new, a time or the end.
func (r *reader) wait(grown <-chan struct{}, t <-chan time.Time) error {
	select {
	case <-grown:
	case <-t:
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
	return nil
}

// again says whether to try once more after err, and else the error to end with.
func (r *reader) again(err error, progress time.Time) (bool, error) {
	if err == errStop { // first of all: after it nothing may be yielded, not even that ctx is done
		return false, err
	}
	if ended := r.ctx.Err(); ended != nil {
		return false, ended
	}
	missing := errors.Is(err, errMissing)
	if !missing && !errors.Is(err, ErrUnavailable) {
		return false, err
	}
	if first := r.j.First(); r.want < first {
		return false, gone(r.want, first)
	}
	if !missing && r.end == forever || time.Since(progress) < patience*r.j.cfg.AckWait {
		return true, nil
	}
	if missing {
		err = fmt.Errorf("%w: event %d is not in stream %s: %w", events.ErrCorrupt, r.want, r.j.cfg.stream(), err)
	}
	return false, err
}

func gone(n, first uint64) error {
	return fmt.Errorf("%w: event %d; the first kept one is %d", events.ErrGone, n, first)
}

// stretch yields from want to the end of what pos knows of, asking for messages in batches; while the body works on one
// batch the next is under way.
func (r *reader) stretch(l *link, pos position) error {
	if r.want < pos.first {
		return gone(r.want, pos.first)
	}
	seq, err := l.locate(r.ctx, r.j.cfg, pos, r.want)
	if err != nil {
		return err
	}
	end := min(r.end, pos.last)
	size := pullFirst
	b, err := r.request(l, seq, size)
	if err != nil {
		return err
	}
	defer func() { b.drop() }()
	for {
		var got []message
		err := b.receive(r.ctx, r.j.cfg.AckWait, func(seq uint64, m *client.Msg) error {
			next, err := headed(seq, m.Header, m.Data)
			got = append(got, next)
			return err
		})
		b.drop()
		if err != nil {
			return err
		}
		more := got[len(got)-1].last < end
		if more {
			size = min(size*4, pullCount)
			if b, err = r.request(l, got[len(got)-1].seq+1, size); err != nil {
				return err
			}
		}
		if err := r.deliver(got, end); err != nil || !more {
			return err
		}
	}
}

func (r *reader) request(l *link, seq uint64, size int) (pull, error) {
	return l.pull(r.j.cfg.stream(), ask{Seq: seq, Batch: size, Bytes: pullBytes})
}

// deliver yields the events of messages up to number end.
func (r *reader) deliver(got []message, end uint64) error {
	for _, m := range got {
		if m.first > r.want { // packs between were removed meanwhile, or are lost
			return fmt.Errorf("%w: before stream sequence %d", errMissing, m.seq)
		}
		all, err := r.unpack(m.data, r.pack)
		if err != nil {
			return damaged(m.seq, err)
		}
		if all[0].Seq() != m.first || uint64(len(all)) != m.last-m.first+1 || m.last < r.want {
			return damaged(m.seq, errors.New("its events are others than its headers say"))
		}
		r.pack = all
		for _, e := range all[r.want-m.first:] {
			if e.Seq() > end {
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
	}
	return nil
}
