package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDebugLogFromTheStart: the setting writes a file that replays to the live messages, and so does each of its parts.
func TestDebugLogFromTheStart(t *testing.T) {
	t.Parallel()
	h := newDaemonRig(t, "debug-log: on", smallDebugLog)
	log := filepath.Join(h.dir, "log", "debug.log")
	rolled := func() bool { return exists(log + ".1") }
	for i := 0; !rolled(); i++ {
		require.Less(t, i, 300, "the file never gets full")
		_, err := h.pbx.Inbound(fmt.Sprint("03012", i), "Vogt\nLtd", "44")
		require.NoError(t, err)
		h.see("line  44 LINE_CALLSTATE…OFFERING")
		require.NoError(t, h.pbx.HangupUser("44"))
		h.see("line  44 LINE_CALLSTATE…IDLE")
		h.settle()
		require.NoError(t, h.supervisor.Recorder().FlushDebugLog())
	}
	h.settle()
	require.True(t, waitFor(func() bool { // the new file begins with a start record
		require.NoError(t, h.supervisor.Recorder().FlushDebugLog())
		return strings.Contains(contentOf(t, log), "[DEBUG]  start {")
	}))
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

func contentOf(t *testing.T, name string) string {
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}
