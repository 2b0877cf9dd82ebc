package main

import (
	"io"
	"log/slog"
	"os"

	"offhook/internal/settings"
)

// effective are the settings of a run as they are now, with where each came from.
type effective struct {
	*settings.Loaded
	run       *settings.Settings
	file      string // the settings file, which may not exist yet
	dataDir   string
	passwords passwords
	offline   bool // changed by somebody else than the daemon
}

// readSettings reads a command line anew, with the settings file as it is now.
func readSettings(args []string) (*effective, error) {
	var c cli
	k, err := newParser(&c, io.Discard, io.Discard, func(int) {})
	if err != nil {
		return nil, err
	}
	if _, err := k.Parse(withSettingsFile(args)); err != nil {
		return nil, exit{Code: exitUsage, Err: err}
	}
	s := &effective{}
	s.file, _ = settingsPlace(args)
	file, err := schema.OpenFile(s.file)
	if err != nil {
		return nil, exit{Code: exitUsage, Err: err}
	}
	if s.Loaded, err = schema.Load(c.Run.given, os.LookupEnv, file); err != nil {
		return nil, exit{Code: exitUsage, Err: err}
	}
	s.run = &s.Settings
	if s.dataDir, err = dataDir(s.run); err != nil {
		return nil, err
	}
	s.passwords = passwordsOf(s.run, s.file, s.dataDir)
	return s, nil
}

// oldSpellings names each use of an old spelling in the log, once in the life of a process.
type oldSpellings struct{ said map[settings.OldSpelling]bool }

func (o *oldSpellings) log(used []settings.OldSpelling, log *slog.Logger) {
	for _, u := range used {
		if o.said[u] {
			continue
		}
		if o.said == nil {
			o.said = map[settings.OldSpelling]bool{}
		}
		o.said[u] = true
		log.Warn("settings: old spelling", "old", u.Old, "now", u.Key, "where", u.Where)
	}
}
