package engine

import (
	"fmt"
	"strings"
)

// DialectRegistration is a dialect as the program knows it before it is chosen. Who makes the [Registry] names the
// dialect's package; nobody else does.
type DialectRegistration struct {
	Name          string // as the setting dialect says it
	DefaultDomain string // the PBX's XMPP domain where neither settings nor user name have one; empty: one must be given
	Settings      []DialectSetting

	// New makes the dialect; its error says which setting is wrong and what it may be.
	New func(DialectConfig) (Dialect, error)
}

// DialectSetting is one setting of a dialect, as a row of the table of settings.
type DialectSetting struct {
	Key         string   // the one spelling; it begins with the dialect's name
	Old         []string // earlier spellings; they are still read
	Default     string
	Choices     []string // all it may be; nil: what Check takes
	Placeholder string   // of the value in --help; empty: the default
	Doc         string   // what it means, in a sentence or two

	Check func(value string) error // may be nil
}

// DialectConfig is what a dialect is made with.
type DialectConfig struct {
	Values    map[string]string // settings by key; what is missing is at its default
	CommandTo string            // `to` of commands (decision C6); empty: none
}

// Value is a setting of the configuration or its default.
func (s *DialectSetting) Value(c DialectConfig) string {
	if v, set := c.Values[s.Key]; set {
		return v
	}
	return s.Default
}

// Registry is the dialects that a program has. It is made once, where the program is put together, and handed on.
type Registry struct{ all []DialectRegistration }

// NewRegistry makes a registry; the first dialect is the default. Two dialects of one name, or two settings of one
// spelling, are a mistake in the program: it panics.
func NewRegistry(first DialectRegistration, more ...DialectRegistration) Registry {
	r := Registry{append([]DialectRegistration{first}, more...)}
	names, spellings := map[string]bool{}, map[string]bool{}
	for _, d := range r.all {
		if d.Name == "" || names[d.Name] || d.New == nil {
			panic(fmt.Sprintf("engine: the dialect %q has no name, no constructor or is registered twice", d.Name))
		}
		names[d.Name] = true
		for _, s := range d.Settings {
			for _, spelling := range append([]string{s.Key}, s.Old...) {
				if spellings[spelling] {
					panic(fmt.Sprintf("engine: two settings of dialects are spelled %q", spelling))
				}
				spellings[spelling] = true
			}
			if !strings.HasPrefix(s.Key, d.Name+"-") {
				panic(fmt.Sprintf("engine: the setting %q of the dialect %s does not begin with its name", s.Key, d.Name))
			}
		}
	}
	return r
}

// All lists the dialects, the default first. Nobody may change what it returns.
func (r Registry) All() []DialectRegistration { return r.all }

// Names lists the dialects' names, the default first.
func (r Registry) Names() (names []string) {
	for _, d := range r.all {
		names = append(names, d.Name)
	}
	return names
}

// Default is the dialect that counts where none is chosen.
func (r Registry) Default() DialectRegistration { return r.all[0] }

// Lookup finds a dialect by its name; an empty name is the default's.
func (r Registry) Lookup(name string) (DialectRegistration, error) {
	if name == "" {
		return r.Default(), nil
	}
	for _, d := range r.all {
		if d.Name == name {
			return d, nil
		}
	}
	return DialectRegistration{}, fmt.Errorf("engine: there is no dialect %q; it may be %s", name, strings.Join(r.Names(), ", "))
}
