package journaltest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"offhook/events"
)

// broken is a journal that keeps all promises but one.
type broken struct {
	*events.Memory
	append func(m *events.Memory, ctx context.Context, next uint64, batch []events.Event) error
	change func(i int, e events.Event) (events.Event, bool)
	read   func(m *events.Memory, ctx context.Context, from uint64) iter.Seq2[events.Event, error]
	tail   func(m *events.Memory, ctx context.Context, from uint64) iter.Seq2[events.Event, error]
	close  func() error
	first  uint64
	last   func(last uint64) uint64
}

func (b *broken) Append(ctx context.Context, next uint64, batch []events.Event) error {
	if b.append != nil {
		return b.append(b.Memory, ctx, next, batch)
	}
	return b.Memory.Append(ctx, next, batch)
}

func (b *broken) Read(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	if b.read != nil {
		return b.read(b.Memory, ctx, from)
	}
	return b.changed(b.Memory.Read(ctx, from))
}

func (b *broken) Tail(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	if b.tail != nil {
		return b.tail(b.Memory, ctx, from)
	}
	return b.changed(b.Memory.Tail(ctx, from))
}

func (b *broken) Close() error {
	if b.close != nil {
		return b.close()
	}
	return b.Memory.Close()
}

func (b *broken) First() uint64 { return 1 + b.first }

func (b *broken) Last() uint64 {
	if b.last != nil {
		return b.last(b.Memory.Last())
	}
	return b.Memory.Last()
}

func (b *broken) changed(seq iter.Seq2[events.Event, error]) iter.Seq2[events.Event, error] {
	if b.change == nil {
		return seq
	}
	return func(yield func(events.Event, error) bool) {
		i := 0
		for e, err := range seq {
			keep := true
			if err == nil {
				e, keep = b.change(i, e)
			}
			i++
			if keep && !yield(e, err) {
				return
			}
		}
	}
}

// TestTheSuiteCanFail breaks one promise at a time and wants the duty named missed.
func TestTheSuiteCanFail(t *testing.T) {
	type memory = *events.Memory
	type seq = iter.Seq2[events.Event, error]
	for _, c := range []struct {
		breaks, duty string
		journal      broken
	}{
		{"starts at number 2", "an empty journal is empty", broken{first: 1}},
		{"last is behind", "numbers are dense and content is kept", broken{last: func(l uint64) uint64 { return l - min(l, 1) }}},
		{"loses every seventh event", "numbers are dense and content is kept",
			broken{change: func(i int, e events.Event) (events.Event, bool) { return e, i%7 != 6 }}},
		{"forgets raw stanzas", "every type, field and raw stanza is kept",
			broken{change: func(_ int, e events.Event) (events.Event, bool) { return other(e, ""), true }}},
		{"loses a bit of time", "every type, field and raw stanza is kept",
			broken{change: func(_ int, e events.Event) (events.Event, bool) {
				return events.New(e.At()/10*10, e.Journal(), e.Source(), e.Cause(), e.Body()).Numbered(e.Seq()), true
			}}},
		{"makes text valid UTF-8", "raw stanzas may hold any bytes",
			broken{change: func(_ int, e events.Event) (events.Event, bool) {
				return other(e, string([]rune(e.Cause().Raw))), true
			}}},
		{"takes gaps", "gaps and other writers meet ErrConflict",
			broken{append: func(m memory, ctx context.Context, next uint64, b []events.Event) error {
				if next > m.Last()+1 {
					return nil
				}
				return m.Append(ctx, next, b)
			}}},
		{"refuses with another error", "gaps and other writers meet ErrConflict",
			broken{append: func(m memory, ctx context.Context, next uint64, b []events.Event) error {
				if err := m.Append(ctx, next, b); err != nil {
					return errors.New("no")
				}
				return nil
			}}},
		{"refuses a repeat", "a repeated append succeeds and stores nothing twice",
			broken{append: func(m memory, ctx context.Context, next uint64, b []events.Event) error {
				if next <= m.Last() {
					return events.ErrConflict
				}
				return m.Append(ctx, next, b)
			}}},
		{"stores a repeat twice", "a repeated append succeeds and stores nothing twice",
			broken{append: func(m memory, ctx context.Context, next uint64, b []events.Event) error {
				if next > 0 && next <= m.Last() {
					again := make([]events.Event, len(b))
					for i, e := range b {
						again[i] = e.Numbered(m.Last() + 1 + uint64(i))
					}
					return m.Append(ctx, m.Last()+1, again)
				}
				return m.Append(ctx, next, b)
			}}},
		{"believes any repeat", "another content under the same number meets ErrConflict",
			broken{append: func(m memory, ctx context.Context, next uint64, b []events.Event) error {
				if next > 0 && next <= m.Last() && next+uint64(len(b)) == m.Last()+1 {
					return nil
				}
				return m.Append(ctx, next, b)
			}}},
		{"stores events one by one", "a batch is stored whole or not at all",
			broken{append: func(m memory, ctx context.Context, next uint64, b []events.Event) error {
				for i := range b {
					if err := m.Append(ctx, next+uint64(i), b[i:i+1]); err != nil {
						return err
					}
				}
				return m.Append(ctx, next, b)
			}}},
		{"stores with a done context", "an append with a done context stores nothing",
			broken{append: func(m memory, _ context.Context, next uint64, b []events.Event) error {
				return m.Append(context.Background(), next, b)
			}}},
		{"reads from the start", "read starts at any number",
			broken{read: func(m memory, ctx context.Context, _ uint64) seq { return m.Read(ctx, 1) }}},
		{"reads what came later", "read ends at Last of the call",
			broken{read: func(m memory, ctx context.Context, from uint64) seq {
				return func(yield func(events.Event, error) bool) { m.Read(ctx, from)(yield) }
			}}},
		{"can be read once only", "a reader may stop and start again",
			broken{read: func(m memory, ctx context.Context, from uint64) seq {
				used := false
				return func(yield func(events.Event, error) bool) {
					if !used {
						used = true
						m.Read(ctx, from)(yield)
					}
				}
			}}},
		{"reads on with a done context", "a done context ends a read with its error",
			broken{read: func(m memory, _ context.Context, from uint64) seq { return m.Read(context.Background(), from) }}},
		{"yields its error to a body that stopped", "a reader that stops hears nothing more",
			broken{read: func(m memory, ctx context.Context, from uint64) seq {
				return func(yield func(events.Event, error) bool) {
					for e := range m.Read(ctx, from) {
						if !yield(e, nil) {
							break
						}
					}
					if ctx.Err() != nil {
						yield(events.Event{}, ctx.Err())
					}
				}
			}}},
		{"refuses long batches", "a full pack goes through",
			broken{append: func(m memory, ctx context.Context, next uint64, b []events.Event) error {
				if len(b) > 100 {
					return fmt.Errorf("too many")
				}
				return m.Append(ctx, next, b)
			}}},
		{"tails once to the end", "a tail sees what is appended later",
			broken{tail: func(m memory, ctx context.Context, from uint64) seq { return m.Read(ctx, from) }}},
		{"tails from the start", "a tail may wait for a number to come",
			broken{tail: func(m memory, ctx context.Context, from uint64) seq { return m.Tail(ctx, min(from, 1)) }}},
		{"tails until the process ends", "a done context ends a tail",
			broken{tail: func(m memory, _ context.Context, from uint64) seq { return m.Tail(context.Background(), from) }}},
		{"tails beyond close", "close ends a tail with ErrClosed", broken{close: func() error { return nil }}},
		{"tails out of order", "many tails see one order while appends go on",
			broken{change: func(_ int, e events.Event) (events.Event, bool) { return e.Numbered(e.Seq() ^ 1), true }}},
		{"goes on after close", "after close there is ErrClosed", broken{close: func() error { return nil }}},
		{"forgets at close", "reopening keeps everything", broken{}},
		{"forgets at close", "reopening keeps the rules of append", broken{}},
	} {
		t.Run(c.breaks+": "+c.duty, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // so that hanging costs no time
				var mine *broken
				err := named(t, c.duty).run(func() events.Journal {
					b := c.journal
					b.Memory = events.NewMemory("m")
					mine = &b
					return mine
				})
				require.Error(t, err)
				_ = mine.Memory.Close() // ends tails that are still running
				synctest.Wait()
			})
		})
	}
}

func named(t *testing.T, name string) duty {
	for _, d := range duties {
		if d.name == name {
			return d
		}
	}
	t.Fatalf("no duty %q", name)
	return duty{}
}
