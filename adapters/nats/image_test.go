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

// incompressible returns n bytes that S2 cannot make smaller.
func incompressible(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

// engineImage returns an image with one part.
func engineImage(seq uint64, part []byte) EngineImage {
	return EngineImage{Format: 3, Seq: seq, Parts: map[string][]byte{"engine": part}}
}

// listed returns what is stored.
func listed(t testing.TB, j *Journal) imageList {
	t.Helper()
	have, err := j.link.imageList(testContext(t), j.cfg)
	require.NoError(t, err)
	return have
}

// imageSeqs returns the events of the readable images.
func imageSeqs(t testing.TB, j *Journal) []uint64 {
	t.Helper()
	all, err := j.Images(testContext(t))
	require.NoError(t, err)
	var n []uint64
	for _, s := range all {
		n = append(n, s.Seq)
	}
	return n
}

// putBytes stores b as if it were the image at seq.
func putBytes(t testing.TB, j *Journal, seq uint64, b []byte) storedImage {
	t.Helper()
	r, err := j.link.putImage(testContext(t), j.cfg, seq, listed(t, j).last, b)
	require.NoError(t, err)
	return r
}

func deleteChunk(t testing.TB, j *Journal, r storedImage, chunk uint64) {
	t.Helper()
	require.NoError(t, listed(t, j).stream.DeleteMsg(testContext(t), r.firstChunk+chunk))
}

func TestImages(t *testing.T) {
	for name, c := range map[string]func() Config{
		"embedded": func() Config { return Config{Dir: t.TempDir()} },
		"external": func() Config { return Config{URL: startExternal(t, nil), MaxImages: 32 << 20, MaxStore: 8 << 20} },
		"a small max_payload": func() Config {
			url := startExternal(t, func(o *server.Options) { o.MaxPayload = 64 << 10 })
			return Config{URL: url, MaxImages: 32 << 20, MaxStore: 8 << 20}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := c()
			j, err := Open(testContext(t), c)
			require.NoError(t, err)
			require.Empty(t, imageSeqs(t, j))
			appendEvents(t, j, 30, 10)
			big := incompressible(3 << 20)
			for seq := uint64(10); seq <= 30; seq += 10 {
				s := EngineImage{Format: 3, Seq: seq, Parts: map[string][]byte{"engine": {byte(seq)}, "tapi": big, "web": {}}}
				require.NoError(t, j.SaveImage(testContext(t), s))
			}
			require.ErrorIs(t, j.SaveImage(testContext(t), EngineImage{Seq: 31}), ErrConfig)
			require.NoError(t, j.Close())
			require.ErrorIs(t, j.SaveImage(testContext(t), EngineImage{Seq: 30}), events.ErrClosed)
			_, err = j.Images(testContext(t))
			require.ErrorIs(t, err, events.ErrClosed)
			j = openJournal(t, c)
			require.Equal(t, uint64(20), j.neededAfter)
			all, err := j.Images(testContext(t))
			require.NoError(t, err)
			require.Len(t, all, 2)
			require.Equal(t, uint64(20), all[1].Seq)
			require.Equal(t, EngineImage{Format: 3, Seq: 30, Parts: map[string][]byte{"engine": {30}, "tapi": big, "web": {}}}, all[0])
			for _, r := range listed(t, j).images {
				require.Greater(t, r.chunks, uint64(2), "several chunks")
			}
		})
	}
}

func TestASecondSaveAtOneEventReplacesTheFirst(t *testing.T) {
	j := openJournal(t, Config{Dir: t.TempDir()})
	appendEvents(t, j, 9, 9)
	for _, s := range []EngineImage{engineImage(4, nil), engineImage(9, []byte("first")), engineImage(9, []byte("second")), engineImage(2, nil)} {
		require.NoError(t, j.SaveImage(testContext(t), s))
	}
	require.Equal(t, []uint64{9, 4}, imageSeqs(t, j))
	all, err := j.Images(testContext(t))
	require.NoError(t, err)
	require.Equal(t, "second", string(all[0].Parts["engine"]))
	require.Len(t, listed(t, j).images, 2)
}

func TestUnreadableImagesAreRemoved(t *testing.T) {
	good := pack.EncodeImage(engineImage(5, incompressible(5<<20)))
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	for name, spoil := range map[string]func(*testing.T, *Journal){
		"no engine image": func(t *testing.T, j *Journal) { putBytes(t, j, 5, []byte("no engine image")) },
		"another number":  func(t *testing.T, j *Journal) { putBytes(t, j, 3, pack.EncodeImage(engineImage(2, nil))) },
		"ahead":           func(t *testing.T, j *Journal) { putBytes(t, j, 99, pack.EncodeImage(engineImage(99, nil))) },
		"a damaged chunk": func(t *testing.T, j *Journal) { putBytes(t, j, 5, flipped) },
		"cut and whole":   func(t *testing.T, j *Journal) { putBytes(t, j, 5, good[:len(good)-9]) },
	} {
		t.Run(name, func(t *testing.T) {
			j := openJournal(t, Config{Dir: t.TempDir()})
			appendEvents(t, j, 5, 5)
			require.NoError(t, j.SaveImage(testContext(t), engineImage(4, nil)))
			spoil(t, j)
			require.Len(t, listed(t, j).images, 2)
			require.Equal(t, []uint64{4}, imageSeqs(t, j))
			require.Equal(t, uint64(4), j.neededAfter)
			require.Len(t, listed(t, j).images, 1)
		})
	}
}

// TestImagesAheadOfTheJournal: images beyond the journal's end, as after a power cut, do not count as the newest.
func TestImagesAheadOfTheJournal(t *testing.T) {
	c := Config{Dir: t.TempDir()}
	j, err := Open(testContext(t), c)
	require.NoError(t, err)
	appendEvents(t, j, 5, 5)
	require.NoError(t, j.SaveImage(testContext(t), engineImage(3, nil)))
	putBytes(t, j, 8, pack.EncodeImage(engineImage(8, nil)))
	putBytes(t, j, 9, pack.EncodeImage(engineImage(9, nil)))
	require.NoError(t, j.Close())
	j = openJournal(t, c)
	require.Equal(t, uint64(3), j.neededAfter, "retention must not follow them")
	require.NoError(t, j.SaveImage(testContext(t), engineImage(5, nil)))
	require.Equal(t, []uint64{5, 3}, imageSeqs(t, j))
}

// TestAnInterruptedSave: chunks of an incomplete image are never read, and the next save removes them.
func TestAnInterruptedSave(t *testing.T) {
	b := pack.EncodeImage(engineImage(5, incompressible(5<<20)))
	for lost := range uint64(6) {
		t.Run(fmt.Sprint("without chunk ", lost), func(t *testing.T) {
			c := Config{Dir: t.TempDir()}
			j, err := Open(testContext(t), c)
			require.NoError(t, err)
			appendEvents(t, j, 5, 5)
			require.NoError(t, j.SaveImage(testContext(t), engineImage(4, nil)))
			r := putBytes(t, j, 5, b)
			require.Equal(t, uint64(6), r.chunks)
			deleteChunk(t, j, r, lost)
			require.Equal(t, []uint64{4}, imageSeqs(t, j))
			require.Len(t, listed(t, j).images, 2, "it could be a save under way")
			require.NoError(t, j.Close())
			j = openJournal(t, c)
			require.Equal(t, uint64(4), j.neededAfter)
			require.NoError(t, j.SaveImage(testContext(t), engineImage(5, nil)))
			require.Equal(t, []uint64{5, 4}, imageSeqs(t, j))
			require.Len(t, listed(t, j).images, 2)
		})
	}
}

// TestAListedChunkThatIsLost: an image is removed if the list names all its chunks and one cannot be read.
func TestAListedChunkThatIsLost(t *testing.T) {
	j := openJournal(t, Config{Dir: t.TempDir()})
	appendEvents(t, j, 5, 5)
	require.NoError(t, j.SaveImage(testContext(t), engineImage(4, nil)))
	lie := storedImage{seq: 5, firstChunk: 40, chunks: 2}
	for i := range lie.chunks { // the subjects say sequences 40 and 41, the messages have others
		_, err := j.link.js.PublishMsg(testContext(t), &client.Msg{Subject: j.cfg.chunkSubject(lie, i), Data: []byte("x")})
		require.NoError(t, err)
	}
	require.True(t, listed(t, j).images[0].complete())
	_, err := j.link.fetchImage(testContext(t), j.cfg, listed(t, j).images[0])
	require.ErrorIs(t, err, errMissing)
	require.Equal(t, []uint64{4}, imageSeqs(t, j))
	require.Len(t, listed(t, j).images, 1)
}

// TestASaveBesideAnotherFails: a chunk that another program stored in between ends the save.
func TestASaveBesideAnotherFails(t *testing.T) {
	j := openJournal(t, Config{Dir: t.TempDir()})
	appendEvents(t, j, 5, 5)
	last := listed(t, j).last
	putBytes(t, j, 5, pack.EncodeImage(engineImage(5, nil)))
	_, err := j.link.putImage(testContext(t), j.cfg, 4, last, pack.EncodeImage(engineImage(4, nil)))
	require.ErrorIs(t, err, events.ErrConflict)
	require.Equal(t, []uint64{5}, imageSeqs(t, j))
}

func TestMaxImagesIsALimit(t *testing.T) {
	j := openJournal(t, Config{Dir: t.TempDir(), MaxImages: 3 << 20})
	appendEvents(t, j, 9, 9)
	require.ErrorIs(t, j.SaveImage(testContext(t), engineImage(1, incompressible(1<<20))), ErrTooLarge)
	largest := incompressible(1<<20 - 2*chunkExtra - 100)
	for seq := uint64(1); seq <= 9; seq++ { // three of the largest fit, again and again
		require.NoError(t, j.SaveImage(testContext(t), engineImage(seq, largest)))
	}
	require.Equal(t, []uint64{9, 8}, imageSeqs(t, j))
	left := putBytes(t, j, 7, pack.EncodeImage(engineImage(7, largest))) // and beside what an interrupted save left
	deleteChunk(t, j, left, 0)
	require.NoError(t, j.SaveImage(testContext(t), engineImage(9, largest)))
	_, err := j.link.putImage(testContext(t), j.cfg, 9, listed(t, j).last, incompressible(2<<20))
	require.ErrorIs(t, err, events.ErrFull, "the server keeps the limit, too")
}

// TestReadersDuringSaves: a reader during saves finds at least one image, only complete ones, and removes none.
func TestReadersDuringSaves(t *testing.T) {
	url := startExternal(t, nil)
	c := Config{URL: url, MaxStore: 8 << 20, MaxImages: 16 << 20}
	j, other := openJournal(t, c), openJournal(t, c)
	const saves = 40
	appendEvents(t, j, saves, saves)
	part := incompressible(2<<20 + 100)
	require.NoError(t, j.SaveImage(testContext(t), engineImage(1, part)))
	done := make(chan error, 1)
	go func() {
		for seq := uint64(2); seq <= saves; seq++ {
			if err := j.SaveImage(testContext(t), engineImage(seq, part)); err != nil {
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
		all, err := from.Images(testContext(t))
		require.NoError(t, err)
		require.NotEmpty(t, all)
		require.GreaterOrEqual(t, all[0].Seq, newest)
		newest = all[0].Seq
		for _, s := range all {
			require.True(t, bytes.Equal(part, s.Parts["engine"]))
		}
	}
	require.Equal(t, []uint64{saves, saves - 1}, imageSeqs(t, other))
	t.Logf("%d reads beside %d saves", reads, saves)
}

// TestAForeignStream: a stream of that name with other subjects is not touched.
func TestAForeignStream(t *testing.T) {
	c := Config{Dir: t.TempDir()}
	j, err := Open(testContext(t), c)
	require.NoError(t, err)
	s := listed(t, j)
	have := s.stream.CachedInfo().Config
	have.Subjects = []string{"something.else"}
	_, err = j.link.js.UpdateStream(testContext(t), have)
	require.NoError(t, err)
	_, err = j.Images(testContext(t))
	require.ErrorIs(t, err, events.ErrCorrupt)
	require.NoError(t, j.Close())
	_, err = Open(testContext(t), c)
	require.ErrorContains(t, err, "choose another Name")
}

// TestImageLimitsFollowTheConfig: MaxImages of a later Open replaces the former one.
func TestImageLimitsFollowTheConfig(t *testing.T) {
	c := Config{Dir: t.TempDir(), MaxImages: 3 << 20}
	j, err := Open(testContext(t), c)
	require.NoError(t, err)
	require.NoError(t, j.Close())
	c.MaxImages = 30 << 20
	j = openJournal(t, c)
	appendEvents(t, j, 1, 1)
	require.NoError(t, j.SaveImage(testContext(t), engineImage(1, incompressible(5<<20))))
}

func TestChunkSubjects(t *testing.T) {
	c := Config{Name: "a"}
	r := storedImage{seq: 5, firstChunk: 7, chunks: 3}
	got, ok := c.parseChunkSubject(c.chunkSubject(r, 2))
	require.True(t, ok)
	require.Equal(t, r, got)
	for _, s := range []string{"", "offhook.a.snapshots.", "offhook.b.snapshots.5.7.3.2", "offhook.a.snapshots.5.7.3.3",
		"offhook.a.snapshots.5.0.3.2", "offhook.a.snapshots.05.7.3.2", "offhook.a.snapshots.5.7.3", "offhook.a.snapshots.5.7.3.2.1",
		"offhook.a.snapshots.5.7.3.-1", "offhook.a.snapshots.5.18446744073709551615.3.2", "offhook.a.snapshots.5.7.3.+2"} {
		_, ok := c.parseChunkSubject(s)
		require.False(t, ok, s)
	}
	twice := c.listImages(map[string]uint64{c.chunkSubject(r, 0): 1, c.chunkSubject(r, 1): 2, c.chunkSubject(r, 2): 1})
	require.Len(t, twice, 1)
	require.False(t, twice[0].complete())
}

// TestImagesAfterAReopening: saving goes on with another server and another connection.
func TestImagesAfterAReopening(t *testing.T) {
	j := openJournal(t, Config{Dir: t.TempDir(), AckWait: time.Second})
	appendEvents(t, j, 5, 5)
	require.NoError(t, j.SaveImage(testContext(t), engineImage(3, incompressible(2<<20))))
	require.NoError(t, j.Reopen(testContext(t)))
	require.NoError(t, j.SaveImage(testContext(t), engineImage(5, incompressible(2<<20))))
	require.Equal(t, []uint64{5, 3}, imageSeqs(t, j))
}
