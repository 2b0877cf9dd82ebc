// Package account is the PBX account that the settings name: how offhook logs in with it, and what the PBX says of it.
//
// An Account makes the configuration of XMPP sessions. Enquire opens a short session beside the daemon's own, to ask the
// PBX who the account is and whom it knows. DecideUsers and WatchRole resolve the setting users=auto by the role that the
// PBX gives the account. The daemon's long session and its calls are not here, and neither are the checks of single
// settings. A newcomer begins with Account.
package account

import (
	"log/slog"

	"offhook/adapters/xmpp"
	"offhook/engine"
	"offhook/internal/exitcode"
	"offhook/internal/password"
	"offhook/internal/place"
	"offhook/internal/settings"
	"offhook/internal/state"
	"offhook/internal/wiring"
)

// Account is the account of one PBX.
type Account struct {
	Settings *settings.Settings
	DataDir  string
	Password password.Store
	Version  string // of this program, as the PBX is told
	Wiring   *wiring.Wiring
}

// New returns the account that loaded settings name.
func New(l *settings.Loaded, w *wiring.Wiring, version string) *Account {
	return &Account{Settings: &l.Settings, DataDir: l.DataDir, Password: PasswordStore(l), Version: version, Wiring: w}
}

// PasswordStore says where the password of loaded settings is.
func PasswordStore(l *settings.Loaded) password.Store {
	return password.Store{File: l.Settings.PasswordFile, Dir: place.PasswordDir(l.File, l.DataDir)}
}

// With returns the account with other settings, and with the same directory and password.
func (a *Account) With(s *settings.Settings) *Account {
	other := *a
	other.Settings = s
	return &other
}

// WithRole returns the settings that users=auto means for a role: all lines for a supervisor, else the own line.
func WithRole(s *settings.Settings, supervisor bool) *settings.Settings {
	resolved := *s
	resolved.Users = nil
	if supervisor {
		resolved.Users = []string{settings.UsersAll}
	}
	return &resolved
}

// Domain returns the XMPP domain of the PBX: the setting, else what follows the user name, else the dialect's default.
func (a *Account) Domain() string {
	if a.Settings.Domain != "" {
		return a.Settings.Domain
	}
	if _, domain := xmpp.SplitLogin(a.Settings.User); domain != "" {
		return domain
	}
	return a.Wiring.DefaultDomain(a.Settings)
}

// id names the account whose role is kept: another user, host or domain may have another role.
func (a *Account) id() string {
	return engine.Key(a.Settings.User) + "\n" + a.Settings.Host + "\n" + a.Domain()
}

// Session returns the configuration of a session with the stored password.
func (a *Account) Session(log *slog.Logger) (xmpp.Config, error) {
	secret, err := a.Password.Source()
	if err != nil {
		return xmpp.Config{}, exitcode.Error{Code: exitcode.BadUsage, Err: err}
	}
	if a.Settings.PasswordFile != "" && password.IsReadableByOthers(a.Settings.PasswordFile) {
		log.Warn("others may read the password file; its mode should be 0600", "file", a.Settings.PasswordFile)
	}
	return a.SessionWith(secret, log)
}

// SessionWith returns the configuration of a session with the password that a function returns. log may be nil.
func (a *Account) SessionWith(password func() (string, error), log *slog.Logger) (xmpp.Config, error) {
	resource, err := state.Resource(a.DataDir)
	if err != nil {
		return xmpp.Config{}, err
	}
	s := a.Settings
	return xmpp.Config{User: s.User, Domain: s.Domain, DefaultDomain: a.Wiring.DefaultDomain(s), Host: s.Host, Port: s.Port, Password: password, Resource: resource,
		TLS: xmpp.TLS{CAFile: s.CA, PinSHA256: s.Pin}, Logger: log, Version: a.Version,
		AuthFailures: state.NewLogins(a.DataDir)}, nil
}

// CheckSession reports what is wrong with the configuration of a session; it connects to nothing.
func CheckSession(cfg xmpp.Config) error {
	_, err := xmpp.New(cfg, &Enquiry{})
	return err
}
