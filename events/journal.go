package events

import (
	"context"
	"errors"
	"iter"
)

// Errors of every journal.
var (
	// ErrConflict says that the named number is not the journal's next: another writer was here. The writer must stop.
	ErrConflict = errors.New("events: the journal has another writer or another next event")
	// ErrClosed says that the journal was closed.
	ErrClosed = errors.New("events: journal closed")
	// ErrFull says that the journal's storage has no room or does not answer in time; it may be tried again later.
	ErrFull = errors.New("events: the journal cannot store now")
	// ErrGone says that the wanted events were removed by retention; the first kept number is in the error's text.
	ErrGone = errors.New("events: removed by retention")
)

// Limits of one pack: what one Append stores as one unit (decision A8).
const (
	PackEvents = 256
	PackBytes  = 512 << 10
)

// Journal keeps the events of one PBX source, dense from number 1, for one writer (decision A7).
//
// Implementations are safe for one appender and any number of readers at once. Every implementation passes the suite
// in journaltest.
type Journal interface {
	// ID is the journal's id, kept with its data for good.
	ID() string
	// Last is the number of the newest acknowledged event, 0 in an empty journal.
	Last() uint64
	// First is the number of the oldest kept event, 1 unless retention removed some.
	First() uint64
	// Append stores events whose numbers run from next without a gap, all or none, and returns once they are durable to
	// the degree the journal promises. next must be Last()+1, else ErrConflict. Repeating an append that was stored but
	// not acknowledged succeeds when the content is the same (decision A7). ErrFull may be tried again.
	Append(ctx context.Context, next uint64, batch []Event) error
	// Read yields the events from number from (at least 1) up to the Last of when it is called, in order. It yields one
	// error and ends when the data is damaged, removed (ErrGone) or ctx is done.
	Read(ctx context.Context, from uint64) iter.Seq2[Event, error]
	// Tail is Read that does not end: it waits for further events until ctx is done or the journal closes (ErrClosed).
	Tail(ctx context.Context, from uint64) iter.Seq2[Event, error]
	// Close ends it. What was acknowledged stays.
	Close() error
}

// StanzalessReader is a journal that can leave out the raw stanzas, which are most of what it keeps: enough to rebuild from.
type StanzalessReader interface {
	// ReadWithoutStanzas is Read with causes that lack their stanza.
	ReadWithoutStanzas(ctx context.Context, from uint64) iter.Seq2[Event, error]
}
