package settings

import (
	"fmt"
	"slices"
)

// Source is where the value of a setting came from.
type Source string

// The sources, the strongest first.
const (
	FromCommandLine Source = "command line"
	FromEnvironment Source = "environment"
	FromFile        Source = "file"
	FromDefault     Source = "default"
)

// Given is one flag of a command line.
type Given struct {
	Spelling string // without the dashes
	Text     string
}

// OldSpelling is one use of an old spelling.
type OldSpelling struct {
	Old, Key string
	Where    string // the flag, the variable, or file and line
}

// Loaded are settings with where each came from.
type Loaded struct {
	Settings Settings
	File     string            // the settings file, which may not exist yet
	DataDir  string            // the directory that Settings.DataDir means; the caller fills it in
	Sources  map[string]Source // by key
	Old      []OldSpelling     // in the order of the rows
}

// Load reads the settings: a flag stands above a variable, a variable above the file, the file above the default. A
// variable that is set counts even if it is empty. lookup is os.LookupEnv or its like; file may be nil.
func (sc *Schema) Load(flags []Given, lookup func(string) (string, bool), file *File) (*Loaded, error) {
	l := &loader{Loaded: Loaded{Settings: sc.Default(), Sources: map[string]Source{}}, flags: flags, lookup: lookup, file: file}
	if file != nil {
		l.File = file.Name
	}
	for i := range sc.Rows {
		source, err := l.load(&sc.Rows[i])
		if err != nil {
			return nil, err
		}
		l.Sources[sc.Rows[i].Key] = source
	}
	return &l.Loaded, nil
}

// loader fills settings from all sources.
type loader struct {
	Loaded
	flags  []Given
	lookup func(string) (string, bool)
	file   *File
}

// load reads one setting from the strongest source that has it.
func (l *loader) load(row *Row) (Source, error) {
	if set, err := l.fromFlags(row); set || err != nil {
		return FromCommandLine, err
	}
	if set, err := l.fromVariable(row); set || err != nil {
		return FromEnvironment, err
	}
	if set, err := l.fromFile(row); set || err != nil {
		return FromFile, err
	}
	return FromDefault, nil
}

// note keeps that a spelling was used, if it is an old one.
func (l *loader) note(row *Row, spelling, where string) {
	if spelling != row.Key {
		l.Old = append(l.Old, OldSpelling{Old: spelling, Key: row.Key, Where: where})
	}
}

func (l *loader) fromFlags(row *Row) (bool, error) {
	var texts []string
	spelling := row.Key
	for _, g := range l.flags {
		if g.Spelling != row.Key && !slices.Contains(row.Old, g.Spelling) {
			continue
		}
		spelling = g.Spelling
		l.note(row, spelling, "--"+spelling)
		texts = append(texts, g.Text)
	}
	if texts == nil {
		return false, nil
	}
	if err := row.Set(&l.Settings, texts...); err != nil {
		return false, fmt.Errorf("--%s: %w", spelling, err)
	}
	return true, nil
}

func (l *loader) fromVariable(row *Row) (bool, error) {
	own := Variable(row.Key)
	for _, spelling := range append([]string{row.Key}, row.Old...) {
		variable := Variable(spelling)
		if spelling != row.Key && variable == own {
			continue // tapi.version: its variable is that of tapi-version
		}
		text, set := l.lookup(variable)
		if !set {
			continue
		}
		l.note(row, spelling, variable)
		if err := row.Set(&l.Settings, text); err != nil {
			return false, fmt.Errorf("%s: %w", variable, err)
		}
		return true, nil
	}
	return false, nil
}

func (l *loader) fromFile(row *Row) (bool, error) {
	if l.file == nil {
		return false, nil
	}
	spelling, value := l.file.find(row)
	if value == nil {
		return false, nil
	}
	where := l.file.place(value)
	l.note(row, spelling, where)
	if err := setNode(row, &l.Settings, value); err != nil {
		return false, fmt.Errorf("%s: %s: %w", where, spelling, err)
	}
	return true, nil
}
