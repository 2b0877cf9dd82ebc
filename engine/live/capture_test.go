package live

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/engine"
	"offhook/internal/trace"
)

// TestCaptureBeginsBetweenInputs: what the loop's trace gets behind the start record, fed to a new engine after it, gives
// the changes that the loop showed from there on.
func TestCaptureBeginsBetweenInputs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var captured []trace.Record
		capturing := false
		r := newRig(t, func(c *Config) {
			whole := c.Trace
			c.Trace = func(x trace.Record) {
				whole(x)
				if capturing {
					captured = append(captured, x)
				}
			}
		})
		r.in("ringing user=ida ch=A dev=D from=0711 to=41")
		r.in("busy user=ida ch=A dev=D from=0711 to=41")
		synctest.Wait()
		before := len(r.watch.shown())
		time.Sleep(time.Second)
		for range 20 { // it must not matter what else waits
			r.in("rename user=zoe ch=Z from=1 to=49")
		}
		require.NoError(t, r.loop.Capture(t.Context(), func(start trace.Record) {
			captured, capturing = []trace.Record{start}, true
		}))
		r.in("hold user=ida ch=A dev=D from=0711 to=41")
		r.in("hangup user=ida ch=A")
		synctest.Wait()
		r.stop()
		require.Equal(t, trace.Start, captured[0].Kind)
		again := engine.NewCore(engine.Settings{Journal: "j", Learn: true}, plain{})
		var got []string
		for _, x := range captured {
			back, err := trace.Parse(x.Append(nil))
			require.NoError(t, err)
			for _, o := range again.Step(back) {
				if o.Kind == engine.OutChange {
					got = append(got, tell(o.Change))
				}
			}
			require.GreaterOrEqual(t, x.At, captured[0].At)
		}
		want := r.watch.shown()
		require.Greater(t, len(want), before)
		require.NotEmpty(t, got)
		require.Equal(t, want[len(want)-len(got):], got)
		require.Contains(t, got, "41/1 connected -> held")
	})
}

// TestCaptureOfALoopThatEnds gives an error and does not wait.
func TestCaptureOfALoopThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.loop.Capture(ctx, func(trace.Record) {}); err != nil {
			require.ErrorIs(t, err, context.Canceled)
		}
		r.stop()
		require.ErrorIs(t, r.loop.Capture(t.Context(), func(trace.Record) { t.Error("called") }), ErrStopped)
	})
}
