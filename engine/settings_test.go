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

// TestUserName: the name ends at the first @, so that a login name with an instance names the same line as the user.
func TestUserName(t *testing.T) {
	for login, user := range map[string]string{"Ida": "Ida", "Ida@branch": "Ida", "mm@instance@host": "mm", "": "", "@branch": ""} {
		require.Equal(t, user, UserName(login))
	}
	require.Equal(t, Key("mm"), Key("mm@instance@host"))
}
