package settings

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind says how the text of a setting is read.
type Kind uint8

// The kinds.
const (
	KindText       Kind = iota
	KindFile            // a path, relative to the directory that the program was started in
	KindSecretFile      // a file that holds a password
	KindNumber
	KindSize     // a number of bytes
	KindDuration // as time.ParseDuration reads it
	KindList     // several texts, with commas between
	KindEntries  // several texts that may hold commas: given once each
	KindRules    // entries whose order counts; a replay numbers them: key.001, key.002, …
	KindDurations
	KindChoice // one of Choices
	KindSwitch
)

// Scope says what a setting belongs to.
type Scope uint8

// The scopes.
const (
	ScopeSource  Scope = iota // one PBX that the daemon is logged in to
	ScopeProcess              // the whole daemon
)

// Replayed says whether a scenario's config line and a trace's start record hold a setting, and who reads it there.
type Replayed uint8

// Who reads a setting in a replay.
const (
	NotReplayed    Replayed = iota
	ReplayedParts           // the dialect and the projection: package wiring, from this table
	ReplayedEngine          // the engine: package replay, under the same key
)

// Row describes one setting.
type Row struct {
	Key string   // the one spelling
	Old []string // earlier spellings; they are still read

	Group       string // heading in --help and in docs/operate/settings.md
	Kind        Kind
	Scope       Scope
	Default     string   // as a command line would give it
	Unset       string   // what docs/operate/settings.md says in place of an empty default
	Choices     []string // of KindChoice
	Placeholder string   // of the value in --help
	Doc         string   // what it means, in a sentence or two: the flag's help and the row of docs/operate/settings.md
	More        string   // what docs/operate/settings.md says besides, with links

	Replayed Replayed
	Settable bool // the control channel may set it
	Identity bool // it says whom the password is sent to: another value needs the password with it

	Field func(*Settings) any     // a pointer to the field
	Valid func(s *Settings) error // checks a value that can be read; may be nil
}

// Variable is the environment variable of a spelling.
func Variable(spelling string) string {
	return "OFFHOOK_" + strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(spelling))
}

// IsList says whether the setting has several values.
func (r *Row) IsList() bool {
	return r.Kind == KindList || r.Kind == KindEntries || r.Kind == KindRules
}

// Set reads texts as a command line or a variable has them: the last one counts, of several values all do. A list is
// split at its commas; \, is a comma in a value. An empty text is an empty list.
func (r *Row) Set(s *Settings, texts ...string) error {
	if !r.IsList() {
		return r.SetItems(s, texts...)
	}
	var items []string
	for _, text := range texts {
		if r.Kind == KindList {
			items = append(items, splitEscaped(text)...)
		} else if text != "" {
			items = append(items, text)
		}
	}
	return r.SetItems(s, items...)
}

// SetItems reads values one by one; those of a list are taken as they are, commas included.
func (r *Row) SetItems(s *Settings, items ...string) (err error) {
	last := ""
	if len(items) > 0 {
		last = items[len(items)-1]
	}
	switch f := r.Field(s).(type) {
	case *[]string:
		*f = slices.Clone(items)
	case dialectValue:
		var text string
		if text, err = r.parseText(last); err == nil {
			f.set(text)
		}
	case *map[string]time.Duration:
		*f, err = parseDurations(items)
	case *string:
		*f, err = r.parseText(last)
	case *int:
		*f, err = parseNumber[int](last, strconv.IntSize)
	case *int64:
		*f, err = parseNumber[int64](last, 64)
	case *time.Duration:
		*f, err = parseDuration(last)
	case *bool:
		*f, err = parseSwitch(last)
	default:
		err = fmt.Errorf("a field of type %T is not known", f)
	}
	return err
}

// Reset gives the setting its default.
func (r *Row) Reset(s *Settings) {
	switch f := r.Field(s).(type) {
	case *[]string:
		*f = nil
	case *map[string]time.Duration:
		*f = nil
	}
	if r.Default == "" && (r.IsList() || r.Kind == KindDurations) {
		return
	}
	if err := r.Set(s, r.Default); err != nil {
		panic("settings: default of " + r.Key + ": " + err.Error()) // a mistake in the table, which every test meets
	}
}

// Items are the values as texts; a setting that is not set has none.
func (r *Row) Items(s *Settings) []string {
	switch f := r.Field(s).(type) {
	case *[]string:
		return *f
	case *map[string]time.Duration:
		var items []string
		for _, name := range slices.Sorted(maps.Keys(*f)) {
			items = append(items, name+"="+(*f)[name].String())
		}
		return items
	case *string:
		return oneItem(*f)
	case dialectValue:
		return oneItem(f.get())
	case *int:
		return []string{strconv.Itoa(*f)}
	case *int64:
		return []string{strconv.FormatInt(*f, 10)}
	case *time.Duration:
		return []string{f.String()}
	case *bool:
		return []string{strconv.FormatBool(*f)}
	}
	return nil
}

func oneItem(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// Text is the value as one text, in the form that Set reads.
func (r *Row) Text(s *Settings) string {
	items := slices.Clone(r.Items(s))
	if r.Kind == KindList {
		for i := range items {
			items[i] = strings.ReplaceAll(items[i], ",", `\,`)
		}
	}
	return strings.Join(items, ",")
}

// check is Valid with the key before its error.
func (r *Row) check(s *Settings) error {
	if r.Valid == nil {
		return nil
	}
	if err := r.Valid(s); err != nil {
		return fmt.Errorf("%s: %w", r.Key, err)
	}
	return nil
}

func (r *Row) parseText(text string) (string, error) {
	switch r.Kind {
	case KindFile, KindSecretFile:
		return ExpandPath(text), nil
	case KindChoice:
		if !slices.Contains(r.Choices, text) {
			return "", fmt.Errorf("it may be %s, not %q", joinWords(r.Choices), text)
		}
	}
	return text, nil
}

// joinWords writes a list as a sentence has it.
func joinWords(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// ExpandPath makes a path absolute; ~/ is the home directory. An empty one and - stay.
func ExpandPath(path string) string {
	if path == "" || path == "-" || filepath.IsAbs(path) {
		return path
	}
	if rest, below := strings.CutPrefix(path, "~/"); below {
		home, err := os.UserHomeDir()
		if err != nil {
			return path
		}
		return filepath.Join(home, rest)
	}
	if absolute, err := filepath.Abs(path); err == nil {
		return absolute
	}
	return path
}

func parseNumber[N int | int64](text string, bits int) (N, error) {
	n, err := strconv.ParseInt(text, 10, bits)
	if err != nil {
		n, err = strconv.ParseInt(text, 0, bits) // 0x10, 2_147_483_648
	}
	if err != nil {
		return 0, fmt.Errorf("%q is no number", text)
	}
	return N(n), nil
}

func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is no duration; write it as 90s, 15m or 720h", text)
	}
	return d, nil
}

func parseSwitch(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "1", "yes":
		return true, nil
	case "false", "0", "no":
		return false, nil
	}
	return false, fmt.Errorf("it may be true or false, not %q", text)
}

func parseDurations(texts []string) (map[string]time.Duration, error) {
	m := map[string]time.Duration{}
	for _, text := range texts {
		for _, pair := range splitEscaped(text) {
			name, value, ok := strings.Cut(pair, "=")
			if !ok || name == "" {
				return nil, fmt.Errorf("%q is not NAME=DURATION", pair)
			}
			d, err := parseDuration(value)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			m[name] = d
		}
	}
	return m, nil
}

// splitEscaped splits at commas; \, is a comma in a value.
func splitEscaped(text string) (items []string) {
	var item strings.Builder
	for rest := text; rest != ""; {
		switch {
		case strings.HasPrefix(rest, `\,`):
			item.WriteByte(',')
			rest = rest[2:]
		case rest[0] == ',':
			items = append(items, item.String())
			item.Reset()
			rest = rest[1:]
		default:
			item.WriteByte(rest[0])
			rest = rest[1:]
		}
	}
	if item.Len() > 0 {
		items = append(items, item.String())
	}
	return items
}

// inRange checks a port.
func inRange(n, least, most int) error {
	if n < least || n > most {
		return fmt.Errorf("it is a number from %d to %d", least, most)
	}
	return nil
}

// UsersAuto, alone in Users, leaves it to the PBX whose lines there are.
const UsersAuto = "auto"

// UsersAll, among Users, is everybody whom the PBX names.
const UsersAll = "all"

var errAutoAlone = errors.New(UsersAuto + " stands alone: a supervisor gets everybody's lines, anybody else their own")

// Auto says whether the PBX decides whose lines there are.
func (s *Settings) Auto() bool { return slices.Contains(s.Users, UsersAuto) }
