package nats

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/events/journaltest"
)

// TestKilled kills a process that appends and demands every event it reported as acknowledged.
func TestKilled(t *testing.T) {
	if dir := os.Getenv("OFFHOOK_TEST_APPEND"); dir != "" {
		appendForever(dir)
		return
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), "OFFHOOK_TEST_APPEND="+dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	killed := time.AfterFunc(15*time.Second, func() { _ = cmd.Process.Kill() })
	defer killed.Stop()
	acked := uint64(0)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if n, err := strconv.ParseUint(strings.TrimPrefix(lines.Text(), "acked "), 10, 64); err == nil {
			acked = n
		}
		if acked >= 500 {
			_ = cmd.Process.Kill() // and read on: what it reported before it was killed counts
		}
	}
	require.Error(t, cmd.Wait())
	require.GreaterOrEqual(t, acked, uint64(500))
	j := openJournal(t, Config{Dir: dir})
	require.GreaterOrEqual(t, j.Last(), acked)
	all := readAll(t, j, 1)
	require.True(t, events.SameEvents(journaltest.Batch(j.ID(), 1, int(j.Last())), all))
	appendEvents(t, j, 3, 3)
}

// appendForever is the process to be killed.
func appendForever(dir string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	j, err := Open(ctx, Config{Dir: dir})
	for err == nil {
		err = j.Append(ctx, j.Last()+1, journaltest.Batch(j.ID(), j.Last()+1, 10))
		fmt.Println("acked", j.Last())
	}
	fmt.Println("ended:", err)
}

func TestMaxStoreIsErrFull(t *testing.T) {
	j := openJournal(t, Config{Dir: t.TempDir(), MaxStore: 1 << 20})
	var err error
	for err == nil && j.Last() < 1<<20 {
		err = j.Append(testContext(t), j.Last()+1, journaltest.Batch(j.ID(), j.Last()+1, 256))
	}
	require.ErrorIs(t, err, events.ErrFull)
	require.ErrorContains(t, err, "MaxStore")
	require.Equal(t, int(j.Last()), len(readAll(t, j, 1)))
	require.False(t, j.mustReopen, "a reached limit is no reason to reopen the server")
}

// TestReopenUnderReaders: a tail goes on while the server is reopened.
func TestReopenUnderReaders(t *testing.T) {
	j := openJournal(t, Config{Dir: t.TempDir()})
	seen := make(chan uint64, 100)
	go func() {
		for e, err := range j.Tail(testContext(t), 1) {
			if err != nil {
				return
			}
			seen <- e.Seq()
		}
	}()
	id := j.ID()
	for range 3 {
		appendEvents(t, j, 4, 2)
		require.NoError(t, j.Reopen(testContext(t)))
	}
	require.Equal(t, id, j.ID())
	for want := uint64(1); want <= 12; want++ {
		select {
		case n := <-seen:
			require.Equal(t, want, n)
		case <-time.After(10 * time.Second):
			t.Fatalf("the tail stopped before %d", want)
		}
	}
}

// TestUnansweredAppend: the pack was stored but its answer was lost, so that the position is behind the stream.
func TestUnansweredAppend(t *testing.T) {
	j := openJournal(t, Config{Dir: t.TempDir()})
	appendEvents(t, j, 3, 3)
	before := j.position()
	mine := appendEvents(t, j, 2, 2)
	forget := func() {
		j.mu.Lock()
		j.pos = before
		j.mu.Unlock()
	}
	forget()
	require.NoError(t, j.Append(testContext(t), 4, mine), "the same content is success")
	require.Equal(t, uint64(5), j.Last())
	forget()
	require.ErrorIs(t, j.Append(testContext(t), 4, journaltest.Batch("other", 4, 2)), events.ErrConflict)
	require.Len(t, readAll(t, j, 1), 5)
	appendEvents(t, j, 2, 1)
}

// TestAPartialBatchMayBeFinished: repeating an append of which only the first pack was stored stores the rest.
func TestAPartialBatchMayBeFinished(t *testing.T) {
	j := openJournal(t, Config{Dir: t.TempDir()})
	long := journaltest.Batch(j.ID(), 1, 600)
	require.NoError(t, j.Append(testContext(t), 1, long[:events.PackEvents]))
	require.ErrorIs(t, j.Append(testContext(t), 1, long), events.ErrConflict)
	j.partialBatch = 1 // as after ErrFull in the middle
	require.NoError(t, j.Append(testContext(t), 1, long))
	require.True(t, events.SameEvents(long, readAll(t, j, 1)))
}
