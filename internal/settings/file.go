package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"offhook/internal/atomicfile"
)

// maxFile bounds a settings file, in bytes.
const maxFile = 1 << 20

// ownSection is the command whose settings these are; in a file they may stand below its name.
const ownSection = "run"

// File is a settings file (YAML). The settings stand at the top or below run; what stands below overrides what stands
// at the top. Comments, order and what the file holds besides survive a change.
type File struct {
	Name   string
	schema *Schema
	doc    yaml.Node
}

// OpenFile reads a file; one that does not exist is empty.
func (sc *Schema) OpenFile(name string) (*File, error) {
	r, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return &File{Name: name, schema: sc}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the settings file cannot be read: %w", err)
	}
	defer r.Close()
	return sc.ReadFile(r, name)
}

// ReadFile reads a file from r. It refuses what is not YAML of the form name: value, and a setting that stands twice in
// one place.
func (sc *Schema) ReadFile(r io.Reader, name string) (*File, error) {
	f := &File{Name: name, schema: sc}
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("the settings file cannot be read: %w", err)
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("the settings file %s has more than %d bytes", name, maxFile)
	}
	if err := yaml.Unmarshal(b, &f.doc); err != nil {
		return nil, fmt.Errorf("the settings file is not YAML: %s: %w", name, err)
	}
	if len(f.doc.Content) > 0 && f.doc.Content[0].Kind != yaml.MappingNode {
		if f.doc.Content[0].Tag != "!!null" {
			return nil, fmt.Errorf("the settings file %s is not YAML of the form name: value", name)
		}
		f.doc.Content = nil
	}
	return f, f.refuseDoubles()
}

// top is the mapping that the file is; nil for an empty file.
func (f *File) top() *yaml.Node {
	if len(f.doc.Content) == 0 {
		return nil
	}
	return f.doc.Content[0]
}

// place is a node's file and line, for people.
func (f *File) place(n *yaml.Node) string { return fmt.Sprintf("%s:%d", f.Name, n.Line) }

// refuseDoubles refuses a setting that stands twice at the top or twice in a section, be it in two spellings.
func (f *File) refuseDoubles() error {
	top := f.top()
	if top == nil {
		return nil
	}
	for _, mapping := range append([]*yaml.Node{top}, f.sections(top)...) {
		seen := map[string]*yaml.Node{}
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			key := mapping.Content[i]
			name := key.Value
			if row := f.schema.Lookup(name); row != nil {
				name = row.Key
			}
			first := seen[name]
			if first == nil {
				seen[name] = key
				continue
			}
			if first.Value == key.Value {
				return fmt.Errorf("settings file %s: %s stands twice, on line %d and on line %d", f.Name, key.Value, first.Line, key.Line)
			}
			return fmt.Errorf("settings file %s: %s on line %d and %s on line %d are the same setting", f.Name, first.Value, first.Line, key.Value, key.Line)
		}
	}
	return nil
}

// sections are the mappings directly below the top that are no setting.
func (f *File) sections(top *yaml.Node) (all []*yaml.Node) {
	for i := 0; i+1 < len(top.Content); i += 2 {
		if row := f.schema.Lookup(top.Content[i].Value); row == nil && top.Content[i+1].Kind == yaml.MappingNode {
			all = append(all, top.Content[i+1])
		}
	}
	return all
}

// section finds the mapping below a command's name; nil if there is none.
func (f *File) section(command string) *yaml.Node {
	top := f.top()
	if top == nil {
		return nil
	}
	if i := keyIn(top, command); i >= 0 && resolved(top.Content[i+1]).Kind == yaml.MappingNode {
		return resolved(top.Content[i+1])
	}
	return nil
}

// CheckKeys refuses keys that nobody reads: a misspelt setting must not be passed over. commands are the other commands
// that may have a section, with their flags; at the top a key counts for every command that has it.
func (f *File) CheckKeys(commands map[string][]string) error {
	top := f.top()
	if top == nil {
		return nil
	}
	keys := f.schema.keys(func(*Row) bool { return true })
	everywhere := slices.Concat(append(slices.Collect(maps.Values(commands)), keys)...)
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, value := top.Content[i], resolved(top.Content[i+1])
		flags, command := commands[key.Value]
		if key.Value == ownSection {
			flags, command = keys, true
		}
		switch {
		case command && value.Kind != yaml.MappingNode:
			return fmt.Errorf("settings file %s: %s is a command; its settings stand below it, indented", f.place(key), key.Value)
		case command:
			if err := f.checkSection(key.Value, value, flags); err != nil {
				return err
			}
		case !f.known(key.Value, everywhere):
			return fmt.Errorf("settings file %s: %s: there is no such setting%s See offhook run --help", f.place(key), key.Value, sentence(suggestion(key.Value, everywhere)))
		}
	}
	return nil
}

func (f *File) checkSection(command string, section *yaml.Node, flags []string) error {
	for i := 0; i+1 < len(section.Content); i += 2 {
		key := section.Content[i]
		if slices.Contains(flags, key.Value) || command == ownSection && f.known(key.Value, flags) {
			continue
		}
		return fmt.Errorf("settings file %s: %s: %s: there is no such setting%s See offhook %s --help", f.place(key), command, key.Value,
			sentence(suggestion(key.Value, flags)), command)
	}
	return nil
}

func (f *File) known(key string, flags []string) bool {
	return f.schema.Lookup(key) != nil || slices.Contains(flags, key)
}

// sentence ends a text that may be empty or a question.
func sentence(text string) string {
	if text == "" {
		return "."
	}
	return text
}

// resolved follows an alias (*name) to what it stands for.
func resolved(n *yaml.Node) *yaml.Node {
	for range 8 {
		if n.Kind != yaml.AliasNode {
			break
		}
		n = n.Alias
	}
	return n
}

// find returns a setting's value and the spelling it stands under; nil if it is not there.
func (f *File) find(row *Row) (spelling string, value *yaml.Node) {
	for _, mapping := range []*yaml.Node{f.section(ownSection), f.top()} {
		if mapping == nil {
			continue
		}
		for _, name := range append([]string{row.Key}, row.Old...) {
			if i := keyIn(mapping, name); i >= 0 {
				return name, mapping.Content[i+1]
			}
		}
	}
	return "", nil
}

// Has says whether the file has a setting.
func (f *File) Has(row *Row) bool {
	_, value := f.find(row)
	return value != nil
}

// Value returns what another command's flag is set to: below the command's name, else at the top. Scalars are texts in
// their spelling, lists []any, maps map[string]any.
func (f *File) Value(command, flag string) (value any, there bool) {
	for _, mapping := range []*yaml.Node{f.section(command), f.top()} {
		if mapping == nil {
			continue
		}
		if i := keyIn(mapping, flag); i >= 0 {
			return plain(mapping.Content[i+1], 0), true
		}
	}
	return nil, false
}

// plain is a node as maps, lists and text. Scalars keep their spelling: 0711 is an area code, not an octal number.
func plain(n *yaml.Node, depth int) any {
	n = resolved(n)
	switch {
	case depth > 8:
		return ""
	case n.Kind == yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(n.Content[i+1], depth+1)
		}
		return m
	case n.Kind == yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			list = append(list, plain(c, depth+1))
		}
		return list
	}
	return n.Value
}

// setNode reads a value of the file: a list's may be a YAML list, durations a mapping; all else is as on a command line.
func setNode(row *Row, s *Settings, n *yaml.Node) error {
	n = resolved(n)
	switch {
	case n.Kind == yaml.ScalarNode:
		return row.Set(s, n.Value)
	case n.Kind == yaml.SequenceNode && (row.IsList() || row.Kind == KindDurations):
		var items []string
		for _, c := range n.Content {
			if c = resolved(c); c.Kind != yaml.ScalarNode {
				return fmt.Errorf("line %d: a text is expected", c.Line)
			}
			items = append(items, c.Value)
		}
		return row.SetItems(s, items...)
	case n.Kind == yaml.MappingNode && row.Kind == KindDurations:
		var pairs []string
		for i := 0; i+1 < len(n.Content); i += 2 {
			pairs = append(pairs, n.Content[i].Value+"="+resolved(n.Content[i+1]).Value)
		}
		return row.SetItems(s, pairs...)
	case n.Kind == yaml.MappingNode && row.IsList():
		return errors.New("a list is expected; quote a value that has a colon")
	}
	return errors.New("one value is expected")
}

// Set changes a setting where it stands, under whichever spelling, else at the top; its key becomes the present one. No
// items remove it.
func (f *File) Set(row *Row, items ...string) {
	if f.top() == nil {
		f.doc = yaml.Node{Kind: yaml.DocumentNode, HeadComment: f.doc.HeadComment, FootComment: f.doc.FootComment,
			Content: []*yaml.Node{{Kind: yaml.MappingNode, Tag: "!!map"}}}
	}
	mapping := f.top()
	spelling, value := f.find(row)
	if section := f.section(ownSection); value != nil && section != nil && keyIn(section, spelling) >= 0 && section.Content[keyIn(section, spelling)+1] == value {
		mapping = section
	}
	i := keyIn(mapping, spelling)
	if value == nil {
		i = -1
	}
	if len(items) == 0 {
		if i >= 0 {
			mapping.Content = slices.Delete(mapping.Content, i, i+2)
		}
		return
	}
	node := scalar(items[0])
	if row.IsList() {
		node = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, v := range items {
			node.Content = append(node.Content, scalar(v))
		}
	}
	if i < 0 {
		mapping.Content = append(mapping.Content, scalar(row.Key), node)
		return
	}
	old := mapping.Content[i+1]
	node.HeadComment, node.LineComment, node.FootComment = old.HeadComment, old.LineComment, old.FootComment
	mapping.Content[i].Value, mapping.Content[i+1] = row.Key, node
}

func scalar(v string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(v) // quoted where it would read as something else
	return n
}

// keyIn is the index of a key in a mapping's content, or -1.
func keyIn(mapping *yaml.Node, name string) int {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			return i
		}
	}
	return -1
}

// Content is the file as Save writes it.
func (f *File) Content() ([]byte, error) {
	var b bytes.Buffer
	if top := f.top(); top != nil && len(top.Content) > 0 {
		e := yaml.NewEncoder(&b)
		e.SetIndent(2)
		if err := e.Encode(&f.doc); err != nil {
			return nil, fmt.Errorf("the settings cannot be written as YAML: %w", err)
		}
	}
	return b.Bytes(), nil
}

// Save writes the file, whole or not at all.
func (f *File) Save() error {
	b, err := f.Content()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(f.Name), 0o700); err != nil {
		return fmt.Errorf("the settings cannot be written: %w", err)
	}
	return atomicfile.Write(f.Name, b)
}
