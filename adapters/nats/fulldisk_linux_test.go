package nats

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/events/journaltest"
)

// TestFullDisk: after a full disk every acknowledged event is there, and appends succeed once there is room again
// (decision A9).
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=12m"); err != nil {
		t.Skip("cannot mount a small file system here (needs root):", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 7<<20), 0o600))
	j := openJournal(t, Config{Dir: filepath.Join(dir, "j"), MaxStore: 64 << 20, MaxImages: 1 << 20, AckWait: 400 * time.Millisecond})
	var all []events.Event
	next := func() []events.Event {
		n := uint64(len(all)) + 1
		raw := make([]byte, 100<<10)
		for i, x := 0, n; i < len(raw); i++ {
			x = x*6364136223846793005 + 1442695040888963407
			raw[i] = byte(x >> 56)
		}
		return []events.Event{journaltest.Event(events.CallHeld, j.ID(), n, string(raw))}
	}
	var err error
	for len(all) < 200 {
		batch := next()
		start := time.Now()
		if err = j.Append(testContext(t), batch[0].Seq(), batch); err != nil {
			require.Less(t, time.Since(start), 10*time.Second)
			break
		}
		all = append(all, batch...)
	}
	require.ErrorIs(t, err, events.ErrFull)
	require.NotEmpty(t, all)
	require.Equal(t, uint64(len(all)), j.Last())
	require.NoError(t, os.Remove(ballast))
	require.Eventually(t, func() bool {
		batch := next()
		err = j.Append(testContext(t), batch[0].Seq(), batch)
		if err == nil {
			all = append(all, batch...)
		}
		return err == nil
	}, 15*time.Second, 50*time.Millisecond)
	require.True(t, events.SameEvents(all, readAll(t, j, 1)))
}
