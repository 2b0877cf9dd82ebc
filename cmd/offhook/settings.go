package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"offhook/adapters/nats"
	"offhook/adapters/tapi"
	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/provider"
	"offhook/adapters/xmpp"
	"offhook/engine"
	"offhook/engine/live"
	"offhook/internal/dialplan"
	"offhook/internal/password"
	"offhook/internal/place"
	"offhook/internal/settings"
	"offhook/internal/state"
)

// dataDir is the directory to keep things in, made if missing, for its owner alone.
func dataDir(s *settings.Settings) (string, error) {
	dir := s.DataDir
	if dir == "" {
		var err error
		if dir, err = place.DataDir(); err != nil {
			return "", exit{Code: exitUsage, Err: err}
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("the data directory cannot be made: %w", err)
	}
	return dir, nil
}

// natsConfig are the settings of the journal on JetStream.
func natsConfig(s *settings.Settings, dir string, log *slog.Logger) (nats.Config, error) {
	c := nats.Config{Name: s.JournalName, Listen: s.NATSListen, KeepAge: s.Keep, KeepBytes: s.KeepBytes, Log: log, CA: s.NATSCA, Cert: s.NATSCert, Key: s.NATSKey, Creds: s.NATSCreds}
	if s.Sync == "always" {
		c.Sync = nats.SyncAlways
	}
	if c.URL = s.NATS; c.URL == "" {
		c.Dir = filepath.Join(dir, "journal")
	}
	if s.NATSAuth == "" {
		return c, nil
	}
	text, err := password.Read(s.NATSAuth)
	if err != nil {
		return c, usage("--nats-auth: %w", err)
	}
	if password.IsReadableByOthers(s.NATSAuth) {
		log.Warn("others may read the file with the journal server's password; its mode should be 0600", "file", s.NATSAuth)
	}
	var ok bool
	if c.User, c.Password, ok = strings.Cut(text, ":"); !ok || c.User == "" || c.Password == "" {
		return c, usage("--nats-auth: %s must hold USER:PASSWORD on one line", s.NATSAuth)
	}
	return c, nil
}

// xmppConfig are the session's settings with the kept password.
func xmppConfig(s *settings.Settings, dir string, kept password.Store, log *slog.Logger) (xmpp.Config, error) {
	secret, err := kept.Source()
	if err != nil {
		return xmpp.Config{}, exit{Code: exitUsage, Err: err}
	}
	if s.PasswordFile != "" && password.IsReadableByOthers(s.PasswordFile) {
		log.Warn("others may read the password file; its mode should be 0600", "file", s.PasswordFile)
	}
	return xmppConfigWith(s, dir, secret, log)
}

// xmppConfigWith are the session's settings with a password of the caller's choice.
func xmppConfigWith(s *settings.Settings, dir string, password func() (string, error), log *slog.Logger) (xmpp.Config, error) {
	res, err := state.Resource(dir)
	if err != nil {
		return xmpp.Config{}, err
	}
	return xmpp.Config{User: s.User, Domain: s.Domain, DefaultDomain: defaultDomain(s), Host: s.Host, Port: s.Port, Password: password, Resource: res,
		TLS: xmpp.TLS{CAFile: s.CA, PinSHA256: s.Pin}, Logger: log, Version: version,
		AuthFailures: state.NewLogins(dir)}, nil
}

// pbxDomain names the PBX: what the settings say, else what follows the user name, else the dialect's default.
func pbxDomain(s *settings.Settings) string {
	if s.Domain != "" {
		return s.Domain
	}
	if i := strings.LastIndexByte(s.User, '@'); i >= 0 {
		return s.User[i+1:]
	}
	return defaultDomain(s)
}

// defaultDomain is that of the dialect; empty where there is no such dialect or it has none.
func defaultDomain(s *settings.Settings) string {
	d, err := programDialects.Lookup(s.Dialect)
	if err != nil {
		return ""
	}
	return d.DefaultDomain
}

// engineSettings are the engine's.
func engineSettings(s *settings.Settings) (engine.Settings, error) {
	if err := schema.Check(s); err != nil {
		return engine.Settings{}, usage("--%w", err)
	}
	user, _, _ := strings.Cut(s.User, "@")
	set := engine.Settings{User: user, Source: pbxDomain(s), Supervisor: len(s.Users) > 0, Users: s.Users, Handshake: true, Version: version, To: s.CommandTo}
	for name, d := range s.Timers {
		if err := set.Timers.Set(name, d); err != nil {
			return set, usage("--timers: %w", err)
		}
	}
	for _, name := range s.Experimental {
		a, ok := engine.ActionNamed(name)
		if !ok {
			return set, usage("--experimental=%s: no such action; known are redirect and swap-hold", name)
		}
		set.Experimental |= a
	}
	for _, l := range s.Line {
		name, rest, ok := strings.Cut(l, "=")
		ext, full, _ := strings.Cut(rest, ":")
		if !ok || name == "" || ext == "" {
			return set, usage("--line=%s: write USER=EXTENSION or USER=EXTENSION:Full Name", l)
		}
		set.Lines = append(set.Lines, lineFacts(name, ext, full))
	}
	return set, nil
}

// maxSocket is how long a unix socket's path may be on every system (unix(7): 108 with its end, less on some).
const maxSocket = 103

// tapiAddress is where the provider DLL connects; empty when that is switched off.
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
		return "", usage("--tapi-listen: %w", err)
	}
	if err := tapi.CheckGrant(s.TAPIGrant); err != nil {
		return "", usage("--tapi-grant: %w", err)
	}
	if runtime.GOOS != "windows" && !strings.HasPrefix(address, "tcp:") && len(address) > maxSocket {
		return "", usage("the socket for the provider DLL would be %s: a path of more than %d bytes cannot be one; give --tapi-listen PATH, or none", address, maxSocket)
	}
	return address, nil
}

// barring is what programs may not dial; nil when they may dial everything.
func barring(s *settings.Settings, plan dialplan.Plan, log *slog.Logger) (*dialplan.Barring, error) {
	b, err := dialplan.NewBarring(s.DialDeny, s.DialLimit, plan, log)
	if err != nil {
		return nil, usage("--dial-deny, --dial-limit: %w", err)
	}
	return b, nil
}

// tapiFrontend serves the provider DLL; table is where the line table is when the settings do not say.
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
