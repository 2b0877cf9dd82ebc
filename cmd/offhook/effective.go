package main

import (
	"errors"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

// settings are the settings of a run as they are now, with where each came from.
type settings struct {
	run       *runCmd
	sources   map[string]source
	flags     []*kong.Flag // of the run command
	file      string       // the settings file, which may not exist yet
	dataDir   string
	passwords passwords
	offline   bool // changed by somebody else than the daemon
}

// source is where the value of a setting came from.
type source string

// The sources, the strongest first.
const (
	fromCommandLine source = "command line"
	fromEnvironment source = "environment"
	fromFile        source = "file"
	fromDefault     source = "default"
)

type setting struct {
	name           string
	list, identity bool
}

// settable are the settings that the control channel may change, beside the password, in the order they are shown.
// identity: they say whom the password is sent to, so another one needs the password with it.
var settable = []setting{{"user", false, true}, {"host", false, true}, {"port", false, true}, {"domain", false, true}, {"ca", false, true}, {"pin", true, true}, {"users", true, false}}

// readSettings reads a command line anew, with the settings file as it is now.
func readSettings(args []string) (*settings, error) {
	var c cli
	k, err := newParser(&c, io.Discard, io.Discard, func(int) {})
	if err != nil {
		return nil, err
	}
	kc, err := k.Parse(withSettingsFile(args))
	if err != nil {
		return nil, exit{Code: exitUsage, Err: err}
	}
	s := &settings{run: &c.Run, sources: map[string]source{}}
	s.file, _ = settingsPlace(args)
	if s.dataDir, err = c.Run.dataDir(); err != nil {
		return nil, err
	}
	s.passwords = c.Run.passwords(s.file, s.dataDir)
	file, err := openSettings(s.file)
	if err != nil {
		return nil, exit{Code: exitUsage, Err: err}
	}
	given := map[string]bool{}
	for _, p := range kc.Path {
		if p.Flag != nil && !p.Resolved {
			given[p.Flag.Name] = true
		}
	}
	s.flags = runFlags(k)
	for _, f := range s.flags {
		s.sources[f.Name] = sourceOf(f, given, file)
	}
	return s, nil
}

// runFlags are the flags of the run command.
func runFlags(k *kong.Kong) []*kong.Flag {
	for _, n := range k.Model.Leaves(true) {
		if n.Name == "run" && n.Parent == k.Model.Node {
			return n.Flags
		}
	}
	return nil
}

func sourceOf(f *kong.Flag, given map[string]bool, file *settingsFile) source {
	if given[f.Name] {
		return fromCommandLine
	}
	for _, e := range f.Envs {
		if _, set := os.LookupEnv(e); set {
			return fromEnvironment
		}
	}
	if file.has(f.Name) {
		return fromFile
	}
	return fromDefault
}

// has says whether the file has a setting of the run command.
func (f *settingsFile) has(name string) bool {
	if len(f.doc.Content) == 0 {
		return false
	}
	top := f.doc.Content[0]
	if i := keyIn(top, "run"); i >= 0 && keyIn(top.Content[i+1], name) >= 0 {
		return true
	}
	return keyIn(top, name) >= 0
}

// values are those of a settable setting, as text.
func (c *runCmd) values(name string) []string {
	one := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	switch name {
	case "user":
		return one(c.User)
	case "host":
		return one(c.Host)
	case "port":
		return one(strconv.Itoa(c.Port))
	case "domain":
		return one(c.Domain)
	case "ca":
		return one(c.CA)
	case "pin":
		return c.Pin
	case "users":
		return c.Users
	}
	return nil
}

// with is a copy of the settings with other values; nothing is stored.
func (c *runCmd) with(name string, values []string) (*runCmd, error) {
	n := *c
	first := ""
	if len(values) > 0 {
		first = values[0]
	}
	switch name {
	case "user":
		n.User = first
	case "host":
		n.Host = first
	case "port":
		n.Port = 5222
		if first != "" {
			p, err := strconv.Atoi(first)
			if err != nil || p < 1 || p > 65535 {
				return nil, errors.New("port is a number from 1 to 65535")
			}
			n.Port = p
		}
	case "domain":
		n.Domain = first
	case "ca":
		n.CA = first
	case "pin":
		n.Pin = values
	case "users":
		n.Users = values
	}
	return &n, nil
}

// joined is for people.
func joined(values []string) string { return strings.Join(values, ",") }
