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
	return filepath.Join(place.SettingsDir(dir), settingsName), false
}
