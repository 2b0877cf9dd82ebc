package main

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/engine/live"
	"offhook/events"
)

// fullDisk is a journal that has no room for a while.
type fullDisk struct {
	events.Journal
	full atomic.Bool
}

func (f *fullDisk) Append(ctx context.Context, next uint64, batch []events.Event) error {
	if f.full.Load() {
		return events.ErrFull
	}
	return f.Journal.Append(ctx, next, batch)
}

// TestJournalStalls has a journal that cannot acknowledge for a while: nothing is shown that is not kept, requests are
// refused, and afterwards everything comes in its order, with the gap recorded (decision A9). A stop in such a moment
// does not hang either.
func TestJournalStalls(t *testing.T) {
	t.Parallel()
	disk := &fullDisk{}
	r := newRig(t, func(r *rig) { r.wrap = func(j events.Journal) events.Journal { disk.Journal = j; return disk } })
	r.up()
	r.settle()
	disk.full.Store(true)
	_, err := r.pbx.Inbound("00497115550199", "Vogt Ltd", "41")
	require.NoError(t, err)
	r.logged("level=ERROR", "the journal does not acknowledge; nothing is shown until it does")
	_, err = r.daemon.Loop().Asker("test").Ask(r.within(), live.Request{Kind: events.Answer, Line: "ilund", Call: 1})
	require.ErrorIs(t, err, live.ErrOverloaded)
	require.NoError(t, r.pbx.Answer("41"))
	require.False(t, r.notes.has("OFFERING"), "shown before it was kept")
	disk.full.Store(false)
	r.see("call=1 OFFERING", "call=1 CONNECTED")
	r.logged("the journal acknowledges again")
	r.ask(2, events.Drop, "ilund", 1, "")
	r.see("ASYNC_COMPLETION request=2 0", "call=1 IDLE")
	r.settle()
	r.down()
	r.requireReplays()
	require.True(t, containsAll(r.journaled().events, "journal.gap.v1", "did not acknowledge for"))

	r.up()
	r.settle()
	disk.full.Store(true)
	_, err = r.pbx.Inbound("0301234567", "", "41")
	require.NoError(t, err)
	require.True(t, waitFor(func() bool { return r.daemon.Loop().Stalled() > 0 }))
	r.down()
	disk.full.Store(false)
	require.False(t, r.notes.has("OFFERING"))
	r.up() // the call rings on and is heard of when it is answered
	require.NoError(t, r.pbx.Answer("41"))
	r.see("call=2 CONNECTED")
	r.settle()
	r.down()
}
