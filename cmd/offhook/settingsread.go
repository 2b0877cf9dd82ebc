package main

import (
	"io"
	"log/slog"
	"os"

	"offhook/internal/settings"
)

// readSettings reads a command line anew, with the settings file as it is now.
func readSettings(args []string) (*settings.Loaded, error) {
	var c cli
	k, err := newParser(&c, io.Discard, io.Discard, func(int) {})
	if err != nil {
		return nil, err
	}
	if _, err := k.Parse(withSettingsFile(args)); err != nil {
		return nil, exit{Code: exitUsage, Err: err}
	}
	name, _ := settingsPlace(args)
	file, err := schema.OpenFile(name)
	if err != nil {
		return nil, exit{Code: exitUsage, Err: err}
	}
	set, err := schema.Load(c.Run.given, os.LookupEnv, file)
	if err != nil {
		return nil, exit{Code: exitUsage, Err: err}
	}
	set.DataDir, err = dataDir(&set.Settings)
	return set, err
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
