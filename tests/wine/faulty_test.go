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

// fault is one of tests/tapihost/faulty/faults.h.
type fault struct {
	name, rule, scenario, text string
}

func faults(t *testing.T) []fault {
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

// houses is how many faults are looked for at a time: most of it is waiting.
const houses = 4

// quickTimers let the daemon give up sooner what a fault has it wait for.
var quickTimers = []string{"--timers", "request=2s,session-grace=1s"}

// TestFaultyProviders: a provider with one fault fails by the rule that the fault breaks, and the same without it passes.
func TestFaultyProviders(t *testing.T) {
	t.Parallel()
	b := commonBottle(t)
	made(t, "../../adapters/tapi/tsp", "../tapihost", "../tapihost/faulty")
	all := faults(t)
	queue := make(chan fault, len(all))
	for _, f := range all {
		queue <- f
	}
	close(queue)
	for n := range houses {
		t.Run(fmt.Sprint("house ", n+1), func(t *testing.T) {
			t.Parallel()
			h := openHouse(t, pbx.DefaultOffice())
			h.args = append(h.args, quickTimers...)
			require.NoError(t, h.start())
			require.NoError(t, h.lines(6))
			for f := range queue {
				t.Run(f.name, func(t *testing.T) {
					report, text := b.of(t).faulty(h, f.name, "--scenario", f.scenario, "--until-fail", f.rule)
					require.Equal(t, "fail", report[f.rule].Verdict, "a provider that %s does not fail by %s %s:\n%s", f.text, f.rule, report[f.rule].Title, text)
				})
				h.calm()
			}
		})
	}
	t.Run("without a fault", func(t *testing.T) {
		t.Parallel()
		h := openHouse(t, pbx.DefaultOffice())
		h.args = append(h.args, quickTimers...)
		require.NoError(t, h.start())
		require.NoError(t, h.lines(6))
		report, text := b.of(t).faulty(h, "NONE", "--scenario", scenariosOf(all))
		none(t, report, text)
	})
}

// scenariosOf are those in which the shim without a fault breaks no rule, so that what is found is the fault. That of outages takes
// long, and TestConformance has it.
func scenariosOf(all []fault) string {
	var scenarios []string
	for _, f := range all {
		if !slices.Contains(scenarios, f.scenario) && f.scenario != "outage" {
			scenarios = append(scenarios, f.scenario)
		}
	}
	return strings.Join(scenarios, ",")
}

func (b *bottle) faulty(h *house, name string, args ...string) (map[string]verdict, string) {
	b.t.Helper()
	b.provider = artefact(b.t, "x64/faulty/"+name+".tsp")
	return b.host(h, append(args, "--patience", "1500", "--limit", "4000")...)
}
