package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/internal/dialects"
)

// schema is the program's.
var schema = NewSchema(dialects.Registry())

func row(key string) *Row {
	return schema.Lookup(key)
}

// TestSettingsFile: a change leaves everything else as a person wrote it.
func TestSettingsFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "settings.yaml")
	text := "# our office\nuser: ilund # Ida\nareacode: 0711\n\nrun:\n  # whom we follow\n  users: [a, b]\npbx:\n  listen: x\n"
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	f, err := schema.OpenFile(name)
	require.NoError(t, err)
	f.Set(row("user"), "switch")
	f.Set(row("users"), "41", "true", "o'neil")
	f.Set(row("host"), "pbx.example.com")
	f.Set(row("domain"))
	require.NoError(t, f.Save())
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "# our office\nuser: switch # Ida\nareacode: 0711\nrun:\n  # whom we follow\n  users:\n    - \"41\"\n    - \"true\"\n    - o'neil\npbx:\n  listen: x\nhost: pbx.example.com\n", string(b))
	value, there := f.Value("run", "users")
	require.True(t, there)
	require.Equal(t, []any{"41", "true", "o'neil"}, value)
	require.True(t, f.Has(row("users")))
	require.True(t, f.Has(row("host")))
	f.Set(row("users"))
	require.False(t, f.Has(row("users")))

	for _, empty := range []string{"", "# only a remark\n", "---\n", "null\n"} {
		require.NoError(t, os.WriteFile(name, []byte(empty), 0o600))
		f, err := schema.OpenFile(name)
		require.NoError(t, err, empty)
		f.Set(row("host"), "a")
		require.NoError(t, f.Save())
		b, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Contains(t, string(b), "host: a\n", empty)
	}
	for _, bad := range []string{"- a\n", "text\n", "a: [\n"} {
		require.NoError(t, os.WriteFile(name, []byte(bad), 0o600))
		_, err := schema.OpenFile(name)
		require.Error(t, err, bad)
	}
}

// TestUnknownAndDoubleKeys: what nobody reads and what stands twice is refused, with file and line.
func TestUnknownAndDoubleKeys(t *testing.T) {
	commands := map[string][]string{"pbx": {"listen", "script"}, "demo": {"trace"}}
	for _, c := range []struct{ text, says string }{
		{"user: a\nusr: b\n", "settings file own.yaml:2: usr: there is no such setting; did you mean user? See offhook run --help"},
		{"colourful: b\n", "settings file own.yaml:1: colourful: there is no such setting. See offhook run --help"},
		{"run:\n  tapi-verson: 2.0\n", "settings file own.yaml:2: run: tapi-verson: there is no such setting; did you mean tapi-version?"},
		{"pbx:\n  user: a\n", "settings file own.yaml:2: pbx: user: there is no such setting. See offhook pbx --help"},
		{"pbx: 5\n", "settings file own.yaml:1: pbx is a command; its settings stand below it, indented"},
		{"user: a\nhost: b\nuser: c\n", "settings file own.yaml: user stands twice, on line 1 and on line 3"},
		{"run:\n  areacode: '0711'\n  dial-areacode: '030'\n", "settings file own.yaml: areacode on line 2 and dial-areacode on line 3 are the same setting"},
	} {
		f, err := schema.ReadFile(strings.NewReader(c.text), "own.yaml")
		if err == nil {
			err = f.CheckKeys(commands)
		}
		require.ErrorContains(t, err, c.says)
	}
	f, err := schema.ReadFile(strings.NewReader("user: a\nrun:\n  user: b\nringback: evidence\nlisten: x\npbx: {script: y}\ntimers: {request: 3s}\n"), "own.yaml")
	require.NoError(t, err)
	require.NoError(t, f.CheckKeys(commands))
	l, err := schema.Load(nil, noVariables, f)
	require.NoError(t, err)
	require.Equal(t, "b", l.Settings.User, "below stands above top")
	value, there := f.Value("pbx", "listen")
	require.True(t, there)
	require.Equal(t, "x", value, "at the top a key counts for every command that has it")
}

// TestWrongValues: the place of a value that cannot be read is named.
func TestWrongValues(t *testing.T) {
	for _, c := range []struct{ text, says string }{
		{"port: many\n", `own.yaml:1: port: "many" is no number`},
		{"\nlog-level: loud\n", `own.yaml:2: log-level: it may be debug, info, warn or error, not "loud"`},
		{"keep: 30\n", `own.yaml:1: keep: "30" is no duration`},
		{"watch: perhaps\n", `own.yaml:1: watch: it may be true or false`},
		{"user: [a, b]\n", "own.yaml:1: user: one value is expected"},
		{"users: {a: b}\n", "own.yaml:1: users: a list is expected"},
		{"timers: {request: soon}\n", `own.yaml:1: timers: request: "soon" is no duration`},
	} {
		f, err := schema.ReadFile(strings.NewReader(c.text), "own.yaml")
		require.NoError(t, err)
		_, err = schema.Load(nil, noVariables, f)
		require.ErrorContains(t, err, c.says)
	}
	_, err := schema.Load([]Given{{"ringback", "loud"}}, noVariables, nil)
	require.ErrorContains(t, err, `--ringback: it may be vendor or evidence, not "loud"`)
	_, err = schema.Load(nil, func(name string) (string, bool) { return "x", name == "OFFHOOK_PORT" }, nil)
	require.ErrorContains(t, err, `OFFHOOK_PORT: "x" is no number`)
	big := strings.Repeat("# a long remark\n", maxFile/16+1)
	_, err = schema.ReadFile(strings.NewReader(big), "own.yaml")
	require.ErrorContains(t, err, "more than 1048576 bytes")
}
