package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/internal/trace"
)

// TestDebugLogFromTheStart: the setting writes a file that replays to what was told live, and so does each of its parts.
func TestDebugLogFromTheStart(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "debug-log: on", smallDebugLog)
	log := filepath.Join(h.dir, "log", debugName)
	rolled := func() bool { return there(log + ".1") }
	for i := 0; !rolled(); i++ {
		require.Less(t, i, 300, "the file never gets full")
		_, err := h.pbx.Inbound(fmt.Sprint("03012", i), "Vogt\nLtd", "44")
		require.NoError(t, err)
		h.see("line  44 LINE_CALLSTATE…OFFERING")
		require.NoError(t, h.pbx.HangupUser("44"))
		h.see("line  44 LINE_CALLSTATE…IDLE")
		h.settle()
		h.runner.debug.trouble() // let it reach the file
	}
	h.settle()
	require.True(t, waitFor(func() bool { live, _ := h.runner.debug.lives(); return live }))
	before, _, _, _ := h.notes.told()
	_, err := h.pbx.Inbound("00497115550199", "Vogt\nLtd"+strings.Repeat(" and Sons", 600), "41") // too long for DebugView at once
	require.NoError(t, err)
	h.see("line  41 LINE_CALLSTATE…OFFERING")
	require.NoError(t, h.pbx.Answer("41"))
	h.see("line  41 LINE_CALLSTATE…CONNECTED")
	require.NoError(t, h.pbx.HangupUser("41"))
	h.see("line  41 LINE_CALLSTATE…IDLE")
	h.settle()
	require.NoError(t, h.down())
	first, err := os.ReadFile(log + ".1")
	require.NoError(t, err)
	second, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(first), "[DEBUG]  start {"))
	require.Equal(t, 1, strings.Count(string(second), "[DEBUG]  start {"))
	require.Less(t, len(first), 2*(60<<10))
	h.requireTail(len(before), log)
	h.requireTail(len(before), log+".1", log)
	requireSecretKept(t, "debug log", append(first, second...))
	saved := filepath.Join(h.dir, "saved.log")
	require.NoError(t, os.WriteFile(saved, savedByDebugView(second), 0o600))
	h.requireTail(len(before), saved)
}

// savedByDebugView is what DebugView makes of the lines: columns before each, and long ones in pieces.
func savedByDebugView(log []byte) []byte {
	var out []byte
	n := 0
	for line := range bytes.Lines(log) {
		for len(line) > 0 {
			piece := line[:min(len(line), 4090)]
			line = line[len(piece):]
			n++
			out = fmt.Appendf(out, "%08d\t%.8f\t%s\r\n", n, float64(n)/1000, bytes.TrimRight(piece, "\n"))
		}
	}
	return out
}

// quietLog is a debug log in a directory of its own.
func quietLog(t *testing.T) (l *debugLog, name string) {
	dir := t.TempDir()
	l = newDebugLog(func() {})
	require.NoError(t, l.want(dir, bySetting, true))
	t.Cleanup(l.close)
	return l, filepath.Join(dir, debugName)
}

func contentOf(t *testing.T, name string) string {
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}

// TestDebugLogWaitsForAStart: inputs without a beginning are of no use; the rest is written at once.
func TestDebugLogWaitsForAStart(t *testing.T) {
	l, name := quietLog(t)
	l.put(trace.Record{Kind: trace.In, Raw: "<a/>"})
	l.line("WARN", tidLog, "something\nhappened")
	l.put(trace.Record{Kind: trace.Start, At: 1, Start: []byte("{}")})
	l.put(trace.Record{Kind: trace.In, At: 2, Raw: "<b/>"})
	l.ended()
	l.put(trace.Record{Kind: trace.In, At: 3, Raw: "<c/>"})
	require.NoError(t, l.trouble())
	text := contentOf(t, name)
	require.NotContains(t, text, "<a/>")
	require.NotContains(t, text, "<c/>")
	require.Contains(t, text, "[WARN]  something?happened\n")
	require.Regexp(t, `\[DEBUG\]  start \{.*\n.*\[DEBUG\]  received <b/>\n$`, text)
}

// TestDebugLogHasSeveralReasons: it ends with the last of them.
func TestDebugLogHasSeveralReasons(t *testing.T) {
	l, name := quietLog(t)
	dir := filepath.Dir(name)
	require.NoError(t, l.want(dir, byTrace, true))
	require.NoError(t, l.want(dir, bySetting, false))
	l.line("INFO", tidLog, "one")
	require.NoError(t, l.want(dir, byTrace, false))
	l.line("INFO", tidLog, "two")
	require.NoError(t, l.want(dir, byTrace, true))
	l.line("INFO", tidLog, "three")
	require.NoError(t, l.want(dir, byTrace, false))
	text := contentOf(t, name)
	require.Contains(t, text, "one")
	require.NotContains(t, text, "two")
	require.Contains(t, text, "three")
	require.Equal(t, 2, strings.Count(text, "offhook debug log 1: "), "each part says its year")
}

// TestDebugLogRollsWithoutAStart: when no start record comes, files are still bounded, and each says its year.
func TestDebugLogRollsWithoutAStart(t *testing.T) {
	l, name := quietLog(t)
	l.full = 20 << 10
	l.file.max = 2 * l.full
	asked := 0
	l.renew = func() { asked++ }
	l.put(trace.Record{Kind: trace.Start, At: 1, Start: []byte("{}")})
	for i := range 3000 {
		l.put(trace.Record{Kind: trace.In, At: int64(i), Raw: "<message>" + strings.Repeat("x", 20) + "</message>"})
		l.trouble()
	}
	require.Equal(t, 1, asked)
	for _, n := range []string{name, name + ".1"} {
		text := contentOf(t, n)
		require.LessOrEqual(t, len(text), 41<<10)
		_, first := trace.ParseLogLine(strings.SplitN(text, "\n", 2)[0])
		_, ok := trace.ParseLogMark(first.Text)
		require.True(t, ok, "%.100s", text)
	}
	l.notRenewed()
	l.put(trace.Record{Kind: trace.Timer})
	require.Equal(t, 2, asked)
	l.begin(trace.Record{Kind: trace.Start, At: 5, Start: []byte("{}")})
	l.trouble()
	require.Less(t, len(contentOf(t, name)), 1<<10, "a new file begins with it")
}

// TestDebugLogKeepsTheOldYear: a line of another year or hour has a mark before it.
func TestDebugLogMarks(t *testing.T) {
	l, name := quietLog(t)
	at := time.Date(2025, 12, 31, 23, 59, 59, 0, time.Local)
	l.put(trace.Record{Kind: trace.Start, At: at.UnixMilli(), Start: []byte("{}")})
	l.put(trace.Record{Kind: trace.In, At: at.Add(2 * time.Second).UnixMilli(), Raw: "<a/>"})
	l.trouble()
	require.Equal(t, 2, strings.Count(contentOf(t, name), "offhook debug log 1: "))
}

// TestDebugTee passes on what the log wants anyway, and keeps everything while the debug log is on.
func TestDebugTee(t *testing.T) {
	var out logBuffer
	l, name := quietLog(t)
	log := slog.New(newDebugTee(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}), l)).With("who", "me").WithGroup("g")
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

// TestDebugEnd is what an archive gets: both files, or, cut, from a start record on, with a mark before it.
func TestDebugEnd(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, debugName)
	require.Empty(t, debugEnd(name, 100))
	at := time.Now()
	line := func(text string) string {
		return string(trace.LogLine{At: at, TID: 1, Level: "DEBUG", Text: text}.Append(nil))
	}
	first := string(markLine(at)) + line("start {}") + line("received <a/>") + line("start {}") + line("received <b/>")
	second := string(markLine(at)) + line("start {}") + line("received <c/>")
	require.NoError(t, os.WriteFile(name+".1", []byte(first), 0o600))
	require.NoError(t, os.WriteFile(name, []byte(second), 0o600))
	require.Equal(t, first+second, string(debugEnd(name, 10_000)))
	cut := string(debugEnd(name, int64(len(first)+len(second)-len(markLine(at))-70)))
	require.NotContains(t, cut, "<a/>")
	require.Contains(t, cut, "start {}\n"+strings.SplitN(line("received <b/>"), "\n", 2)[0])
	require.True(t, strings.HasSuffix(cut, second))
	_, head := trace.ParseLogLine(strings.SplitN(cut, "\n", 2)[0])
	_, marked := trace.ParseLogMark(head.Text)
	require.True(t, marked)
}
