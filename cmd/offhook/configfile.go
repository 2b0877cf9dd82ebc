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

// configFile resolves the flags of the commands other than run from a settings file, and checks the file's keys. Package
// settings reads the settings of run.
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

// Validate refuses unknown names, so that a misspelt setting is noticed.
func (f *configFile) Validate(app *kong.Application) error {
	commands := map[string][]string{}
	for _, n := range app.Leaves(true) {
		if n.Parent != app.Node || n.Name == "run" {
			continue // a command below another one has no settings in the file
		}
		commands[n.Name] = nil
		for _, fl := range n.Flags {
			commands[n.Name] = append(commands[n.Name], fl.Name)
		}
	}
	return f.file.CheckKeys(commands)
}

// Resolve returns the value of a flag of a command other than run. The environment overrides the file; kong alone would do
// the opposite.
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
	if v, ok := f.file.Value(command, flag.Name); ok {
		return settingValue(flag, v), nil
	}
	return nil, nil
}

// settingValue returns a value in the form that kong takes: a map as on the command line, anything else unchanged.
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
