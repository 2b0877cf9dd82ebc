package xmpp

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestNetworkChangedEndsAPause: after hours of failures an attempt follows at once, and the next pauses are short.
func TestNetworkChangedEndsAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, at := fake(t, Config{}, newRecorder(), func(int) (*negotiatedStream, error) { return nil, newError(CodeUnreachable, "x", nil) })
		stop := run(t, s)
		time.Sleep(8 * time.Hour)
		before := len(at())
		s.NetworkChanged()
		synctest.Wait()
		require.Len(t, at(), before+1)
		require.Equal(t, 8*time.Hour, at()[before])
		time.Sleep(5 * time.Second)
		require.GreaterOrEqual(t, len(at()), before+3, "the pauses did not start over")
		stop()
	})
}

// TestNetworkChangedFindsADeadConnection: the server behind a session is asked at once and has three seconds; one that
// answers is left alone.
func TestNetworkChangedFindsADeadConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var answers atomic.Bool
		answers.Store(true)
		rec := newRecorder()
		s, at := fake(t, Config{}, rec, func(int) (*negotiatedStream, error) {
			ln, far := fakeLink()
			go talk(far, answers.Load)
			return ln, nil
		})
		stop := run(t, s)
		time.Sleep(10 * time.Second)
		s.NetworkChanged()
		time.Sleep(5 * time.Second)
		require.Empty(t, rec.texts("down"))
		answers.Store(false)
		s.NetworkChanged()
		time.Sleep(4 * time.Second)
		require.Equal(t, []string{"ping-timeout"}, rec.texts("down"))
		answers.Store(true)
		require.Len(t, at(), 2)
		require.LessOrEqual(t, at()[1], 19*time.Second)
		stop()
	})
}

// TestNetworkChangedKeepsTheCounts: refused logins stay spaced, and a conflict keeps its minute.
func TestNetworkChangedKeepsTheCounts(t *testing.T) {
	changeEvery := func(s *Session, d time.Duration) {
		for range d / time.Second {
			s.NetworkChanged()
			time.Sleep(time.Second)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		s, at := fake(t, Config{}, newRecorder(), func(int) (*negotiatedStream, error) { return nil, refusal() })
		stop := run(t, s)
		changeEvery(s, 5*time.Minute)
		require.Equal(t, []time.Duration{0, time.Minute}, at())
		stop()
	})
	synctest.Test(t, func(t *testing.T) {
		s, at := fake(t, Config{}, newRecorder(), func(int) (*negotiatedStream, error) { return nil, newError(CodeConflict, "x", nil) })
		stop := run(t, s)
		changeEvery(s, 59*time.Second)
		require.Len(t, at(), 1)
		stop()
	})
}
