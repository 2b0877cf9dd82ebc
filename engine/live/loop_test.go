package live

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/trace"
)

// wireOut is the way to the PBX as a test sees it.
type wireOut struct {
	mu    sync.Mutex
	sent  []string
	drops []string
}

func (w *wireOut) Send(raw []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, string(raw))
	return nil
}

func (w *wireOut) Drop(reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drops = append(w.drops, reason)
}

// watcher is a frontend that keeps what it is shown.
type watcher struct {
	name string
	mu   sync.Mutex
	seen []string
	pos  []engine.Position
	snap int
	slow time.Duration
}

func (w *watcher) Name() string { return w.name }

func (w *watcher) Run(ctx context.Context, r *Reader, _ Asker) error {
	return r.Follow(ctx, Follower{
		Snapshot: func(*engine.Snapshot) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.snap++
		},
		Change: func(c *engine.Change) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.seen = append(w.seen, tell(c))
			w.pos = append(w.pos, c.Pos)
		},
		Flush: func() error {
			time.Sleep(w.slow)
			return nil
		},
	})
}

// broken is a journal that refuses while it is told to.
type broken struct {
	*events.Memory
	mu  sync.Mutex
	err error
}

func (b *broken) set(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

func (b *broken) Append(ctx context.Context, next uint64, batch []events.Event) error {
	b.mu.Lock()
	err := b.err
	b.mu.Unlock()
	if err != nil {
		return err
	}
	return b.Memory.Append(ctx, next, batch)
}

// shown is what it saw so far.
func (w *watcher) shown() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.seen)
}

func (w *watcher) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = nil
}

func (w *watcher) snaps() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.snap
}

type rig struct {
	t       *testing.T
	journal *broken
	out     *wireOut
	watch   *watcher
	loop    *Loop
	trace   []trace.Record
	cancel  context.CancelFunc
	err     error
	ended   chan struct{}
}

func newRig(t *testing.T, change ...func(*Config)) *rig {
	r := &rig{t: t, journal: &broken{Memory: events.NewMemory("j")}, out: &wireOut{}, watch: &watcher{name: "w"}, ended: make(chan struct{})}
	r.run(change...)
	return r
}

func (r *rig) run(change ...func(*Config)) {
	set := engine.Settings{Learn: true}
	start, err := Rebuild(r.t.Context(), set, plain{}, r.journal)
	require.NoError(r.t, err)
	cfg := Config{Start: start, Dialect: plain{}, Settings: set, Journal: r.journal, Session: r.out, Frontends: []Frontend{r.watch},
		Trace: func(x trace.Record) { r.trace = append(r.trace, x) }}
	for _, f := range change {
		f(&cfg)
	}
	r.loop, err = New(cfg)
	require.NoError(r.t, err)
	ctx, cancel := context.WithCancel(r.t.Context())
	r.cancel = cancel
	go func() {
		r.err = r.loop.Run(ctx)
		close(r.ended)
	}()
	synctest.Wait()
}

func (r *rig) in(raw string) {
	require.NoError(r.t, r.loop.Put(r.t.Context(), trace.Record{Kind: trace.In, Raw: raw}))
}

func (r *rig) stop() {
	r.cancel()
	<-r.ended
}

func TestLoopLiveEqualsReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.in("ringing user=ida ch=A dev=D from=0711 to=41")
		time.Sleep(time.Second)
		id, err := r.loop.Asker("w").Ask(t.Context(), Request{Kind: events.Answer, Line: "ida", Call: 1})
		require.NoError(t, err)
		require.EqualValues(t, 1, id)
		synctest.Wait()
		r.in("ok id=oh-1")
		r.in("busy user=ida ch=A dev=D from=0711 to=41")
		require.NoError(t, r.loop.Put(t.Context(), trace.Record{Kind: trace.Down, Code: "reset"}))
		time.Sleep(7 * time.Second) // the grace time passes
		require.NoError(t, r.loop.Put(t.Context(), trace.Record{Kind: trace.Up, JID: "ida@x/y", Domain: "x"}))
		r.in("incall user=ida")
		r.in("hangup user=ida ch=A")
		synctest.Wait()
		r.stop()
		require.NoError(t, r.err)
		require.Equal(t, []string{"offhook id=oh-1 dev=D"}, trimmed(r.out.sent))

		var want, got []string
		want = append(want, r.watch.shown()...)
		again := engine.NewCore(engine.Settings{Journal: "j", Learn: true}, plain{})
		for _, x := range r.trace {
			if x.Kind == trace.Out {
				continue
			}
			back, err := trace.Parse(x.Append(nil))
			require.NoError(t, err)
			for _, o := range again.Step(back) {
				if o.Kind == engine.OutChange {
					got = append(got, tell(o.Change))
				}
			}
		}
		require.Contains(t, got, "41/1 connected -> unknown")
		require.Contains(t, got, "41/1 unknown -> connected")
		require.Equal(t, want, got)
	})
}

func trimmed(all []string) []string {
	var out []string
	for _, s := range all {
		if len(s) > 5 && s[:5] != "login" && s != "presence" {
			out = append(out, s)
		}
	}
	return out
}

func TestLoopShowsNothingBeforeTheJournalHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.in("rename user=zoe ch=Z from=1 to=49")
		r.in("hangup user=zoe ch=Z")
		synctest.Wait()
		r.watch.forget()
		r.journal.set(events.ErrFull)
		r.in("ringing user=ida ch=A dev=D from=0711 to=41")
		synctest.Wait()
		require.Empty(t, r.watch.shown())
		_, err := r.loop.Asker("w").Ask(t.Context(), Request{Kind: events.Dial, Line: "ida", Number: "1"})
		require.ErrorIs(t, err, ErrOverloaded)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		require.Equal(t, []string{"journal"}, r.out.drops, "after ten seconds the session is closed on purpose")
		require.Equal(t, []string{"line 49 service=false phone=unknown offers=0"}, r.watch.shown(), "and the lines are out of service")
		require.Greater(t, r.loop.Stalled(), 10*time.Second)
		r.journal.set(nil)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		require.Equal(t, []string{"line 49 service=false phone=unknown offers=0", "line 49 service=true phone=unknown offers=0",
			"line 41 service=true phone=unknown offers=0", "41/2 null -> offering"}, r.watch.shown())
		require.Zero(t, r.loop.Stalled())
		var last events.Event
		for e, err := range r.journal.Read(t.Context(), 1) {
			require.NoError(t, err)
			last = e
		}
		require.Equal(t, events.JournalGap, last.Type(), "the gap is recorded")
		r.stop()
	})
}

// TestOutagePositionsGrow: what an outage shows of several lines, and takes back, is in order behind what was shown before.
func TestOutagePositionsGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		for i := range 3 {
			r.in(fmt.Sprintf("ringing user=u%d ch=%d dev=D from=0711 to=4%d", i, i, i))
		}
		synctest.Wait()
		before := len(r.watch.pos)
		r.journal.set(events.ErrFull)
		r.in("hangup user=u0 ch=0")
		time.Sleep(11 * time.Second)
		r.journal.set(nil)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		r.stop()
		require.GreaterOrEqual(t, len(r.watch.pos), before+6+2, "three lines out of service and back, then the call's end")
		for i := 1; i < len(r.watch.pos); i++ {
			require.True(t, r.watch.pos[i-1].Less(r.watch.pos[i]), "%v, then %v: %s", r.watch.pos[i-1], r.watch.pos[i], r.watch.seen[i])
		}
	})
}

func TestLoopStopsWhenAnotherWriterWasThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.journal.set(fmt.Errorf("x: %w", events.ErrConflict))
		r.in("ringing user=ida ch=A dev=D from=0711 to=41")
		<-r.ended
		require.ErrorIs(t, r.err, events.ErrConflict)
		require.ErrorIs(t, r.loop.Put(t.Context(), trace.Record{Kind: trace.Timer}), ErrStopped)
		r.cancel()
	})
}

func TestLoopRestartEndsOpenRequestsAndKeepsCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.in("busy user=ida ch=A dev=D from=0711 to=41")
		_, err := r.loop.Asker("w").Ask(t.Context(), Request{Kind: events.Dial, Line: "ida", Number: "0711"})
		require.NoError(t, err)
		synctest.Wait()
		r.stop()
		r.watch, r.ended, r.out = &watcher{name: "w"}, make(chan struct{}), &wireOut{}
		time.Sleep(time.Minute)
		r.run()
		synctest.Wait()
		require.Empty(t, r.out.sent, "a Dial is never sent again")
		var names []string
		for e, err := range r.journal.Read(t.Context(), 1) {
			require.NoError(t, err)
			names = append(names, e.Name())
		}
		require.Contains(t, names, "request.finished.v1")
		snap, _, err := r.loop.snapshot(t.Context())
		require.NoError(t, err)
		require.Len(t, snap.Calls, 1)
		require.True(t, snap.Calls[0].Stale)
		r.stop()
	})
}

func TestSlowFrontendFallsOutAndIsResynced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &watcher{name: "slow", slow: time.Minute}
		r := newRig(t, func(c *Config) { c.FeedSize, c.Frontends = 64, append(c.Frontends, slow) })
		for i := range 500 {
			r.in(fmt.Sprintf("ringing user=ida ch=A%d dev=D from=07%d to=41", i, i))
			if i%20 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		require.Equal(t, 1, r.watch.snaps(), "a fast frontend is never resynced")
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		require.Greater(t, slow.snaps(), 1)
		r.stop()
		for i := 1; i < len(r.watch.pos); i++ {
			require.True(t, r.watch.pos[i-1].Less(r.watch.pos[i]))
		}
	})
}

func TestLoopBackpressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.QueueBytes = 8 << 10 })
		r.journal.set(events.ErrFull)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		n := 0
		for ; ; n++ {
			if err := r.loop.Put(ctx, trace.Record{Kind: trace.In, Raw: "chat"}); errors.Is(err, context.DeadlineExceeded) {
				break
			}
			if err := r.loop.Put(ctx, trace.Record{Kind: trace.In, Raw: fmt.Sprintf("ringing user=ida ch=%d dev=D from=0711 to=41", n)}); err != nil {
				break
			}
			require.Less(t, n, 5000, "the reader must be stopped")
		}
		r.journal.set(nil)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		r.in("hangup user=ida ch=0")
		synctest.Wait()
		require.Contains(t, r.watch.shown(), "41/1 disconnected -> idle cancelled")
		r.stop()
	})
}

func TestNewLoopRefusesDoubledFrontends(t *testing.T) {
	w := &watcher{name: "w"}
	_, err := New(Config{Journal: events.NewMemory("j"), Dialect: plain{}, Frontends: []Frontend{w, w}})
	require.Error(t, err)
	_, err = New(Config{Journal: events.NewMemory("j"), Dialect: plain{}, Frontends: []Frontend{nil}})
	require.Error(t, err)
}

func TestImageSavesReadingTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.in("busy user=ida ch=A dev=D from=0711 to=41")
		seq, image, err := r.loop.Image(t.Context())
		require.NoError(t, err)
		r.in("hold user=ida ch=A dev=D from=0711 to=41")
		synctest.Wait()
		require.Equal(t, seq+1, r.journal.Last())
		whole, err := Rebuild(t.Context(), engine.Settings{Learn: true}, plain{}, r.journal)
		require.NoError(t, err)
		short, err := Rebuild(t.Context(), engine.Settings{Learn: true}, plain{}, &noBefore{r.journal, seq + 1}, []byte("damaged"), image)
		require.NoError(t, err)
		require.JSONEq(t, string(whole.Start), string(short.Start))
		r.stop()
	})
}

// noBefore is a journal that fails the test's reader when it reads too early.
type noBefore struct {
	events.Journal
	from uint64
}

func (n *noBefore) Read(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	if from < n.from {
		return func(yield func(events.Event, error) bool) { yield(events.Event{}, errors.New("read too early")) }
	}
	return n.Journal.Read(ctx, from)
}

func TestTraceKeepsNothingOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) {
			c.Settings.Learn, c.Settings.Supervisor, c.Settings.Users = false, true, []string{"ida"}
			c.Settings.Lines = []events.LineFacts{{User: "ida", Address: "41"}}
		})
		r.in("ringing user=zoe ch=A dev=D from=0711 to=49")
		r.in("chat secret")
		r.in("ringing user=ida ch=B dev=D from=0712 to=41")
		synctest.Wait()
		r.stop()
		var raw []string
		for _, x := range r.trace {
			if x.Kind == trace.In {
				raw = append(raw, x.Raw)
			}
		}
		require.Equal(t, []string{"", "", "ringing user=ida ch=B dev=D from=0712 to=41"}, raw)
	})
}

func TestLoopEndsThoughTheQueueIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.QueueBytes = 1 })
		r.journal.set(events.ErrFull)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for i := 0; r.loop.Put(ctx, trace.Record{Kind: trace.In, Raw: fmt.Sprintf("ringing user=ida ch=%d dev=D from=0711 to=41", i)}) == nil; i++ {
		}
		began := time.Now()
		r.stop()
		require.Less(t, time.Since(began), 6*time.Second)
	})
}
