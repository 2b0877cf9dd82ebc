package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCheckOfAnotherDriversLog compares what is there: lines that are cut, and no more lines than the log has.
func TestCheckOfAnotherDriversLog(t *testing.T) {
	whole, err := os.ReadFile("../../fixtures/traces/debugview-seconds.log")
	require.NoError(t, err)
	text := string(whole)
	begin := strings.Index(text, "\r\n00000009") // from the answer on
	require.Positive(t, begin)
	check := func(text string) (int, string) {
		file := filepath.Join(t.TempDir(), "saved.LOG")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		code, out, errs := call("", "check", file)
		return code, out + errs
	}
	code, out := check(text[:begin])
	require.Zero(t, code, "the log ends before the messages that it has not\n%s", out)
	code, out = check(strings.Replace(text[:begin], "P1=0x2, P2=0x1, P3=0x4", "P1=0x2, P…", 1))
	require.Zero(t, code, out)
	code, out = check(strings.Replace(text[:begin], "P1=0x2, P2=0x1", "P1=0x4, P2=0x1", 1))
	require.Equal(t, 1, code)
	require.Contains(t, out, "line 831, message 2 at 15:06:00: the log has LINE_CALLSTATE 0x4 0x1 0x4, the replay LINE_CALLSTATE 0x2 0x1 0x4")
	code, out = check("[1] 04/29 15:06:29:0597 [TID=2268] [DEBUG]  CmdtspLine::UnsolicitedEvent()\n")
	require.Equal(t, 1, code)
	require.Contains(t, out, "the log has no stanzas")
	code, out = check(`[1] 04/29 15:06:29:0597 [TID=2268] [DEBUG]  received <presence from="ilund@branch/phone" to="ilund@branch"/>` + "\n")
	require.Equal(t, 1, code, "what compares nothing must not pass")
	require.Contains(t, out, "no messages to TAPI to compare with")
}

// TestCheckOfALiveLog: the messages that a live run wrote are those that its inputs give once more; one that is taken
// away or changed is found.
func TestCheckOfALiveLog(t *testing.T) {
	t.Parallel()
	h := newDaemonRig(t, "debug-log: on")
	_, err := h.ask(asAdmin, "trace-start")
	require.NoError(t, err)
	h.inMidCall()
	was, _ := h.supervisor.Daemon()
	h.supervisor.Restart()
	require.True(t, waitFor(func() bool { d, _ := h.supervisor.Daemon(); return d != nil && d != was }))
	h.listen()
	_, err = h.pbx.WaitLogin(t.Context(), "switch")
	require.NoError(t, err)
	h.settle()
	h.moreCalls()
	v, err := h.ask(asAdmin, "trace-stop")
	require.NoError(t, err)
	require.NoError(t, h.down())
	log := filepath.Join(h.dir, "log", "debug.log")
	code, out, errs := call("", "check", log, v.Get("file"))
	require.Zero(t, code, out+errs)
	require.Contains(t, out, "2 as written, 0 not")

	text := contentOf(t, log)
	parts := strings.SplitAfter(text, "(LINE_CALLSTATE), P1=0x100,") // CONNECTED
	require.Greater(t, len(parts), 1)
	last := len(parts) - 1
	begin := strings.LastIndexByte(parts[last-1], '\n') + 1
	_, rest, _ := strings.Cut(parts[last], "\n")
	for what, changed := range map[string]string{
		"taken away": strings.Join(parts[:last-1], "") + parts[last-1][:begin] + rest,
		"changed":    strings.TrimSuffix(strings.Join(parts[:last], ""), ",") + "00," + parts[last],
	} {
		bad := filepath.Join(t.TempDir(), "bad.log")
		require.NoError(t, os.WriteFile(bad, []byte(changed), 0o600))
		code, out, errs = call("", "check", bad)
		require.Equal(t, 1, code, "%s\n%s", what, errs)
		require.Contains(t, out, "the log has LINE_", what)
		require.Contains(t, out, "the replay LINE_CALLSTATE 0x", what)
	}
}
