//go:build !windows

package main

import (
	"errors"
	"os"
	"path/filepath"
)

var errNoPlace = errors.New("no place for the journal is known: give --data-dir")

// usualDataDir is where things are kept when nobody says where: systemd's state directory (systemd.exec(5)), else the
// user's configuration directory.
func usualDataDir() (string, error) {
	if dir := os.Getenv("STATE_DIRECTORY"); dir != "" {
		return dir, nil
	}
	home, err := os.UserConfigDir()
	if err != nil {
		return "", errNoPlace
	}
	return filepath.Join(home, "offhook"), nil
}

// settingsDir is where the settings file is looked for: the data directory.
func settingsDir(dataDir string) string {
	if dataDir == "" {
		dataDir, _ = usualDataDir()
	}
	return dataDir
}

// passwordDir is where the password rests.
func passwordDir(_, dataDir string) string { return dataDir }

// flavour tells how the provider was installed; elsewhere there is none to install.
func flavour() string { return "production" }
