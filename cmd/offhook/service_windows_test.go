package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/windows"
)

// windowsDir is a directory for a test; Wine cannot delete as t.TempDir does.
func windowsDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "offhook")
	require.NoError(t, err)
	t.Cleanup(func() {
		var all []string
		require.NoError(t, filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
			all = append(all, name)
			return err
		}))
		for _, name := range slices.Backward(all) {
			require.NoError(t, os.Remove(name))
		}
	})
	return dir
}

// TestOnWindowsSealing: what is sealed comes back and shows nothing; what was never sealed does not.
func TestOnWindowsSealing(t *testing.T) {
	for _, password := range []string{"x", secret, string(bytes.Repeat([]byte("ö"), maxPassword/2))} {
		b, err := seal(password)
		require.NoError(t, err)
		require.NotContains(t, string(b), secretHead)
		again, err := unseal(b)
		require.NoError(t, err)
		require.Equal(t, password, again)
	}
	_, err := unseal(nil)
	require.Error(t, err)
	_, err = unseal([]byte("nonsense"))
	require.Error(t, err)
}

// TestOnWindowsDropFile: a password that was laid down is sealed and its file is gone; one that is none stays to be seen.
func TestOnWindowsDropFile(t *testing.T) {
	p := passwords{dir: windowsDir(t)}
	require.False(t, p.known())
	require.NoError(t, p.lay(secret))
	require.FileExists(t, p.dropFile())
	require.True(t, p.isKept())
	read, err := p.source()
	require.NoError(t, err)
	require.NoFileExists(t, p.dropFile())
	password, err := read()
	require.NoError(t, err)
	require.Equal(t, secret, password)
	require.NoError(t, os.WriteFile(p.dropFile(), []byte("a\nb\n"), 0o600))
	_, err = read()
	require.ErrorContains(t, err, "one line")
	require.FileExists(t, p.dropFile())
	require.NoError(t, os.Remove(p.dropFile()))
	require.NoError(t, p.set("another"))
	password, err = read()
	require.NoError(t, err)
	require.Equal(t, "another", password, "a changed password is seen at the next login")
	require.NoError(t, os.WriteFile(p.sealed(), []byte("nonsense"), 0o600))
	_, err = read()
	require.ErrorContains(t, err, "set it again")
}

// TestOnWindowsAccess: Windows reads the rules we write, and a directory gets them.
func TestOnWindowsAccess(t *testing.T) {
	for _, rules := range []string{rootAccess(serviceSID()), tableAccess(serviceSID()), providerLogAccess(serviceSID())} {
		_, err := windows.SecurityDescriptorFromString(rules)
		require.NoError(t, err, rules)
	}
	dir := filepath.Join(windowsDir(t), "offhook")
	require.NoError(t, makeRoot(dir))
	require.NoError(t, makeRoot(dir), "again")
	require.NoError(t, makeProviderLog(filepath.Join(dir, "log")))
	require.NoError(t, makeProviderLog(filepath.Join(dir, "log")), "again")
	require.DirExists(t, filepath.Join(dir, "log", "tsp"))
	table := filepath.Join(dir, lineTableName)
	require.NoError(t, os.WriteFile(table, nil, 0o600))
	require.NoError(t, protectTable(table))
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.ErrorContains(t, makeRoot(file), "no plain directory")
}
