package journaltest

import (
	"context"
	"errors"
	"fmt"

	"offhook/events"
)

func tailLater(ctx context.Context, open func() events.Journal) error {
	j, all, err := started(ctx, open, 5, 2)
	defer j.Close()
	if err != nil {
		return err
	}
	all = append(all, Batch(j.ID(), 6, 20)...)
	var got []events.Event
	for e, err := range j.Tail(ctx, 3) {
		if err != nil {
			return fmt.Errorf("after %d events: %w", len(got), err)
		}
		if got = append(got, e); len(got) == len(all)-2 {
			break
		}
		if last := j.Last(); e.Seq() == last { // the tail is at the end: give it one or two more
			end := min(last+1+last%2, uint64(len(all)))
			if err := j.Append(ctx, last+1, all[last:end:end]); err != nil {
				return err
			}
		}
	}
	return differ(got, all[2:])
}

func tailAhead(ctx context.Context, open func() events.Journal) error {
	j, _, err := started(ctx, open, 3, 3)
	defer j.Close()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type found struct {
		n   uint64
		err error
	}
	first := make(chan found, 1)
	go func() {
		for e, err := range j.Tail(ctx, 8) {
			n := uint64(0)
			if err == nil {
				n = e.Seq()
			}
			first <- found{n, err}
			return
		}
	}()
	if _, err := fill(ctx, j, 7, 1); err != nil {
		return err
	}
	select {
	case f := <-first:
		if f.n != 8 || f.err != nil {
			return fmt.Errorf("a tail from 8 began with %d, error %v", f.n, f.err)
		}
		return nil
	case <-ctx.Done():
		return errors.New("a tail from 8 saw nothing")
	}
}

// ended starts a tail, lets end end it once it has seen everything, and returns the tail's error.
func ended(ctx context.Context, open func() events.Journal, end func(j events.Journal, cancel func())) (error, error) {
	j, all, err := started(ctx, open, 4, 2)
	defer j.Close()
	if err != nil {
		return nil, err
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	seen, last := make(chan struct{}), make(chan error, 1)
	go func() {
		var failed error
		for e, err := range j.Tail(inner, 1) {
			if failed != nil {
				failed = errors.New("went on after its error")
				break
			}
			if failed = err; err == nil && e.Seq() == uint64(len(all)) {
				close(seen)
			}
		}
		last <- failed
	}()
	for _, step := range []func() (error, bool){
		func() (error, bool) {
			select {
			case <-seen:
				return nil, false
			case err := <-last:
				return err, true
			case <-ctx.Done():
				return errors.New("saw too little"), true
			}
		},
		func() (error, bool) {
			end(j, cancel)
			select {
			case err := <-last:
				return err, true
			case <-ctx.Done():
				return errors.New("did not end"), true
			}
		},
	} {
		if err, done := step(); done {
			return err, nil
		}
	}
	return nil, nil
}

func tailDone(ctx context.Context, open func() events.Journal) error {
	got, err := ended(ctx, open, func(_ events.Journal, cancel func()) { cancel() })
	if err == nil && !errors.Is(got, context.Canceled) {
		err = fmt.Errorf("the tail ended with %v, want context.Canceled", got)
	}
	return err
}

func tailClosed(ctx context.Context, open func() events.Journal) error {
	got, err := ended(ctx, open, func(j events.Journal, _ func()) { _ = j.Close() })
	if err == nil && !errors.Is(got, events.ErrClosed) {
		err = fmt.Errorf("the tail ended with %v, want ErrClosed", got)
	}
	return err
}

func tailMany(ctx context.Context, open func() events.Journal) error {
	const readers, count = 4, 400
	j := open()
	defer j.Close()
	all := Batch(j.ID(), 1, count)
	result := make(chan error, readers)
	for r := range readers {
		go func() { result <- follow(ctx, j, all[r:]) }()
	}
	if _, err := fill(ctx, j, count, 7); err != nil {
		return err
	}
	var err error
	for range readers {
		err = errors.Join(err, <-result)
	}
	return err
}

// follow tails until it has seen want.
func follow(ctx context.Context, j events.Journal, want []events.Event) error {
	var got []events.Event
	for e, err := range j.Tail(ctx, want[0].Seq()) {
		if err != nil {
			return fmt.Errorf("after %d events: %w", len(got), err)
		}
		if got = append(got, e); len(got) == len(want) {
			break
		}
	}
	return differ(got, want)
}
