package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// call runs a command line in this process.
func call(in string, args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = offhook(args, strings.NewReader(in), &o, &e)
	return code, o.String(), e.String()
}

func TestHelp(t *testing.T) {
	code, out, errs := call("")
	require.Zero(t, code)
	require.Empty(t, errs)
	for _, word := range []string{"Usage: offhook <command>", "run ", "demo ", "replay ", "check ", "pbx ", "version "} {
		require.Contains(t, out, word)
	}
	for command, says := range map[string]string{
		"run": "--password-file=FILE", "demo": "--trace=FILE", "replay": "--format", "check": "--rewrite", "pbx": "--script=FILE", "version": "Print the version",
	} {
		code, out, errs := call("", command, "--help")
		require.Zero(t, code, command)
		require.Empty(t, errs, command)
		require.Contains(t, out, says)
		require.NotContains(t, out, "--password=", "a password on the command line is other users of this machine can see")
	}
}

func TestVersion(t *testing.T) {
	code, out, _ := call("", "version")
	require.Zero(t, code)
	require.Equal(t, "offhook "+version+"\n", out)
}

// TestUsage has command lines and settings that cannot work: exit code 2 and a text with the next step.
func TestUsage(t *testing.T) {
	dir := t.TempDir()
	secretFile := passwordFile(t, dir)
	file := func(name, content string) string {
		name = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
		return name
	}
	empty, two := file("empty"+passwordSuffix, "\n"), file("two"+passwordSuffix, "one\ntwo\n")
	with := func(args ...string) []string {
		return append([]string{"run", "--user", "ilund", "--data-dir", t.TempDir(), "--password-file", secretFile, "--tapi-listen", "none"}, args...)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"bogus"}, "Try: offhook --help"},
		{[]string{"replay", "--bogus"}, "unknown flag --bogus"},
		{[]string{"replay"}, "nothing to replay"},
		{[]string{"replay", "x", "--journal", dir}, "not both"},
		{[]string{"replay", "--journal", filepath.Join(dir, "none")}, "no such directory"},
		{[]string{"replay", "x", "--format", "yaml"}, "--format must be one of"},
		{[]string{"replay", "x", "--tapi-version", "9.9"}, "9.9"},
		{[]string{"replay", "x", "--set", "tapi-ringback=loud"}, "it may be vendor or evidence"},
		{[]string{"replay", "x", "--set", "colour=red"}, "unknown setting colour"},
		{[]string{"check"}, "<paths>"},
		{[]string{"check", dir}, "no scenario found"},
		{[]string{"pbx", "--script", file("bad.pbx", "office default\n\ninbound 0711\n")}, "script line 3"},
		{[]string{"pbx", "--script", file("verb.pbx", "office default\nsing 41\n")}, "script line 2"},
		{[]string{"run"}, "no user: use --user"},
		{with("--nats-listen", "0.0.0.0:0"), "open to other machines"},
		{with("--nats-listen", "127.0.0.1:0", "--journal-kind", "files"), "of plain files, which no server serves"},
		{with("--nats-listen", "127.0.0.1:0", "--nats-auth", secretFile), "must hold USER:PASSWORD"},
		{with("--nats", "nats://127.0.0.1:1", "--nats-listen", "127.0.0.1:0"), "belongs to an embedded server"},
		{[]string{"run", "--user", "ilund", "--data-dir", dir}, "no password: name a file with --password-file (mode 0600)"},
		{[]string{"run", "--user", "ilund", "--data-dir", dir, "--password-file", filepath.Join(dir, "none")}, "does not exist; write the password into it with mode 0600"},
		{[]string{"run", "--user", "ilund", "--data-dir", dir, "--password-file", empty}, "must hold one line"},
		{[]string{"run", "--user", "ilund", "--data-dir", dir, "--password-file", two}, "must hold one line"},
		{with("--line", "ilund"), "write USER=EXTENSION"},
		{with("--experimental", "teleport"), "no such action"},
		{with("--tapi-listen", "tcp:0.0.0.0:4711"), "only a loopback address"},
		{with("--tapi-version", "0.1"), `--tapi-version: it may be 1.3`},
		{with("--numbers-rewrite", "("), "PATTERN=REPLACEMENT"},
		{with("--numbers-present", "plus"), "country"},
		{with("--pin", "sha256:short"), "should be sha256: and 44 base64"},
		{with("--ca", file("no.pem", "nothing")), "a PEM file is expected"},
		{with("--log-level", "loud"), "--log-level: it may be debug, info, warn or error"},
		{[]string{"--config", file("bad.yaml", "run: [\n"), "version"}, "the settings file is not YAML"},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			code, _, errs := callApart(t, c.args...)
			require.Equal(t, 2, code, errs)
			require.Contains(t, errs, c.says)
			requireSecretKept(t, "error", []byte(errs))
		})
	}
}

// passwordFile writes the password where a person would.
func passwordFile(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "account"+passwordSuffix)
	require.NoError(t, os.WriteFile(name, []byte(secret+"\n"), 0o600))
	return name
}

const callFile = "testdata/call.xml"

// TestReplayForms replays the same stanzas as a file, from standard input, zipped, and in two parts.
func TestReplayForms(t *testing.T) {
	code, want, errs := call("", "replay", callFile)
	require.Zero(t, code, errs)
	require.Contains(t, want, "line  41 LINE_CALLSTATE call=1 OFFERING ACTIVE\n")
	require.Contains(t, want, "ignored unknown-event-type: levitate")
	require.Contains(t, want, "state 41/1 held -> connected\n")
	require.True(t, strings.HasSuffix(want, " call=1 IDLE\nline  41 LINE_ADDRESSSTATE NUMCALLS|INUSEZERO\n\n# 6 stanzas, 7 events\n"), want)

	stanzas, err := os.ReadFile(callFile)
	require.NoError(t, err)
	_, out, _ := call(string(stanzas), "replay", "-")
	require.Equal(t, want, out, "from standard input")
	dir := t.TempDir()
	zipped := filepath.Join(dir, "call.xml.gz")
	require.NoError(t, os.WriteFile(zipped, zip(t, stanzas), 0o600))
	_, out, _ = call("", "replay", zipped)
	require.Equal(t, want, out, "zipped")
	_, out, _ = call(string(zip(t, stanzas)), "replay", "-")
	require.Equal(t, want, out, "zipped, from standard input")
	end := bytes.Index(stanzas, []byte("</message>")) + len("</message>\n")
	first, second := filepath.Join(dir, "1.xml"), filepath.Join(dir, "2.xml")
	require.NoError(t, os.WriteFile(first, stanzas[:end], 0o600))
	require.NoError(t, os.WriteFile(second, stanzas[end:], 0o600))
	code, out, errs = call("", "replay", first, second)
	require.Zero(t, code, errs)
	require.Equal(t, want, out, "in two parts")
}

func zip(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(content)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

// jsonKeys are the documented keys of each kind of fact, beside kind, at and line; those in brackets may be absent.
var jsonKeys = map[string]string{
	"event":   "",
	"state":   "call channel from to",
	"line":    "msg [call] [state] [mode] [bits] [request] [result] [ringMode] [ringCount] [origin] [reason] [caller] [callerName] [called] [calledName] [connected] [connectedName] [redirecting] [redirection] [features]",
	"ignored": "seq why code [channel] [raw]",
	"send":    "raw",
}

func TestReplayJSON(t *testing.T) {
	code, out, errs := call("", "replay", "--format", "json", callFile)
	require.Zero(t, code)
	require.Equal(t, "replayed: 6 stanzas, 7 events\n", errs)
	var connected, ignored, state map[string]any
	kinds := map[string]int{}
	for l := range strings.Lines(out) {
		var f map[string]any
		require.NoError(t, json.Unmarshal([]byte(l), &f), l)
		requireKeys(t, f)
		kind := f["kind"].(string)
		kinds[kind]++
		switch {
		case f["state"] == "CONNECTED" && connected == nil:
			connected = f
		case kind == "ignored":
			ignored = f
		case kind == "state" && state == nil:
			state = f
		}
	}
	require.Equal(t, map[string]int{"event": 6, "state": 6, "line": 13, "ignored": 1}, kinds)
	require.Equal(t, map[string]any{"kind": "state", "at": "1970-01-01T00:00:00.000Z", "line": "41", "call": 1.0, "channel": "SIP/yl0A31-0000004e",
		"from": "null", "to": "offering"}, state)
	require.Equal(t, map[string]any{"kind": "line", "at": "1970-01-01T00:00:00.001Z", "line": "41", "msg": "LINE_CALLSTATE", "call": 1.0,
		"state": "CONNECTED", "mode": "ACTIVE", "origin": "EXTERNAL", "reason": "DIRECT", "caller": "00497115550199", "callerName": "Vogt Ltd",
		"called": "41", "calledName": "Ida Lund", "connected": "00497115550199", "connectedName": "Vogt Ltd", "redirecting": "",
		"redirection": "", "features": connected["features"]}, connected)
	require.Contains(t, connected["features"], "DROP")
	require.Equal(t, "unknown-event-type: levitate", ignored["why"])
}

func requireKeys(t *testing.T, f map[string]any) {
	t.Helper()
	kind, _ := f["kind"].(string)
	keys, known := jsonKeys[kind]
	require.True(t, known, "%v", f)
	require.Regexp(t, `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`, f["at"])
	if kind == "event" {
		require.Regexp(t, `^[a-z_]+\.[a-z_]+\.v1$`, f["name"])
		require.NotZero(t, f["seq"])
		require.NotEmpty(t, f["source"])
		return // its fields are its own
	}
	allowed := []string{"kind", "at", "line"}
	for _, k := range strings.Fields(keys) {
		if name, optional := strings.CutPrefix(k, "["); optional {
			allowed = append(allowed, strings.TrimSuffix(name, "]"))
			continue
		}
		allowed = append(allowed, k)
		require.Contains(t, f, k)
	}
	for k := range f {
		require.Contains(t, allowed, k, "%v", f)
	}
}

// TestReplayCutOff replays files that end too early or are no input at all: exit code 1, and the facts so far.
func TestReplayCutOff(t *testing.T) {
	stanzas, err := os.ReadFile(callFile)
	require.NoError(t, err)
	at := bytes.LastIndex(stanzas, []byte("<eventType>hangup"))
	start := `{"at":"2026-01-02T03:04:05.000Z","kind":"in","raw":"<presence from=\"ilund@branch/phone\"/>"}` + "\n"
	for name, c := range map[string]struct{ in, fact, says string }{
		"stanzas":      {string(stanzas[:at]), "call=1 CONNECTED", "standard input"},
		"zipped":       {string(zip(t, stanzas)[:200]), "", "standard input"},
		"trace":        {start + start[:30], "", "cut off in the middle of a line (line 2)"},
		"wrong record": {start + "{\"kind\":\"in\"}\n" + start, "", "line 2"},
		"neither":      {"hello", "", "neither a trace (one JSON object a line) nor stanzas (XML)"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := call(c.in, "replay", "-")
			require.Equal(t, 1, code)
			require.Contains(t, out, c.fact)
			require.Contains(t, errs, "offhook: replay: unreadable input: ")
			require.Contains(t, errs, c.says)
		})
	}
	code, _, errs := call("", "replay", filepath.Join(t.TempDir(), "none.xml"))
	require.Equal(t, 1, code)
	require.Contains(t, errs, "none.xml")
}

// TestCheck takes a replay's text as a scenario: it is as written; then it is spoilt, shown and rewritten.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "call.txt")
	_, text, _ := call("", "replay", callFile)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	code, out, errs := call("", "check", dir)
	require.Zero(t, code, out+errs)
	require.Equal(t, "ok    "+file+"\n1 scenarios, 7 steps: 1 as written, 0 not\n", out)
	_, out, _ = call("", "check", "-q", file)
	require.NotContains(t, out, "ok ")

	spoilt := strings.Replace(text, "state 41/1 offering -> connected", "state 41/1 offering -> held", 1)
	require.NoError(t, os.WriteFile(file, []byte(spoilt), 0o600))
	code, out, _ = call("", "check", dir)
	require.Equal(t, 1, code)
	require.Contains(t, out, "FAIL  "+file)
	require.Contains(t, out, "- state 41/1 offering -> held\n")
	require.Contains(t, out, "+ state 41/1 offering -> connected\n")
	kept, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, spoilt, string(kept), "a check alone changes nothing")

	code, out, _ = call("", "check", "--rewrite", dir)
	require.Zero(t, code)
	require.Contains(t, out, "new   "+file)
	kept, err = os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, text, string(kept))
	require.NoError(t, os.WriteFile(file, []byte("recv at=25:00\n"), 0o600))
	code, out, _ = call("", "check", dir)
	require.Equal(t, 1, code)
	require.Contains(t, out, "line 1")
}

// TestCheckOfSingleFiles names each scenario as a file, as people do, with an expectation that is not met. None may pass:
// scenarios hold what debug logs hold too, such as stanzas after a word.
func TestCheckOfSingleFiles(t *testing.T) {
	all, err := filepath.Glob("../../fixtures/scenarios/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, all)
	dir := t.TempDir()
	for _, path := range all {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		at := strings.Index(string(text), "\n----\n") + len("\n----\n")
		spoilt := string(text[:at]) + "event 999 call.held.v1\n" + string(text[at:])
		file := filepath.Join(dir, filepath.Base(path))
		require.NoError(t, os.WriteFile(file, []byte(spoilt), 0o600))
		code, out, errs := call("", "check", file)
		require.Equal(t, 1, code, "%s\n%s", out, errs)
		require.Contains(t, out, "- event 999 call.held.v1\n")
	}
}

// TestScriptedPBX plays a script to its end, and the default office's help.
func TestScriptedPBX(t *testing.T) {
	authority := filepath.Join(t.TempDir(), "ca.pem")
	code, out, errs := call("office default\nlisten 127.0.0.1:0\nsay \"good morning\"\nsleep 1s\n", "pbx", "--script", "-", "--speed", "100", "--ca-out", authority)
	require.Zero(t, code, errs)
	require.Contains(t, out, "simulated PBX of domain branch at 127.0.0.1:")
	require.Contains(t, out, "good morning")
	pem, err := os.ReadFile(authority)
	require.NoError(t, err)
	require.Contains(t, string(pem), "BEGIN CERTIFICATE")
	code, _, errs = call("office default\nlisten 127.0.0.1:0\nanswer 41\n", "pbx", "--script", "-")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "line 3", "an action that fails names its line")
}

// TestDemo runs the demo: everything of ours at once, and its replay.
func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a quarter of a minute")
	}
	t.Parallel()
	file := filepath.Join(t.TempDir(), "demo.ndjson")
	code, out, errs := call("", "demo", "--trace", file)
	require.Zero(t, code, "%s\n%s", out, errs)
	require.Contains(t, out, "conformance rules broken: 0")
	require.Contains(t, out, "Replayed from its trace: the same")
	code, again, errs := call("", "replay", file)
	require.Zero(t, code, errs)
	rows := strings.Count(again, "\nline  ")
	require.Contains(t, out, fmt.Sprintf("the same %d messages", rows))
	require.True(t, slices.ContainsFunc(strings.Split(out, "\n"), func(l string) bool { return strings.Contains(l, "OFFERING") && strings.Contains(l, "Vogt Ltd") }))
}
