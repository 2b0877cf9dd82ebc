package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Canonical is the present spelling of a key of a replay's settings: of a scenario's config line or a trace's start
// record. A rule keeps its number: numbers.rewrite.001 becomes numbers-rewrite.001. An unknown key stays as it is.
func Canonical(key string) string {
	row, number := replayRow(key)
	if row == nil {
		return key
	}
	return row.Key + number
}

// replayRow finds the row of a key of a replay's settings; number is that of a rule, with its dot.
func replayRow(key string) (row *Row, number string) {
	if row, _ := Lookup(key); row != nil && row.Kind != KindRules {
		return row, ""
	}
	if i := strings.LastIndexByte(key, '.'); i > 0 {
		if row, _ := Lookup(key[:i]); row != nil && row.Kind == KindRules {
			return row, key[i:]
		}
	}
	return nil, ""
}

// CanonicalKeys returns a replay's settings under the present spellings. Where one stands under two, the present one
// counts.
func CanonicalKeys(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		name := Canonical(key)
		if _, there := m[name]; !there || name == key {
			out[name] = m[key]
		}
	}
	return out
}

// ToReplay returns the settings of dialect and projection as scenarios and traces hold them; what is at its default is
// left out.
func ToReplay(s *Settings) map[string]string {
	m := map[string]string{}
	for i := range Rows {
		row := &Rows[i]
		switch {
		case row.Replayed != ReplayedParts:
		case row.Kind == KindRules:
			for n, rule := range row.Items(s) {
				m[fmt.Sprintf("%s.%03d", row.Key, n+1)] = rule
			}
		case row.Text(s) != row.Default:
			m[row.Key] = row.Text(s)
		}
	}
	return m
}

// FromReplay reads the settings of dialect and projection from a scenario or a trace; all others have their defaults.
// Rules are taken in the order of their keys. Unknown keys are refused.
func FromReplay(m map[string]string) (Settings, []OldSpelling, error) {
	s := Default()
	var old []OldSpelling
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if name := Canonical(key); name != key {
			old = append(old, OldSpelling{Old: key, Key: name})
		}
	}
	all := CanonicalKeys(m)
	rules := map[*Row][]string{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		row, number := replayRow(key)
		switch {
		case row == nil || row.Replayed != ReplayedParts:
			return s, old, fmt.Errorf("unknown setting %s%s", key, suggestion(key, replayKeys()))
		case number != "":
			rules[row] = append(rules[row], all[key])
			continue
		}
		if err := row.Set(&s, all[key]); err != nil {
			return s, old, fmt.Errorf("%s: %w", key, err)
		}
	}
	for row, texts := range rules {
		if err := row.SetItems(&s, texts...); err != nil {
			return s, old, fmt.Errorf("%s: %w", row.Key, err)
		}
	}
	return s, old, nil
}

func replayKeys() (keys []string) {
	for _, row := range Rows {
		if row.Replayed == ReplayedParts {
			keys = append(keys, row.Key)
		}
	}
	return keys
}
