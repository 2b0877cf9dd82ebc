package atomicfile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWriteReplacesOrLeaves(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "settings")
	require.NoError(t, Write(name, []byte("one")))
	require.NoError(t, Write(name, []byte("two")))
	content, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "two", string(content))
	if os.PathSeparator == '/' {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.EqualValues(t, 0o600, info.Mode().Perm(), "it is its owner's")
	}

	require.NoError(t, os.Mkdir(name+".new", 0o700)) // the new content cannot be written
	require.ErrorContains(t, Write(name, []byte("three")), "cannot write "+name)
	content, err = os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "two", string(content), "the old content is still there")
}
