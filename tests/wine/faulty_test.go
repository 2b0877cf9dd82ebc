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

// TestFaultyProviders: a provider with one fault fails by the rule that the fault breaks, and the same without it passes.
func TestFaultyProviders(t *testing.T) {
	t.Parallel()
	b := newBottle(t)
	made(t, "../../adapters/tapi/tsp", "../tapihost", "../tapihost/faulty")
	all := faults(t)
	for n := range houses {
		t.Run(fmt.Sprint("house ", n+1), func(t *testing.T) {
			t.Parallel()
			h := openHouse(t, pbx.DefaultOffice())
			require.NoError(t, h.start())
			require.NoError(t, h.lines(6))
			if n == 0 {
				b.faultless(t, h, all)
			}
			for i := n; i < len(all); i += houses {
				f := all[i]
				t.Run(f.name, func(t *testing.T) {
					report, text := b.faulty(t, h, f.name, f.scenario)
					require.Equal(t, "fail", report[f.rule].Verdict, "a provider that %s does not fail by %s %s:\n%s", f.text, f.rule, report[f.rule].Title, text)
				})
			}
		})
	}
}

// faultless shows that the shim without a fault breaks no rule, so that what is found is the fault.
func (b *bottle) faultless(t *testing.T, h *house, all []fault) {
	var scenarios []string
	for _, f := range all {
		if !slices.Contains(scenarios, f.scenario) && f.scenario != "outage" {
			scenarios = append(scenarios, f.scenario)
		}
	}
	report, text := b.faulty(t, h, "NONE", strings.Join(scenarios, ","))
	for rule, v := range report {
		require.NotEqual(t, "fail", v.Verdict, "without a fault: %s %s: %s\n%s", rule, v.Title, v.Why, text)
	}
}

func (b *bottle) faulty(t *testing.T, h *house, name, scenario string) (map[string]verdict, string) {
	own := *b
	own.t, own.dir, own.provider = t, t.TempDir(), artefact(t, "x64/faulty/"+name+".tsp")
	return own.host(h, "--scenario", scenario, "--patience", "1500")
}
