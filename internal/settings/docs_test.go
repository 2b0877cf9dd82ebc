package settings

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the tables of docs/operate/settings.md anew")

const page = "../../docs/operate/settings.md"

// table is the table of one heading for docs/operate/settings.md.
func table(group string) string {
	var b strings.Builder
	b.WriteString("| key (flag `--key`) | variable | default | meaning |\n|---|---|---|---|\n")
	for _, r := range schema.Rows {
		if r.Group != group {
			continue
		}
		usual := "`" + r.Default + "`"
		if r.Unset != "" {
			usual = r.Unset
		}
		meaning := r.Doc
		if r.More != "" {
			meaning += " " + r.More
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", r.Key, Variable(r.Key), usual, strings.ReplaceAll(meaning, "|", `\|`))
	}
	return b.String()
}

// oldTable lists the old spellings.
func oldTable() string {
	var b strings.Builder
	b.WriteString("| key | old spellings |\n|---|---|\n")
	for _, r := range schema.Rows {
		if len(r.Old) > 0 {
			fmt.Fprintf(&b, "| `%s` | `%s` |\n", r.Key, strings.Join(r.Old, "`, `"))
		}
	}
	return b.String()
}

var marked = regexp.MustCompile(`(?s)<!-- settings: ([^>]*) -->\n(.*?)<!-- end of settings -->`)

// TestPageIsOfTheTable: the tables of docs/operate/settings.md are those of Rows. go test ./internal/settings -update writes them.
func TestPageIsOfTheTable(t *testing.T) {
	have, err := os.ReadFile(page)
	require.NoError(t, err)
	found := map[string]bool{}
	want := marked.ReplaceAllStringFunc(string(have), func(part string) string {
		name := marked.FindStringSubmatch(part)[1]
		found[name] = true
		rows := table(name)
		if name == "old" {
			rows = oldTable()
		}
		return "<!-- settings: " + name + " -->\n" + rows + "<!-- end of settings -->"
	})
	for _, group := range append([]string{"old"}, Groups...) {
		require.True(t, found[group], "the page has no table %s", group)
	}
	require.Len(t, found, len(Groups)+1)
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o600))
		return
	}
	require.Equal(t, want, string(have), "run go test ./internal/settings -update")
}

// TestExampleOfThePage: the example is read without an old spelling.
func TestExampleOfThePage(t *testing.T) {
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	example := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(text)
	require.NotNil(t, example)
	f, err := schema.ReadFile(strings.NewReader(string(example[1])), "example.yaml")
	require.NoError(t, err)
	require.NoError(t, f.CheckKeys(nil))
	l, err := schema.Load(nil, noVariables, f)
	require.NoError(t, err)
	require.Empty(t, l.Old)
	require.Equal(t, "0711", l.Settings.DialAreacode)
}
