package events

import (
	"context"
	"fmt"
	"iter"
	"sync"
)

// Memory is the reference journal: it keeps everything in memory and forgets it with the process.
type Memory struct {
	id     string
	mu     sync.Mutex
	all    []Event
	grown  chan struct{} // closed and replaced at every append
	closed bool
}

var _ Journal = (*Memory)(nil)

// NewMemory makes an empty journal.
func NewMemory(id string) *Memory { return &Memory{id: id, grown: make(chan struct{})} }

// ID is the journal's id.
func (m *Memory) ID() string { return m.id }

// First is 1: nothing is ever removed.
func (m *Memory) First() uint64 { return 1 }

// Last is the number of the newest event.
func (m *Memory) Last() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return uint64(len(m.all))
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
	last := uint64(len(m.all))
	if next+uint64(len(batch)) == last+1 && next >= 1 && SameEvents(m.all[next-1:], batch) {
		return nil // a repeated append
	}
	if next != last+1 {
		return fmt.Errorf("%w: append at %d, the next is %d", ErrConflict, next, last+1)
	}
	m.all = append(m.all, batch...)
	close(m.grown)
	m.grown = make(chan struct{})
	return nil
}

// Read yields what is there now.
func (m *Memory) Read(ctx context.Context, from uint64) iter.Seq2[Event, error] {
	return m.read(ctx, from, m.Last())
}

// Tail yields what is there and what comes.
func (m *Memory) Tail(ctx context.Context, from uint64) iter.Seq2[Event, error] {
	return m.read(ctx, from, forever)
}

// forever is the end of a tail.
const forever = ^uint64(0)

func (m *Memory) read(ctx context.Context, start, end uint64) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		from := max(start, 1) // of this loop: the same sequence may be looped over again
		for {
			part, grown, closed := m.part(from)
			for _, e := range part {
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
			if end != forever {
				return
			}
			if closed {
				yield(Event{}, ErrClosed)
				return
			}
			select {
			case <-grown:
			case <-ctx.Done():
				yield(Event{}, ctx.Err())
				return
			}
		}
	}
}

func (m *Memory) part(from uint64) ([]Event, <-chan struct{}, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if from > uint64(len(m.all)) {
		return nil, m.grown, m.closed
	}
	return m.all[from-1:], m.grown, false
}

// Close ends the journal; tails are told.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.closed = true
		close(m.grown)
		m.grown = make(chan struct{})
	}
	return nil
}

// CheckNumbers says whether a batch is numbered densely from next; every journal asks it first.
func CheckNumbers(next uint64, batch []Event) error {
	for i, e := range batch {
		if e.body == nil {
			return fmt.Errorf("events: event %d of the batch says nothing (it was not made by New)", i)
		}
		if e.seq != next+uint64(i) {
			return fmt.Errorf("%w: event %d of the batch has number %d, want %d", ErrConflict, i, e.seq, next+uint64(i))
		}
	}
	return nil
}

// SameEvents says whether two batches hold the same events, raw stanzas included.
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
