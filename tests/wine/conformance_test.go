package winetest

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/internal/pbx"
)

// verdict is a rule's line in tapihost's JSON report.
type verdict struct {
	Rule     string `json:"rule"`
	Title    string `json:"title"`
	How      string `json:"how"`
	By       string `json:"by"`
	Verdict  string `json:"verdict"`
	Checks   int    `json:"checks"`
	Failures int    `json:"failures"`
	Why      string `json:"why"`
}

var makeLock sync.Mutex // two makes in one folder at a time would write the same files

// runMake builds what the folders' own makefiles build.
func runMake(t *testing.T, folders ...string) {
	t.Helper()
	makeLock.Lock()
	defer makeLock.Unlock()
	for _, f := range folders {
		out, err := exec.Command("make", "-s", "-j2", "-C", f).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}

func builtFile(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs("../../bin/windows/" + name)
	require.NoError(t, err)
	return winePath(path)
}

// runTapihost runs tapihost with the provider against the testbed, which may be nil, and gives its report.
func (b *winePrefix) runTapihost(h *testbed, args ...string) (report map[string]verdict, text string) {
	b.t.Helper()
	p, file := b.startTapihost(h, args...)
	p.waitWithin(10 * waitLimit)
	return readReport(b.t, file), p.text()
}

// startTapihost starts tapihost and does not wait for it; file is where its report will be.
func (b *winePrefix) startTapihost(h *testbed, args ...string) (p *program, file string) {
	b.t.Helper()
	file = filepath.Join(b.t.TempDir(), "report.json")
	log := filepath.Join(filepath.Dir(file), "host.log")
	b.t.Cleanup(func() {
		if text, _ := os.ReadFile(log); b.t.Failed() {
			b.t.Logf("the host's log ends with\n%s", text[max(0, len(text)-40000):])
		}
	})
	good := builtFile(b.t, "x64/test/offhook.tsp")
	provider := b.provider
	if provider == "" {
		provider = good
	}
	env := []string{"FAULTY_PROVIDER=" + good}
	all := []string{"--dll", provider, "--json", winePath(file), "--log", winePath(log)}
	if h != nil {
		if h.providerAddr != "" {
			env = append(env, "OFFHOOK_TCP="+h.providerAddr, "OFFHOOK_LINES="+winePath(filepath.Join(h.dir, "state", "lines.tbl")))
		}
		all = append(all, "--pbx", h.pbxControl, "--harness", h.harnessAddr)
	}
	return b.start(env, builtFile(b.t, "x64/tapihost.exe"), append(all, args...)...), file
}

func readReport(t *testing.T, file string) map[string]verdict {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	var all []verdict
	require.NoError(t, json.Unmarshal(content, &all))
	report := map[string]verdict{}
	for _, v := range all {
		report[v.Rule] = v
	}
	return report
}

// requireNoFailure requires that no rule failed.
func requireNoFailure(t *testing.T, report map[string]verdict, text string) {
	t.Helper()
	for rule, v := range report {
		require.NotEqual(t, "fail", v.Verdict, "%s %s: %s\n%s", rule, v.Title, v.Why, text)
	}
}

// conformanceParts are the runs of TestConformance. Together they run every scenario, each part with a testbed of its own. Load needs
// 500 lines.
var conformanceParts = []struct {
	name, scenarios, office string
	lines                   int
}{
	{"calls", "session,structures,arguments,outbound,inbound,transfer,features,concurrent", "office default", 6},
	{"closing", "closing,silence,devices", "office default", 6},
	{"outage", "outage", "office default", 6},
	{"killed", "killed", "office default", 6},
	{"unreliable", "unreliable", "office default", 6},
	{"load", "load", "office generated 500", 500},
}

// TestConformance runs every scenario against the real DLL and the real daemon, and prints the table.
func TestConformance(t *testing.T) {
	t.Parallel()
	b := sharedPrefix(t)
	runMake(t, "../../adapters/tapi/tsp", "../tapihost")
	var mu sync.Mutex
	whole, ran := map[string]verdict{}, 0
	t.Run("parts", func(t *testing.T) {
		for _, p := range conformanceParts {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				h := openTestbed(t, officeOf(t, p.office))
				if p.name == "unreliable" {
					h.addRelay()
				}
				require.NoError(t, h.start())
				require.NoError(t, h.waitLines(p.lines))
				report, text := b.forTest(t).runTapihost(h, "--scenario", p.scenarios, "--repeats", "1000")
				t.Log(scenarioTimes(text))
				requireNoFailure(t, report, text)
				mu.Lock()
				defer mu.Unlock()
				mergeReports(whole, report)
				ran++
			})
		}
	})
	t.Log("\n" + reportTable(whole))
	if *jsonReport != "" {
		writeReport(t, *jsonReport, whole)
	}
	if ran < len(conformanceParts) {
		t.Log("some parts only")
		return
	}
	for rule, v := range whole {
		if v.How != "beside" {
			require.Equal(t, "pass", v.Verdict, "%s %s: %s", rule, v.Title, v.Why)
		}
	}
	require.Len(t, whole, 73)
}

// forTest gives the same prefix for a subtest.
func (b *winePrefix) forTest(t *testing.T) *winePrefix {
	own := *b
	own.t, own.dir = t, t.TempDir()
	return &own
}

func officeOf(t *testing.T, setup string) pbx.Config {
	t.Helper()
	script, err := pbx.ParseScript(strings.NewReader(setup))
	require.NoError(t, err)
	office, err := script.Config()
	require.NoError(t, err)
	return office
}

// mergeReports adds a part's verdicts to the whole report: a rule has run when one part ran it, and failed when it failed in one.
func mergeReports(whole, part map[string]verdict) {
	weight := map[string]int{"": -1, "not run": 0, "pass": 1, "fail": 2}
	for rule, v := range part {
		if old := whole[rule]; weight[v.Verdict] > weight[old.Verdict] {
			v.Checks, v.Failures = v.Checks+old.Checks, v.Failures+old.Failures
			whole[rule] = v
		} else {
			old.Checks, old.Failures = v.Checks+old.Checks, v.Failures+old.Failures
			whole[rule] = old
		}
	}
}

// scenarioTimes gives the lines that say how long each scenario took.
func scenarioTimes(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "scenario ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return strings.Join(lines, "; ")
}

var jsonReport = flag.String("report", "", "file for the whole conformance report as JSON")

// writeReport writes the whole report to a file, in the order of the rules.
func writeReport(t *testing.T, file string, whole map[string]verdict) {
	t.Helper()
	var all []verdict
	for _, rule := range slices.Sorted(maps.Keys(whole)) {
		all = append(all, whole[rule])
	}
	b, err := json.MarshalIndent(all, "", " ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, append(b, '\n'), 0o644))
}

func reportTable(whole map[string]verdict) string {
	var rows []string
	count := map[string]int{}
	for rule, v := range whole {
		count[v.Verdict]++
		row := fmt.Sprintf("%s  %-7s  %6d checks  %s", rule, v.Verdict, v.Checks, v.Title)
		if v.Why != "" {
			row += "\n      " + v.Why
		}
		rows = append(rows, row)
	}
	slices.Sort(rows)
	return fmt.Sprintf("%s\n%d rules pass, %d fail, %d were not run", strings.Join(rows, "\n"), count["pass"], count["fail"], count["not run"])
}
