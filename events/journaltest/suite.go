// Package journaltest is the suite that every [events.Journal] must pass (decision A7).
//
// A journal's own test is seven lines:
//
//	func TestJournal(t *testing.T) {
//		journaltest.Run(t, func(t *testing.T) func() events.Journal {
//			dir := t.TempDir()
//			return func() events.Journal { return openMine(t, dir) }
//		})
//	}
//
// The outer function prepares an empty place; the one it returns opens the journal there and is called again after the
// journal was closed. A journal that keeps nothing beyond Close says so with [Volatile].
//
// Every duty is one function that returns what is wrong, so that the suite itself can be tested: suite_test.go breaks a
// journal in many ways and demands that the duty concerned is missed.
package journaltest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"offhook/events"
)

// Option changes what the suite demands.
type Option int

// Volatile says that the journal forgets its events when it is closed.
const Volatile Option = 1

// limit bounds each duty: a journal that hangs fails.
const limit = 20 * time.Second

// duty is one promise of the interface.
type duty struct {
	name    string
	durable bool // only for journals that outlive Close
	check   func(ctx context.Context, open func() events.Journal) error
}

var duties = []duty{
	{"an empty journal is empty", false, empty},
	{"numbers are dense and content is kept", false, dense},
	{"gaps and other writers meet ErrConflict", false, conflict},
	{"a repeated append succeeds and stores nothing twice", false, repeat},
	{"another content under the same number meets ErrConflict", false, otherContent},
	{"a batch is stored whole or not at all", false, allOrNone},
	{"of two appends at one number one wins", false, twoWriters},
	{"the caller's slice stays the caller's", false, ownSlice},
	{"an append with a done context stores nothing", false, doneAppend},
	{"read starts at any number", false, readFrom},
	{"read ends at Last of the call", false, readBound},
	{"a reader may stop and start again", false, readAgain},
	{"a done context ends a read with its error", false, doneRead},
	{"a reader that stops hears nothing more", false, doneAndStopped},
	{"every type, field and raw stanza is kept", false, everyField},
	{"raw stanzas may hold any bytes", false, anyRaw},
	{"a full pack goes through", false, fullPack},
	{"a tail sees what is appended later", false, tailLater},
	{"a tail may wait for a number to come", false, tailAhead},
	{"a done context ends a tail", false, tailDone},
	{"close ends a tail with ErrClosed", false, tailClosed},
	{"many tails see one order while appends go on", false, tailMany},
	{"after close there is ErrClosed", false, afterClose},
	{"reopening keeps everything", true, reopen},
	{"reopening keeps the rules of append", true, reopenRules},
}

// Run puts a journal through the suite. place prepares an empty place for a journal and returns what opens it.
func Run(t *testing.T, place func(t *testing.T) (reopen func() events.Journal), opts ...Option) {
	t.Helper()
	volatile := false
	for _, o := range opts {
		volatile = volatile || o == Volatile
	}
	for _, d := range duties {
		if d.durable && volatile {
			continue
		}
		t.Run(d.name, func(t *testing.T) {
			if err := d.run(place(t)); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// run does one duty; a journal that does not come back in time has failed it.
func (d duty) run(open func() events.Journal) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				done <- fmt.Errorf("panic: %v", p)
			}
		}()
		done <- d.check(ctx, open)
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(limit + time.Second):
		return fmt.Errorf("did not end within %v", limit)
	}
}
