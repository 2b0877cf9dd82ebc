package main

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/engine/live"
	"offhook/events"
)

// floodSize is how many stanzas come as fast as the socket takes them.
const floodSize = 200_000

// Bounds of what a flood may need while it lasts, beyond what was there before: the journal's queue (64 MiB) and the
// ring of changes for frontends (65,536 of them) are the two big buffers, everything else is small. A garbage-collected
// heap may be twice what lives in it.
const (
	floodHeap       = 320 << 20
	floodGoroutines = 20
)

// counter is a frontend that checks the order of what a flood shows, and keeps nothing.
type counter struct {
	proj  *projection.Projection
	next  atomic.Int64 // the number that must come next
	wrong atomic.Value // the first message out of order
	gaps  atomic.Int64 // snapshots after the first: it fell behind and was taken to the present
}

func (c *counter) Name() string { return "counter" }

func (c *counter) Run(ctx context.Context, r *live.Reader, _ live.Asker) error {
	for {
		b, err := r.Next(ctx)
		if err != nil {
			return err
		}
		if b.Snapshot != nil {
			c.gaps.Add(1)
			c.proj.Bridge(*b.Snapshot, c.notice)
		}
		for _, ch := range b.Changes {
			c.proj.Apply(*ch, c.notice)
		}
	}
}

func (c *counter) notice(m projection.TAPIMessage) {
	if m.Message != spec.MessageCallInfo {
		return
	}
	var n int64
	if _, err := fmt.Sscanf(m.Record.Info.CallerID.Name, "Flood %d", &n); err != nil {
		return
	}
	if n != c.next.Load() && c.gaps.Load() < 2 {
		c.wrong.CompareAndSwap(nil, m.String())
	}
	c.next.Store(n + 1)
}

// TestFlood sends 200,000 events at once: they are journaled and shown in the order of the wire, and memory stays
// bounded while they come.
func TestFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	r := newRig(t, func(r *rig) { r.captures = false })
	c := &counter{proj: projection.New(projection.Options{})}
	r.up(c)
	_, err := r.pbx.Inbound("00497115550199", "Vogt Ltd", "41")
	require.NoError(t, err)
	require.NoError(t, r.pbx.Answer("41"))
	r.see("call=1 CONNECTED")
	r.notes.mute()
	peak := watchPeak(t)
	began := time.Now()
	require.NoError(t, r.pbx.Flood("41", floodSize))
	sent := time.Since(began)
	require.Eventually(t, func() bool { return c.next.Load() == floodSize }, 60*time.Second, 10*time.Millisecond, "shown up to %d", c.next.Load())
	took := time.Since(began)
	heap, goroutines := peak()
	t.Logf("sent in %v, journaled and shown in %v (%.0f/s); heap at most %d MiB and goroutines at most %d more than before; fell behind %d times",
		sent, took, floodSize/took.Seconds(), heap>>20, goroutines, c.gaps.Load()-1)
	require.Nil(t, c.wrong.Load(), "out of order")
	require.Less(t, heap, int64(floodHeap))
	require.Less(t, goroutines, floodGoroutines)
	require.Equal(t, 1, r.logins(), "the session was lost")
	r.requireFloodJournaled()
	require.NoError(t, r.pbx.HangupUser("41"))
	require.Eventually(t, func() bool { return r.notes.has("call=1 IDLE") }, patience, 5*time.Millisecond)
	r.down()
}

// requireFloodJournaled reads the flood back: every number, once, in order.
func (r *rig) requireFloodJournaled() {
	r.t.Helper()
	next := 0
	for e, err := range r.journal.Read(r.within(), 1) {
		require.NoError(r.t, err)
		call, ok := e.Body().(events.Call)
		if !ok || call.Type() != events.CallInfoChanged {
			continue
		}
		if name := call.Facts().Source.Name; name != fmt.Sprint("Flood ", next) {
			require.FailNow(r.t, "out of order in the journal", "event %d has %q, expected number %d", e.Seq(), name, next)
		}
		next++
	}
	require.Equal(r.t, floodSize, next)
}

// watchPeak samples memory until it is asked for the highest growth of heap and goroutines.
func watchPeak(t *testing.T) func() (heap int64, goroutines int) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	base, baseGo := int64(m.HeapAlloc), runtime.NumGoroutine()
	stop, done := make(chan struct{}), make(chan struct{})
	var heap int64
	var goroutines int
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			runtime.ReadMemStats(&m)
			heap, goroutines = max(heap, int64(m.HeapAlloc)-base), max(goroutines, runtime.NumGoroutine()-baseGo)
			select {
			case <-tick.C:
			case <-stop:
				return
			}
		}
	}()
	return func() (int64, int) {
		close(stop)
		<-done
		return heap, goroutines
	}
}

// mute makes the recorder keep only state messages from here on.
func (n *recorder) mute() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.muted = true
}

func (n *recorder) has(text string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.text {
		if strings.Contains(l, text) {
			return true
		}
	}
	return false
}
