package support

import (
	archive "archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/engine/live"
	"offhook/internal/control"
	"offhook/internal/trace"
)

// testEngine has a state to capture, and no messages.
type testEngine struct{}

func (testEngine) Capture(_ context.Context, begin func(trace.Record)) error {
	begin(trace.Record{Kind: trace.Start, At: 1, Start: []byte(`{"settings":{"user":"ilund"}}`)})
	return nil
}

func (testEngine) Reader() *live.Reader { panic("no messages are read here") }

func newTestRecorder(t *testing.T, log io.Writer) (*Recorder, string) {
	dir := t.TempDir()
	r := New(Config{Log: slog.New(slog.NewTextHandler(log, nil)), LogDir: func() (string, error) { return dir, nil },
		Engine: func() Engine { return testEngine{} }, Version: "test", Flavour: func() string { return "production" },
		Session:     func() []About { return []About{{"session", "up"}} },
		Settings:    func() []byte { return []byte("user ilund\n") },
		Lines:       func(context.Context) ([]byte, error) { return []byte("ilund\t41\n"), nil },
		ProviderLog: func(dir string) string { return filepath.Join(dir, "tsp", "tsp.log") }})
	t.Cleanup(r.Close)
	return r, dir
}

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

// inArchive returns a file of an archive.
func inArchive(t *testing.T, name, file string) string {
	z, err := archive.OpenReader(name)
	require.NoError(t, err)
	defer z.Close()
	f, err := z.Open(file)
	require.NoError(t, err)
	b, err := io.ReadAll(f)
	require.NoError(t, err)
	return string(b)
}

// requireRefused checks that a verb was refused with a code.
func requireRefused(t *testing.T, code string, err error) *control.Error {
	var refused *control.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, code, refused.Code)
	return refused
}

// TestTraceEndsByItself: at its size, and at its time without any input, a trace becomes an archive with the reason; the
// next one may begin.
func TestTraceEndsByItself(t *testing.T) {
	var log lockedBuffer
	r, _ := newTestRecorder(t, &log)
	ended := func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return strings.HasPrefix(r.last, "the last one ended by itself")
	}
	first, err := r.Start(t.Context(), "ida", 5, 1)
	require.NoError(t, err)
	_, err = r.Start(t.Context(), "ida", 5, 1)
	requireRefused(t, CodeRunning, err)
	for range 40 {
		r.Put(trace.Record{Kind: trace.In, At: 2, Raw: "<message>" + strings.Repeat("x", 32<<10) + "</message>"})
	}
	require.Eventually(t, ended, 10*time.Second, time.Millisecond)
	require.Nil(t, r.Current())
	_, err = r.Stop("ida")
	require.Contains(t, requireRefused(t, CodeNotRunning, err).Text, "since it is as large as it may become; it is in "+archiveName(first.File))
	about := inArchive(t, archiveName(first.File), "about.txt")
	require.Contains(t, about, "why            it ended by itself: it is as large")
	require.Contains(t, about, "offhook        test (production flavour)")
	require.Contains(t, about, "session        up")
	require.Contains(t, inArchive(t, archiveName(first.File), "trace.ndjson"), `"kind":"start"`)
	require.NoFileExists(t, first.File)

	second, err := r.Start(t.Context(), "ida", 5, 1)
	require.NoError(t, err)
	require.NotEqual(t, first.File, second.File)
	r.setLast("")
	second.writer.mu.Lock()
	second.writer.until = time.Now().Add(-time.Second)
	second.writer.mu.Unlock()
	require.Eventually(t, ended, 10*time.Second, time.Millisecond, "no input is needed")
	require.FileExists(t, archiveName(second.File))
	require.Eventually(t, func() bool { return strings.Count(log.String(), "the trace ended by itself") == 2 }, 10*time.Second, time.Millisecond)
}

// TestOldTracesAreRemoved: a directory keeps the newest few.
func TestOldTracesAreRemoved(t *testing.T) {
	dir := t.TempDir()
	for i := range 9 {
		name := fmt.Sprintf("%s2026010%d-120000.zip", tracePrefix, i)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "offhook.log"), nil, 0o600))
	removeOldTraces(dir, 2)
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(dir, tracePrefix+"20260107-120000.zip"), filepath.Join(dir, tracePrefix+"20260108-120000.zip"),
		filepath.Join(dir, "offhook.log")}, left)
}
