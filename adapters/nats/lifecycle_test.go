package nats

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	client "github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/events/journaltest"
)

// appendEvents appends count events in batches of that size and returns them.
func appendEvents(t testing.TB, j *Journal, count, size int) []events.Event {
	t.Helper()
	all := journaltest.Batch(j.ID(), j.Last()+1, count)
	for rest := all; len(rest) > 0; rest = rest[min(size, len(rest)):] {
		part := rest[:min(size, len(rest))]
		require.NoError(t, j.Append(testContext(t), part[0].Seq(), part))
	}
	return all
}

func readAll(t testing.TB, j *Journal, from uint64) []events.Event {
	t.Helper()
	var all []events.Event
	for e, err := range j.Read(testContext(t), from) {
		require.NoError(t, err)
		all = append(all, e)
	}
	return all
}

func TestADirectoryHasOneOwner(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(testContext(t), Config{Dir: dir})
	require.NoError(t, err)
	_, err = Open(testContext(t), Config{Dir: dir})
	require.ErrorIs(t, err, ErrLocked)
	require.ErrorContains(t, err, dir)
	require.NoError(t, j.Close())
	openJournal(t, Config{Dir: dir})
}

func TestTwoJournalsShareAServer(t *testing.T) {
	url := startExternal(t, nil)
	a := openJournal(t, Config{URL: url, Name: "a", MaxStore: 8 << 20, MaxImages: 1 << 20})
	b := openJournal(t, Config{URL: url, Name: "b", MaxStore: 8 << 20, MaxImages: 1 << 20})
	require.NotEqual(t, a.ID(), b.ID())
	appendEvents(t, a, 5, 5)
	require.Zero(t, b.Last())
	require.Len(t, readAll(t, a, 1), 5)
}

func TestASecondWriterMeetsConflict(t *testing.T) {
	c := Config{URL: startExternal(t, nil), MaxStore: 8 << 20, MaxImages: 1 << 20}
	a, b := openJournal(t, c), openJournal(t, c)
	require.Equal(t, a.ID(), b.ID())
	seen := make(chan uint64, 10)
	go func() {
		for e, err := range b.Tail(testContext(t), 1) {
			if err != nil {
				return
			}
			seen <- e.Seq()
		}
	}()
	appendEvents(t, a, 3, 3)
	for want := uint64(1); want <= 3; want++ { // a tail sees what another program appends
		select {
		case n := <-seen:
			require.Equal(t, want, n)
		case <-time.After(10 * time.Second):
			t.Fatal("the tail saw nothing")
		}
	}
	require.ErrorIs(t, b.Append(testContext(t), 1, journaltest.Batch("other", 1, 3)), events.ErrConflict)
	require.NoError(t, b.Append(testContext(t), 1, journaltest.Batch(a.ID(), 1, 3)), "the same content is no conflict")
	appendEvents(t, b, 2, 2)
	err := a.Append(testContext(t), 4, journaltest.Batch("other", 4, 1))
	require.ErrorIs(t, err, events.ErrConflict)
}

// natsGoroutines counts the goroutines that run code of NATS, client or server, or of this package.
func natsGoroutines() (n int, all string) {
	b := make([]byte, 4<<20)
	b = b[:runtime.Stack(b, true)]
	for g := range bytes.SplitSeq(b, []byte("\n\n")) {
		if bytes.Contains(g, []byte("nats-io")) || bytes.Contains(g, []byte("adapters/nats.(")) {
			n++
			all += string(g) + "\n\n"
		}
	}
	return n, all
}

func TestCloseEndsGoroutines(t *testing.T) {
	before, _ := natsGoroutines()
	j, err := Open(testContext(t), Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", KeepBytes: 1 << 20})
	require.NoError(t, err)
	addr := j.Addr()
	nc, err := client.Connect("nats://"+addr, client.NoReconnect())
	require.NoError(t, err)
	nc.Close()
	appendEvents(t, j, 50, 10)
	require.Len(t, readAll(t, j, 1), 50)
	require.NoError(t, j.SaveImage(testContext(t), EngineImage{Seq: 50}))
	all, err := j.Images(testContext(t))
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.NoError(t, j.Close())
	_, err = net.DialTimeout("tcp", addr, time.Second)
	require.Error(t, err, "the port must be closed")
	awaitGoroutines(t, before)
}

// TestSavesAndReadsEndGoroutines: saves and reads do not leave goroutines behind.
func TestSavesAndReadsEndGoroutines(t *testing.T) {
	j := openJournal(t, Config{Dir: t.TempDir()})
	appendEvents(t, j, 10, 10)
	before, _ := natsGoroutines()
	for range 400 {
		require.NoError(t, j.SaveImage(testContext(t), EngineImage{Seq: 10}))
	}
	require.Len(t, readAll(t, j, 1), 10)
	require.Equal(t, []uint64{10}, imageSeqs(t, j))
	awaitGoroutines(t, before)
}

// awaitGoroutines waits until there are at most that many goroutines of NATS.
func awaitGoroutines(t *testing.T, before int) {
	t.Helper()
	n, left := natsGoroutines()
	for end := time.Now().Add(8 * time.Second); n > before && time.Now().Before(end); n, left = natsGoroutines() {
		time.Sleep(20 * time.Millisecond) // between two counts: a goroutine's end cannot be waited for
	}
	require.LessOrEqual(t, n, before, "left over:\n%s", left)
}

func TestWithoutListenThereIsNoPort(t *testing.T) {
	j := openJournal(t, Config{Dir: t.TempDir()})
	require.Empty(t, j.Addr())
	require.Nil(t, j.link.srv.Addr())
}

func TestAPasswordGuardsThePort(t *testing.T) {
	j := openJournal(t, Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", User: "anna", Password: "secret"})
	appendEvents(t, j, 1, 1)
	_, err := client.Connect("nats://" + j.Addr())
	require.ErrorIs(t, err, client.ErrAuthorization)
	other := openJournal(t, Config{URL: "nats://anna:secret@" + j.Addr()})
	require.Equal(t, j.ID(), other.ID())
}

func TestReconnects(t *testing.T) {
	dir := t.TempDir()
	run := func(port int) *server.Server {
		s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true})
		require.NoError(t, err)
		s.Start()
		require.True(t, s.ReadyForConnections(10*time.Second))
		return s
	}
	s := run(server.RANDOM_PORT)
	port := s.Addr().(*net.TCPAddr).Port
	j := openJournal(t, Config{URL: "nats://" + s.Addr().String(), AckWait: 300 * time.Millisecond})
	all := appendEvents(t, j, 4, 2)
	s.Shutdown()
	s.WaitForShutdown()
	more := journaltest.Batch(j.ID(), 5, 2)
	require.ErrorIs(t, j.Append(testContext(t), 5, more), events.ErrFull)
	s = run(port)
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	require.Eventually(t, func() bool { return j.Append(testContext(t), 5, more) == nil }, 15*time.Second, 50*time.Millisecond)
	require.True(t, events.SameEvents(append(all, more...), readAll(t, j, 1)))
}

func TestALostStreamIsNoticed(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(testContext(t), Config{Dir: dir})
	require.NoError(t, err)
	appendEvents(t, j, 3, 1)
	s, err := j.link.js.Stream(testContext(t), j.cfg.streamName())
	require.NoError(t, err)
	require.NoError(t, s.DeleteMsg(testContext(t), 2))
	var got error
	for _, err := range j.Read(testContext(t), 2) {
		got = err
	}
	require.ErrorIs(t, got, events.ErrCorrupt)
	require.NoError(t, s.Purge(testContext(t)))
	require.NoError(t, j.Close())
	_, err = Open(testContext(t), Config{Dir: dir})
	require.ErrorIs(t, err, events.ErrCorrupt)
	require.ErrorContains(t, err, "emptied")
}

func TestTheDirectoryIsPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("directory modes mean nothing there")
	}
	dir := filepath.Join(t.TempDir(), "new", "journal")
	openJournal(t, Config{Dir: dir})
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Zero(t, info.Mode().Perm()&0o077)
	require.True(t, strings.HasSuffix(dir, "journal"))
}
