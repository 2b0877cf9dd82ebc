package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"
)

// windowsDir is a directory for a test; Wine cannot delete as t.TempDir does.
func windowsDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "offhook")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, removeTree(dir)) })
	return dir
}

// TestOnWindowsSealing: what is sealed comes back and shows nothing; what was never sealed does not.
func TestOnWindowsSealing(t *testing.T) {
	for _, password := range []string{"x", secret, string(bytes.Repeat([]byte("ö"), maxPassword/2))} {
		b, err := seal(password)
		require.NoError(t, err)
		require.NotContains(t, string(b), secretHead)
		again, err := unseal(b)
		require.NoError(t, err)
		require.Equal(t, password, again)
	}
	_, err := unseal(nil)
	require.Error(t, err)
	_, err = unseal([]byte("nonsense"))
	require.Error(t, err)
}

// TestOnWindowsDropFile: a password that was laid down is sealed and its file is gone; one that is none stays to be seen.
func TestOnWindowsDropFile(t *testing.T) {
	p := passwords{dir: windowsDir(t)}
	require.False(t, p.known())
	require.NoError(t, p.lay(secret))
	require.FileExists(t, p.dropFile())
	require.True(t, p.isKept())
	read, err := p.source()
	require.NoError(t, err)
	require.NoFileExists(t, p.dropFile())
	password, err := read()
	require.NoError(t, err)
	require.Equal(t, secret, password)
	require.NoError(t, os.WriteFile(p.dropFile(), []byte("a\nb\n"), 0o600))
	_, err = read()
	require.ErrorContains(t, err, "one line")
	require.FileExists(t, p.dropFile())
	require.NoError(t, os.Remove(p.dropFile()))
	require.NoError(t, p.set("another"))
	password, err = read()
	require.NoError(t, err)
	require.Equal(t, "another", password, "a changed password is seen at the next login")
	require.NoError(t, os.WriteFile(p.sealed(), []byte("nonsense"), 0o600))
	_, err = read()
	require.ErrorContains(t, err, "set it again")
}

// TestOnWindowsAccess: Windows reads the rules we write, and a directory gets them.
func TestOnWindowsAccess(t *testing.T) {
	for _, rules := range []string{rootAccess(serviceSID()), tableAccess(serviceSID()), providerLogAccess(serviceSID())} {
		_, err := windows.SecurityDescriptorFromString(rules)
		require.NoError(t, err, rules)
	}
	dir := filepath.Join(windowsDir(t), "offhook")
	require.NoError(t, makeRoot(dir))
	require.NoError(t, makeRoot(dir), "again")
	require.NoError(t, makeProviderLog(filepath.Join(dir, "log")))
	require.NoError(t, makeProviderLog(filepath.Join(dir, "log")), "again")
	require.DirExists(t, filepath.Join(dir, "log", "tsp"))
	table := filepath.Join(dir, lineTableName)
	require.NoError(t, os.WriteFile(table, nil, 0o600))
	require.NoError(t, protectTable(table))
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.ErrorContains(t, makeRoot(file), "no plain directory")
}

// TestOnWindowsServiceLife plays the Service Control Manager: the service runs without settings, answers, wakes up, stops.
func TestOnWindowsServiceLife(t *testing.T) {
	var log logBuffer
	l := slog.New(slog.NewTextHandler(&log, nil))
	dir := windowsDir(t)
	r := newRunner([]string{"run", "--data-dir", dir, "--control", "none", "--tapi-listen", "none"}, l, &log)
	r.patient = true
	requests, status := make(chan svc.ChangeRequest), make(chan svc.Status, 10)
	type end struct {
		specific bool
		code     uint32
	}
	ended := make(chan end, 1)
	go func() {
		specific, code := (&service{r, l}).Execute(nil, requests, status)
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
	case <-time.After(patience):
		t.Fatal("the service does not stop")
	}
	require.Contains(t, log.String(), "goes to sleep")
	require.Contains(t, log.String(), "woke up")
	require.Contains(t, log.String(), "offhook ends")
}

// TestOnWindowsServiceStopIsBounded: a daemon that does not end holds nobody up, and the event log hears of it.
func TestOnWindowsServiceStopIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log logBuffer
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
		go settled(ctx, signals, func() { calls++ })
		for range 12 {
			signals <- struct{}{}
			time.Sleep(networkSettles / 2)
		}
		require.Zero(t, calls)
		time.Sleep(networkSettles)
		synctest.Wait()
		require.Equal(t, 1, calls)
		time.Sleep(30 * 24 * time.Hour)
		require.Equal(t, 1, calls, "nothing changes by itself")
		signals <- struct{}{}
		time.Sleep(2 * networkSettles)
		synctest.Wait()
		require.Equal(t, 2, calls)
		cancel()
	})
}

// TestOnWindowsServiceConfig: what the Service Control Manager is told.
func TestOnWindowsServiceConfig(t *testing.T) {
	c := serviceConfig()
	require.Equal(t, `NT SERVICE\offhook`, c.ServiceStartName)
	require.Equal(t, uint32(windows.SERVICE_AUTO_START), c.StartType)
	require.False(t, c.DelayedAutoStart)
	require.Empty(t, c.Dependencies)
	require.Equal(t, uint32(windows.SERVICE_SID_TYPE_UNRESTRICTED), c.SidType)
	require.Equal(t, []mgr.RecoveryAction{{Type: mgr.ServiceRestart, Delay: time.Second}, {Type: mgr.ServiceRestart, Delay: 10 * time.Second},
		{Type: mgr.ServiceRestart, Delay: time.Minute}}, recovery, "as docs/operate/windows-service.md says")
}
