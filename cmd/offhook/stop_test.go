package main

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/internal/pbx"
	"offhook/internal/trace"
)

// TestStopsInOrder stops a daemon in mid-call, many times, and checks what it leaves: the PBX was informed, the end of
// the session is the last thing in the timeline, and no goroutine is left.
func TestStopsInOrder(t *testing.T) {
	r := newRig(t)
	for range 5 {
		r.up()
		_, err := r.pbx.Inbound("00497115550199", "Vogt Ltd", "41")
		require.NoError(t, err)
		r.see("OFFERING")
		r.down()
		require.NoError(t, r.pbx.WaitLogout(r.within(), "ilund"))
		require.NoError(t, r.pbx.Decline("41"))
		all := r.records.from(0)
		last := all[len(all)-1]
		require.Equal(t, trace.Down, last.Kind, "the last record of the trace: %+v", last)
		require.Equal(t, "stopped", last.Code)
	}
	requireNoGoroutines(t)
}

// TestStopsWhateverThePBXDoes stops a daemon whose PBX does not answer any more, or never did.
func TestStopsWhateverThePBXDoes(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(r *rig)
		after  func(r *rig)
	}{
		{"frozen", nil, func(r *rig) { r.pbx.Freeze() }},
		{"refuses connections", func(r *rig) { require.NoError(r.t, r.pbx.RefuseConnections(true)) }, nil},
		{"silent after connecting", func(r *rig) { r.pbx.Stall(pbx.StallHeader) }, nil},
		{"silent at the binding", func(r *rig) { r.pbx.Stall(pbx.StallBind) }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			if c.before != nil {
				c.before(r)
				r.start()
				<-r.notes.ready
			} else {
				r.up()
				c.after(r)
			}
			r.down()
			r.pbx.Thaw()
			requireNoGoroutines(t)
		})
	}
}

// requireNoGoroutines waits until nothing of a daemon or its journal runs any more. It is for tests that do not run
// beside others.
func requireNoGoroutines(t *testing.T) {
	t.Helper()
	var left []string
	require.Eventually(t, func() bool {
		left = left[:0]
		buf := make([]byte, 4<<20)
		for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			ours := strings.Contains(g, "offhook/engine.") || strings.Contains(g, "offhook/adapters/") ||
				strings.Contains(g, "nats-io/") || strings.Contains(g, "cmd/offhook.(*")
			if ours && !strings.Contains(g, "testing.tRunner") {
				left = append(left, g)
			}
		}
		return len(left) == 0
	}, patience, 20*time.Millisecond)
	require.Empty(t, left)
}
