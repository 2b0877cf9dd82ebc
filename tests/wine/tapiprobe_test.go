package winetest

import (
	"bufio"
	"context"
	"debug/pe"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"offhook/internal/pbx"
)

// probe is tapiprobe with one of the two tapi32.dll for tests, since Wine has no Telephony service.
type probe struct {
	*winePrefix
	file string
}

// newProbe builds both; which is "canned" or "relay".
func newProbe(t *testing.T, which string) probe {
	t.Helper()
	b := newPrefix(t)
	runMake(t, "../tapiprobe")
	out, err := exec.Command("make", "-s", "-C", "../tapiprobe", "fakes").CombinedOutput()
	require.NoError(t, err, "%s", out)
	for from, to := range map[string]string{"tapiprobe.exe": "tapiprobe.exe", "test/tapi32-" + which + "/tapi32.dll": "tapi32.dll"} {
		content, err := os.ReadFile("../../bin/windows/x64/" + from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(b.dir, to), content, 0o700))
	}
	return probe{b, winePath(filepath.Join(b.dir, "tapiprobe.exe"))}
}

// run runs tapiprobe and gives its exit code and output.
func (p probe) run(env []string, args ...string) (int, string) {
	p.t.Helper()
	r := p.start(append(env, "WINEDLLOVERRIDES=tapi32=n"), p.file, args...)
	return r.wait(), r.text()
}

// serveProbeHarness serves the harness port for tapiprobe, with the testbed's daemon as the service.
func serveProbeHarness(h *testbed) func(context.Context, net.Listener) {
	return func(_ context.Context, l net.Listener) {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			for in := bufio.NewScanner(c); in.Scan(); {
				answer := "ok"
				switch in.Text() {
				case "daemon stop":
					h.stop()
				case "daemon start":
					if err := h.start(); err != nil {
						answer = "error " + err.Error()
					}
				case "telephony stop", "telephony start": // close and open load the relay again
				default:
					answer = "error no such verb"
				}
				fmt.Fprintf(c, "%s\n\n", answer)
			}
			c.Close()
		}
	}
}

// TestProbeScenarios runs the acceptance scenarios end to end: tapiprobe, a small Telephony service in its process, the provider DLL, the
// daemon, the simulated PBX.
func TestProbeScenarios(t *testing.T) {
	p := newProbe(t, "relay")
	runMake(t, "../../adapters/tapi/tsp")
	h := openTestbed(t, pbx.DefaultOffice())
	require.NoError(t, h.start())
	require.NoError(t, h.waitLines(6))
	port := serve(t, serveProbeHarness(h))
	env := []string{"OFFHOOK_TCP=" + h.daemonAddr, "RELAY_TSP=" + builtFile(t, "x64/test/offhook.tsp")}
	files, err := filepath.Glob("../tapiprobe/scenarios/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			path, err := filepath.Abs(f)
			require.NoError(t, err)
			code, text := p.run(env, "script", winePath(path), "--pbx", h.pbxControl, "--harness", port)
			require.Zero(t, code, "%s", text)
			require.Contains(t, text, "PASS")
		})
	}
}

// TestProbeGetsWhatReplayShows compares what a program gets with what the daemon sends: the JSON of tapiprobe and of offhook replay for
// the same calls.
func TestProbeGetsWhatReplayShows(t *testing.T) {
	p := newProbe(t, "relay")
	runMake(t, "../../adapters/tapi/tsp")
	h := openTestbed(t, pbx.DefaultOffice())
	h.trace = filepath.Join(h.dir, "trace.ndjson")
	trace := h.trace
	require.NoError(t, h.start())
	require.NoError(t, h.waitLines(6))
	var received []map[string]any
	for _, name := range []string{"inbound", "hold", "dial"} {
		path, err := filepath.Abs("../tapiprobe/scenarios/" + name + ".txt")
		require.NoError(t, err)
		code, text := p.run([]string{"OFFHOOK_TCP=" + h.daemonAddr, "RELAY_TSP=" + builtFile(t, "x64/test/offhook.tsp")},
			"script", winePath(path), "--json", "--pbx", h.pbxControl)
		require.Zero(t, code, "%s", text)
		received = append(received, jsonObjects(t, text)...)
	}
	h.stop()
	out, err := exec.Command(h.program, "replay", "--format", "json", trace).Output()
	require.NoError(t, err)
	expected := jsonObjects(t, string(out))
	require.Equal(t, comparable41(expected), comparable41(received))
	require.GreaterOrEqual(t, len(comparable41(received)), 20)
}

// comparable41 gives what both have about the calls of line 41: sets in one order, without each side's own keys. It leaves out new calls,
// since a program learns of its own calls by the reply, and parties that become known during a call, since a program reads them with a
// message and may get what the next one announces.
func comparable41(all []map[string]any) (lines []string) {
	for _, o := range all {
		if o["kind"] != "line" || o["line"] != "41" || o["call"] == nil || o["msg"] == "LINE_NEWCALL" || o["by"] == "tapi" {
			continue
		}
		line := fmt.Sprint(o["msg"], " ", o["call"])
		for _, k := range []string{"state", "mode", "origin", "reason", "caller", "callerName"} {
			if v, ok := o[k]; ok {
				line += fmt.Sprintf(" %s=%v", k, v)
			}
		}
		if bits, ok := o["bits"].([]any); ok {
			slices.SortFunc(bits, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
			line += fmt.Sprint(" ", bits)
		}
		lines = append(lines, line)
	}
	return lines
}

// jsonObjects gives the JSON lines in the output.
func jsonObjects(t *testing.T, text string) (all []map[string]any) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if !strings.HasPrefix(line, "{") {
			continue
		}
		var o map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &o), "%s", line)
		all = append(all, o)
	}
	return all
}

func (p probe) runCanned(mode string, args ...string) (int, string) {
	p.t.Helper()
	return p.run([]string{"CANNED=" + mode}, args...)
}

// TestProbeOnCannedMessages runs list, watch, dial and scripts on a TAPI with known messages.
func TestProbeOnCannedMessages(t *testing.T) {
	p := newProbe(t, "canned")

	code, text := p.runCanned("plain", "list", "--json")
	require.Zero(t, code)
	all := jsonObjects(t, text)
	require.Len(t, all, 4)
	require.Equal(t, map[string]any{"kind": "provider", "permanent": 3.0, "file": "canned.tsp"}, all[0])
	require.Equal(t, []any{"Jörg Vogel (45)", "45", 8.0, "canned provider", "2.2"},
		[]any{all[2]["name"], all[2]["address"], all[2]["permanent"], all[2]["provider"], all[2]["version"]})
	require.Equal(t, "A\ttab and a 😀 (46)", all[3]["name"])

	_, text = p.runCanned("plain", "list")
	require.NotContains(t, text, "A\ttab", "no control character reaches a terminal")
	require.Contains(t, text, `A\x09tab`)

	code, text = p.runCanned("plain", "watch", "--json", "--seconds", "1", "--line", "41", "--line", "#1")
	require.Zero(t, code)
	all = jsonObjects(t, text)
	require.Len(t, all, 5)
	for i, want := range []map[string]any{
		{"msg": "LINE_NEWCALL", "call": 1.0, "tapi": "LINE_APPNEWCALL"},
		{"msg": "LINE_CALLSTATE", "state": "OFFERING", "mode": "ACTIVE", "origin": "EXTERNAL", "reason": "DIRECT", "caller": "00497115550199",
			"callerName": "Vogt \"& Sons\" ä\x01", "called": "41", "connected": "", "features": []any{"ANSWER", "DROP"}},
		{"msg": "LINE_LINEDEVSTATE", "bits": []any{"RINGING"}, "ringMode": 1.0, "ringCount": 0.0},
		{"msg": "LINE_ADDRESSSTATE", "bits": []any{"INUSEONE", "NUMCALLS"}},
		{"msg": "LINE_CALLINFO", "bits": []any{"NUMOWNERINCR"}, "by": "tapi"},
	} {
		require.Equal(t, "line", all[i]["kind"])
		require.Equal(t, "41", all[i]["line"])
		_, err := time.Parse("2006-01-02T15:04:05.000Z", all[i]["at"].(string))
		require.NoError(t, err)
		for k, v := range want {
			require.Equal(t, v, all[i][k], "%d %s", i, k)
		}
	}

	code, text = p.runCanned("plain", "dial", "0711", "--line", "41", "--seconds", "2")
	require.Zero(t, code, "%s", text)
	require.Regexp(t, `LINE_REPLY\s+1: 0`, text)
	require.Regexp(t, `(?s)DIALING.*CONNECTED ACTIVE.*DISCONNECTED NORMAL.*IDLE`, text)

	for what, c := range map[string]struct {
		mode string
		args []string
		code int
		says string
	}{
		"the reply is an error":     {"plain", []string{"dial", "000", "--line", "41"}, 1, "LINEERR_ADDRESSBLOCKED"},
		"refused at once":           {"plain", []string{"dial", "", "--line", "41"}, 1, "refused at once: LINEERR_INVALADDRESS"},
		"not in that state":         {"plain", []string{"unhold", "--line", "41"}, 1, "ONHOLDPENDTRANSFER"},
		"no call rings":             {"plain", []string{"answer", "--line", "#1", "--seconds", "1"}, 1, "no call in a state"},
		"the line is in use":        {"plain", []string{"answer", "--line", "#2"}, 1, "LINEERR_ALLOCATED"},
		"no such line":              {"plain", []string{"answer", "--line", "99"}, 1, "LINEERR_BADDEVICEID"},
		"no line at all":            {"plain", []string{"answer"}, 2, "needs one --line"},
		"no such verb":              {"plain", []string{"sing"}, 2, "Exit code"},
		"no such option":            {"plain", []string{"list", "--loud", "yes"}, 2, "Exit code"},
		"no TAPI":                   {"refuses", []string{"list"}, 3, "LINEERR_NODRIVER"},
		"no PBX":                    {"plain", []string{"script", "x.txt", "--pbx", "127.0.0.1:1"}, 3, "127.0.0.1:1"},
		"the number is too long":    {"plain", []string{"dial", strings.Repeat("1", 300), "--line", "41"}, 1, "too long"},
		"an answer to what rings":   {"plain", []string{"answer", "--line", "41", "--seconds", "2"}, 0, "CONNECTED ACTIVE"},
		"TAPI begins anew":          {"gone", []string{"watch", "--seconds", "1", "--line", "41"}, 0, "connecting again"},
		"structures that only grow": {"growing", []string{"watch", "--seconds", "1", "--line", "41"}, 0, "OFFERING ACTIVE"},
	} {
		code, text := p.runCanned(c.mode, c.args...)
		require.Equal(t, c.code, code, "%s: %s", what, text)
		require.Contains(t, text, c.says, what)
	}
}

// TestProbeSurvivesHostileTapi runs tapiprobe on a TAPI with offsets beyond the end, endless texts, wrong counts and six hundred unknown
// messages.
func TestProbeSurvivesHostileTapi(t *testing.T) {
	p := newProbe(t, "canned")
	for _, args := range [][]string{{"list"}, {"list", "--json"}, {"watch", "--seconds", "1", "--line", "41"}, {"watch", "--seconds", "1", "--line", "41", "--json"},
		{"answer", "--line", "41", "--seconds", "2"}} {
		code, text := p.runCanned("hostile", args...)
		if args[0] == "answer" { // by then the call is in an unknown state
			require.Equal(t, 1, code)
			require.Contains(t, text, "no call in a state for this")
		} else {
			require.Zero(t, code, "%v: %s", args, text[max(0, len(text)-2000):])
		}
		require.True(t, utf8.ValidString(text))
		for _, line := range strings.Split(text, "\n") {
			require.Less(t, len(line), 4000, "a text is cut")
		}
		all := jsonObjects(t, text)
		if args[0] == "watch" && len(args) == 6 {
			require.Greater(t, len(all), 590)
			require.Contains(t, text, `"msg":"LINE_599"`)
			require.Contains(t, text, `"state":"CONNECTED|PROCEEDING"`, "the free high byte is left away")
		}
	}
}

// TestProbeScripts checks that a script passes exactly when its expectations are true.
func TestProbeScripts(t *testing.T) {
	p := newProbe(t, "canned")
	for what, c := range map[string]struct {
		mode, script string
		code         int
		says         string
	}{
		"as it comes": {"plain", "line 41\nexpect LINE_NEWCALL\nexpect LINE_CALLSTATE OFFERING ACTIVE caller=00497115550199 called=41 features=ANSWER+DROP connected= origin=EXTERNAL\n" +
			"expect LINE_LINEDEVSTATE RINGING\nexpect LINE_ADDRESSSTATE NUMCALLS+INUSEONE\nanswer\nexpect LINE_CALLSTATE CONNECTED call=1\ndrop\nexpect LINE_CALLSTATE IDLE\n", 0, "PASS"},
		"names of either world":    {"plain", "line 41\nexpect LINE_APPNEWCALL\nexpect LINE_CALLSTATE OFFERING\nanswer\nexpect ASYNC_COMPLETION 0\nexpect LINE_CALLSTATE CONNECTED", 0, "PASS"},
		"quotes":                   {"plain", "\ufeffline \"Ida Lund (41)\"\r\nexpect LINE_CALLSTATE OFFERING callerName=\"Vogt \\\"& Sons\\\" ä\x01\"\r\n", 0, "PASS"},
		"one of several":           {"plain", "line 41\nexpect LINE_CALLSTATE CONNECTED|OFFERING caller=*", 0, "PASS"},
		"a made call":              {"plain", "line 41\nexpect LINE_CALLSTATE OFFERING\ndial 0711\nmaybe LINE_CALLSTATE DIALING call=2\nexpect LINE_CALLSTATE CONNECTED call=2\nexpect LINE_CALLSTATE DISCONNECTED NORMAL\nexpect LINE_CALLSTATE IDLE", 0, "PASS"},
		"the wanted error":         {"plain", "line 41\nexpect LINE_CALLSTATE OFFERING\ndial 000 result=ADDRESSBLOCKED\nanswer\nexpect LINE_CALLSTATE CONNECTED\nhold result=LINEERR_OPERATIONUNAVAIL", 0, "PASS"},
		"silence":                  {"plain", "line 41\nexpect LINE_CALLSTATE OFFERING\nnone LINE_CALLSTATE for 300ms", 0, "PASS"},
		"no silence":               {"plain", "line 41\nnone LINE_CALLSTATE for 300ms", 1, "it came: LINE_CALLSTATE OFFERING"},
		"another state":            {"plain", "line 41\nexpect LINE_CALLSTATE CONNECTED within 1s", 1, "instead came LINE_CALLSTATE OFFERING ACTIVE on line 41, call 1 (caller=00497115550199"},
		"another mode":             {"plain", "line 41\nexpect LINE_CALLSTATE OFFERING INACTIVE within 1s", 1, "instead came"},
		"another caller":           {"plain", "line 41\nexpect LINE_CALLSTATE OFFERING caller=1 within 1s", 1, "instead came"},
		"an unknown field":         {"plain", "line 41\nexpect LINE_CALLSTATE OFFERING color=red within 1s", 1, "instead came"},
		"a feature that is not":    {"plain", "line 41\nexpect LINE_CALLSTATE OFFERING features=HOLD within 1s", 1, "instead came"},
		"nothing comes":            {"plain", "line 41\nexpect LINE_CALLSTATE OFFERING\nexpect LINE_CALLSTATE CONNECTED within 200ms", 1, "it did not come within 200 ms"},
		"a state too many":         {"plain", "line 41\nexpect LINE_CALLSTATE OFFERING\nanswer\nsleep 200ms", 1, "no step expected LINE_CALLSTATE CONNECTED"},
		"the reply is not wanted":  {"plain", "line 41\nexpect LINE_CALLSTATE OFFERING\ndial 000", 1, "the reply is LINEERR_ADDRESSBLOCKED"},
		"success is not wanted":    {"plain", "line 41\nexpect LINE_CALLSTATE OFFERING\ndrop result=OPERATIONFAILED", 1, "the reply is 0"},
		"no reply":                 {"silent", "line 41\nexpect LINE_CALLSTATE OFFERING\nanswer within 300ms", 1, "no LINE_REPLY within 300 ms"},
		"no such line":             {"plain", "line 99 within 200ms", 1, "there is no line 99"},
		"which line":               {"plain", "expect LINE_NEWCALL", 1, "which line"},
		"no PBX":                   {"plain", "pbx answer 41", 1, "--pbx HOST:PORT is needed"},
		"a service that is not":    {"plain", "daemon stop", 1, "service offhook"},
		"an unknown step":          {"plain", "line 41\nexspect LINE_NEWCALL", 2, "line 2: no such step: exspect"},
		"an unknown message":       {"plain", "line 41\nexpect LINE_SONG", 1, "LINE_SONG is no message"},
		"an open quote":            {"plain", "say \"hello", 2, "line 1: an open quote"},
		"a bad time":               {"plain", "line 41\nexpect LINE_NEWCALL within soon", 2, "write a time"},
		"a line without end":       {"plain", "say " + strings.Repeat("x", 5000), 2, "line 1 is longer"},
		"nothing but a comment":    {"plain", "# nothing\n\n", 0, "PASS"},
		"bytes that are no script": {"plain", "\x00\xff\xfe\x80\n", 2, ""},
	} {
		name := filepath.Join(p.dir, "script.txt")
		require.NoError(t, os.WriteFile(name, []byte(c.script), 0o600))
		code, text := p.runCanned(c.mode, "script", winePath(name), "--within", "3s")
		if what == "bytes that are no script" {
			require.Contains(t, []int{0, 2}, code, text) // the script ends at the NUL
			continue
		}
		require.Equal(t, c.code, code, "%s: %s", what, text)
		require.Contains(t, text, c.says, what)
		if !slices.Contains([]string{"quotes", "another state", "a state too many"}, what) {
			continue
		}
		_, text = p.runCanned(c.mode, "script", winePath(name), "--within", "3s", "--json")
		all := jsonObjects(t, text)
		last := all[len(all)-1]
		require.Equal(t, "result", last["kind"])
		require.Equal(t, c.code == 0, last["result"] == "pass", what)
	}
}

// TestProbeNeedsOnlyWindows7 checks that both builds import only functions that Windows 7 has.
func TestProbeNeedsOnlyWindows7(t *testing.T) {
	if _, err := exec.LookPath("x86_64-w64-mingw32-gcc"); err != nil {
		t.Skip("LEFT OUT: no mingw on this machine; run: make mingw")
	}
	runMake(t, "../tapiprobe")
	for _, arch := range []string{"x64", "x86"} {
		f, err := pe.Open("../../bin/windows/" + arch + "/tapiprobe.exe")
		require.NoError(t, err)
		defer f.Close()
		libraries, err := f.ImportedLibraries()
		require.NoError(t, err)
		if len(libraries) == 0 { // debug/pe gives them only with the symbols
			symbols, err := f.ImportedSymbols()
			require.NoError(t, err)
			for _, s := range symbols {
				if _, library, ok := strings.Cut(s, ":"); ok && !slices.Contains(libraries, library) {
					libraries = append(libraries, library)
				}
			}
		}
		require.NotEmpty(t, libraries)
		for _, l := range libraries {
			require.Contains(t, []string{"ADVAPI32.dll", "KERNEL32.dll", "msvcrt.dll", "TAPI32.dll", "WS2_32.dll"}, l)
		}
		symbols, err := f.ImportedSymbols()
		require.NoError(t, err)
		for _, s := range symbols {
			name, _, _ := strings.Cut(s, ":")
			require.NotContains(t, []string{"GetSystemTimePreciseAsFileTime", "GetTempPath2W", "SetThreadDescription", "WaitOnAddress", "CreateFile2"}, name)
		}
	}
}
