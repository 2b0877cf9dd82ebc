package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Canonical is the present spelling of a key of a replay's settings: of a scenario's config line or a trace's start
// record. A rule keeps its number: numbers.rewrite.001 becomes numbers-rewrite.001. An unknown key stays as it is.
func (sc *Schema) Canonical(key string) string {
	row, number := sc.replayRow(key)
	if row == nil {
		return key
	}
	return row.Key + number
}

// replayRow finds the row of a key of a replay's settings; number is that of a rule, with its dot.
func (sc *Schema) replayRow(key string) (row *Row, number string) {
	if row := sc.Lookup(key); row != nil && row.Kind != KindRules {
		return row, ""
	}
	if i := strings.LastIndexByte(key, '.'); i > 0 {
		if row := sc.Lookup(key[:i]); row != nil && row.Kind == KindRules {
			return row, key[i:]
		}
	}
	return nil, ""
}

// CanonicalKeys returns a replay's settings under the present spellings. Where one stands under two, the present one
// counts.
func (sc *Schema) CanonicalKeys(m map[string]string) map[string]string {
	out := make(map[string]string, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		name := sc.Canonical(key)
		if _, there := m[name]; !there || name == key {
			out[name] = m[key]
		}
	}
	return out
}

// ToReplay returns the settings of dialect and projection as scenarios and traces hold them; what is at its default is
// left out.
func (sc *Schema) ToReplay(s *Settings) map[string]string {
	m := map[string]string{}
	for i := range sc.Rows {
		row := &sc.Rows[i]
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
func (sc *Schema) FromReplay(m map[string]string) (Settings, []OldSpelling, error) {
	s := sc.Default()
	var old []OldSpelling
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if name := sc.Canonical(key); name != key {
			old = append(old, OldSpelling{Old: key, Key: name})
		}
	}
	all := sc.CanonicalKeys(m)
	rules := map[*Row][]string{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		row, number := sc.replayRow(key)
		switch {
		case row == nil || row.Replayed != ReplayedParts:
			return s, old, fmt.Errorf("unknown setting %s%s", key, suggestion(key, sc.keys(func(r *Row) bool { return r.Replayed == ReplayedParts })))
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
