package nats

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	client "github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/internal/pack"
)

// noise is what S2 cannot make smaller.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

// engine is a snapshot with one part.
func engine(seq uint64, part []byte) Snapshot {
	return Snapshot{Format: 3, Seq: seq, Parts: map[string][]byte{"engine": part}}
}

// shelved lists what is stored.
func shelved(t testing.TB, j *Journal) shelf {
	t.Helper()
	have, err := j.link.shelf(within(t), j.cfg)
	require.NoError(t, err)
	return have
}

// seqs are the events of the readable snapshots.
func seqs(t testing.TB, j *Journal) []uint64 {
	t.Helper()
	all, err := j.Snapshots(within(t))
	require.NoError(t, err)
	var n []uint64
	for _, s := range all {
		n = append(n, s.Seq)
	}
	return n
}

// putRaw stores b as the snapshot at seq.
func putRaw(t testing.TB, j *Journal, seq uint64, b []byte) run {
	t.Helper()
	r, err := j.link.put(within(t), j.cfg, seq, shelved(t, j).last, b)
	require.NoError(t, err)
	return r
}

func lose(t testing.TB, j *Journal, r run, chunk uint64) {
	t.Helper()
	require.NoError(t, shelved(t, j).stream.DeleteMsg(within(t), r.first+chunk))
}

func TestSnapshots(t *testing.T) {
	for name, c := range map[string]func() Config{
		"embedded": func() Config { return Config{Dir: t.TempDir()} },
		"external": func() Config { return Config{URL: external(t, nil), MaxSnapshot: 32 << 20, MaxStore: 8 << 20} },
		"a small max_payload": func() Config {
			url := external(t, func(o *server.Options) { o.MaxPayload = 64 << 10 })
			return Config{URL: url, MaxSnapshot: 32 << 20, MaxStore: 8 << 20}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := c()
			j, err := Open(within(t), c)
			require.NoError(t, err)
			require.Empty(t, seqs(t, j))
			fill(t, j, 30, 10)
			big := noise(3 << 20)
			for seq := uint64(10); seq <= 30; seq += 10 {
				s := Snapshot{Format: 3, Seq: seq, Parts: map[string][]byte{"engine": {byte(seq)}, "tapi": big, "web": {}}}
				require.NoError(t, j.SaveSnapshot(within(t), s))
			}
			require.ErrorIs(t, j.SaveSnapshot(within(t), Snapshot{Seq: 31}), ErrConfig)
			require.NoError(t, j.Close())
			require.ErrorIs(t, j.SaveSnapshot(within(t), Snapshot{Seq: 30}), events.ErrClosed)
			_, err = j.Snapshots(within(t))
			require.ErrorIs(t, err, events.ErrClosed)
			j = opened(t, c)
			require.Equal(t, uint64(20), j.needed)
			all, err := j.Snapshots(within(t))
			require.NoError(t, err)
			require.Len(t, all, 2)
			require.Equal(t, uint64(20), all[1].Seq)
			require.Equal(t, Snapshot{Format: 3, Seq: 30, Parts: map[string][]byte{"engine": {30}, "tapi": big, "web": {}}}, all[0])
			for _, r := range shelved(t, j).runs {
				require.Greater(t, r.count, uint64(2), "several chunks")
			}
		})
	}
}

func TestASecondSaveAtOneEventReplacesTheFirst(t *testing.T) {
	j := opened(t, Config{Dir: t.TempDir()})
	fill(t, j, 9, 9)
	for _, s := range []Snapshot{engine(4, nil), engine(9, []byte("first")), engine(9, []byte("second")), engine(2, nil)} {
		require.NoError(t, j.SaveSnapshot(within(t), s))
	}
	require.Equal(t, []uint64{9, 4}, seqs(t, j))
	all, err := j.Snapshots(within(t))
	require.NoError(t, err)
	require.Equal(t, "second", string(all[0].Parts["engine"]))
	require.Len(t, shelved(t, j).runs, 2)
}

func TestUnreadableSnapshotsAreDropped(t *testing.T) {
	good := pack.EncodeSnapshot(engine(5, noise(5<<20)))
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	for name, spoil := range map[string]func(*testing.T, *Journal){
		"no snapshot":     func(t *testing.T, j *Journal) { putRaw(t, j, 5, []byte("no snapshot")) },
		"another number":  func(t *testing.T, j *Journal) { putRaw(t, j, 3, pack.EncodeSnapshot(engine(2, nil))) },
		"ahead":           func(t *testing.T, j *Journal) { putRaw(t, j, 99, pack.EncodeSnapshot(engine(99, nil))) },
		"a damaged chunk": func(t *testing.T, j *Journal) { putRaw(t, j, 5, flipped) },
		"cut and whole":   func(t *testing.T, j *Journal) { putRaw(t, j, 5, good[:len(good)-9]) },
	} {
		t.Run(name, func(t *testing.T) {
			j := opened(t, Config{Dir: t.TempDir()})
			fill(t, j, 5, 5)
			require.NoError(t, j.SaveSnapshot(within(t), engine(4, nil)))
			spoil(t, j)
			require.Len(t, shelved(t, j).runs, 2)
			require.Equal(t, []uint64{4}, seqs(t, j))
			require.Equal(t, uint64(4), j.needed)
			require.Len(t, shelved(t, j).runs, 1)
		})
	}
}

// TestSnapshotsAheadTakeNoPlace: after a power cut the journal ends before the newest snapshots.
func TestSnapshotsAheadTakeNoPlace(t *testing.T) {
	c := Config{Dir: t.TempDir()}
	j, err := Open(within(t), c)
	require.NoError(t, err)
	fill(t, j, 5, 5)
	require.NoError(t, j.SaveSnapshot(within(t), engine(3, nil)))
	putRaw(t, j, 8, pack.EncodeSnapshot(engine(8, nil)))
	putRaw(t, j, 9, pack.EncodeSnapshot(engine(9, nil)))
	require.NoError(t, j.Close())
	j = opened(t, c)
	require.Equal(t, uint64(3), j.needed, "retention must not follow them")
	require.NoError(t, j.SaveSnapshot(within(t), engine(5, nil)))
	require.Equal(t, []uint64{5, 3}, seqs(t, j))
}

// TestAnInterruptedSave leaves chunks behind; they are never read, and the next save removes them.
func TestAnInterruptedSave(t *testing.T) {
	b := pack.EncodeSnapshot(engine(5, noise(5<<20)))
	for lost := range uint64(6) {
		t.Run(fmt.Sprint("without chunk ", lost), func(t *testing.T) {
			c := Config{Dir: t.TempDir()}
			j, err := Open(within(t), c)
			require.NoError(t, err)
			fill(t, j, 5, 5)
			require.NoError(t, j.SaveSnapshot(within(t), engine(4, nil)))
			r := putRaw(t, j, 5, b)
			require.Equal(t, uint64(6), r.count)
			lose(t, j, r, lost)
			require.Equal(t, []uint64{4}, seqs(t, j))
			require.Len(t, shelved(t, j).runs, 2, "it could be a save under way")
			require.NoError(t, j.Close())
			j = opened(t, c)
			require.Equal(t, uint64(4), j.needed)
			require.NoError(t, j.SaveSnapshot(within(t), engine(5, nil)))
			require.Equal(t, []uint64{5, 4}, seqs(t, j))
			require.Len(t, shelved(t, j).runs, 2)
		})
	}
}

// TestAChunkLostBehindTheList: the list names all chunks, one cannot be had.
func TestAChunkLostBehindTheList(t *testing.T) {
	j := opened(t, Config{Dir: t.TempDir()})
	fill(t, j, 5, 5)
	require.NoError(t, j.SaveSnapshot(within(t), engine(4, nil)))
	lie := run{event: 5, first: 40, count: 2}
	for i := range lie.count { // the subjects say sequences 40 and 41, the messages have others
		_, err := j.link.js.PublishMsg(within(t), &client.Msg{Subject: j.cfg.chunk(lie, i), Data: []byte("x")})
		require.NoError(t, err)
	}
	require.True(t, shelved(t, j).runs[0].whole())
	_, err := j.link.fetch(within(t), j.cfg, shelved(t, j).runs[0])
	require.ErrorIs(t, err, errMissing)
	require.Equal(t, []uint64{4}, seqs(t, j))
	require.Len(t, shelved(t, j).runs, 1)
}

// TestTwoSaversNeverMix: a chunk of somebody else's in between ends the save.
func TestTwoSaversNeverMix(t *testing.T) {
	j := opened(t, Config{Dir: t.TempDir()})
	fill(t, j, 5, 5)
	last := shelved(t, j).last
	putRaw(t, j, 5, pack.EncodeSnapshot(engine(5, nil)))
	_, err := j.link.put(within(t), j.cfg, 4, last, pack.EncodeSnapshot(engine(4, nil)))
	require.ErrorIs(t, err, events.ErrConflict)
	require.Equal(t, []uint64{5}, seqs(t, j))
}

func TestMaxSnapshotIsALimit(t *testing.T) {
	j := opened(t, Config{Dir: t.TempDir(), MaxSnapshot: 3 << 20})
	fill(t, j, 9, 9)
	require.ErrorIs(t, j.SaveSnapshot(within(t), engine(1, noise(1<<20))), ErrTooLarge)
	largest := noise(1<<20 - 2*chunkExtra - 100)
	for seq := uint64(1); seq <= 9; seq++ { // three of the largest fit, again and again
		require.NoError(t, j.SaveSnapshot(within(t), engine(seq, largest)))
	}
	require.Equal(t, []uint64{9, 8}, seqs(t, j))
	left := putRaw(t, j, 7, pack.EncodeSnapshot(engine(7, largest))) // and beside what an interrupted save left
	lose(t, j, left, 0)
	require.NoError(t, j.SaveSnapshot(within(t), engine(9, largest)))
	_, err := j.link.put(within(t), j.cfg, 9, shelved(t, j).last, noise(2<<20))
	require.ErrorIs(t, err, events.ErrFull, "the server keeps the limit, too")
}

// TestReadersBesideASaver: whoever reads meanwhile finds whole snapshots only, always one, and removes none.
func TestReadersBesideASaver(t *testing.T) {
	url := external(t, nil)
	c := Config{URL: url, MaxStore: 8 << 20, MaxSnapshot: 16 << 20}
	j, other := opened(t, c), opened(t, c)
	const saves = 40
	fill(t, j, saves, saves)
	part := noise(2<<20 + 100)
	require.NoError(t, j.SaveSnapshot(within(t), engine(1, part)))
	done := make(chan error, 1)
	go func() {
		for seq := uint64(2); seq <= saves; seq++ {
			if err := j.SaveSnapshot(within(t), engine(seq, part)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	newest, reads := uint64(0), 0
	for saving := true; saving; reads++ {
		select {
		case err := <-done:
			require.NoError(t, err)
			saving = false
		default:
		}
		from := []*Journal{j, other}[reads%2]
		all, err := from.Snapshots(within(t))
		require.NoError(t, err)
		require.NotEmpty(t, all)
		require.GreaterOrEqual(t, all[0].Seq, newest)
		newest = all[0].Seq
		for _, s := range all {
			require.True(t, bytes.Equal(part, s.Parts["engine"]))
		}
	}
	require.Equal(t, []uint64{saves, saves - 1}, seqs(t, other))
	t.Logf("%d reads beside %d saves", reads, saves)
}

// TestAForeignStream is not touched.
func TestAForeignStream(t *testing.T) {
	c := Config{Dir: t.TempDir()}
	j, err := Open(within(t), c)
	require.NoError(t, err)
	s := shelved(t, j)
	have := s.stream.CachedInfo().Config
	have.Subjects = []string{"something.else"}
	_, err = j.link.js.UpdateStream(within(t), have)
	require.NoError(t, err)
	_, err = j.Snapshots(within(t))
	require.ErrorIs(t, err, events.ErrCorrupt)
	require.NoError(t, j.Close())
	_, err = Open(within(t), c)
	require.ErrorContains(t, err, "choose another Name")
}

// TestSnapshotLimitsFollowTheConfig: MaxSnapshot of a later opening counts.
func TestSnapshotLimitsFollowTheConfig(t *testing.T) {
	c := Config{Dir: t.TempDir(), MaxSnapshot: 3 << 20}
	j, err := Open(within(t), c)
	require.NoError(t, err)
	require.NoError(t, j.Close())
	c.MaxSnapshot = 30 << 20
	j = opened(t, c)
	fill(t, j, 1, 1)
	require.NoError(t, j.SaveSnapshot(within(t), engine(1, noise(5<<20))))
}

func TestChunkSubjects(t *testing.T) {
	c := Config{Name: "a"}
	r := run{event: 5, first: 7, count: 3}
	got, ok := c.parseChunk(c.chunk(r, 2))
	require.True(t, ok)
	require.Equal(t, r, got)
	for _, s := range []string{"", "offhook.a.snapshots.", "offhook.b.snapshots.5.7.3.2", "offhook.a.snapshots.5.7.3.3",
		"offhook.a.snapshots.5.0.3.2", "offhook.a.snapshots.05.7.3.2", "offhook.a.snapshots.5.7.3", "offhook.a.snapshots.5.7.3.2.1",
		"offhook.a.snapshots.5.7.3.-1", "offhook.a.snapshots.5.18446744073709551615.3.2", "offhook.a.snapshots.5.7.3.+2"} {
		_, ok := c.parseChunk(s)
		require.False(t, ok, s)
	}
	twice := c.runs(map[string]uint64{c.chunk(r, 0): 1, c.chunk(r, 1): 2, c.chunk(r, 2): 1})
	require.Len(t, twice, 1)
	require.False(t, twice[0].whole())
}

// TestSnapshotsGoOnAfterAReopening: another server, another connection.
func TestSnapshotsGoOnAfterAReopening(t *testing.T) {
	j := opened(t, Config{Dir: t.TempDir(), AckWait: time.Second})
	fill(t, j, 5, 5)
	require.NoError(t, j.SaveSnapshot(within(t), engine(3, noise(2<<20))))
	require.NoError(t, j.Reopen(within(t)))
	require.NoError(t, j.SaveSnapshot(within(t), engine(5, noise(2<<20))))
	require.Equal(t, []uint64{5, 3}, seqs(t, j))
}
