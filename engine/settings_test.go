package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestKey(t *testing.T) {
	for user, key := range map[string]string{"Ida": "ida", "ida@branch": "ida", "MÜLLER@x": "müller", "": "", "o'neil": "o'neil"} {
		require.Equal(t, key, Key(user))
	}
}
