package events

import (
	"context"
	"errors"
	"iter"
)

// Errors of every journal.
var (
	// ErrConflict says that the given number is not the journal's next: another program has appended. The writer must stop.
	ErrConflict = errors.New("events: the journal has another writer or another next event")
	// ErrClosed says that the journal was closed.
	ErrClosed = errors.New("events: journal closed")
	// ErrFull says that the journal's storage has no room or does not answer in time. The caller may try again later.
	ErrFull = errors.New("events: the journal cannot store now")
	// ErrGone says that retention removed the wanted events. The error's text has the number of the oldest kept event.
	ErrGone = errors.New("events: removed by retention")
)

// Limits of one pack, the events that are stored in one write (decision A8).
const (
	PackEvents = 256
	PackBytes  = 512 << 10
)

// Journal stores the events of one source, dense from number 1, for one writer (decision A7).
//
// Implementations are safe for one appender and any number of readers at once. Every implementation passes the suite
// in journaltest.
type Journal interface {
	// ID is the journal's id, which is stored with its data and never changes.
	ID() string
	// Last is the number of the newest acknowledged event, 0 in an empty journal.
	Last() uint64
	// First is the number of the oldest kept event, 1 unless retention removed some.
	First() uint64
	// Append stores events whose numbers run from next without a gap, all or none of them, and returns once they are as
	// durable as the journal promises. next must be Last()+1, else ErrConflict. To repeat an append that was stored but not
	// acknowledged succeeds if the content is the same (decision A7). After ErrFull the caller may try again.
	Append(ctx context.Context, next uint64, batch []Event) error
	// Read yields the events in order, from number from (at least 1) up to the last one at the time of the call. If an event
	// is damaged or removed (ErrGone), or ctx is done, it yields one error and ends.
	Read(ctx context.Context, from uint64) iter.Seq2[Event, error]
	// Tail is Read that does not end: it waits for further events until ctx is done or the journal is closed (ErrClosed).
	Tail(ctx context.Context, from uint64) iter.Seq2[Event, error]
	// Close closes the journal. Acknowledged events stay stored.
	Close() error
}

// StanzalessReader is a journal that can read its events without their raw stanzas, which are most of its bytes. The engine
// does not need them to rebuild its state.
type StanzalessReader interface {
	// ReadWithoutStanzas is Read with events whose causes have no stanza.
	ReadWithoutStanzas(ctx context.Context, from uint64) iter.Seq2[Event, error]
}
