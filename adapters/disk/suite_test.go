package disk

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/events/journaltest"
	"offhook/internal/pack"
)

func openJournal(t testing.TB, c Config) *Journal {
	t.Helper()
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	j, err := Open(c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	return j
}

func TestSuite(t *testing.T) {
	for name, c := range map[string]Config{"interval": {}, "always": {Sync: SyncAlways}, "short segments": {Segment: 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			journaltest.Run(t, func(t *testing.T) func() events.Journal {
				c := c
				c.Dir = t.TempDir()
				return func() events.Journal { return openJournal(t, c) }
			})
		})
	}
}

func appendEvents(t *testing.T, j *Journal, count, size int) []events.Event {
	all := journaltest.Batch(j.ID(), j.Last()+1, count)
	for rest := all; len(rest) > 0; {
		n := min(size, len(rest))
		require.NoError(t, j.Append(context.Background(), rest[0].Seq(), rest[:n]))
		rest = rest[n:]
	}
	return all
}

func readAll(t *testing.T, j *Journal, from uint64) []events.Event {
	var all []events.Event
	for e, err := range j.Read(context.Background(), from) {
		require.NoError(t, err)
		all = append(all, e)
	}
	return all
}

// TestKilledInMidAppend: a process killed in mid-append loses the append that was not acknowledged and nothing else,
// wherever the file ends.
func TestKilledInMidAppend(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, Config{Dir: dir})
	first := appendEvents(t, j, 4, 2)
	kept := j.segments[0].size
	appendEvents(t, j, 3, 3)
	require.NoError(t, j.Close())
	name := filepath.Base(j.path(1, segmentExt))
	whole, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	for cut := kept; cut < int64(len(whole)); cut += 7 {
		again := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(again, name), whole[:cut], 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(again, "journal.id"), []byte(j.ID()+"\n"), 0o600))
		k := openJournal(t, Config{Dir: again})
		require.EqualValues(t, 4, k.Last(), "cut at %d", cut)
		require.True(t, events.SameEvents(first, readAll(t, k, 1)))
		more := appendEvents(t, k, 5, 5)
		require.NoError(t, k.Close())
		k = openJournal(t, Config{Dir: again})
		require.True(t, events.SameEvents(append(first[:4:4], more...), readAll(t, k, 1)))
		require.NoError(t, k.Close())
	}
}

// TestDamage: a changed byte of an acknowledged event is found, and the error names the file.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	j := openJournal(t, Config{Dir: dir, Segment: 1})
	appendEvents(t, j, 9, 3)
	require.NoError(t, j.Close())
	file := j.path(4, segmentExt)
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	b[len(b)/2] ^= 1
	require.NoError(t, os.WriteFile(file, b, 0o600))
	j = openJournal(t, Config{Dir: dir})
	var got error
	n := 0
	for _, err := range j.Read(context.Background(), 1) {
		if got = err; err == nil {
			n++
		}
	}
	require.Equal(t, 3, n)
	require.ErrorIs(t, got, events.ErrCorrupt)
	require.ErrorContains(t, got, filepath.Base(file))
	require.ErrorContains(t, got, "where event 4 is due")
}

func TestLocked(t *testing.T) {
	j := openJournal(t, Config{Dir: t.TempDir()})
	_, err := Open(Config{Dir: j.cfg.Dir})
	require.ErrorIs(t, err, ErrLocked)
	require.ErrorContains(t, err, "stop that one")
	for _, c := range []Config{{}, {Dir: t.TempDir(), KeepAge: -1}} {
		_, err := Open(c)
		require.ErrorIs(t, err, ErrConfig)
	}
}

// TestImages: the two newest engine images are kept, unreadable ones are removed and logged, and the events they need
// stay.
func TestImages(t *testing.T) {
	ctx := context.Background()
	var log bytes.Buffer
	dir := t.TempDir()
	j := openJournal(t, Config{Dir: dir, Segment: 1, KeepBytes: 1, Log: slog.New(slog.NewTextHandler(&log, nil))})
	appendEvents(t, j, 30, 3)
	require.EqualValues(t, 1, j.First(), "without an engine image nothing is removed")
	require.ErrorIs(t, j.SaveImage(ctx, pack.EngineImage{Seq: 31}), ErrConfig)
	for _, n := range []uint64{9, 15, 24} {
		require.NoError(t, j.SaveImage(ctx, pack.EngineImage{Format: 1, Seq: n, Parts: map[string][]byte{"engine": {byte(n)}}}))
	}
	appendEvents(t, j, 3, 3)
	require.EqualValues(t, 16, j.First(), "everything after the older of the two")
	require.Len(t, readAll(t, j, 16), 18)
	for _, err := range j.Read(ctx, 1) {
		require.ErrorIs(t, err, events.ErrGone)
	}
	all, err := j.Images(ctx)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, []byte{24}, all[0].Parts["engine"])
	require.NoError(t, os.WriteFile(j.path(24, imageExt), []byte("nonsense"), 0o600))
	require.NoError(t, os.WriteFile(j.path(99, imageExt), nil, 0o600))
	require.NoError(t, j.Close())
	j = openJournal(t, Config{Dir: dir, Log: j.cfg.Log})
	require.EqualValues(t, 16, j.First())
	all, err = j.Images(ctx)
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.EqualValues(t, 15, all[0].Seq)
	require.Contains(t, log.String(), "an engine image cannot be read and is removed")
}

// TestAge: segments whose newest event is too old are removed.
func TestAge(t *testing.T) {
	j := openJournal(t, Config{Dir: t.TempDir(), Segment: 1, KeepAge: time.Hour})
	appendEvents(t, j, 9, 3)
	require.NoError(t, j.SaveImage(context.Background(), pack.EngineImage{Seq: 9}))
	old := time.Now().Add(-2 * time.Hour)
	require.NoError(t, os.Chtimes(j.path(1, segmentExt), old, old))
	appendEvents(t, j, 1, 1)
	require.EqualValues(t, 4, j.First())
}
