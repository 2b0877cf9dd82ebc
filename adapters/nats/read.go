package nats

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	client "github.com/nats-io/nats.go"

	"offhook/events"
)

// Read yields the events from number from up to Last of the call. Their strings share their pack's memory: who keeps
// a few of them for long clones them. While the server is away it waits for some answer times before it gives up.
func (j *Journal) Read(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return j.read(ctx, from, j.Last())
}

// Tail is Read that goes on with what is appended, through reopenings and reconnections, until ctx is done or the
// journal is closed.
func (j *Journal) Tail(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return j.read(ctx, from, forever)
}

const (
	forever   = ^uint64(0)             // the end of a tail
	patience  = 3                      // answer times without progress before a read gives up
	retryWait = 250 * time.Millisecond // before a reader asks again
)

// reader is one loop over a sequence of events.
type reader struct {
	j     *Journal
	ctx   context.Context
	want  uint64 // the next number
	end   uint64
	yield func(events.Event, error) bool
}

// errStop says that the loop's body had enough.
var errStop = errors.New("stop")

func (j *Journal) read(ctx context.Context, from, end uint64) iter.Seq2[events.Event, error] {
	return func(yield func(events.Event, error) bool) {
		r := &reader{j, ctx, max(from, 1), end, yield}
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
	b, err := r.request(l, seq)
	if err != nil {
		return err
	}
	defer func() { b.drop() }()
	for {
		got, err := b.receive(r.ctx, r.j.cfg.AckWait)
		b.drop()
		if err != nil {
			return err
		}
		more := got[len(got)-1].last < end
		if more {
			if b, err = r.request(l, got[len(got)-1].seq+1); err != nil {
				return err
			}
		}
		if err := r.deliver(got, end); err != nil || !more {
			return err
		}
	}
}

// deliver yields the events of messages up to number end.
func (r *reader) deliver(got []message, end uint64) error {
	for _, m := range got {
		if m.first > r.want { // packs between were removed meanwhile, or are lost
			return fmt.Errorf("%w: before stream sequence %d", errMissing, m.seq)
		}
		all, err := unpack(m.data)
		if err != nil {
			return damaged(m.seq, err)
		}
		if all[0].Seq() != m.first || uint64(len(all)) != m.last-m.first+1 || m.last < r.want {
			return damaged(m.seq, errors.New("its events are others than its headers say"))
		}
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

// pull is one request for many messages.
type pull struct{ sub *client.Subscription }

func (r *reader) request(l *link, seq uint64) (pull, error) {
	inbox := l.nc.NewInbox()
	sub, err := l.nc.SubscribeSync(inbox)
	if err == nil {
		a := ask{Seq: seq, Batch: pullCount, Bytes: pullBytes}
		err = l.nc.PublishRequest("$JS.API.DIRECT.GET."+r.j.cfg.stream(), inbox, a.bytes())
	}
	if err != nil {
		pull{sub}.drop()
		return pull{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return pull{sub}, nil
}

// drop forgets the request; what is still under way is thrown away.
func (p pull) drop() {
	if p.sub != nil {
		_ = p.sub.Unsubscribe()
	}
}

// receive takes all messages of the answer, at least one.
func (p pull) receive(ctx context.Context, wait time.Duration) ([]message, error) {
	var got []message
	for {
		one, cancel := context.WithTimeout(ctx, wait)
		m, err := p.sub.NextMsgWithContext(one)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
		case m.Header.Get("Status") == "204" && len(got) > 0: // end of the batch
			return got, nil
		}
		next, err := parse(m)
		if err != nil {
			return nil, err
		}
		got = append(got, next)
	}
}
