package password

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNamedFileStandsFirst: a file that the settings name stands above a password that was set, that above the systemd
// credential; without any of them there is none.
func TestNamedFileStandsFirst(t *testing.T) {
	if os.PathSeparator != '/' {
		t.Skip("the store of Windows has tests of its own")
	}
	dir, credentials := t.TempDir(), t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	s := Store{Dir: dir}
	_, err := s.Source()
	require.ErrorIs(t, err, errNone)
	require.False(t, s.IsKnown())

	t.Setenv("CREDENTIALS_DIRECTORY", credentials)
	require.NoError(t, os.WriteFile(filepath.Join(credentials, credentialName), []byte("third\n"), 0o600))
	require.Equal(t, "third", current(t, s))
	require.NoError(t, s.Stage("second"))
	require.Equal(t, "second", current(t, s))
	s.File = filepath.Join(dir, "own")
	require.False(t, s.IsKnown(), "the file that is named does not exist")
	require.NoError(t, s.Set("first"))
	require.Equal(t, "first", current(t, s))
	require.Equal(t, "second", current(t, Store{Dir: dir}))

	read, err := s.Source()
	require.NoError(t, err)
	require.NoError(t, s.Stage("changed"))
	text, err := read()
	require.NoError(t, err)
	require.Equal(t, "changed", text, "each login reads the file anew")
	require.False(t, IsReadableByOthers(s.File))
	require.NoError(t, os.Chmod(s.File, 0o640))
	require.True(t, IsReadableByOthers(s.File))
}

func current(t *testing.T, s Store) string {
	t.Helper()
	read, err := s.Source()
	require.NoError(t, err)
	text, err := read()
	require.NoError(t, err)
	return text
}

// TestWhatIsNoPassword: it is one line that is not empty and not too long.
func TestWhatIsNoPassword(t *testing.T) {
	s := Store{Dir: t.TempDir()}
	for _, bad := range []string{"", "a\nb", "a\x00", strings.Repeat("x", MaxLength+1)} {
		require.Error(t, s.Set(bad))
		require.Error(t, s.Stage(bad))
		file := filepath.Join(t.TempDir(), "password")
		require.NoError(t, os.WriteFile(file, []byte(bad), 0o600))
		_, err := Read(file)
		require.ErrorContains(t, err, "must hold one line", "%.10q", bad)
	}
	require.NoError(t, Check(strings.Repeat("x", MaxLength)))
	_, err := os.Stat(filepath.Join(s.Dir, "password"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
