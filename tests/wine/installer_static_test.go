package winetest

import (
	"debug/pe"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// newerThanWindows7 are functions of the allowed libraries that Windows 7 does not have.
var newerThanWindows7 = []string{"GetSystemTimePreciseAsFileTime", "GetTempPath2W", "SetThreadDescription", "WaitOnAddress", "CreateFile2", "IsWow64Process2", "GetSystemWow64Directory2W", "PathCchCombine"}

// These bits of DllCharacteristics randomise addresses and keep data from being executed.
const (
	highEntropy = 0x20
	dynamicBase = 0x40
	noExecute   = 0x100
)

func characteristics(f *pe.File) uint16 {
	switch h := f.OptionalHeader.(type) {
	case *pe.OptionalHeader64:
		return h.DllCharacteristics
	case *pe.OptionalHeader32:
		return h.DllCharacteristics
	}
	return 0
}

// TestInstallerPrograms checks files without running them: offhookreg of both widths and the 32-bit setup that users get. Windows 7 has
// all functions they import, memory protections are on, and the setup is signed.
func TestInstallerPrograms(t *testing.T) {
	for _, tool := range []string{"makensis", "i686-w64-mingw32-gcc", "osslsigncode"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("LEFT OUT: no %s on this machine; run: make wine", tool)
		}
	}
	setup := buildSetup(t, "1.2.3", "TARGET=x86")
	stage := filepath.Join(filepath.Dir(setup), "setup", "stage")
	for _, c := range []struct {
		file      string
		machine   uint16
		flags     uint16
		libraries []string
	}{
		{filepath.Join(stage, "x64", "offhookreg.exe"), pe.IMAGE_FILE_MACHINE_AMD64, highEntropy | dynamicBase | noExecute, []string{"ADVAPI32.dll", "KERNEL32.dll", "msvcrt.dll", "PSAPI.DLL", "SHELL32.dll", "USER32.dll"}},
		{filepath.Join(stage, "x86", "offhookreg.exe"), pe.IMAGE_FILE_MACHINE_I386, dynamicBase | noExecute, []string{"ADVAPI32.dll", "KERNEL32.dll", "msvcrt.dll", "PSAPI.DLL", "SHELL32.dll", "USER32.dll"}},
		{setup, pe.IMAGE_FILE_MACHINE_I386, dynamicBase | noExecute, []string{"ADVAPI32.dll", "COMCTL32.dll", "GDI32.dll", "KERNEL32.dll", "ole32.dll", "SHELL32.dll", "USER32.dll"}},
	} {
		f, err := pe.Open(c.file)
		require.NoError(t, err)
		defer f.Close()
		require.Equal(t, c.machine, f.Machine, c.file)
		require.Equal(t, c.flags, characteristics(f)&c.flags, "%s: %#x", c.file, characteristics(f))
		symbols, err := f.ImportedSymbols()
		require.NoError(t, err)
		require.NotEmpty(t, symbols, c.file)
		for _, s := range symbols {
			name, library, _ := strings.Cut(s, ":")
			require.True(t, slices.ContainsFunc(c.libraries, func(l string) bool { return strings.EqualFold(l, library) }), "%s imports %s", c.file, s)
			require.NotContains(t, newerThanWindows7, name, c.file)
		}
		require.NoError(t, exec.Command("../../installer/sign.sh", "verify", filepath.Join(filepath.Dir(setup), "setup", "certificate"), c.file).Run(), c.file)
	}
}

// TestInstallerRelease checks that an NSIS before 3.12 builds test builds, which say so, and no releases.
func TestInstallerRelease(t *testing.T) {
	stub := filepath.Join(t.TempDir(), "makensis")
	for version, release := range map[string]bool{"v3.08-3": false, "v3.11": false, "v2.51": false, "v3.12": true, "v3.12.1": true, "v4.0": true, "nonsense": false} {
		script := "#!/bin/sh\n[ \"$1\" = -VERSION ] && { echo '" + version + "'; exit 0; }\necho \"$@\" >\"$0.args\"\n"
		require.NoError(t, os.WriteFile(stub, []byte(script), 0o700))
		run := func(release string) (string, error) {
			c := exec.Command("../../installer/nsis.sh", "x86", "1.2.3", "1.2.3.0", "stage", filepath.Join(filepath.Dir(stub), "out.exe"), "certificate", release)
			c.Env = append(os.Environ(), "NSIS="+stub)
			out, err := c.CombinedOutput()
			return string(out), err
		}
		out, err := run("1")
		require.Equal(t, release, err == nil, "%s: %s", version, out)
		if !release {
			require.Contains(t, out, "too old for a release: NSIS 3.12 or later is needed", version)
		} else {
			require.Contains(t, string(readFile(t, stub+".args")), "-DRELEASE", version)
			require.NotContains(t, string(readFile(t, stub+".args")), "-DTEST_BUILD", version)
		}
		out, err = run("")
		require.NoError(t, err, version)
		require.Equal(t, !release, strings.Contains(out, "TEST BUILD"), version)
		require.Equal(t, !release, strings.Contains(string(readFile(t, stub+".args")), "-DTEST_BUILD"), version)
	}
}
