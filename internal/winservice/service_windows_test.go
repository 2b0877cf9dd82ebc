package winservice

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"
)

// testDaemon runs until it is stopped, and counts.
type testDaemon struct {
	checks  atomic.Int32
	stopped atomic.Bool
}

func (d *testDaemon) Run(ctx context.Context) error {
	<-ctx.Done()
	d.stopped.Store(true)
	return nil
}

func (d *testDaemon) CheckSession() { d.checks.Add(1) }

// lockedBuffer keeps a log that several goroutines write.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// TestOnWindowsServiceLife plays the Service Control Manager: the service runs, answers, wakes up, stops.
func TestOnWindowsServiceLife(t *testing.T) {
	var log lockedBuffer
	d := &testDaemon{}
	requests, status := make(chan svc.ChangeRequest), make(chan svc.Status, 10)
	type end struct {
		specific bool
		code     uint32
	}
	ended := make(chan end, 1)
	go func() {
		specific, code := (&service{d, slog.New(slog.NewTextHandler(&log, nil))}).Execute(nil, requests, status)
		ended <- end{specific, code}
	}()
	require.Equal(t, svc.StartPending, (<-status).State)
	running := <-status
	require.Equal(t, svc.Running, running.State)
	require.Equal(t, svc.AcceptStop|svc.AcceptShutdown|svc.AcceptPowerEvent, running.Accepts)
	requests <- svc.ChangeRequest{Cmd: svc.Interrogate, CurrentStatus: running}
	require.Equal(t, running, <-status)
	requests <- svc.ChangeRequest{Cmd: svc.PowerEvent, EventType: powerSuspend}
	requests <- svc.ChangeRequest{Cmd: svc.PowerEvent, EventType: powerResumeAutomatic}
	requests <- svc.ChangeRequest{Cmd: svc.Stop}
	require.Equal(t, svc.StopPending, (<-status).State)
	select {
	case e := <-ended:
		require.Equal(t, end{}, e)
	case <-time.After(15 * time.Second):
		t.Fatal("the service does not stop")
	}
	require.Contains(t, log.String(), "goes to sleep")
	require.Contains(t, log.String(), "woke up")
	require.EqualValues(t, 1, d.checks.Load(), "the session is checked once")
	require.True(t, d.stopped.Load())
}

// TestOnWindowsServiceStopIsBounded: a daemon that does not end does not delay the stop, and the log says so.
func TestOnWindowsServiceStopIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log lockedBuffer
		began := time.Now()
		specific, code := (&service{log: slog.New(slog.NewTextHandler(&log, nil))}).stop(make(chan error))
		require.False(t, specific)
		require.Zero(t, code)
		require.Less(t, time.Since(began), 20*time.Second, "what the Service Control Manager was told")
		require.Contains(t, log.String(), "does not end in time")
	})
}

// TestOnWindowsNetworkSettles: a cable that is plugged in is one change, not a dozen.
func TestOnWindowsNetworkSettles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		signals, calls := make(chan struct{}), 0
		go afterSettling(ctx, signals, func() { calls++ })
		for range 12 {
			signals <- struct{}{}
			time.Sleep(settleTime / 2)
		}
		require.Zero(t, calls)
		time.Sleep(settleTime)
		synctest.Wait()
		require.Equal(t, 1, calls)
		time.Sleep(30 * 24 * time.Hour)
		require.Equal(t, 1, calls, "nothing changes by itself")
		signals <- struct{}{}
		time.Sleep(2 * settleTime)
		synctest.Wait()
		require.Equal(t, 2, calls)
		cancel()
	})
}

// TestOnWindowsServiceConfig: the configuration that the Service Control Manager gets.
func TestOnWindowsServiceConfig(t *testing.T) {
	c := serviceConfig()
	require.Equal(t, `NT SERVICE\offhook`, c.ServiceStartName)
	require.Equal(t, uint32(windows.SERVICE_AUTO_START), c.StartType)
	require.False(t, c.DelayedAutoStart)
	require.Empty(t, c.Dependencies)
	require.Equal(t, uint32(windows.SERVICE_SID_TYPE_UNRESTRICTED), c.SidType)
	require.Equal(t, []mgr.RecoveryAction{{Type: mgr.ServiceRestart, Delay: time.Second}, {Type: mgr.ServiceRestart, Delay: 10 * time.Second},
		{Type: mgr.ServiceRestart, Delay: time.Minute}}, recoveryActions, "as docs/operate/windows-service.md says")
}
