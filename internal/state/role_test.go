package state

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/adapters/xmpp"
)

func TestRoleOfAnotherAccountIsUnknown(t *testing.T) {
	dir := t.TempDir()
	_, known := Role(dir, "a")
	require.False(t, known)
	require.NoError(t, KeepRole(dir, "a", true))
	supervisor, known := Role(dir, "a")
	require.True(t, known)
	require.True(t, supervisor)
	_, known = Role(dir, "b")
	require.False(t, known, "the role is that of one account")
	require.NoError(t, os.WriteFile(roleFile(dir), []byte("{"), 0o600))
	_, known = Role(dir, "a")
	require.False(t, known, "a damaged file is none")
}

func TestLoginsOutliveARestart(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, NewLogins(dir).Save("one", xmpp.AuthCount{Failures: 3}))
	count, err := NewLogins(dir).Load("one")
	require.NoError(t, err)
	require.Equal(t, 3, count.Failures)
	require.NoError(t, NewLogins(dir).Save("two", xmpp.AuthCount{Failures: 1}))
	count, err = NewLogins(dir).Load("one")
	require.NoError(t, err)
	require.Zero(t, count, "the newest credential alone is kept")
}
