package daemon

import (
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"

	"offhook/adapters/nats"
	"offhook/adapters/tapi"
	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/provider"
	"offhook/engine"
	"offhook/engine/live"
	"offhook/events"
	"offhook/internal/account"
	"offhook/internal/dialplan"
	"offhook/internal/exitcode"
	"offhook/internal/password"
	"offhook/internal/place"
	"offhook/internal/settings"
)

// natsConfig returns the configuration of a journal on JetStream.
func natsConfig(s *settings.Settings, dir string, log *slog.Logger) (nats.Config, error) {
	c := nats.Config{Name: s.JournalName, Listen: s.NATSListen, KeepAge: s.Keep, KeepBytes: s.KeepBytes, Log: log, CA: s.NATSCA, Cert: s.NATSCert, Key: s.NATSKey, Creds: s.NATSCreds}
	if s.Sync == "always" {
		c.Sync = nats.SyncAlways
	}
	if c.URL = s.NATS; c.URL == "" {
		c.Dir = journalDir(dir)
	}
	if s.NATSAuth == "" {
		return c, nil
	}
	text, err := password.Read(s.NATSAuth)
	if err != nil {
		return c, exitcode.Usage("--nats-auth: %w", err)
	}
	if password.IsReadableByOthers(s.NATSAuth) {
		log.Warn("others may read the file with the journal server's password; its mode should be 0600", "file", s.NATSAuth)
	}
	var ok bool
	if c.User, c.Password, ok = strings.Cut(text, ":"); !ok || c.User == "" || c.Password == "" {
		return c, exitcode.Usage("--nats-auth: %s must hold USER:PASSWORD on one line", s.NATSAuth)
	}
	return c, nil
}

// engineSettings returns the settings of the engine.
func engineSettings(acc *account.Account) (engine.Settings, error) {
	s := acc.Settings
	if err := acc.Wiring.Schema().Check(s); err != nil {
		return engine.Settings{}, exitcode.Usage("--%w", err)
	}
	set := engine.Settings{User: engine.UserName(s.User), Source: acc.Domain(), Supervisor: len(s.Users) > 0, Users: s.Users, Handshake: true, Version: acc.Version, To: s.CommandTo}
	for name, d := range s.Timers {
		if err := set.Timers.Set(name, d); err != nil {
			return set, exitcode.Usage("--timers: %w", err)
		}
	}
	for _, name := range s.Experimental {
		a, ok := engine.ActionNamed(name)
		if !ok {
			return set, exitcode.Usage("--experimental=%s: no such action; known are redirect and swap-hold", name)
		}
		set.Experimental |= a
	}
	for _, l := range s.Line {
		name, rest, ok := strings.Cut(l, "=")
		ext, full, _ := strings.Cut(rest, ":")
		if !ok || name == "" || ext == "" {
			return set, exitcode.Usage("--line=%s: write USER=EXTENSION or USER=EXTENSION:Full Name", l)
		}
		set.Lines = append(set.Lines, events.LineFacts{Line: engine.Key(name), User: name, Address: ext, Name: full})
	}
	return set, nil
}

// maxSocket is the length of a unix socket's path that every system takes (unix(7): 108 with the zero, less on some).
const maxSocket = 103

// tapiAddress returns where the provider DLL connects; empty when that is switched off.
func tapiAddress(s *settings.Settings, dir string) (string, error) {
	address := s.TAPIListen
	switch {
	case address == "none":
		return "", nil
	case address == "" && runtime.GOOS == "windows":
		address = `\\.\pipe\offhook`
	case address == "":
		address = filepath.Join(dir, "tapi.sock")
	}
	if err := tapi.CheckAddress(address); err != nil {
		return "", exitcode.Usage("--tapi-listen: %w", err)
	}
	if err := tapi.CheckGrant(s.TAPIGrant); err != nil {
		return "", exitcode.Usage("--tapi-grant: %w", err)
	}
	if runtime.GOOS != "windows" && !strings.HasPrefix(address, "tcp:") && len(address) > maxSocket {
		return "", exitcode.Usage("the socket for the provider DLL would be %s: a path of more than %d bytes cannot be one; use --tapi-listen PATH, or none", address, maxSocket)
	}
	return address, nil
}

// barring returns the rules for numbers that programs may not dial; nil without any.
func barring(s *settings.Settings, plan dialplan.Plan, log *slog.Logger) (*dialplan.Barring, error) {
	b, err := dialplan.NewBarring(s.DialDeny, s.DialLimit, plan, log)
	if err != nil {
		return nil, exitcode.Usage("--dial-deny, --dial-limit: %w", err)
	}
	return b, nil
}

// tapiFrontend returns the frontend for the provider DLL. table is the line table's file unless the settings name one.
func tapiFrontend(s *settings.Settings, address, table, source, journal string, o projection.Options, offers engine.Actions, log *slog.Logger) live.Frontend {
	switch s.LineTable {
	case "":
	case "none":
		table = ""
	default:
		table = s.LineTable
	}
	return tapi.NewFrontend(tapi.FrontendConfig{Address: address, Grant: s.TAPIGrant, Journal: journal, Log: log, LineTable: table, TableAccess: place.ProtectTable,
		Provider: provider.Config{Projection: o, Source: source, Offers: offers}})
}

// journalDir returns the directory of the journal below the data directory.
func journalDir(dataDir string) string { return filepath.Join(dataDir, "journal") }
