package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"offhook/engine"
)

// Schema is the table of all settings that a program has.
type Schema struct {
	Rows       []Row // in the order of --help; nobody may change them
	bySpelling map[string]int
}

// NewSchema makes the table: the program's own settings and those of the dialects. Two settings of one spelling are a
// mistake in the program: it panics.
func NewSchema(dialects engine.Registry) *Schema {
	s := &Schema{bySpelling: map[string]int{}}
	for _, row := range rows {
		if row.Key == "domain" {
			row.Unset += " (" + defaultDomains(dialects) + ")"
		}
		s.Rows = append(s.Rows, row)
		if row.Key == dialectsAfter {
			s.Rows = append(s.Rows, dialectRows(dialects)...)
		}
	}
	for i, row := range s.Rows {
		for _, spelling := range append([]string{row.Key}, row.Old...) {
			if first, taken := s.bySpelling[spelling]; taken {
				panic(fmt.Sprintf("settings: %s and %s are both spelled %s", s.Rows[first].Key, row.Key, spelling))
			}
			s.bySpelling[spelling] = i
		}
	}
	return s
}

// dialectRows are the choice of the dialect and the settings of all dialects.
func dialectRows(dialects engine.Registry) []Row {
	all := []Row{{Key: "dialect", Group: groupPBX, Kind: KindChoice, Default: dialects.Default().Name, Choices: dialects.Names(), Replayed: ReplayedParts,
		Doc:   "What the PBX speaks on XMPP: " + joinWords(dialects.Names()) + ".",
		Field: func(s *Settings) any { return &s.Dialect }}}
	for _, d := range dialects.All() {
		for _, setting := range d.Settings {
			all = append(all, dialectRow(setting))
		}
	}
	return all
}

// defaultDomains lists the domains that count where none is given.
func defaultDomains(dialects engine.Registry) string {
	var all []string
	for _, d := range dialects.All() {
		if d.DefaultDomain != "" {
			all = append(all, d.Name+": `"+d.DefaultDomain+"`")
		}
	}
	return strings.Join(all, ", ")
}

func dialectRow(d engine.DialectSetting) Row {
	value := func(s *Settings) dialectValue { return dialectValue{s, d.Key, d.Default} }
	row := Row{Key: d.Key, Old: d.Old, Group: groupPBX, Default: d.Default, Choices: d.Choices, Placeholder: d.Placeholder, Doc: d.Doc,
		Replayed: ReplayedParts, Field: func(s *Settings) any { return value(s) }}
	if d.Choices != nil {
		row.Kind = KindChoice
	}
	if d.Default == "" {
		row.Unset = "none"
	}
	if d.Check != nil {
		row.Valid = func(s *Settings) error { return d.Check(value(s).get()) }
	}
	return row
}

// dialectValue is the place of a dialect's setting in Settings.
type dialectValue struct {
	s          *Settings
	key, usual string
}

func (v dialectValue) get() string {
	if text, set := v.s.DialectValue[v.key]; set {
		return text
	}
	return v.usual
}

// set replaces the map: copies of the settings share it.
func (v dialectValue) set(text string) {
	m := maps.Clone(v.s.DialectValue)
	if m == nil {
		m = map[string]string{}
	}
	m[v.key] = text
	if text == v.usual {
		delete(m, v.key)
	}
	if len(m) == 0 {
		m = nil
	}
	v.s.DialectValue = m
}

// Default returns the settings where nothing is set.
func (sc *Schema) Default() Settings {
	var s Settings
	for i := range sc.Rows {
		sc.Rows[i].Reset(&s)
	}
	return s
}

// Check reports the first setting whose value cannot work, by the rows' own checks.
func (sc *Schema) Check(s *Settings) error {
	for i := range sc.Rows {
		if err := sc.Rows[i].check(s); err != nil {
			return err
		}
	}
	return nil
}

// Lookup finds a row by its key or an old spelling; nil if there is none.
func (sc *Schema) Lookup(spelling string) *Row {
	if i, known := sc.bySpelling[spelling]; known {
		return &sc.Rows[i]
	}
	return nil
}

// Settable returns the rows that the control channel may set, in the order they are shown.
func (sc *Schema) Settable() (settable []*Row) {
	for i := range sc.Rows {
		if sc.Rows[i].Settable {
			settable = append(settable, &sc.Rows[i])
		}
	}
	return settable
}

// keys are those of all rows that ok accepts.
func (sc *Schema) keys(ok func(*Row) bool) (keys []string) {
	for i := range sc.Rows {
		if ok(&sc.Rows[i]) {
			keys = append(keys, sc.Rows[i].Key)
		}
	}
	return slices.Clip(keys)
}
