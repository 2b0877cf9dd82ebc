package support

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/internal/trace"
)

// newTestLog returns a debug log in a directory of its own.
func newTestLog(t *testing.T) (l *debugLog, name string) {
	dir := t.TempDir()
	l = newDebugLog(func() {})
	require.NoError(t, l.setReason(dir, bySetting, true))
	t.Cleanup(l.close)
	return l, filepath.Join(dir, debugName)
}

// TestDebugLogWaitsForAStart: inputs without a beginning are of no use; the rest is written at once.
func TestDebugLogWaitsForAStart(t *testing.T) {
	l, name := newTestLog(t)
	l.put(trace.Record{Kind: trace.In, Raw: "<a/>"})
	l.line("WARN", tidLog, "something\nhappened")
	l.put(trace.Record{Kind: trace.Start, At: 1, Start: []byte("{}")})
	l.put(trace.Record{Kind: trace.In, At: 2, Raw: "<b/>"})
	l.daemonEnded()
	l.put(trace.Record{Kind: trace.In, At: 3, Raw: "<c/>"})
	require.NoError(t, l.flushed())
	text := contentOf(t, name)
	require.NotContains(t, text, "<a/>")
	require.NotContains(t, text, "<c/>")
	require.Contains(t, text, "[WARN]  something?happened\n")
	require.Regexp(t, `\[DEBUG\]  start \{.*\n.*\[DEBUG\]  received <b/>\n$`, text)
}

// TestDebugLogHasSeveralReasons: it ends with the last of them.
func TestDebugLogHasSeveralReasons(t *testing.T) {
	l, name := newTestLog(t)
	dir := filepath.Dir(name)
	require.NoError(t, l.setReason(dir, byTrace, true))
	require.NoError(t, l.setReason(dir, bySetting, false))
	l.line("INFO", tidLog, "one")
	require.NoError(t, l.setReason(dir, byTrace, false))
	l.line("INFO", tidLog, "two")
	require.NoError(t, l.setReason(dir, byTrace, true))
	l.line("INFO", tidLog, "three")
	require.NoError(t, l.setReason(dir, byTrace, false))
	text := contentOf(t, name)
	require.Contains(t, text, "one")
	require.NotContains(t, text, "two")
	require.Contains(t, text, "three")
	require.Equal(t, 2, strings.Count(text, "offhook debug log 1: "), "each part says its year")
}

// TestDebugLogRollsWithoutAStart: when no start record comes, files are still bounded, and each has its year.
func TestDebugLogRollsWithoutAStart(t *testing.T) {
	l, name := newTestLog(t)
	l.full = 20 << 10
	l.file.max = 2 * l.full
	asked := 0
	l.capture = func() { asked++ }
	l.put(trace.Record{Kind: trace.Start, At: 1, Start: []byte("{}")})
	for i := range 3000 {
		l.put(trace.Record{Kind: trace.In, At: int64(i), Raw: "<message>" + strings.Repeat("x", 20) + "</message>"})
		l.flushed()
	}
	require.Equal(t, 1, asked)
	for _, n := range []string{name, name + ".1"} {
		text := contentOf(t, n)
		require.LessOrEqual(t, len(text), 41<<10)
		_, first := trace.ParseLogLine(strings.SplitN(text, "\n", 2)[0])
		_, ok := trace.ParseLogMark(first.Text)
		require.True(t, ok, "%.100s", text)
	}
	l.captureFailed()
	l.put(trace.Record{Kind: trace.Timer})
	require.Equal(t, 2, asked)
	l.begin(trace.Record{Kind: trace.Start, At: 5, Start: []byte("{}")})
	l.flushed()
	require.Less(t, len(contentOf(t, name)), 1<<10, "a new file begins with it")
}

// TestDebugLogMarks: a line of another year or hour has a mark before it.
func TestDebugLogMarks(t *testing.T) {
	l, name := newTestLog(t)
	at := time.Date(2025, 12, 31, 23, 59, 59, 0, time.Local)
	l.put(trace.Record{Kind: trace.Start, At: at.UnixMilli(), Start: []byte("{}")})
	l.put(trace.Record{Kind: trace.In, At: at.Add(2 * time.Second).UnixMilli(), Raw: "<a/>"})
	l.flushed()
	require.Equal(t, 2, strings.Count(contentOf(t, name), "offhook debug log 1: "))
}

// TestTeeHandler passes on what the log wants anyway, and keeps everything while the debug log is on.
func TestTeeHandler(t *testing.T) {
	var out bytes.Buffer
	l, name := newTestLog(t)
	log := slog.New(newTeeHandler(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}), l)).With("who", "me").WithGroup("g")
	log.Debug("first", "a", 1)
	log.Warn("second", "a", 2)
	l.close()
	log.Debug("third")
	require.NotContains(t, out.String(), "first")
	require.Contains(t, out.String(), "msg=second who=me g.a=2")
	text := contentOf(t, name)
	require.Contains(t, text, "[TID=3] [DEBUG]  msg=first who=me g.a=1\n")
	require.Contains(t, text, "[TID=3] [WARN]  msg=second who=me g.a=2\n")
	require.NotContains(t, text, "third")
}

// TestDebugTail is what an archive gets: both files, or, cut, from a start record on, with a mark before it.
func TestDebugTail(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, debugName)
	require.Empty(t, debugTail(name, 100))
	at := time.Now()
	line := func(text string) string {
		return string(trace.LogLine{At: at, TID: 1, Level: "DEBUG", Text: text}.Append(nil))
	}
	first := string(markLine(at)) + line("start {}") + line("received <a/>") + line("start {}") + line("received <b/>")
	second := string(markLine(at)) + line("start {}") + line("received <c/>")
	require.NoError(t, os.WriteFile(name+".1", []byte(first), 0o600))
	require.NoError(t, os.WriteFile(name, []byte(second), 0o600))
	require.Equal(t, first+second, string(debugTail(name, 10_000)))
	cut := string(debugTail(name, int64(len(first)+len(second)-len(markLine(at))-70)))
	require.NotContains(t, cut, "<a/>")
	require.Contains(t, cut, "start {}\n"+strings.SplitN(line("received <b/>"), "\n", 2)[0])
	require.True(t, strings.HasSuffix(cut, second))
	_, head := trace.ParseLogLine(strings.SplitN(cut, "\n", 2)[0])
	_, marked := trace.ParseLogMark(head.Text)
	require.True(t, marked)
}
func contentOf(t *testing.T, name string) string {
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}
