package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"offhook/internal/place"
)

// settingsName is the settings file's name where no --config names one.
const settingsName = "settings.yaml"

// flagIn returns the value of a flag on a command line that is not parsed yet.
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

// commandIn returns the command of a command line that is not parsed yet.
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

// withSettingsFile adds the settings file of the data directory to a command line that names none, if the command reads
// settings and the file exists.
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

// settingsPlace returns the settings file of a command line; given says that the command line or a variable names it.
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
	return filepath.Join(place.SettingsDir(dir), settingsName), false
}
