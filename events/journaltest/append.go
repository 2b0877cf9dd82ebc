package journaltest

import (
	"context"
	"errors"
	"fmt"

	"offhook/events"
)

func empty(ctx context.Context, open func() events.Journal) error {
	j := open()
	defer j.Close()
	if j.ID() == "" {
		return errors.New("no id")
	}
	if j.First() != 1 || j.Last() != 0 {
		return fmt.Errorf("first %d, last %d, want 1 and 0", j.First(), j.Last())
	}
	for from := range uint64(3) {
		if err := holds(ctx, j, from, nil); err != nil {
			return fmt.Errorf("read from %d: %w", from, err)
		}
	}
	return j.Append(ctx, 1, nil)
}

func dense(ctx context.Context, open func() events.Journal) error {
	j := open()
	defer j.Close()
	all := Batch(j.ID(), 1, 60)
	for at, size := 0, 1; at < len(all); size++ {
		end := min(at+size, len(all))
		if err := j.Append(ctx, uint64(at)+1, all[at:end:end]); err != nil {
			return err
		}
		if at = end; j.Last() != uint64(at) || j.First() != 1 {
			return fmt.Errorf("first %d, last %d after %d events", j.First(), j.Last(), at)
		}
	}
	return holds(ctx, j, 1, all)
}

// refused appends what must meet ErrConflict and change nothing.
func refused(ctx context.Context, j events.Journal, what string, next uint64, batch []events.Event, all []events.Event) error {
	if err := j.Append(ctx, next, batch); !errors.Is(err, events.ErrConflict) {
		return fmt.Errorf("%s: error %v, want ErrConflict", what, err)
	}
	if j.Last() != uint64(len(all)) {
		return fmt.Errorf("%s: last became %d, want %d", what, j.Last(), len(all))
	}
	if err := holds(ctx, j, 1, all); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func conflict(ctx context.Context, open func() events.Journal) error {
	j, all, err := started(ctx, open, 10, 4)
	defer j.Close()
	if err != nil {
		return err
	}
	for _, c := range []struct {
		what  string
		next  uint64
		batch []events.Event
	}{
		{"a gap", 12, Batch(j.ID(), 12, 2)},
		{"number 0", 0, Batch(j.ID(), 0, 1)},
		{"an old number", 5, Batch("other", 5, 2)},
		{"next and the batch disagree", 11, Batch(j.ID(), 12, 1)},
		{"nothing, at a wrong number", 13, nil},
	} {
		if err := refused(ctx, j, c.what, c.next, c.batch, all); err != nil {
			return err
		}
	}
	more, err := fill(ctx, j, 3, 3) // a refused append does not break the journal
	if err != nil {
		return err
	}
	return holds(ctx, j, 1, append(all, more...))
}

func repeat(ctx context.Context, open func() events.Journal) error {
	j, all, err := started(ctx, open, 12, 4)
	defer j.Close()
	if err != nil {
		return err
	}
	for range 3 {
		if err := j.Append(ctx, 9, Batch(j.ID(), 9, 4)); err != nil {
			return fmt.Errorf("the same again: %w", err)
		}
	}
	if j.Last() != 12 {
		return fmt.Errorf("last %d after a repeat, want 12", j.Last())
	}
	return holds(ctx, j, 1, all)
}

func otherContent(ctx context.Context, open func() events.Journal) error {
	j, all, err := started(ctx, open, 8, 4)
	defer j.Close()
	if err != nil {
		return err
	}
	for i := range 4 {
		batch := Batch(j.ID(), 5, 4)
		batch[i] = other(batch[i], "<changed/>")
		if err := refused(ctx, j, fmt.Sprintf("another raw stanza in event %d", i), 5, batch, all); err != nil {
			return err
		}
	}
	return refused(ctx, j, "another journal's events", 5, Batch("other", 5, 4), all)
}

func allOrNone(ctx context.Context, open func() events.Journal) error {
	j, all, err := started(ctx, open, 6, 3)
	defer j.Close()
	if err != nil {
		return err
	}
	for bad := 1; bad < 4; bad++ {
		batch := Batch(j.ID(), 7, 4)
		batch[bad] = batch[bad].Numbered(99)
		if err := refused(ctx, j, fmt.Sprintf("event %d has a wrong number", bad), 7, batch, all); err != nil {
			return err
		}
	}
	return refused(ctx, j, "half of it stored before", 5, Batch(j.ID(), 5, 4), all)
}

func twoWriters(ctx context.Context, open func() events.Journal) error {
	j, all, err := started(ctx, open, 3, 3)
	defer j.Close()
	if err != nil {
		return err
	}
	mine, theirs := Batch(j.ID(), 4, 5), Batch("other", 4, 5)
	result := make(chan error)
	go func() { result <- j.Append(ctx, 4, theirs) }()
	first := j.Append(ctx, 4, mine)
	second := <-result
	won := mine
	if first != nil {
		won, first, second = theirs, second, first
	}
	if first != nil || !errors.Is(second, events.ErrConflict) {
		return fmt.Errorf("two appends at one number gave %v and %v", first, second)
	}
	return holds(ctx, j, 1, append(all, won...))
}

func ownSlice(ctx context.Context, open func() events.Journal) error {
	j := open()
	defer j.Close()
	batch := Batch(j.ID(), 1, 5)
	if err := j.Append(ctx, 1, batch); err != nil {
		return err
	}
	clear(batch)
	return holds(ctx, j, 1, Batch(j.ID(), 1, 5))
}

func doneAppend(ctx context.Context, open func() events.Journal) error {
	j, all, err := started(ctx, open, 2, 2)
	defer j.Close()
	if err != nil {
		return err
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if err := j.Append(done, 3, Batch(j.ID(), 3, 1)); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("error %v, want context.Canceled", err)
	}
	return holds(ctx, j, 1, all)
}
