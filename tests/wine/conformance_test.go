package winetest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/internal/pbx"
)

// verdict is a rule's line in tapihost's JSON report.
type verdict struct {
	Rule, Title, Verdict, Why string
	Checks, Failures          int
}

// made builds what the folders' own makefiles build.
func made(t *testing.T, folders ...string) {
	t.Helper()
	for _, f := range folders {
		out, err := exec.Command("make", "-s", "-C", f).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}

func artefact(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs("../../bin/windows/" + name)
	require.NoError(t, err)
	return windows(path)
}

// host runs tapihost with the provider against the house, and gives its report.
func (b *bottle) host(h *house, args ...string) (report map[string]verdict, text string) {
	b.t.Helper()
	file := filepath.Join(b.dir, "report.json")
	good := artefact(b.t, "x64/test/offhook.tsp")
	provider := b.provider
	if provider == "" {
		provider = good
	}
	p := b.start([]string{"OFFHOOK_TCP=" + h.frames, "FAULTY_PROVIDER=" + good}, artefact(b.t, "x64/tapihost.exe"), append([]string{
		"--dll", provider, "--pbx", h.phones, "--harness", h.port,
		"--json", windows(file), "--log", windows(filepath.Join(b.dir, "host.log"))}, args...)...)
	p.waits(6 * patience)
	content, err := os.ReadFile(file)
	require.NoError(b.t, err)
	var all []verdict
	require.NoError(b.t, json.Unmarshal(content, &all))
	report = map[string]verdict{}
	for _, v := range all {
		report[v.Rule] = v
	}
	return report, p.text()
}

// beside are the rules that another test shows, and which.
var beside = map[string]string{
	"R-67": "cmd/offhook TestWrongPassword",
	"R-68": "cmd/offhook TestLiveEqualsReplay",
}

// TestConformance runs every scenario against the real DLL and the real daemon, and prints the table.
func TestConformance(t *testing.T) {
	t.Parallel()
	b := newBottle(t)
	made(t, "../../adapters/tapi/tsp", "../tapihost")
	h := openHouse(t, pbx.DefaultOffice())
	require.NoError(t, h.start())
	require.NoError(t, h.lines(6))
	report, text := b.host(h)
	t.Log(text)
	for rule, v := range report {
		require.NotEqual(t, "fail", v.Verdict, "%s %s: %s", rule, v.Title, v.Why)
		if beside[rule] == "" && rule != "R-72" {
			require.Equal(t, "pass", v.Verdict, "%s %s: %s", rule, v.Title, v.Why)
		}
	}
}

// TestConformanceLoad is rule R-72: 500 lines with two calls each.
func TestConformanceLoad(t *testing.T) {
	t.Parallel()
	b := newBottle(t)
	made(t, "../../adapters/tapi/tsp", "../tapihost")
	script, err := pbx.ParseScript(strings.NewReader("office generated 500"))
	require.NoError(t, err)
	office, err := script.Config()
	require.NoError(t, err)
	h := openHouse(t, office)
	require.NoError(t, h.start())
	require.NoError(t, h.lines(500))
	report, text := b.host(h, "--scenario", "load")
	require.Equal(t, "pass", report["R-72"].Verdict, "%s", text)
	for rule, v := range report {
		require.NotEqual(t, "fail", v.Verdict, "%s %s: %s", rule, v.Title, v.Why)
	}
	t.Log(report["R-72"], text)
}
