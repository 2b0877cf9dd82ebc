package main

import (
	"fmt"
	"io"
	"os"

	"offhook/internal/place"
	"offhook/internal/settings"
)

// readSettings reads a command line again, with the settings file as it is now.
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

// dataDir returns the data directory. It is made if it is missing, accessible to its owner alone.
func dataDir(s *settings.Settings) (string, error) {
	dir := s.DataDir
	if dir == "" {
		var err error
		if dir, err = place.DataDir(); err != nil {
			return "", exit{Code: exitUsage, Err: err}
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("the data directory cannot be made: %w", err)
	}
	return dir, nil
}
