package disk

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/events/journaltest"
)

// TestFullDisk: an append that does not fit gives ErrFull, acknowledged events stay, and appends succeed again once there
// is room.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "none", dir).CombinedOutput(); err != nil {
		t.Skipf("no small file system can be mounted here: %s", strings.TrimSpace(string(out)))
	}
	t.Cleanup(func() { require.NoError(t, exec.Command("umount", dir).Run()) })
	j, err := Open(Config{Dir: filepath.Join(dir, "journal")})
	require.NoError(t, err)
	kept := appendEvents(t, j, 20, 5)
	filler := filepath.Join(dir, "filler")
	require.NoError(t, os.WriteFile(filler, make([]byte, 900<<10), 0o600))
	big := make([]events.Event, 64)
	for i := range big {
		big[i] = journaltest.Event(events.CallHeld, j.ID(), uint64(21+i), journaltest.Raw(uint64(i))+strings.Repeat(journaltest.Raw(uint64(i)), 64))
	}
	for range 3 {
		for err = error(nil); err == nil; {
			err = j.Append(context.Background(), j.Last()+1, renumbered(big, j.Last()+1))
		}
		require.ErrorIs(t, err, events.ErrFull)
	}
	last := j.Last()
	require.NoError(t, os.Remove(filler))
	require.NoError(t, j.Append(context.Background(), last+1, renumbered(big, last+1)))
	require.NoError(t, j.Close())
	j, err = Open(Config{Dir: filepath.Join(dir, "journal")})
	require.NoError(t, err)
	all := readAll(t, j, 1)
	require.EqualValues(t, last+64, len(all))
	require.True(t, events.SameEvents(kept, all[:20]))
	require.NoError(t, j.Close())
}

func renumbered(batch []events.Event, next uint64) []events.Event {
	out := make([]events.Event, len(batch))
	for i, e := range batch {
		out[i] = e.Numbered(next + uint64(i))
	}
	return out
}
