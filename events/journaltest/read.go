package journaltest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"offhook/events"
)

func readFrom(ctx context.Context, open func() events.Journal) error {
	j, all, err := started(ctx, open, 40, 7)
	defer j.Close()
	if err != nil {
		return err
	}
	for from := uint64(0); from <= 45; from++ {
		skip := min(max(int(from), 1)-1, len(all))
		if err := holds(ctx, j, from, all[skip:]); err != nil {
			return fmt.Errorf("read from %d: %w", from, err)
		}
	}
	return nil
}

func readBound(ctx context.Context, open func() events.Journal) error {
	j, all, err := started(ctx, open, 10, 3)
	defer j.Close()
	if err != nil {
		return err
	}
	early := j.Read(ctx, 1)
	more, err := fill(ctx, j, 5, 5)
	if err != nil {
		return err
	}
	got, err := collect(early)
	if err != nil {
		return err
	}
	if err := differ(got, all); err != nil {
		return fmt.Errorf("appended between call and loop: %w", err)
	}
	all = append(all, more...)
	got = nil
	for e, err := range j.Read(ctx, 1) {
		if err != nil {
			return err
		}
		if got = append(got, e); len(got) == 1 {
			if _, err := fill(ctx, j, 2, 1); err != nil {
				return err
			}
		}
	}
	if err := differ(got, all); err != nil {
		return fmt.Errorf("appended during the loop: %w", err)
	}
	return nil
}

func readAgain(ctx context.Context, open func() events.Journal) error {
	j, all, err := started(ctx, open, 20, 6)
	defer j.Close()
	if err != nil {
		return err
	}
	seq := j.Read(ctx, 2)
	for stop := 1; stop <= 8; stop++ {
		var got []events.Event
		for e, err := range seq {
			if err != nil {
				return err
			}
			if got = append(got, e); len(got) == stop {
				break
			}
		}
		if err := differ(got, all[1:1+stop]); err != nil {
			return fmt.Errorf("stopped after %d: %w", stop, err)
		}
	}
	got, err := collect(seq)
	if err != nil {
		return err
	}
	return differ(got, all[1:])
}

func doneRead(ctx context.Context, open func() events.Journal) error {
	j, _, err := started(ctx, open, 10, 3)
	defer j.Close()
	if err != nil {
		return err
	}
	some, cancel := context.WithCancel(ctx)
	defer cancel()
	var got, failed int
	for _, err := range j.Read(some, 1) {
		switch {
		case failed > 0:
			return errors.New("went on after its error")
		case err == nil:
			got++
			cancel()
		case errors.Is(err, context.Canceled):
			failed++
		default:
			return fmt.Errorf("error %w, want context.Canceled", err)
		}
	}
	if got == 10 || failed != 1 {
		return fmt.Errorf("%d events and %d errors after the context was done", got, failed)
	}
	return nil
}

// doneAndStopped stops a loop in the very moment its context ends; a further call of its body would panic.
func doneAndStopped(ctx context.Context, open func() events.Journal) error {
	j, _, err := started(ctx, open, 6, 2)
	defer j.Close()
	if err != nil {
		return err
	}
	for _, loop := range []func(context.Context, uint64) iter.Seq2[events.Event, error]{j.Read, j.Tail} {
		some, cancel := context.WithCancel(ctx)
		defer cancel()
		for _, err := range loop(some, 2) {
			if err != nil {
				return err
			}
			cancel()
			break
		}
	}
	return nil
}

func everyField(ctx context.Context, open func() events.Journal) error {
	j := open()
	defer j.Close()
	var all []events.Event
	for _, t := range events.Types() {
		n := uint64(len(all)) + 1
		all = append(all, Event(t, j.ID(), n, Raw(n)))
	}
	if err := j.Append(ctx, 1, all); err != nil {
		return err
	}
	return holds(ctx, j, 1, all)
}

func anyRaw(ctx context.Context, open func() events.Journal) error {
	j := open()
	defer j.Close()
	var all []events.Event
	for _, raw := range []string{"", "\x00", "ä€😀\u202e", "\xff\xfe\x80broken", "", "same", "same", "same", "", "same",
		strings.Repeat("long ", 256<<10/5), "<a>\r\n\t</a>"} {
		n := uint64(len(all)) + 1
		all = append(all, Event(events.CallHeld, j.ID(), n, raw))
	}
	body := events.NewIgnored("\x00", "\xff", "ä", strings.Repeat("😀", 1000))
	all = append(all, events.New(-5, "\xfe", "", events.Cause{Input: 1<<64 - 1}, body).Numbered(uint64(len(all))+1))
	if err := j.Append(ctx, 1, all); err != nil {
		return err
	}
	return holds(ctx, j, 1, all)
}

func fullPack(ctx context.Context, open func() events.Journal) error {
	j := open()
	defer j.Close()
	var all []events.Event
	for n := uint64(1); n <= events.PackEvents; n++ {
		raw := noise(n, events.PackBytes/events.PackEvents)
		all = append(all, Event(events.CallInfoChanged, j.ID(), n, raw))
	}
	if err := j.Append(ctx, 1, all); err != nil {
		return err
	}
	more, err := fill(ctx, j, 3*events.PackEvents, events.PackEvents)
	if err != nil {
		return err
	}
	return holds(ctx, j, 1, append(all, more...))
}

// noise is text that no compressor makes smaller, the same for the same seed (a multiplicative generator).
func noise(seed uint64, size int) string {
	b := make([]byte, size)
	x := seed*0x9e3779b97f4a7c15 + 1
	for i := range b {
		x = x*6364136223846793005 + 1442695040888963407
		b[i] = byte(x >> 56)
	}
	return string(b)
}
