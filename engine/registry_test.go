package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRegistry(t *testing.T) {
	a := DialectRegistration{Name: "a", New: func(DialectConfig) (Dialect, error) { return plain{}, nil },
		Settings: []DialectSetting{{Key: "a-key", Old: []string{"key"}, Default: "usual"}}}
	b := a
	b.Name, b.Settings = "b", nil
	r := NewRegistry(a, b)
	require.Equal(t, []string{"a", "b"}, r.Names())
	for name, want := range map[string]string{"": "a", "a": "a", "b": "b"} {
		d, err := r.Lookup(name)
		require.NoError(t, err)
		require.Equal(t, want, d.Name)
	}
	_, err := r.Lookup("c")
	require.ErrorContains(t, err, "it may be a, b")
	require.Equal(t, "usual", a.Settings[0].Value(DialectConfig{}))
	require.Empty(t, a.Settings[0].Value(DialectConfig{Values: map[string]string{"a-key": ""}}), "set to nothing is set")

	same, nameless, foreign := b, b, b
	same.Name = "a"
	nameless.Name = ""
	foreign.Settings = []DialectSetting{{Key: "c-key"}}
	twice := b
	twice.Settings = []DialectSetting{{Key: "b-key", Old: []string{"key"}}}
	for _, bad := range []DialectRegistration{same, nameless, foreign, twice, {Name: "x"}} {
		require.Panics(t, func() { NewRegistry(a, bad) }, "%+v", bad)
	}
}
