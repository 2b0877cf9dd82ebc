package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"offhook/internal/atomicfile"
)

// settingsName is the settings file's name where no --config names one.
const settingsName = "settings.yaml"

// maxSettings bounds a settings file, in bytes.
const maxSettings = 1 << 20

// settingsFile is a settings file that can be changed. Comments, order and what it holds besides stay.
type settingsFile struct {
	name string
	doc  yaml.Node
}

// openSettings reads a file; one that does not exist is empty.
func openSettings(name string) (*settingsFile, error) {
	f := &settingsFile{name: name}
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the settings file cannot be read: %w", err)
	}
	if len(b) > maxSettings {
		return nil, fmt.Errorf("the settings file %s has more than %d bytes", name, maxSettings)
	}
	if err := yaml.Unmarshal(b, &f.doc); err != nil {
		return nil, fmt.Errorf("the settings file is not YAML: %w", err)
	}
	if len(f.doc.Content) > 0 && f.doc.Content[0].Kind != yaml.MappingNode {
		if f.doc.Content[0].Tag != "!!null" {
			return nil, fmt.Errorf("the settings file %s is not YAML of the form name: value", name)
		}
		f.doc.Content = nil
	}
	return f, nil
}

// set changes one setting of the run command where it stands, else at the top. No values remove it.
func (f *settingsFile) set(name string, list bool, values ...string) {
	if len(f.doc.Content) == 0 {
		f.doc = yaml.Node{Kind: yaml.DocumentNode, HeadComment: f.doc.HeadComment, FootComment: f.doc.FootComment,
			Content: []*yaml.Node{{Kind: yaml.MappingNode, Tag: "!!map"}}}
	}
	top := f.doc.Content[0]
	place := top
	if i := keyIn(top, "run"); i >= 0 && top.Content[i+1].Kind == yaml.MappingNode && keyIn(top.Content[i+1], name) >= 0 {
		place = top.Content[i+1]
	}
	i := keyIn(place, name)
	if len(values) == 0 {
		if i >= 0 {
			place.Content = slices.Delete(place.Content, i, i+2)
		}
		return
	}
	node := scalar(values[0])
	if list {
		node = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, v := range values {
			node.Content = append(node.Content, scalar(v))
		}
	}
	if i < 0 {
		place.Content = append(place.Content, scalar(name), node)
		return
	}
	old := place.Content[i+1]
	node.HeadComment, node.LineComment, node.FootComment = old.HeadComment, old.LineComment, old.FootComment
	place.Content[i+1] = node
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

// content is the file as it would be written.
func (f *settingsFile) content() ([]byte, error) {
	var b bytes.Buffer
	if len(f.doc.Content) > 0 && len(f.doc.Content[0].Content) > 0 {
		e := yaml.NewEncoder(&b)
		e.SetIndent(2)
		if err := e.Encode(&f.doc); err != nil {
			return nil, fmt.Errorf("the settings cannot be written as YAML: %w", err)
		}
	}
	return b.Bytes(), nil
}

// save writes the file, whole or not at all.
func (f *settingsFile) save() error {
	b, err := f.content()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(f.name), 0o700); err != nil {
		return fmt.Errorf("the settings cannot be written: %w", err)
	}
	return atomicfile.Write(f.name, b)
}

// flagIn finds the value of a flag on a command line, before it is parsed.
func flagIn(args []string, flag string) (string, bool) {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, flag+"="); ok {
			return v, true
		}
		if a == flag && i+1 < len(args) {
			return args[i+1], true
		}
	}
	return "", false
}

// commandIn finds the command on a command line, before it is parsed.
func commandIn(args []string) string {
	for i := 0; i < len(args); i++ {
		if !strings.HasPrefix(args[i], "-") {
			return args[i]
		}
		if args[i] == "--config" {
			i++
		}
	}
	return ""
}

// withSettingsFile names the settings file of the place where offhook keeps its things, when there is one, the command
// is one that lives on it, and no other is named.
func withSettingsFile(args []string) []string {
	if !slices.Contains([]string{"run", "config"}, commandIn(args)) {
		return args
	}
	if name, given := settingsPlace(args); !given {
		if _, err := os.Stat(name); err == nil {
			return append([]string{"--config", name}, args...)
		}
	}
	return args
}

// settingsPlace is the settings file that a command line means; given says that it names it.
func settingsPlace(args []string) (name string, given bool) {
	if name, given = flagIn(args, "--config"); given {
		return name, true
	}
	if name = os.Getenv("OFFHOOK_CONFIG"); name != "" {
		return name, true
	}
	dir, given := flagIn(args, "--data-dir")
	if !given {
		dir = os.Getenv("OFFHOOK_DATA_DIR")
	}
	return filepath.Join(settingsDir(dir), settingsName), false
}
