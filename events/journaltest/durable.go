package journaltest

import (
	"context"
	"errors"
	"fmt"

	"offhook/events"
)

func afterClose(ctx context.Context, open func() events.Journal) error {
	j, all, err := started(ctx, open, 3, 3)
	if err != nil {
		j.Close()
		return err
	}
	for range 2 {
		if err := j.Close(); err != nil {
			return fmt.Errorf("close: %w", err)
		}
	}
	if err := j.Append(ctx, 4, Batch(j.ID(), 4, 1)); !errors.Is(err, events.ErrClosed) {
		return fmt.Errorf("append after close: error %v, want ErrClosed", err)
	}
	var last error
	for _, err := range j.Tail(ctx, 4) {
		last = err
	}
	if !errors.Is(last, events.ErrClosed) {
		return fmt.Errorf("tail after close: error %v, want ErrClosed", last)
	}
	// A read may still answer from memory; if it cannot, it says why.
	if got, err := collect(j.Read(ctx, 1)); err == nil {
		return differ(got, all)
	} else if !errors.Is(err, events.ErrClosed) {
		return fmt.Errorf("read after close: error %w, want ErrClosed", err)
	}
	return nil
}

func reopen(ctx context.Context, open func() events.Journal) error {
	j := open()
	id := j.ID()
	var all []events.Event
	for round := range 3 {
		if j.ID() != id || j.Last() != uint64(len(all)) || j.First() != 1 {
			err := fmt.Errorf("round %d: id %q, first %d, last %d; want %q, 1, %d", round, j.ID(), j.First(), j.Last(), id, len(all))
			return errors.Join(err, j.Close())
		}
		more, err := fill(ctx, j, 30+round, 8)
		if err == nil {
			all = append(all, more...)
			err = holds(ctx, j, 1, all)
		}
		if err = errors.Join(err, j.Close()); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		j = open()
	}
	return errors.Join(holds(ctx, j, 1, all), j.Close())
}

func reopenRules(ctx context.Context, open func() events.Journal) error {
	j, all, err := started(ctx, open, 9, 3)
	if err = errors.Join(err, j.Close()); err != nil {
		return err
	}
	j = open()
	defer j.Close()
	if err := j.Append(ctx, 7, Batch(j.ID(), 7, 3)); err != nil {
		return fmt.Errorf("the last append again, after reopening: %w", err)
	}
	if err := refused(ctx, j, "another content after reopening", 7, Batch("other", 7, 3), all); err != nil {
		return err
	}
	if err := refused(ctx, j, "a gap after reopening", 11, Batch(j.ID(), 11, 1), all); err != nil {
		return err
	}
	more, err := fill(ctx, j, 4, 2)
	if err != nil {
		return err
	}
	return holds(ctx, j, 1, append(all, more...))
}
