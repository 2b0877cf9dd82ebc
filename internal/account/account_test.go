package account

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/internal/dialects"
	"offhook/internal/settings"
	"offhook/internal/wiring"
)

func newAccount(t *testing.T, change func(*settings.Settings)) *Account {
	w := wiring.New(dialects.Registry())
	s := w.Schema().Default()
	change(&s)
	return New(&settings.Loaded{Settings: s, DataDir: t.TempDir()}, w, "1.0")
}

func TestDomain(t *testing.T) {
	for _, c := range []struct{ user, domain, want string }{
		{"ilund", "", "mobydick"},
		{"ilund@branch", "", "branch"},
		{"ilund@branch", "pbx.example.com", "pbx.example.com"},
		{"a@b@branch", "", "branch"},
	} {
		a := newAccount(t, func(s *settings.Settings) { s.User, s.Domain = c.user, c.domain })
		require.Equal(t, c.want, a.Domain(), c)
	}
}

// TestRoleResolvesUsers: users=auto becomes all for a supervisor and the own line for everybody else; the settings it was
// read from stay.
func TestRoleResolvesUsers(t *testing.T) {
	a := newAccount(t, func(s *settings.Settings) { s.User, s.Users = "ilund", []string{settings.UsersAuto} })
	require.Equal(t, []string{settings.UsersAll}, WithRole(a.Settings, true).Users)
	require.Empty(t, WithRole(a.Settings, false).Users)
	require.Equal(t, []string{settings.UsersAuto}, a.Settings.Users)

	resolved, supervisor := a.DecideUsers(t.Context(), false, slog.New(slog.DiscardHandler))
	require.False(t, supervisor, "the PBX is not asked")
	require.Empty(t, resolved.Users)

	named := newAccount(t, func(s *settings.Settings) { s.User, s.Users = "ilund", []string{"kpark"} })
	resolved, _ = named.DecideUsers(t.Context(), true, slog.New(slog.DiscardHandler))
	require.Same(t, named.Settings, resolved, "who names users gets those")
}

// TestSessionConfig: what cannot work is found without a connection, and a password that is missing is a usage error.
func TestSessionConfig(t *testing.T) {
	a := newAccount(t, func(s *settings.Settings) { s.User, s.Host, s.Port = "ilund@branch", "pbx.example.com", 5222 })
	password := func() (string, error) { return "x", nil }
	cfg, err := a.SessionWith(password, nil)
	require.NoError(t, err)
	require.NoError(t, CheckSession(cfg))
	require.Equal(t, "1.0", cfg.Version)
	bad := *a.Settings
	bad.Pin = []string{"sha256:short"}
	cfg, err = a.With(&bad).SessionWith(password, nil)
	require.NoError(t, err)
	require.Error(t, CheckSession(cfg))
	_, err = a.Session(slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "no password")
	unread := func() (string, error) { return "", errors.New("unreadable") }
	require.ErrorAs(t, a.EnquireWith(t.Context(), unread, nil), new(DownError), "a session that ends, ends the enquiry")
}
