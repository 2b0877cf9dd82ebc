package settings

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"offhook/engine"
	"offhook/internal/dialects"
)

func noVariables(string) (string, bool) { return "", false }

// TestRowsAreWhole: each row says what it means, each field has one row, spellings and variables are unique.
func TestRowsAreWhole(t *testing.T) {
	spellings, variables, fields := map[string]string{}, map[string]string{}, map[any]string{}
	var s Settings
	for i := range schema.Rows {
		r := &schema.Rows[i]
		require.Regexp(t, `^[a-z]+(-[a-z]+)*$`, r.Key)
		require.Contains(t, Groups, r.Group, r.Key)
		require.Regexp(t, `^[A-Za-z].*\.$`, r.Doc, r.Key)
		require.Equal(t, r.Default == "", r.Unset != "", "%s: the page says either the default or what stands in its place", r.Key)
		require.True(t, r.Default != "" || r.Placeholder != "", "%s: --help shows a value", r.Key)
		require.Equal(t, r.Kind == KindChoice, len(r.Choices) > 0, r.Key)
		if r.Kind == KindChoice {
			for _, c := range r.Choices {
				require.True(t, strings.Contains(r.Doc, c) || r.Key == "tapi-version", "%s: the text names %s", r.Key, c)
			}
		}
		require.False(t, r.Identity && !r.Settable, r.Key)
		require.False(t, r.Settable && len(r.Old) > 0, "%s: the control channel knows keys only", r.Key)
		field := r.Field(&s)
		require.Empty(t, fields[field], "%s and %s have one field", r.Key, fields[field])
		fields[field] = r.Key
		for _, spelling := range append([]string{r.Key}, r.Old...) {
			require.Empty(t, spellings[spelling], "%s is a spelling of two settings", spelling)
			spellings[spelling] = r.Key
			v := Variable(spelling)
			require.Contains(t, []string{"", r.Key}, variables[v], "%s is the variable of two settings", v)
			variables[v] = r.Key
		}
	}
	own := len(rows) + 1 // and the choice of the dialect
	require.Equal(t, own+1, reflect.TypeFor[Settings]().NumField(), "each field has a row, those of dialects share one")
}

// TestDefaultsWork: each default can be read, passes its row's check, and reads as itself.
func TestDefaultsWork(t *testing.T) {
	s := schema.Default()
	require.NoError(t, schema.Check(&s))
	for i := range schema.Rows {
		r := &schema.Rows[i]
		if r.Kind != KindDuration {
			require.Equal(t, r.Default, r.Text(&s), r.Key)
		}
		again := Settings{}
		require.NoError(t, r.Set(&again, r.Text(&s)), r.Key)
		require.Equal(t, r.Items(&s), r.Items(&again), r.Key)
	}
}

// other is a value of a setting that is not its default, as its items.
func other(r *Row) []string {
	switch r.Kind {
	case KindNumber, KindSize:
		return []string{"7"}
	case KindDuration:
		return []string{"1m30s"}
	case KindList:
		return []string{"one", "two"}
	case KindEntries, KindRules:
		return []string{"a,b=c", "d=e"}
	case KindDurations:
		return []string{"request=3s", "session-grace=8s"}
	case KindChoice:
		for _, c := range r.Choices {
			if c != r.Default {
				return []string{c}
			}
		}
	case KindSwitch:
		return []string{"true"}
	case KindFile, KindSecretFile:
		return []string{"/somewhere/else"}
	}
	return []string{"0711"} // a text that YAML would read as a number
}

// twoDialects is the program's table with the settings of a second dialect.
func twoDialects() *Schema {
	second := engine.DialectRegistration{Name: "second", New: func(engine.DialectConfig) (engine.Dialect, error) { return nil, nil },
		Settings: []engine.DialectSetting{{Key: "second-word", Old: []string{"word"}, Placeholder: "WORD", Doc: "A word.", Check: func(value string) error {
			if value == "bad" {
				return errors.New("it is bad")
			}
			return nil
		}}}}
	return NewSchema(engine.NewRegistry(dialects.Registry().Default(), second))
}

// TestDialectsBringTheirSettings: a registered dialect may be chosen and set; its check is asked.
func TestDialectsBringTheirSettings(t *testing.T) {
	schema := twoDialects()
	l, err := schema.Load([]Given{{"dialect", "second"}, {"second-word", "good"}, {"pascom-dial", "from"}}, noVariables, nil)
	require.NoError(t, err)
	require.Equal(t, "second", l.Settings.Dialect)
	require.Equal(t, map[string]string{"second-word": "good", "pascom-dial": "from"}, l.Settings.DialectValue)
	require.NoError(t, schema.Check(&l.Settings))
	copied := l.Settings
	require.NoError(t, schema.Lookup("second-word").Set(&copied, "bad"))
	require.EqualError(t, schema.Check(&copied), "second-word: it is bad")
	require.Equal(t, "good", l.Settings.DialectValue["second-word"], "a copy has its own")
	_, err = schema.Load([]Given{{"dialect", "third"}}, noVariables, nil)
	require.ErrorContains(t, err, `--dialect: it may be pascom or second, not "third"`)
	require.Panics(t, func() {
		NewSchema(engine.NewRegistry(engine.DialectRegistration{Name: "user", New: dialects.Registry().Default().New, Settings: []engine.DialectSetting{{Key: "user-x", Old: []string{"host"}}}}))
	}, "a spelling is taken")
}

// ways are the ways to set a setting; ok is false for those that the row does not have. Each gives the settings and the
// old spellings that were used.
var ways = map[string]func(schema *Schema, r *Row, spelling string, items []string) (s Settings, old []OldSpelling, ok bool, err error){
	"flag": func(schema *Schema, r *Row, spelling string, items []string) (Settings, []OldSpelling, bool, error) {
		given := []Given{{spelling, strings.Join(items, ",")}}
		if r.Kind == KindEntries || r.Kind == KindRules {
			given = nil
			for _, item := range items {
				given = append(given, Given{spelling, item})
			}
		}
		return loaded(schema.Load(given, noVariables, nil))
	},
	"variable": func(schema *Schema, r *Row, spelling string, items []string) (Settings, []OldSpelling, bool, error) {
		if len(items) > 1 && (r.Kind == KindEntries || r.Kind == KindRules) {
			return Settings{}, nil, false, nil // a variable holds one entry
		}
		if spelling != r.Key && Variable(spelling) == Variable(r.Key) {
			return Settings{}, nil, false, nil
		}
		lookup := func(name string) (string, bool) { return strings.Join(items, ","), name == Variable(spelling) }
		return loaded(schema.Load(nil, lookup, nil))
	},
	"file": func(schema *Schema, r *Row, spelling string, items []string) (Settings, []OldSpelling, bool, error) {
		var value any = items[0]
		switch {
		case r.IsList():
			value = items
		case r.Kind == KindDurations:
			m := map[string]string{}
			for _, item := range items {
				name, d, _ := strings.Cut(item, "=")
				m[name] = d
			}
			value = m
		}
		text, err := yaml.Marshal(map[string]any{spelling: value})
		if err != nil {
			return Settings{}, nil, true, err
		}
		f, err := schema.ReadFile(strings.NewReader(string(text)), "own.yaml")
		if err == nil {
			err = f.CheckKeys(nil)
		}
		if err != nil {
			return Settings{}, nil, true, err
		}
		return loaded(schema.Load(nil, noVariables, f))
	},
	"file, unquoted": func(schema *Schema, r *Row, spelling string, items []string) (Settings, []OldSpelling, bool, error) {
		if r.IsList() || r.Kind == KindDurations {
			return Settings{}, nil, false, nil
		}
		f, err := schema.ReadFile(strings.NewReader(fmt.Sprintf("run: {%s: %s}", spelling, items[0])), "own.yaml")
		if err != nil {
			return Settings{}, nil, true, err
		}
		return loaded(schema.Load(nil, noVariables, f))
	},
	"config set": func(schema *Schema, r *Row, spelling string, items []string) (Settings, []OldSpelling, bool, error) {
		if !r.Settable || spelling != r.Key {
			return Settings{}, nil, false, nil
		}
		f := &File{Name: "own.yaml", schema: schema}
		f.Set(r, items...)
		return loaded(schema.Load(nil, noVariables, f))
	},
	"replay": func(schema *Schema, r *Row, spelling string, items []string) (Settings, []OldSpelling, bool, error) {
		if r.Replayed != ReplayedParts {
			return Settings{}, nil, false, nil
		}
		m := map[string]string{spelling: strings.Join(items, ",")}
		if r.Kind == KindRules {
			m = map[string]string{}
			for i, item := range items {
				m[fmt.Sprintf("%s.%03d", spelling, i+1)] = item
			}
		}
		s, old, err := schema.FromReplay(m)
		return s, old, true, err
	},
}

func loaded(l *Loaded, err error) (Settings, []OldSpelling, bool, error) {
	if err != nil {
		return Settings{}, nil, true, err
	}
	return l.Settings, l.Old, true, nil
}

// TestEverySettingEveryWay sets each row under each of its spellings in each way; the value is the same, every other
// setting has its default, and an old spelling is named.
func TestEverySettingEveryWay(t *testing.T) {
	schema := twoDialects()
	for i := range schema.Rows {
		r := &schema.Rows[i]
		for _, all := range [][]string{other(r), other(r)[:1]} {
			want := schema.Default()
			require.NoError(t, r.SetItems(&want, all...))
			require.NotEqual(t, schema.Default(), want, r.Key)
			for _, spelling := range append([]string{r.Key}, r.Old...) {
				for way, set := range ways {
					got, old, ok, err := set(schema, r, spelling, all)
					if !ok {
						continue
					}
					require.NoError(t, err, "%s as a %s", spelling, way)
					require.Equal(t, want, got, "%s as a %s", spelling, way)
					require.Equal(t, spelling != r.Key, len(old) > 0, "%s as a %s", spelling, way)
					for _, u := range old {
						require.Equal(t, r.Key, strings.SplitN(u.Key, ".", 2)[0])
						require.True(t, strings.HasPrefix(u.Old, spelling))
						require.Equal(t, way != "replay", u.Where != "")
					}
				}
			}
			if r.Replayed == ReplayedParts {
				again, old, err := schema.FromReplay(schema.ToReplay(&want))
				require.NoError(t, err)
				require.Empty(t, old)
				require.Equal(t, want, again, "%s is kept by a trace", r.Key)
			}
		}
	}
	defaults := schema.Default()
	require.Empty(t, schema.ToReplay(&defaults))
}

// TestReplayKeys: unknown keys and settings that no replay takes are refused; of two spellings the present one counts.
func TestReplayKeys(t *testing.T) {
	for key, says := range map[string]string{"colour": "unknown setting colour", "tapi-rinback": "did you mean tapi-ringback?", "user": "unknown setting user",
		"tapi-ringback.001": "unknown setting", "numbers-rewrite": "unknown setting"} {
		_, _, err := schema.FromReplay(map[string]string{key: "x=y"})
		require.ErrorContains(t, err, says)
	}
	s, _, err := schema.FromReplay(map[string]string{"tapi.ringback": "evidence", "tapi-ringback": "vendor", "dial.emergency": ""})
	require.NoError(t, err)
	require.Equal(t, "vendor", s.TAPIRingback)
	require.Empty(t, s.DialEmergency)
	require.Equal(t, "numbers-rewrite.007", schema.Canonical("numbers.rewrite.007"))
	require.Equal(t, "pascom-phones-by", schema.Canonical("pascom.device"))
	require.Equal(t, "plain.mark", schema.Canonical("plain.mark"))
}

// TestListsAreSplitAtCommas: on a command line; \, is a comma in a value. A YAML list's entries are not split.
func TestListsAreSplitAtCommas(t *testing.T) {
	l, err := schema.Load([]Given{{"users", `a,b\,c`}, {"users", "d"}, {"line", "x=1:A, B"}}, noVariables, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b,c", "d"}, l.Settings.Users)
	require.Equal(t, []string{"x=1:A, B"}, l.Settings.Line)
	require.Equal(t, `a,b\,c,d`, row("users").Text(&l.Settings))
	f, err := schema.ReadFile(strings.NewReader("users: [\"a,b\", c]\npin: x,y\n"), "own.yaml")
	require.NoError(t, err)
	l, err = schema.Load(nil, noVariables, f)
	require.NoError(t, err)
	require.Equal(t, []string{"a,b", "c"}, l.Settings.Users)
	require.Equal(t, []string{"x", "y"}, l.Settings.Pin)
}
