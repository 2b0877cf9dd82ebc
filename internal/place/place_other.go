//go:build !windows

package place

import (
	"errors"
	"os"
	"path/filepath"
)

var errNoPlace = errors.New("no place for the journal is known: give --data-dir")

// DataDir is where things are kept where no setting says it: systemd's state directory (systemd.exec(5)), else the
// user's configuration directory.
func DataDir() (string, error) {
	if dir := os.Getenv("STATE_DIRECTORY"); dir != "" {
		return dir, nil
	}
	home, err := os.UserConfigDir()
	if err != nil {
		return "", errNoPlace
	}
	return filepath.Join(home, "offhook"), nil
}

// SettingsDir is where the settings file is looked for: the data directory.
func SettingsDir(dataDir string) string {
	if dataDir == "" {
		dataDir, _ = DataDir()
	}
	return dataDir
}

// PasswordDir is the directory where the password rests.
func PasswordDir(_, dataDir string) string { return dataDir }

// Flavour tells how the provider was installed; elsewhere there is none to install.
func Flavour() string { return "production" }
