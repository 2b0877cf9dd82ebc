package doctest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	decisionID  = `(?:[A-D]\d+|T2-[A-Z]+\d*|TAPI-[a-g]\.\d)`
	recordsPath = "docs/develop/decisions/"
)

var (
	citation   = regexp.MustCompile(`\b[Dd]ecisions?\s+(` + decisionID + `(?:(?:,\s+|,?\s+and\s+|\s+to\s+)` + decisionID + `)*)`)
	oneID      = regexp.MustCompile(`(to\s+)?(` + decisionID + `)`)
	newLine    = regexp.MustCompile(`\n[ \t]*(?://|#|\*|;)*[ \t]*`)
	recordHead = regexp.MustCompile(`^(` + decisionID + `) \S`)
)

// cited gives the ids that a file cites. A citation may go on in the next line of a comment; "B1 to B18" cites each between.
func cited(body string) (ids []string) {
	for _, m := range citation.FindAllStringSubmatch(newLine.ReplaceAllString(body, " "), -1) {
		for _, one := range oneID.FindAllStringSubmatch(m[1], -1) {
			if id := one[2]; one[1] == "" {
				ids = append(ids, id)
			} else {
				ids = append(ids, between(ids[len(ids)-1], id)...)
			}
		}
	}
	return ids
}

// between gives the ids behind first up to last, of one letter.
func between(first, last string) (ids []string) {
	a, _ := strconv.Atoi(first[1:])
	b, _ := strconv.Atoi(last[1:])
	for n := a + 1; n <= b; n++ {
		ids = append(ids, fmt.Sprint(first[:1], n))
	}
	return ids
}

// records gives every record's text by its id.
func records(t *testing.T) map[string]string {
	all := map[string]string{}
	for _, p := range pages(t) {
		if !strings.HasPrefix(p.path, recordsPath) {
			continue
		}
		for _, section := range strings.Split("\n"+p.body, "\n## ")[1:] {
			if m := recordHead.FindStringSubmatch(section); m != nil {
				require.NotContains(t, all, m[1], "%s: a second record of that id", p.path)
				all[m[1]] = section
			}
		}
	}
	require.Greater(t, len(all), 50)
	return all
}

func TestCitationsAreRead(t *testing.T) {
	require.Equal(t, []string{"A9", "B7", "B9", "B10", "C1", "C2", "C3", "TAPI-d.2", "T2-NAMES", "B1"},
		cited("// x (decision A9), decisions B7, B9 and B10;\n\t// Decisions C1 to C3, decision\n// TAPI-d.2. decision T2-NAMES\n# decision\n# B1 and B is"))
}

func TestEveryCitedDecisionHasARecord(t *testing.T) {
	have, used := records(t), map[string]bool{}
	for _, f := range texts(t) {
		for _, id := range cited(f.body) {
			if !strings.HasPrefix(f.path, "internal/doctest/") {
				require.NotEmpty(t, have[id], "%s cites decision %s, which has no record in %s", f.path, id, recordsPath)
				used[id] = used[id] || !strings.HasPrefix(f.path, recordsPath)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(have)) {
		require.True(t, used[id], "nothing cites decision %s: cite it where it is kept, or remove its record", id)
	}
}

// TestRecordsAreShown: what a record names as its proof is a test, a scenario or a file of the tree.
func TestRecordsAreShown(t *testing.T) {
	tests := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	for _, f := range texts(t) {
		if strings.HasSuffix(f.path, "_test.go") {
			for _, m := range function.FindAllStringSubmatch(f.body, -1) {
				tests[m[1]] = true
			}
		}
	}
	for id, record := range records(t) {
		_, shown, ok := strings.Cut(record, "*Shown by* ")
		require.True(t, ok, "decision %s: a last paragraph that begins with *Shown by* is missing", id)
		names := coded.FindAllString(shown, -1)
		require.NotEmpty(t, names, "decision %s", id)
		for _, name := range names {
			name = strings.Trim(name, "`")
			switch {
			case strings.Contains(name, "/"):
				require.True(t, exists(t, name), "decision %s: %s is not there", id, name)
			case strings.HasSuffix(name, ".txt"):
				require.True(t, exists(t, "fixtures/scenarios/"+name), "decision %s: no scenario %s", id, name)
			default:
				require.True(t, tests[name], "decision %s: no test %s", id, name)
			}
		}
	}
}
