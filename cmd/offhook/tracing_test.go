package main

import (
	archive "archive/zip"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/engine/live"
	"offhook/events"
	"offhook/internal/control"
	"offhook/internal/trace"
)

// daemonRig is a settingsRig whose daemon runs, with a recorder of its changes.
type daemonRig struct {
	*settingsRig
	notes    *recorder
	cancel   context.CancelFunc
	ended    chan error
	barriers uint32
}

// newDaemonRig starts the switchboard's daemon with all lines.
func newDaemonRig(t *testing.T, settings ...string) *daemonRig {
	t.Helper()
	if !slices.ContainsFunc(settings, func(l string) bool { return strings.HasPrefix(l, "users:") }) {
		settings = append(settings, "users: [all]")
	}
	h := &daemonRig{settingsRig: newSettingsRig(t, append([]string{"timers: {session-grace: 700ms}"}, settings...)...), notes: newRecorder(), ended: make(chan error, 1)}
	require.NoError(t, os.WriteFile(h.file("password"), []byte(secret+"\n"), 0o600))
	h.args = append(h.args, "--user", "switch@"+h.pbx.Domain())
	if slices.Contains(settings, smallDebugLog) {
		h.newSupervisor(60 << 10)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel = cancel
	go func() { h.ended <- h.supervisor.Run(ctx) }()
	t.Cleanup(func() { h.down() })
	require.True(t, waitFor(func() bool { d, _ := h.supervisor.Daemon(); return d != nil }), "%s", &h.log)
	h.listen()
	h.notes.until(t, "all lines in service", func(n *recorder) bool {
		in := 0
		for _, l := range n.lines {
			if l.InService {
				in++
			}
		}
		return in >= len(secretOffice().Users)
	})
	return h
}

// smallDebugLog is a setting of tests: files of the debug log are full soon.
const smallDebugLog = "# small"

// listen records the changes of the running daemon.
func (h *daemonRig) listen() {
	d, _ := h.supervisor.Daemon()
	ctx, cancel := context.WithCancel(context.Background())
	h.t.Cleanup(cancel)
	notes := h.notes
	go notes.Run(ctx, d.Loop().Reader(), nil)
}

func (h *daemonRig) down() error {
	if h.cancel == nil {
		return nil
	}
	h.cancel()
	h.cancel = nil
	select {
	case err := <-h.ended:
		return err
	case <-time.After(patience):
		h.t.Error("the daemon does not end")
		return nil
	}
}

func (h *daemonRig) see(texts ...string) {
	h.t.Helper()
	for _, text := range texts {
		h.notes.see(h.t, text)
	}
}

// settle waits until the messages of everything that the PBX did so far are recorded.
func (h *daemonRig) settle() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(h.t, h.pbx.Ping(ctx, "switch"))
	h.barriers++
	id := 1_000_000 + h.barriers
	d, _ := h.supervisor.Daemon()
	_, err := d.Loop().Asker("test").Ask(ctx, live.Request{Ref: id, Kind: events.Drop, Line: "switch", Call: id})
	require.NoError(h.t, err)
	require.Equal(h.t, events.ResultInvalidCall, h.notes.outcome(h.t, id).Result)
}

// inMidCall has one call connected and one ringing.
func (h *daemonRig) inMidCall() {
	_, err := h.pbx.Inbound("00497115550199", "Vogt\nLtd", "41")
	require.NoError(h.t, err)
	require.NoError(h.t, h.pbx.Answer("41"))
	h.see("call=1 CONNECTED")
	_, err = h.pbx.Internal("43", "44")
	require.NoError(h.t, err)
	h.see("line  44 LINE_CALLSTATE…OFFERING")
	h.settle()
}

// moreCalls continues from there; at the end no call is left.
func (h *daemonRig) moreCalls() {
	t := h.t
	require.NoError(t, h.pbx.Answer("44"))
	h.see("line  44 LINE_CALLSTATE…CONNECTED")
	require.NoError(t, h.pbx.HandsetHold("41"))
	h.see("call=1 ONHOLD")
	d, _ := h.supervisor.Daemon()
	_, err := d.Loop().Asker("test").Ask(t.Context(), live.Request{Ref: 71, Kind: events.Unhold, Line: "ilund", Call: 1})
	require.NoError(t, err)
	h.see("ASYNC_COMPLETION request=71 0", "call=1 CONNECTED")
	require.NoError(t, h.pbx.HangupUser("43"))
	h.see("line  44 LINE_CALLSTATE…IDLE")
	_, err = h.pbx.Inbound("0301234", "Ümit <&\"'> \t Öz", "42")
	require.NoError(t, err)
	h.see("line  42 LINE_CALLSTATE…OFFERING")
	require.NoError(t, h.pbx.HangupUser("42"))
	require.NoError(t, h.pbx.HangupUser("41"))
	h.see("line  41 LINE_CALLSTATE call=1 IDLE")
	h.settle()
}

// requireTail checks that a replay ends with the live messages since before, times and parties included.
func (h *daemonRig) requireTail(before int, files ...string) facts {
	h.t.Helper()
	text, json, _, _ := h.notes.told()
	again, jsonAgain := replayed(h.t, files...)
	bridged := len(again.lines) - (len(text) - before) // what tells a new frontend of the calls that are up
	require.Positive(h.t, bridged)
	require.Equal(h.t, text[before:], again.lines[bridged:])
	require.Equal(h.t, json[before:], jsonAgain[bridged:])
	require.Zero(h.t, again.sum.UnmatchedCommands)
	return again
}

// archiveOf is the name of the archive that a trace's file becomes.
func archiveOf(file string) string { return strings.TrimSuffix(file, ".ndjson") + ".zip" }

// unzipped are the files of an archive.
func unzipped(t *testing.T, name string) map[string]string {
	t.Helper()
	z, err := archive.OpenReader(name)
	require.NoError(t, err)
	defer z.Close()
	all := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		b, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		all[f.Name] = string(b)
		requireSecretKept(t, name+": "+f.Name, b)
	}
	return all
}

// TestTraceOfARunningDaemon begins a trace in the middle of calls and lets more happen; the archive has everything but
// secrets, and replays to the live messages from there on. So does the debug log in it.
func TestTraceOfARunningDaemon(t *testing.T) {
	t.Parallel()
	h := newDaemonRig(t, "nats-creds: /none", "deny: ['0900*']")
	tracing := func(args ...string) (int, string, string) {
		t.Helper()
		code, out, errs := call("", append([]string{"trace"}, append(args, "--data-dir", h.dir)...)...)
		requireSecretKept(t, "output", []byte(out+errs))
		return code, out, errs
	}
	code, out, errs := tracing("status")
	require.Zero(t, code, errs)
	require.Equal(t, "no trace runs\n", out)
	code, _, errs = tracing("stop")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "no trace runs; offhook trace start begins one")

	h.inMidCall()
	before, _, _, _ := h.notes.told()
	code, out, errs = tracing("start", "--minutes", "30")
	require.Zero(t, code, errs)
	file := strings.TrimSpace(out)
	require.Contains(t, errs, "30 minutes or at 256 MiB")
	require.Equal(t, filepath.Join(h.dir, "log"), filepath.Dir(file))
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	code, _, errs = tracing("start")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "a trace runs already, since ")
	require.Contains(t, errs, file)
	_, out, _ = tracing("status")
	require.Contains(t, out, file)

	h.moreCalls()
	outDir := t.TempDir()
	code, out, errs = tracing("stop", "--out", outDir)
	require.Zero(t, code, errs)
	zipped := strings.TrimSpace(out)
	require.Equal(t, outDir, filepath.Dir(zipped))
	require.NoFileExists(t, file)
	require.FileExists(t, archiveOf(file))
	code, _, errs = tracing("stop")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "no trace runs: the last one is in "+archiveOf(file))
	require.NoError(t, h.down())

	parts := unzipped(t, zipped)
	for name, says := range map[string][]string{
		"README.txt":   {"treat it like a call list", "offhook replay FILE.zip"},
		"about.txt":    {"offhook        dev (production flavour)", "linux", "session        up", "why            offhook trace stop"},
		"settings.txt": {"user                     switch@", "command line", "dial-deny                0900*", "password                 is set"},
		"lines.txt":    {"ilund\t41\t", "\tin\n"},
		"debug.log":    {"Send_TAPI_Event: <0x", "(LINE_CALLSTATE), P1=0x", "[DEBUG]  received <message", "offhook debug log 1: ", `msg="a trace begins"`},
		"trace.ndjson": {`"kind":"start"`, `"capture":true`},
	} {
		for _, text := range says {
			require.Contains(t, parts[name], text, name)
		}
	}
	require.Len(t, parts, 6)
	fromTrace := h.requireTail(len(before), zipped)
	log := filepath.Join(t.TempDir(), "debug.log")
	require.NoError(t, os.WriteFile(log, []byte(parts["debug.log"]), 0o600))
	fromLog := h.requireTail(len(before), log)
	require.Equal(t, fromTrace.lines, fromLog.lines)
	require.Equal(t, fromTrace.events, fromLog.events)
	code, out, errs = call("", "replay", zipped)
	require.Zero(t, code, errs)
	require.Contains(t, out, "LINE_CALLSTATE")
}

// TestTraceOutlivesTheDaemon: over a change of settings it is one trace; when offhook ends in the middle of it the file
// stays and replays.
func TestTraceOutlivesTheDaemon(t *testing.T) {
	t.Parallel()
	h := newDaemonRig(t)
	v, err := h.ask(asAdmin, "trace-start")
	require.NoError(t, err)
	h.inMidCall()
	was, _ := h.supervisor.Daemon()
	h.supervisor.Restart()
	require.True(t, waitFor(func() bool { d, _ := h.supervisor.Daemon(); return d != nil && d != was }))
	h.listen()
	_, err = h.pbx.WaitLogin(t.Context(), "switch")
	require.NoError(t, err)
	h.settle()
	_, err = h.pbx.Inbound("0301234", "Zoe", "42")
	require.NoError(t, err)
	h.see("line  42 LINE_CALLSTATE…OFFERING")
	h.settle()
	require.NoError(t, h.down())
	require.Contains(t, h.log.String(), "the trace up to here stays")
	require.FileExists(t, v.Get("file"))
	again, _ := replayed(t, v.Get("file"))
	require.Contains(t, strings.Join(again.lines, "\n"), "line  42 LINE_CALLSTATE")
	starts := 0
	b, err := os.ReadFile(v.Get("file"))
	require.NoError(t, err)
	for l := range strings.Lines(string(b)) {
		x, err := trace.Parse([]byte(l))
		require.NoError(t, err)
		if x.Kind == trace.Start {
			starts++
		}
	}
	require.Equal(t, 2, starts)
}

// TestTraceOfAKilledDaemon is readable up to the end, but for a line that was cut off.
func TestTraceOfAKilledDaemon(t *testing.T) {
	t.Parallel()
	d := newSettingsRig(t)
	require.NoError(t, os.WriteFile(d.file("password"), []byte(secret+"\n"), 0o600))
	p := begin(t, nil, "run", "--data-dir", d.dir)
	_, err := d.pbx.WaitLogin(t.Context(), "ilund")
	require.NoError(t, err)
	var out string
	require.True(t, waitFor(func() bool {
		code, o, _ := call("", "trace", "start", "--data-dir", d.dir)
		out = o
		return code == 0
	}))
	_, err = d.pbx.Inbound("0301234", "Zoe", "41")
	require.NoError(t, err)
	file := strings.TrimSpace(out)
	debugLog := filepath.Join(d.dir, "log", "debug.log")
	for _, name := range []string{file, debugLog} { // the one may be written before the other
		require.True(t, waitFor(func() bool { b, _ := os.ReadFile(name); return strings.Contains(string(b), "0301234") }), name)
	}
	require.Equal(t, -1, p.end(os.Kill))
	_, text, _ := call("", "replay", file)
	require.Contains(t, text, "OFFERING")
	_, text, _ = call("", "replay", debugLog)
	require.Contains(t, text, "OFFERING")
}

// TestTraceBeforeTheDaemon: what is asked for while no daemon works begins with the next one.
func TestTraceBeforeTheDaemon(t *testing.T) {
	t.Parallel()
	d := newSettingsRig(t, "debug-log: on")
	require.NoError(t, os.WriteFile(d.file("password"), []byte(secret+"\n"), 0o600))
	_, err := d.ask(asAdmin, "trace-start")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.supervisor.Run(ctx) }()
	_, err = d.pbx.WaitLogin(t.Context(), "ilund")
	require.NoError(t, err)
	v, err := d.ask(asAdmin, "trace-stop")
	require.NoError(t, err)
	for _, q := range []string{"minutes=0", "minutes=121", "minutes=x", "megabytes=1025", "megabytes=-1"} {
		_, err = d.ask(asAdmin, "trace-start", q)
		require.Equal(t, control.CodeBadRequest, codeOf(t, err), q)
	}
	_, err = d.ask(asPerson, "trace-start")
	require.Equal(t, control.CodeDenied, codeOf(t, err))
	_, err = d.ask(asPerson, "trace-stop")
	require.Equal(t, control.CodeDenied, codeOf(t, err))
	cancel()
	require.NoError(t, <-ended)
	parts := unzipped(t, v.Get("file"))
	first, _, _ := strings.Cut(parts["trace.ndjson"], "\n")
	r, err := trace.Parse([]byte(first))
	require.NoError(t, err)
	require.Equal(t, trace.Start, r.Kind)
	require.NotContains(t, first, `"capture":true`, "the daemon's own beginning")
	code, out, errs := call("", "check", v.Get("file"))
	require.Zero(t, code, out+errs)
}
