package winservice

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// registryOf plays the key of the provider list.
func registryOf(values map[string]any) (func(string) (uint32, bool), func(string) (string, bool)) {
	return func(name string) (uint32, bool) { v, ok := values[name].(uint32); return v, ok },
		func(name string) (string, bool) { v, ok := values[name].(string); return v, ok }
}

func TestProviderList(t *testing.T) {
	ours := func(files ...string) map[string]any {
		m := map[string]any{"NumProviders": uint32(len(files)), "NextProviderID": uint32(len(files) + 1)}
		for i, f := range files {
			m[fmt.Sprint("ProviderID", i)], m[fmt.Sprint("ProviderFilename", i)] = uint32(i+1), f
		}
		return m
	}
	without := func(m map[string]any, names ...string) map[string]any {
		for _, n := range names {
			delete(m, n)
		}
		return m
	}
	for _, c := range []struct {
		name        string
		values      map[string]any
		sound, here bool
		after       string // the files with their ids once ours is in
		next        uint32
	}{
		{"as it should be", ours("unimdm.tsp", "offhook.tsp"), true, true, "1=unimdm.tsp 2=offhook.tsp", 3},
		{"with its directory", ours(`C:\Windows\System32\OffHook.TSP`), true, true, `1=C:\Windows\System32\OffHook.TSP`, 2},
		{"gone", ours("unimdm.tsp", "hidphone.tsp"), true, false, "1=unimdm.tsp 2=hidphone.tsp 3=offhook.tsp", 4},
		{"nothing at all", map[string]any{}, false, false, "1=offhook.tsp", 2},
		{"empty", map[string]any{"NumProviders": uint32(0), "NextProviderID": uint32(0)}, true, false, "1=offhook.tsp", 2},
		{"a hole", without(ours("unimdm.tsp", "gone.tsp", "offhook.tsp"), "ProviderFilename1"), false, true, "1=unimdm.tsp 3=offhook.tsp", 4},
		{"no next id", without(ours("unimdm.tsp"), "NextProviderID"), false, false, "1=unimdm.tsp 2=offhook.tsp", 3},
		{"a count that is none", map[string]any{"NumProviders": uint32(1 << 31), "ProviderID0": uint32(1), "ProviderFilename0": "unimdm.tsp", "NextProviderID": uint32(2)},
			false, false, "1=unimdm.tsp 2=offhook.tsp", 3},
	} {
		number, text := registryOf(c.values)
		l, sound := readProviders(number, text)
		require.Equal(t, c.sound, sound, c.name)
		require.Equal(t, c.here, l.has(ProviderFile), c.name)
		if !c.here {
			l.add(ProviderFile)
		}
		written := map[string]any{}
		var order []string
		require.NoError(t, l.write(
			func(name string, v uint32) error { written[name], order = v, append(order, name); return nil },
			func(name, v string) error { written[name], order = v, append(order, name); return nil }), c.name)
		require.Equal(t, "NumProviders", order[len(order)-1], "the count stands last")
		number, text = registryOf(written)
		again, sound := readProviders(number, text)
		require.True(t, sound, c.name)
		require.Equal(t, l, again, c.name)
		var got []string
		for _, p := range again.all {
			got = append(got, fmt.Sprint(p.id, "=", p.file))
		}
		require.Equal(t, c.after, strings.Join(got, " "), c.name)
		require.Equal(t, c.next, again.next, c.name)
	}
	fails := errors.New("no")
	l := providerList{all: []listedProvider{{1, "a"}}, next: 2}
	require.ErrorIs(t, l.write(func(string, uint32) error { return fails }, func(string, string) error { return nil }), fails)
	require.ErrorIs(t, l.write(func(string, uint32) error { return nil }, func(string, string) error { return fails }), fails)
}
