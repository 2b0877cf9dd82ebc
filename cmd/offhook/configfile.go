package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"
)

// configFile is a settings file: the flags' names with their values, at the top or below the command they are for.
type configFile struct{ all map[string]any }

var _ kong.Resolver = (*configFile)(nil)

// readConfig is kong's loader of settings files.
func readConfig(r io.Reader) (kong.Resolver, error) {
	f := &configFile{all: map[string]any{}}
	var doc yaml.Node
	if err := yaml.NewDecoder(r).Decode(&doc); err != nil && err != io.EOF {
		return nil, fmt.Errorf("the settings file is not YAML: %w", err)
	}
	if len(doc.Content) == 0 {
		return f, nil
	}
	all, ok := plain(doc.Content[0], 0).(map[string]any)
	if !ok {
		return nil, errors.New("the settings file is not YAML of the form name: value")
	}
	f.all = all
	return f, nil
}

// plain is a node as maps, lists and text. Scalars keep their spelling: 0711 is an area code, not an octal number.
func plain(n *yaml.Node, depth int) any {
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
	case n.Kind == yaml.AliasNode:
		return plain(n.Alias, depth+1)
	}
	return n.Value
}

// Validate refuses names that mean nothing: a misspelt setting must not be passed over.
func (f *configFile) Validate(app *kong.Application) error {
	known := map[string][]string{}
	for _, n := range app.Leaves(true) {
		if n.Parent != app.Node {
			continue // offhook config users is no place for settings
		}
		for _, fl := range n.Flags {
			known[n.Name] = append(known[n.Name], fl.Name)
		}
	}
	for key, value := range f.all {
		if flags, command := known[key]; command {
			part, ok := value.(map[string]any)
			if !ok {
				return fmt.Errorf("settings file: %s: is a command; its settings stand below it, indented", key)
			}
			for name := range part {
				if !slices.Contains(flags, name) {
					return fmt.Errorf("settings file: %s: %s: there is no such setting; see offhook %s --help", key, name, key)
				}
			}
			continue
		}
		if !slices.Contains(slices.Concat(known["run"], known["replay"], known["check"], known["pbx"], known["demo"]), key) {
			return fmt.Errorf("settings file: %s: there is no such setting; see offhook run --help", key)
		}
	}
	return nil
}

// Resolve finds a flag's value. The environment stands above the file, which kong would have the other way round.
func (f *configFile) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	if flag.Tag.Has("nofile") {
		return nil, nil
	}
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	if parent.Command != nil {
		if part, ok := f.all[parent.Command.Name].(map[string]any); ok {
			if v, ok := part[flag.Name]; ok {
				return settingValue(flag, v), nil
			}
		}
	}
	if v, ok := f.all[flag.Name]; ok && !strings.Contains(flag.Name, "help") {
		return settingValue(flag, v), nil
	}
	return nil, nil
}

// settingValue is a value as kong wants it: a map is written as on the command line, the rest stays.
func settingValue(flag *kong.Flag, v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		if list, ok := v.([]any); ok {
			return list
		}
		return fmt.Sprint(v)
	}
	var pairs []string
	for k, x := range m {
		pairs = append(pairs, fmt.Sprintf("%s=%v", k, x))
	}
	slices.Sort(pairs)
	return strings.Join(pairs, string(flag.Tag.MapSep))
}
