package place

import (
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

var errNoPlace = errors.New("the directory for the data of programs is not known: give --data-dir")

// ProductKey is where the installer and the provider DLL agree on things, below HKEY_LOCAL_MACHINE.
const ProductKey = `SOFTWARE\offhook`

// ProductValue reads a text of ProductKey, from the 64-bit view of the registry whatever this program is.
func ProductValue(name string) string {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, ProductKey, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return ""
	}
	defer k.Close()
	v, typ, err := k.GetStringValue(name)
	if err != nil {
		return ""
	}
	if typ == registry.EXPAND_SZ {
		if x, err := registry.ExpandString(v); err == nil {
			return x
		}
	}
	return v
}

// ProductRoot is the directory of settings, password, line table and state.
func ProductRoot() (string, error) {
	if dir := ProductValue("DataDir"); filepath.IsAbs(dir) {
		return dir, nil
	}
	dir, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, 0) // not the environment, which a caller may shape
	if err != nil {
		return "", fmt.Errorf("%w (%w)", errNoPlace, err)
	}
	return filepath.Join(dir, "offhook"), nil
}

// DataDir is where things are kept where no setting says it.
func DataDir() (string, error) {
	root, err := ProductRoot()
	if err != nil {
		return "", err
	}
	return filepath.Join(root, "state"), nil
}

// SettingsDir is where the settings file is looked for: beside the state, unless a data directory is named.
func SettingsDir(dataDir string) string {
	if dataDir == "" {
		dataDir, _ = ProductRoot()
	}
	return dataDir
}

// PasswordDir is the directory where the sealed password rests: beside the settings file.
func PasswordDir(settings, _ string) string { return filepath.Dir(settings) }

// Flavour tells how the provider was installed.
func Flavour() string {
	if ProductValue("Flavour") == "debug" {
		return "debug"
	}
	return "production"
}
