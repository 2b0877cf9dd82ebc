package journaltest

import (
	"context"
	"fmt"
	"iter"

	"offhook/events"
)

// collect reads to the end.
func collect(seq iter.Seq2[events.Event, error]) ([]events.Event, error) {
	var all []events.Event
	for e, err := range seq {
		if err != nil {
			return all, fmt.Errorf("after %d events: %w", len(all), err)
		}
		all = append(all, e)
	}
	return all, nil
}

// holds says in what way the journal's events from number from are not want.
func holds(ctx context.Context, j events.Journal, from uint64, want []events.Event) error {
	got, err := collect(j.Read(ctx, from))
	if err != nil {
		return err
	}
	return differ(got, want)
}

func differ(got, want []events.Event) error {
	for i := range min(len(got), len(want)) {
		if got[i].Seq() != want[i].Seq() {
			return fmt.Errorf("event %d has number %d, want %d", i, got[i].Seq(), want[i].Seq())
		}
		if !events.SameEvents(got[i:i+1], want[i:i+1]) {
			return fmt.Errorf("event %d (%s) came back changed", want[i].Seq(), want[i].Name())
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d events, want %d", len(got), len(want))
	}
	return nil
}

// fill appends count events in batches of size and returns them.
func fill(ctx context.Context, j events.Journal, count, size int) ([]events.Event, error) {
	all := Batch(j.ID(), j.Last()+1, count)
	for rest := all; len(rest) > 0; {
		n := min(size, len(rest))
		if err := j.Append(ctx, rest[0].Seq(), rest[:n:n]); err != nil {
			return nil, fmt.Errorf("append at %d: %w", rest[0].Seq(), err)
		}
		rest = rest[n:]
	}
	return all, nil
}

// started opens a journal and fills it.
func started(ctx context.Context, open func() events.Journal, count, size int) (events.Journal, []events.Event, error) {
	j := open()
	all, err := fill(ctx, j, count, size)
	return j, all, err
}

// other is e with another raw stanza: the smallest change there is.
func other(e events.Event, raw string) events.Event {
	return events.New(e.At(), e.Journal(), e.Source(), events.Cause{Raw: raw, Input: e.Cause().Input}, e.Body()).Numbered(e.Seq())
}
