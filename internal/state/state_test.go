package state

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestInstallationsHaveTheirOwnResource: it stays over restarts, and is another one in a copy of the directory on another
// host, where both would otherwise throw each other out (decision C2).
func TestInstallationsHaveTheirOwnResource(t *testing.T) {
	dir := t.TempDir()
	first, err := Resource(dir)
	require.NoError(t, err)
	host, _ := os.Hostname()
	require.True(t, strings.HasPrefix(first, "offhook-"+host+"-"), first)
	again, err := Resource(dir)
	require.NoError(t, err)
	require.Equal(t, first, again)
	other, err := Resource(t.TempDir())
	require.NoError(t, err)
	require.NotEqual(t, first, other)

	file := filepath.Join(dir, "install-id")
	kept, err := os.ReadFile(file)
	require.NoError(t, err)
	id, _, ok := strings.Cut(string(kept), " ")
	require.True(t, ok)
	for _, copied := range []string{id + " elsewhere\n", "", "nonsense", " " + host} {
		require.NoError(t, os.WriteFile(file, []byte(copied), 0o600))
		renewed, err := Resource(dir)
		require.NoError(t, err)
		require.NotEqual(t, first, renewed, "%q", copied)
	}
}
