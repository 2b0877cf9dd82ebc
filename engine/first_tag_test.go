package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBlank(t *testing.T) {
	require.Equal(t, `<message from="a" to="b"/>`, FirstTag(`<message from="a" to="b"><body>secret</body></message>`))
	require.Equal(t, `<presence/>`, FirstTag(`<presence/>`))
}
