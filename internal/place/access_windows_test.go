package place

import (
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

// TestOnWindowsAccess: Windows reads the rules we write, and a directory gets them.
func TestOnWindowsAccess(t *testing.T) {
	for _, rules := range []string{RootAccess(ServiceSID()), TableAccess(ServiceSID()), ProviderLogAccess(ServiceSID())} {
		_, err := windows.SecurityDescriptorFromString(rules)
		require.NoError(t, err, rules)
	}
	dir := filepath.Join(windowsDir(t), "offhook")
	require.NoError(t, MakeRoot(dir))
	require.NoError(t, MakeRoot(dir), "again")
	require.NoError(t, MakeProviderLog(filepath.Join(dir, "log")))
	require.NoError(t, MakeProviderLog(filepath.Join(dir, "log")), "again")
	require.DirExists(t, filepath.Join(dir, "log", "tsp"))
	table := filepath.Join(dir, "lines.tbl")
	require.NoError(t, os.WriteFile(table, nil, 0o600))
	require.NoError(t, ProtectTable(table))
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.ErrorContains(t, MakeRoot(file), "no plain directory")
}
