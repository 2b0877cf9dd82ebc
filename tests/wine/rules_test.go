package winetest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRulesTable checks that docs/develop/conformance.md has every rule of tapihost, and that the tests exist that check rules outside of it.
func TestRulesTable(t *testing.T) {
	source, err := os.ReadFile("../tapihost/rules.c")
	require.NoError(t, err)
	doc, err := os.ReadFile("../../docs/develop/conformance.md")
	require.NoError(t, err)
	rows := regexp.MustCompile(`\{(\d+), "([mst])", "([^"]+)", "([^"]+)"\}`).FindAllStringSubmatch(string(source), -1)
	require.Len(t, rows, 73)
	how := map[string]string{"m": "monitor", "s": "scenario", "t": "beside"}
	for i, r := range rows {
		require.Equal(t, fmt.Sprint(i+1), r[1], "rules.c is in order and whole")
		require.Contains(t, string(doc), fmt.Sprintf("\n| R-%02d | %s | %s | %s | ", i+1, r[4], how[r[2]], r[3]))
		if r[2] == "t" {
			for _, test := range strings.Split(r[3], ", ") {
				folder, name, _ := strings.Cut(test, " ")
				require.True(t, hasTest(t, folder, name), "there is no %s in %s", name, folder)
			}
		}
	}
	require.Equal(t, len(rows), strings.Count(string(doc), "\n| R-"))
	for _, option := range regexp.MustCompile(`(?m)^\t"  (--[a-z-]+)`).FindAllStringSubmatch(string(readFile(t, "../tapihost/main.c")), -1) {
		require.Contains(t, string(doc), "`"+option[1], "an option the manual lacks")
	}
	require.Contains(t, string(doc), fmt.Sprintf("holds %d providers", len(readFaults(t))))
}

func hasTest(t *testing.T, folder, name string) bool {
	files, err := filepath.Glob("../../" + folder + "/*_test.go")
	require.NoError(t, err)
	for _, f := range files {
		if strings.Contains(string(readFile(t, f)), "func "+name+"(t *testing.T)") {
			return true
		}
	}
	return false
}

// TestHostAlone checks that tapihost without PBX and harness checks what it can and says for the other rules what is missing, and that exit
// codes are those of the manual.
func TestHostAlone(t *testing.T) {
	t.Parallel()
	b := sharedPrefix(t)
	runMake(t, "../../adapters/tapi/tsp", "../tapihost")
	host := builtFile(t, "x64/tapihost.exe")
	report, text := b.runTapihost(nil)
	requireNoFailure(t, report, text)
	require.Equal(t, "pass", report["R-02"].Verdict)
	require.Equal(t, "not run", report["R-44"].Verdict)
	require.Equal(t, "no --pbx", report["R-44"].Why)
	require.Contains(t, report["R-66"].Why, "no --harness")
	for rule, v := range report {
		require.True(t, v.Verdict != "not run" || v.Why != "", "%s is not run and has no reason", rule)
	}
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{0, "tapihost plays", []string{"--help"}},
		{0, "R-73  scenario", []string{"--list"}},
		{2, "--dll is needed", nil},
		{2, "unknown option --what", []string{"--what", "x"}},
		{2, "no value for --dll", []string{"--dll"}},
		{2, "there is no such in inbound,outbond", []string{"--dll", "x", "--scenario", "inbound,outbond"}},
		{2, "not R-99", []string{"--dll", "x", "--rules", "R-99"}},
		{2, "a number is needed", []string{"--dll", "x", "--seed", "one"}},
		{3, "cannot be loaded", []string{"--dll", `C:\no-such.tsp`}},
		{3, "nothing answers", []string{"--dll", builtFile(t, "x64/test/offhook.tsp"), "--pbx", "127.0.0.1:1"}},
	} {
		p := b.start(nil, host, c.args...)
		require.Equal(t, c.code, p.wait(), "%v: %s", c.args, p.text())
		require.Contains(t, p.text(), c.says)
	}
}
