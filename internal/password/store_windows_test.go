package password

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	secretHead = "Kennwort-zw"
	secret     = secretHead + "ölf-Affen-7"
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
	for _, password := range []string{"x", secret, string(bytes.Repeat([]byte("ö"), MaxLength/2))} {
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

// TestOnWindowsDropFile: a staged password is sealed and its file is gone; one that is none stays to be seen.
func TestOnWindowsDropFile(t *testing.T) {
	p := Store{Dir: windowsDir(t)}
	require.False(t, p.IsKnown())
	require.NoError(t, p.Stage(secret))
	require.FileExists(t, p.stagedName())
	require.True(t, p.isSet())
	read, err := p.Source()
	require.NoError(t, err)
	require.NoFileExists(t, p.stagedName())
	password, err := read()
	require.NoError(t, err)
	require.Equal(t, secret, password)
	require.NoError(t, os.WriteFile(p.stagedName(), []byte("a\nb\n"), 0o600))
	_, err = read()
	require.ErrorContains(t, err, "one line")
	require.FileExists(t, p.stagedName())
	require.NoError(t, os.Remove(p.stagedName()))
	require.NoError(t, p.Set("another"))
	password, err = read()
	require.NoError(t, err)
	require.Equal(t, "another", password, "a changed password is seen at the next login")
	require.NoError(t, os.WriteFile(p.sealedFile(), []byte("nonsense"), 0o600))
	_, err = read()
	require.ErrorContains(t, err, "set it again")
}
