package events

import (
	"context"
	"fmt"
	"iter"
	"sync"
)

// Memory is the reference journal. It stores the events in memory only.
type Memory struct {
	id       string
	mu       sync.Mutex
	stored   []Event
	appended chan struct{} // closed and replaced at every append
	closed   bool
}

var _ Journal = (*Memory)(nil)

// NewMemory makes an empty journal.
func NewMemory(id string) *Memory { return &Memory{id: id, appended: make(chan struct{})} }

// ID is the journal's id.
func (m *Memory) ID() string { return m.id }

// First is 1: nothing is ever removed.
func (m *Memory) First() uint64 { return 1 }

// Last is the number of the newest event.
func (m *Memory) Last() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return uint64(len(m.stored))
}

// Append stores the batch.
func (m *Memory) Append(ctx context.Context, next uint64, batch []Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	if err := CheckNumbers(next, batch); err != nil {
		return err
	}
	last := uint64(len(m.stored))
	if next+uint64(len(batch)) == last+1 && next >= 1 && SameEvents(m.stored[next-1:], batch) {
		return nil // a repeated append
	}
	if next != last+1 {
		return fmt.Errorf("%w: append at %d, the next is %d", ErrConflict, next, last+1)
	}
	m.stored = append(m.stored, batch...)
	close(m.appended)
	m.appended = make(chan struct{})
	return nil
}

// Read yields the events from number from up to the last one at the time of the call.
func (m *Memory) Read(ctx context.Context, from uint64) iter.Seq2[Event, error] {
	return m.readRange(ctx, from, m.Last())
}

// Tail yields the events from number from on, and waits for further ones.
func (m *Memory) Tail(ctx context.Context, from uint64) iter.Seq2[Event, error] {
	return m.readRange(ctx, from, endless)
}

// endless is the last event number of a tail.
const endless = ^uint64(0)

func (m *Memory) readRange(ctx context.Context, start, end uint64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		from := max(start, 1) // a variable of this loop, since the sequence may be read again
		for {
			available, appended, closed := m.eventsFrom(from)
			for _, e := range available {
				if e.seq > end {
					return
				}
				if err := ctx.Err(); err != nil {
					yield(Event{}, err)
					return
				}
				if !yield(e, nil) {
					return
				}
				from = e.seq + 1
			}
			if end != endless {
				return
			}
			if closed {
				yield(Event{}, ErrClosed)
				return
			}
			select {
			case <-appended:
			case <-ctx.Done():
				yield(Event{}, ctx.Err())
				return
			}
		}
	}
}

// eventsFrom returns the stored events from number from on or, if there are none, the channel that the next append closes
// and whether the journal is closed.
func (m *Memory) eventsFrom(from uint64) ([]Event, <-chan struct{}, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if from > uint64(len(m.stored)) {
		return nil, m.appended, m.closed
	}
	return m.stored[from-1:], m.appended, false
}

// Close closes the journal and ends its tails.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.closed = true
		close(m.appended)
		m.appended = make(chan struct{})
	}
	return nil
}

// CheckNumbers returns an error unless the batch is numbered from next without a gap. Every journal calls it first.
func CheckNumbers(next uint64, batch []Event) error {
	for i, e := range batch {
		if e.body == nil {
			return fmt.Errorf("events: event %d of the batch has no body (it was not made by New)", i)
		}
		if e.seq != next+uint64(i) {
			return fmt.Errorf("%w: event %d of the batch has number %d, want %d", ErrConflict, i, e.seq, next+uint64(i))
		}
	}
	return nil
}

// SameEvents reports whether two batches hold the same events, raw stanzas included.
func SameEvents(a, b []Event) bool {
	if len(a) != len(b) {
		return false
	}
	var x, y []byte
	for i := range a {
		x, y = a[i].AppendBinary(x[:0]), b[i].AppendBinary(y[:0])
		if string(x) != string(y) || a[i].cause.Raw != b[i].cause.Raw {
			return false
		}
	}
	return true
}
