package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

var errNoPlace = errors.New("the directory for the data of programs is not known: give --data-dir")

// productKey is where the installer and the provider DLL agree on things, below HKEY_LOCAL_MACHINE.
const productKey = `SOFTWARE\offhook`

// productValue reads a text of productKey, from the 64-bit view of the registry whatever this program is.
func productValue(name string) string {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, productKey, registry.QUERY_VALUE|registry.WOW64_64KEY)
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

// productRoot is the directory of settings, password, line table and state.
func productRoot() (string, error) {
	if dir := productValue("DataDir"); filepath.IsAbs(dir) {
		return dir, nil
	}
	dir, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, 0) // not the environment, which a caller may shape
	if err != nil {
		return "", fmt.Errorf("%w (%w)", errNoPlace, err)
	}
	return filepath.Join(dir, "offhook"), nil
}

// usualDataDir is where things are kept when nobody says where.
func usualDataDir() (string, error) {
	root, err := productRoot()
	if err != nil {
		return "", err
	}
	return filepath.Join(root, "state"), nil
}

// settingsDir is where the settings file is looked for: beside the state, unless a data directory is named.
func settingsDir(dataDir string) string {
	if dataDir == "" {
		dataDir, _ = productRoot()
	}
	return dataDir
}

// passwordDir is where the sealed password rests: beside the settings file.
func passwordDir(settings, _ string) string { return filepath.Dir(settings) }

// flavour tells how the provider was installed.
func flavour() string {
	if productValue("Flavour") == "debug" {
		return "debug"
	}
	return "production"
}
