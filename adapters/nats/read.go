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

// Read yields the events from number from up to the last one at the time of the call. Their strings share their pack's
// memory: a caller that keeps a few events for long must clone them. If the server does not answer, Read tries again for
// three times AckWait.
func (j *Journal) Read(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return j.readRange(ctx, from, j.Last(), pack.Unpack)
}

// ReadWithoutStanzas is Read with events whose causes have no stanza.
func (j *Journal) ReadWithoutStanzas(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return j.readRange(ctx, from, j.Last(), pack.UnpackWithoutStanzas)
}

// Tail is Read that goes on with each append, through reopenings and reconnections, until ctx is done or the journal is
// closed.
func (j *Journal) Tail(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return j.readRange(ctx, from, endless, pack.Unpack)
}

const (
	endless     = ^uint64(0)             // the last event number of a tail
	answerTimes = 3                      // multiples of AckWait without progress before a read fails
	retryWait   = 250 * time.Millisecond // before a reader asks again
)

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
}

// errLoopEnded says that the body of the caller's loop ended the loop.
var errLoopEnded = errors.New("stop")

func (j *Journal) readRange(ctx context.Context, from, end uint64, unpack unpackFunc) iter.Seq2[events.Event, error] {
	return func(yield func(events.Event, error) bool) {
		r := &eventReader{j, ctx, max(from, 1), end, unpack, yield, nil}
		if err := r.run(); err != nil && err != errLoopEnded {
			yield(events.Event{}, err)
		}
	}
}

func (r *eventReader) run() error {
	progress := time.Now()
	for r.next <= r.end {
		l, pos, changed, err := r.j.readerState()
		if err != nil {
			return err
		}
		if r.next > pos.last {
			if err := r.wait(changed, nil); err != nil {
				return err
			}
			continue
		}
		before := r.next
		err = r.readMessages(l, pos)
		if r.next > before {
			progress = time.Now()
		}
		if err == nil {
			continue
		}
		if again, err := r.mayRetry(err, progress); !again {
			return err
		}
		if err := r.wait(changed, time.After(retryWait)); err != nil {
			return err
		}
	}
	return nil
}

// wait waits for a change of the journal, the timeout or the end of ctx.
func (r *eventReader) wait(changed <-chan struct{}, timeout <-chan time.Time) error {
	select {
	case <-changed:
	case <-timeout:
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
	return nil
}

// mayRetry reports whether the reader may try again after err, and if not, the error to end with. progress is when the
// last event was read.
func (r *eventReader) mayRetry(err error, progress time.Time) (bool, error) {
	if err == errLoopEnded { // before all else: after it nothing may be yielded, not even the error of ctx
		return false, err
	}
	if ended := r.ctx.Err(); ended != nil {
		return false, ended
	}
	missing := errors.Is(err, errMissing)
	if !missing && !errors.Is(err, ErrUnavailable) {
		return false, err
	}
	if first := r.j.First(); r.next < first {
		return false, goneError(r.next, first)
	}
	if !missing && r.end == endless || time.Since(progress) < answerTimes*r.j.cfg.AckWait {
		return true, nil
	}
	if missing {
		err = fmt.Errorf("%w: event %d is not in stream %s: %w", events.ErrCorrupt, r.next, r.j.cfg.streamName(), err)
	}
	return false, err
}

func goneError(n, first uint64) error {
	return fmt.Errorf("%w: event %d; the oldest kept event is %d", events.ErrGone, n, first)
}

// readMessages yields the events from the next one to the last one of pos. It asks for messages in growing batches, and for
// the next batch before it yields the events of one.
func (r *eventReader) readMessages(l *link, pos position) error {
	if r.next < pos.first {
		return goneError(r.next, pos.first)
	}
	seq, err := l.locate(r.ctx, r.j.cfg, pos, r.next)
	if err != nil {
		return err
	}
	end := min(r.end, pos.last)
	size := firstPullMessages
	b, err := r.pullMessages(l, seq, size)
	if err != nil {
		return err
	}
	defer func() { b.close() }()
	for {
		var got []message
		err := b.receive(r.ctx, r.j.cfg.AckWait, func(seq uint64, m *client.Msg) error {
			next, err := messageOf(seq, m.Header, m.Data)
			got = append(got, next)
			return err
		})
		b.close()
		if err != nil {
			return err
		}
		more := got[len(got)-1].last < end
		if more {
			size = min(size*4, maxPullMessages)
			if b, err = r.pullMessages(l, got[len(got)-1].seq+1, size); err != nil {
				return err
			}
		}
		if err := r.deliver(got, end); err != nil || !more {
			return err
		}
	}
}

func (r *eventReader) pullMessages(l *link, seq uint64, size int) (pull, error) {
	return l.startPull(r.j.cfg.streamName(), getRequest{Seq: seq, Batch: size, Bytes: maxPullBytes})
}

// deliver yields the events of messages up to number end.
func (r *eventReader) deliver(got []message, end uint64) error {
	for _, m := range got {
		if m.first > r.next { // the packs between were removed meanwhile, or are lost
			return fmt.Errorf("%w: before stream sequence %d", errMissing, m.seq)
		}
		all, err := r.unpack(m.data, r.buffer)
		if err != nil {
			return corruptError(m.seq, err)
		}
		if all[0].Seq() != m.first || uint64(len(all)) != m.last-m.first+1 || m.last < r.next {
			return corruptError(m.seq, errors.New("its events are not those that its headers name"))
		}
		r.buffer = all
		for _, e := range all[r.next-m.first:] {
			if e.Seq() > end {
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
	}
	return nil
}
