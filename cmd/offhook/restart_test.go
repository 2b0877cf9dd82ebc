package main

import (
	"context"
	"encoding/json"
	"iter"
	"log/slog"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/adapters/xmpp/pascom"
	"offhook/engine"
	"offhook/engine/live"
	"offhook/events"
	"offhook/internal/daemon"
	"offhook/internal/pbx"
	"offhook/internal/trace"
)

// TestRestart ends a daemon while a call is up and a Dial is unanswered, and starts it again on the same directory.
func TestRestart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name            string
		snapshot, crash bool
		result          string
	}{
		{"after an orderly end", false, false, "lost"},
		{"after a crash", false, true, "unknown"},
		{"from a snapshot", true, false, "lost"},
		{"from a snapshot after a crash", true, true, "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cut := &powerCut{}
			r := newRig(t, supervisor, func(r *rig) {
				r.office.DialDelay = time.Hour
				r.wrap = func(j events.Journal) events.Journal { cut.Journal = j; return cut }
			})
			r.firstRun()
			if c.snapshot {
				r.saveImage()
			}
			before := r.logins()
			if c.crash {
				r.crash(cut)
			} else {
				r.down()
			}
			if c.snapshot {
				r.requireSnapshotUsed()
			}
			r.secondRun(before, c.result)
		})
	}
}

// firstRun leaves a connected call, and a Dial that the PBX does not answer.
func (r *rig) firstRun() {
	r.up()
	_, err := r.pbx.Inbound("00497115550199", "Vogt Ltd", "41")
	require.NoError(r.t, err)
	require.NoError(r.t, r.pbx.Answer("41"))
	r.see("call=1 CONNECTED")
	r.pbx.LoseReplies(1)
	r.ask(7, events.Dial, "sabe", 0, "0715551200")
	_, err = r.pbx.WaitCommand(r.within(), "base.Dial")
	require.NoError(r.t, err)
	r.settle()
}

// saveImage saves an engine image, and lets events follow it.
func (r *rig) saveImage() {
	require.NoError(r.t, daemon.SaveImage(r.ctx, r.journal, r.daemon.Loop()))
	_, err := r.pbx.Inbound("0301234567", "", "42")
	require.NoError(r.t, err)
	r.see("line  42 LINE_CALLSTATE…OFFERING")
	require.NoError(r.t, r.pbx.Decline("42"))
	r.see("line  42 LINE_CALLSTATE…IDLE")
	r.settle()
}

// powerCut is a journal that nothing reaches any more, from some moment on.
type powerCut struct {
	events.Journal
	off atomic.Bool
}

func (p *powerCut) Append(ctx context.Context, next uint64, batch []events.Event) error {
	if p.off.Load() {
		return events.ErrClosed
	}
	return p.Journal.Append(ctx, next, batch)
}

// crash ends the run without any farewell in the journal.
func (r *rig) crash(p *powerCut) {
	p.off.Store(true)
	require.NoError(r.t, r.pbx.SetPhone("45", pbx.PhoneDND)) // an input that cannot be journaled any more
	select {
	case err := <-r.ended:
		require.ErrorIs(r.t, err, events.ErrClosed)
		r.ended <- nil
	case <-time.After(patience):
		require.FailNow(r.t, "the daemon goes on without its journal")
	}
	require.NoError(r.t, r.halt())
	p.off.Store(false)
}

// secondRun is the one after the restart.
func (r *rig) secondRun(before int, result string) {
	t := r.t
	require.NoError(t, r.pbx.RefuseConnections(true))
	r.start()
	r.notes.until(t, "the old call, stale", func(n *recorder) bool { return n.calls["ilund/1"].Stale })
	require.NoError(t, r.pbx.RefuseConnections(false))
	r.relogin(before)
	r.notes.until(t, "the call, confirmed by the phone", func(n *recorder) bool {
		c := n.calls["ilund/1"]
		return !c.Stale && c.State == engine.Connected && n.lines["ilund"].InService
	})
	r.settle()
	require.Equal(t, 1, r.commands("base.Dial"), "a Dial must not be repeated")
	r.ask(9, events.Drop, "ilund", 1, "")
	r.see("ASYNC_COMPLETION request=9 0", "call=1 IDLE")
	r.ask(8, events.Dial, "sabe", 0, "44") // its number is a new one
	r.notes.until(t, "the request's number", func(n *recorder) bool { return n.accepted[8].Call > 2 })
	r.see("ASYNC_COMPLETION request=8 0", "line  43 LINE_ADDRESSSTATE")
	r.settle()
	r.down()
	all := r.journaled().events
	require.True(t, containsAll(all, "request.finished.v1", "frontend=test", "ref=7", "result="+result), "the open request has no such end in\n%q", all)
	text, _, _, _ := r.notes.told()
	again, _ := replayed(t, r.trace)
	tail := len(text) - r.notes.bridged
	require.Greater(t, tail, 3)
	require.Equal(t, text[r.notes.bridged:], again.lines[len(again.lines)-tail:], "the second run, live and replayed")
}

// commands counts what the PBX was asked for by that name.
func (r *rig) commands(name string) (n int) {
	for _, c := range r.pbx.Commands() {
		if c.Name == name {
			n++
		}
	}
	return n
}

func containsAll(lines []string, parts ...string) bool {
	for _, l := range lines {
		if has(l, parts) {
			return true
		}
	}
	return false
}

// requireSnapshotUsed rebuilds with and without the snapshot: both must know the same, and one must read less.
func (r *rig) requireSnapshotUsed() {
	r.t.Helper()
	j := r.openJournal()
	defer func() { require.NoError(r.t, j.Close()) }()
	kept := daemon.ReadImages(r.ctx, j, slog.New(slog.DiscardHandler))
	require.Len(r.t, kept, 1)
	with, without := &readFrom{Journal: j}, &readFrom{Journal: j}
	dialect := pascom.New(pascom.Options{})
	a, err := live.Rebuild(r.ctx, r.settings, dialect, with, kept...)
	require.NoError(r.t, err)
	b, err := live.Rebuild(r.ctx, r.settings, dialect, without)
	require.NoError(r.t, err)
	require.EqualValues(r.t, 1, without.from)
	require.Greater(r.t, with.from, uint64(10))
	require.JSONEq(r.t, r.afterStart(b), r.afterStart(a), "what is known with the snapshot, and from the events alone")
}

// afterStart is what an engine knows that was started with the record: nothing of the session that died is left in it,
// but for the number of its last IQ, which no event carries and which ended with it.
func (r *rig) afterStart(start trace.Record) string {
	start.At = 0 // both at the time of the last event
	c := engine.NewCore(r.settings, pascom.New(pascom.Options{}))
	c.Step(start)
	image, err := json.Marshal(c.Image())
	require.NoError(r.t, err)
	return regexp.MustCompile(`"IQs":\d+`).ReplaceAllString(string(image), `"IQs":0`)
}

// readFrom remembers where reading began.
type readFrom struct {
	events.Journal
	from uint64
}

func (j *readFrom) Read(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	j.from = from
	return j.Journal.Read(ctx, from)
}
