package winetest

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/internal/pbx"
)

// fault is one row of tests/tapihost/faulty/faults.h.
type fault struct {
	name, rule, scenario, text string
}

func readFaults(t *testing.T) []fault {
	source, err := os.ReadFile("../tapihost/faulty/faults.h")
	require.NoError(t, err)
	var all []fault
	for _, m := range regexp.MustCompile(`X\((\w+), (\d+), "(\w+)", "([^"]+)"\)`).FindAllStringSubmatch(string(source), -1) {
		all = append(all, fault{m[1], fmt.Sprintf("R-%02s", m[2]), m[3], m[4]})
	}
	require.Equal(t, strings.Count(string(source), "\tX("), len(all))
	require.Greater(t, len(all), 20)
	return all
}

// faultTestbeds is how many faults are tested at a time: the tests mostly wait.
const faultTestbeds = 4

// quickTimers shorten the timers of the daemon that faults make it wait for.
var quickTimers = []string{"--timers", "request=2s,session-grace=1s"}

// TestFaultyProviders checks that a provider with one fault fails by the rule that the fault breaks, and that it passes without it.
func TestFaultyProviders(t *testing.T) {
	t.Parallel()
	b := sharedPrefix(t)
	runMake(t, "../../adapters/tapi/tsp", "../tapihost", "../tapihost/faulty")
	all := readFaults(t)
	queue := make(chan fault, len(all))
	for _, f := range all {
		queue <- f
	}
	close(queue)
	for n := range faultTestbeds {
		t.Run(fmt.Sprint("testbed ", n+1), func(t *testing.T) {
			t.Parallel()
			h := openTestbed(t, pbx.DefaultOffice())
			h.args = append(h.args, quickTimers...)
			require.NoError(t, h.start())
			require.NoError(t, h.waitLines(6))
			for f := range queue {
				t.Run(f.name, func(t *testing.T) {
					report, text := b.forTest(t).runFaulty(h, f.name, "--scenario", f.scenario, "--until-fail", f.rule)
					require.Equal(t, "fail", report[f.rule].Verdict, "a provider that %s does not fail by %s %s:\n%s", f.text, f.rule, report[f.rule].Title, text)
				})
				h.reset()
			}
		})
	}
	t.Run("without a fault", func(t *testing.T) {
		t.Parallel()
		h := openTestbed(t, pbx.DefaultOffice())
		h.args = append(h.args, quickTimers...)
		require.NoError(t, h.start())
		require.NoError(t, h.waitLines(6))
		report, text := b.forTest(t).runFaulty(h, "NONE", "--scenario", scenariosOf(all))
		requireNoFailure(t, report, text)
	})
}

// scenariosOf gives the scenarios of the faults, in which the shim without a fault must break no rule. It leaves out outage, which takes
// long and is part of TestConformance.
func scenariosOf(all []fault) string {
	var scenarios []string
	for _, f := range all {
		if !slices.Contains(scenarios, f.scenario) && f.scenario != "outage" {
			scenarios = append(scenarios, f.scenario)
		}
	}
	return strings.Join(scenarios, ",")
}

func (b *winePrefix) runFaulty(h *testbed, name string, args ...string) (map[string]verdict, string) {
	b.t.Helper()
	b.provider = builtFile(b.t, "x64/faulty/"+name+".tsp")
	return b.runTapihost(h, append(args, "--patience", "1500", "--limit", "4000")...)
}
