package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"offhook/internal/settings"
)

// configFile gives kong the flags of other commands than run from a settings file, and checks its keys. The settings of
// run are read by package settings.
type configFile struct{ file *settings.File }

var _ kong.Resolver = (*configFile)(nil)

// readConfig is kong's loader of settings files.
func readConfig(r io.Reader) (kong.Resolver, error) {
	name := settingsName
	if f, isFile := r.(*os.File); isFile {
		name = f.Name()
	}
	f, err := schema.ReadFile(r, name)
	if err != nil {
		return nil, err
	}
	return &configFile{f}, nil
}

// Validate refuses names that mean nothing: a misspelt setting must not be passed over.
func (f *configFile) Validate(app *kong.Application) error {
	commands := map[string][]string{}
	for _, n := range app.Leaves(true) {
		if n.Parent != app.Node || n.Name == "run" {
			continue // offhook config users is no place for settings
		}
		commands[n.Name] = nil
		for _, fl := range n.Flags {
			commands[n.Name] = append(commands[n.Name], fl.Name)
		}
	}
	return f.file.CheckKeys(commands)
}

// Resolve finds the value of a flag of another command than run. The environment stands above the file, which kong would
// have the other way round.
func (f *configFile) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	if flag.Tag.Has("nofile") || flag.Name == "help" || flag.Tag.Type == settingType || flag.Tag.Type == switchType {
		return nil, nil
	}
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	command := ""
	if parent.Command != nil {
		command = parent.Command.Name
	}
	if v, there := f.file.Value(command, flag.Name); there {
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
