package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/daemon"
	"offhook/internal/trace"
	"offhook/internal/wiring"
	"offhook/replay"
)

// facts are the lines of a replay, by their kind.
type facts struct {
	lines, states, events, ignored, sends []string
	sum                                   replay.Summary
}

func sorted(out string, sum replay.Summary) facts {
	f := facts{sum: sum}
	for l := range strings.Lines(out) {
		l = strings.TrimSuffix(l, "\n")
		switch kind, rest, _ := strings.Cut(l, " "); kind {
		case "line":
			f.lines = append(f.lines, l)
		case "state":
			f.states = append(f.states, rest)
		case "event":
			f.events = append(f.events, l)
		case "ignored":
			rest, _, _ = strings.Cut(rest, " channel=")
			f.ignored = append(f.ignored, rest)
		case "send":
			f.sends = append(f.sends, l)
		}
	}
	return f
}

// replayed replays a trace. The JSON form, which has times and parties too, is given apart.
func replayed(t *testing.T, files ...string) (facts, []string) {
	t.Helper()
	var text, json bytes.Buffer
	sum, err := replay.Run(t.Context(), &text, replay.Options{Open: wiring.Open(nil)}, files...)
	require.NoError(t, err)
	_, err = replay.Run(t.Context(), &json, replay.Options{Open: wiring.Open(nil), Format: replay.JSON}, files...)
	require.NoError(t, err)
	var lines []string
	for l := range strings.Lines(json.String()) {
		if strings.HasPrefix(l, `{"kind":"line"`) {
			lines = append(lines, strings.TrimSuffix(l, "\n"))
		}
	}
	return sorted(text.String(), sum), lines
}

// journaled replays a journal's events.
func (r *rig) journaled() facts {
	r.t.Helper()
	j := r.openJournal()
	defer func() { require.NoError(r.t, j.Close()) }()
	var out bytes.Buffer
	sum, err := replay.RunJournal(r.within(), &out, replay.Options{Open: wiring.Open(nil)}, j)
	require.NoError(r.t, err)
	requireSecretKept(r.t, "the journal's content", out.Bytes())
	return sorted(out.String(), sum)
}

// openJournal opens the journal of a daemon that has ended.
func (r *rig) openJournal() daemon.Journal {
	r.t.Helper()
	j, err := daemon.OpenExistingJournal(r.within(), filepath.Join(r.dir, "journal"), "main")
	require.NoError(r.t, err)
	return j
}

// requireReplays compares a first run, ended in order, with the replays of its trace and of its journal.
func (r *rig) requireReplays() {
	r.t.Helper()
	text, forms, states, ignored := r.notes.told()
	again, jsonAgain := replayed(r.t, r.trace)
	require.NotEmpty(r.t, text)
	require.Equal(r.t, text, again.lines, "messages to TAPI, live and replayed from the trace")
	require.Equal(r.t, forms, jsonAgain, "messages to TAPI with their times and parties, live and replayed from the trace")
	require.Equal(r.t, states, again.states, "state changes, live and replayed from the trace")
	require.Equal(r.t, ignored, again.ignored, "ignored inputs, live and replayed from the trace")
	require.Zero(r.t, again.sum.UnmatchedCommands, "commands that a replay does not send")
	stored := r.journaled()
	require.Equal(r.t, again.events, stored.events, "events, replayed from the trace and journaled live")
	require.Equal(r.t, text, stored.lines, "messages to TAPI, live and replayed from the journal")
	require.Equal(r.t, states, stored.states, "state changes, live and replayed from the journal")
	require.Equal(r.t, again.ignored, stored.ignored)
	require.Empty(r.t, r.notes.breaches, "broken rules of TAPI")
}

// TestLiveEqualsReplay lives through a morning with two losses of the link, one shorter and one longer than the grace
// time, and with requests of all sorts; then everything must come out of the trace and the journal once more.
func TestLiveEqualsReplay(t *testing.T) {
	t.Parallel()
	r := newRig(t, supervisor)
	r.up()
	morning(r)
	r.settle()
	r.down()
	r.requireReplays()
}

// morning is what happens.
func morning(r *rig) {
	t := r.t
	_, err := r.pbx.Inbound("00497115550199", "Vogt\nLtd", "41")
	require.NoError(t, err)
	r.see("line  41 LINE_CALLSTATE call=1 OFFERING")
	r.ask(1, events.Answer, "ilund", 1, "")
	r.see("ASYNC_COMPLETION request=1 0", "line  41 LINE_CALLSTATE call=1 CONNECTED")
	r.ask(2, events.Hold, "ilund", 1, "")
	r.see("call=1 ONHOLD")

	before := r.logins()
	r.pbx.DropAll() // shorter than the grace time: nobody is told
	r.relogin(before)
	r.logged("code=reset", "the connection broke")
	require.NoError(t, r.pbx.HandsetUnhold("41"))
	r.see("call=1 CONNECTED")

	require.NoError(t, r.pbx.FarAnswers("0715551200", 0))
	r.ask(3, events.Dial, "sabe", 0, "0715551200")
	r.see("ASYNC_COMPLETION request=3 0", "line  43 LINE_CALLSTATE call=2 DIALTONE", "call=2 PROCEEDING", "call=2 CONNECTED")
	require.NoError(t, r.pbx.RefuseConnections(true)) // longer than it
	r.pbx.DropAll()
	r.see("line  41 LINE_LINEDEVSTATE…OUTOFSERVICE", "line  41 LINE_CALLSTATE call=1 UNKNOWN", "line  43 LINE_CALLSTATE call=2 UNKNOWN")
	r.ask(4, events.Dial, "sabe", 0, "44") // must be refused: there is no session
	r.see("ASYNC_COMPLETION request=4 ")
	require.NoError(t, r.pbx.HangupUser("43"))
	require.NoError(t, r.pbx.RefuseConnections(false))
	r.see("line  41 LINE_LINEDEVSTATE…|INSERVICE")
	r.see("line  43 LINE_CALLSTATE call=2 DISCONNECTED", "line  43 LINE_CALLSTATE call=2 IDLE") // its phone is free

	require.NoError(t, r.pbx.HandsetHold("41"))
	r.see("line  41 LINE_CALLSTATE call=1 ONHOLD")
	r.ask(7, events.Unhold, "ilund", 1, "")
	r.see("ASYNC_COMPLETION request=7 0", "line  41 LINE_CALLSTATE call=1 CONNECTED")
	r.pbx.FailNext("base.Transfer", "")
	r.ask(5, events.BlindTransfer, "ilund", 1, "44")
	r.see("ASYNC_COMPLETION request=5 OPERATIONFAILED")
	r.ask(6, events.BlindTransfer, "ilund", 1, "44")
	r.see("ASYNC_COMPLETION request=6 0", "line  41 LINE_CALLSTATE call=1 IDLE")
	r.see("line  44 LINE_CALLSTATE…OFFERING")
	require.NoError(t, r.pbx.Answer("44"))
	r.see("line  44 LINE_CALLSTATE…CONNECTED")
	require.NoError(t, r.pbx.HangupUser("44"))
	r.see("line  44 LINE_CALLSTATE…IDLE")
}

// TestCaptureInMidRun begins a capture while calls are up: from there on its replay equals the live messages.
func TestCaptureInMidRun(t *testing.T) {
	t.Parallel()
	r := newRig(t, supervisor)
	r.up()
	_, err := r.pbx.Inbound("00497115550199", "Vogt Ltd", "41")
	require.NoError(t, err)
	require.NoError(t, r.pbx.Answer("41"))
	r.see("call=1 CONNECTED")
	_, err = r.pbx.Internal("43", "44")
	require.NoError(t, err)
	r.see("line  44 LINE_CALLSTATE…OFFERING")
	r.settle()
	start, from := r.captureNow()
	before, _, _, _ := r.notes.told()
	require.NoError(t, r.pbx.Answer("44"))
	r.see("line  44 LINE_CALLSTATE…CONNECTED")
	require.NoError(t, r.pbx.HandsetHold("41"))
	r.see("call=1 ONHOLD")
	require.NoError(t, r.pbx.HangupUser("43"))
	r.see("line  44 LINE_CALLSTATE…IDLE")
	r.settle()
	r.down()

	file := filepath.Join(r.dir, "middle.ndjson")
	content := start.Append(nil)
	for _, x := range r.records.from(from) {
		content = x.Append(content)
	}
	require.NoError(t, os.WriteFile(file, content, 0o600))
	text, json, _, _ := r.notes.told()
	again, jsonAgain := replayed(t, file)
	bridged := len(again.lines) - (len(text) - len(before)) // what tells a new frontend of the calls that are up
	require.Positive(t, bridged)
	require.Equal(t, text[len(before):], again.lines[bridged:])
	require.Equal(t, json[len(before):], jsonAgain[bridged:])
	require.Zero(t, again.sum.UnmatchedCommands)
}

// captureNow is the start record of a capture that begins here, and how many records of the whole trace came before.
func (r *rig) captureNow() (start trace.Record, from int) {
	r.t.Helper()
	for {
		from = len(r.records.from(0))
		_, image, err := r.daemon.Loop().Image(r.within())
		require.NoError(r.t, err)
		if from != len(r.records.from(0)) {
			continue // something happened around the image
		}
		set, err := engine.SettingsOf(r.records.from(0)[0])
		require.NoError(r.t, err)
		raw, err := json.Marshal(map[string]any{"settings": set, "capture": true, "state": json.RawMessage(image)})
		require.NoError(r.t, err)
		return trace.Record{Kind: trace.Start, At: time.Now().UnixMilli(), Start: raw}, from
	}
}
