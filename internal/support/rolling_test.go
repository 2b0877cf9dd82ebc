package support

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRollingLog(t *testing.T) {
	name := filepath.Join(t.TempDir(), "offhook.log")
	l, err := OpenRollingLog(name, 100)
	require.NoError(t, err)
	line := strings.Repeat("x", 39) + "\n"
	for i := range 7 {
		_, err := fmt.Fprintf(l, "%d%s", i, line[1:])
		require.NoError(t, err)
	}
	require.NoError(t, l.Close())
	now, err := os.ReadFile(name)
	require.NoError(t, err)
	before, err := os.ReadFile(name + ".1")
	require.NoError(t, err)
	require.Equal(t, []int{40, 80}, []int{len(now), len(before)})
	require.Equal(t, "6", string(now[:1]))
	require.Equal(t, "4", string(before[:1]))
	_, err = l.Write([]byte("late"))
	require.ErrorIs(t, err, os.ErrClosed)
	l, err = OpenRollingLog(name, 100)
	require.NoError(t, err)
	_, err = l.Write([]byte(line))
	require.NoError(t, err)
	require.NoError(t, l.Close())
	now, err = os.ReadFile(name)
	require.NoError(t, err)
	require.Len(t, now, 80, "it goes on where it was")
}
