package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"offhook/adapters/nats"
	"offhook/adapters/tapi"
	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/provider"
	"offhook/adapters/xmpp"
	"offhook/adapters/xmpp/pascom"
	"offhook/engine"
	"offhook/engine/live"
	"offhook/internal/dialplan"
	"offhook/internal/state"
)

// pbxFlags say which PBX, as whom, and for whom.
type pbxFlags struct {
	User         string                   `group:"PBX:" help:"Login name: user, user@instance or user@domain." placeholder:"NAME"`
	PasswordFile string                   `group:"PBX:" help:"File with the password (mode 0600). Without it: the systemd credential offhook-password." placeholder:"FILE" type:"path"`
	Host         string                   `group:"PBX:" help:"Server to connect to. Without it: the SRV records of the domain." placeholder:"HOST"`
	Port         int                      `group:"PBX:" help:"Its port." default:"5222"`
	Domain       string                   `group:"PBX:" help:"XMPP domain, when the user name does not carry it (default mobydick)." placeholder:"DOMAIN"`
	CA           string                   `group:"PBX:" name:"ca" help:"Believe certificates of these authorities too (PEM file)." placeholder:"FILE" type:"path"`
	Pin          []string                 `group:"PBX:" help:"Believe only this public key; see the error of a refused certificate." placeholder:"sha256:…"`
	Users        []string                 `group:"PBX:" help:"A supervisor's lines: user names, or all. auto: all if the PBX says that the account is a supervisor, else its own. Without it: one line, the user's own." placeholder:"USER,…"`
	Line         []string                 `group:"PBX:" help:"A line known before the PBX says so: USER=EXTENSION or USER=EXTENSION:Full Name." placeholder:"USER=EXT" sep:"none"`
	CommandTo    string                   `group:"PBX:" help:"Address commands to this JID (foreign servers only)." placeholder:"JID"`
	Dial         string                   `group:"PBX:" help:"How a supervisor dials for somebody: username (since 7.07) or from (DialFrom)." default:"username" enum:"username,from"`
	DialPrefix   string                   `group:"PBX:" help:"Outside-line prefix: auto, none, or digits." default:"auto"`
	PhonesBy     string                   `group:"PBX:" help:"What commands call a phone: its name, or its id where none is told (name-or-id); or its id wherever one is told (id), should a PBX from 19 on ask for that." default:"name-or-id" enum:"name-or-id,id"`
	Timers       map[string]time.Duration `group:"PBX:" help:"Deadlines, by name: session-grace, request, drop-guard, own-ring, offering, …; see docs/operate/settings.md." placeholder:"NAME=DURATION,…" mapsep:","`

	Experimental []string `group:"PBX:" help:"Actions to offer though no PBX is known to take them: redirect, swap-hold." placeholder:"ACTION,…"`
}

// journalFlags say where the events are kept.
type journalFlags struct {
	DataDir     string        `group:"Journal:" help:"Directory of the journal and of what must survive a restart (default: the user's state directory)." placeholder:"DIR" type:"path"`
	Store       string        `group:"Journal:" name:"journal-kind" help:"Kind of a new journal in the data directory: files, jetstream (an embedded NATS server), or auto: files for one own line, jetstream for a supervisor." default:"auto" enum:"auto,files,jetstream"`
	JournalName string        `group:"Journal:" help:"Name of the journal, for several PBXes on one NATS server." default:"main"`
	Nats        string        `group:"Journal:" help:"Keep the journal on this NATS server or cluster instead." placeholder:"URL"`
	NatsListen  string        `group:"Journal:" help:"Let other NATS clients reach the embedded server here; without it, no port is open. Beyond this machine only with --nats-auth." placeholder:"HOST:PORT"`
	NatsAuth    string        `group:"Journal:" help:"File with USER:PASSWORD (mode 0600): for the server of --nats, or for those who come to --nats-listen." placeholder:"FILE" type:"path"`
	NatsCreds   string        `group:"Journal:" help:"Credentials file for it." placeholder:"FILE" type:"path"`
	NatsCA      string        `group:"Journal:" name:"nats-ca" help:"Authorities of its certificate (PEM file)." placeholder:"FILE" type:"path"`
	NatsCert    string        `group:"Journal:" help:"Own certificate for it (PEM file)." placeholder:"FILE" type:"path"`
	NatsKey     string        `group:"Journal:" help:"Key of the own certificate (PEM file)." placeholder:"FILE" type:"path"`
	Sync        string        `group:"Journal:" help:"interval: a power cut loses up to ten seconds; always: nothing, for a wait on the disk a pack." default:"interval" enum:"interval,always"`
	Keep        time.Duration `group:"Journal:" help:"Remove events older than this." default:"720h"`
	KeepBytes   int64         `group:"Journal:" help:"Remove the oldest events beyond this size." default:"2147483648"`
}

// tapiFlags say how calls are shown to TAPI.
type tapiFlags struct {
	TapiListen      string   `group:"TAPI:" help:"Where the provider DLL connects: a socket's path, a pipe's name, tcp:127.0.0.1:PORT (for tests), or none (default: tapi.sock in the data directory; a pipe on Windows)." placeholder:"ADDRESS"`
	TapiGrant       []string `group:"TAPI:" help:"Accounts of other Windows machines whose provider DLL may connect to the pipe: DOMAIN\\COMPUTER$ or a SID. Without it, none may." placeholder:"ACCOUNT,…"`
	LineTable       string   `group:"TAPI:" help:"File with the lines for the provider DLL to show while no daemon runs, or none (default: lines.tbl beside the settings file)." placeholder:"FILE"`
	Deny            []string `group:"TAPI:" help:"Numbers that programs may not dial: ? is any digit, * at the end anything, as 0900*. Emergency numbers only if they are named one by one." placeholder:"PATTERN,…"`
	DialLimit       int      `group:"TAPI:" help:"How many numbers programs may dial on one line within a minute; 0 for no limit." default:"0"`
	Emergency       []string `group:"TAPI:" help:"Emergency numbers: no area code is put before them, and neither --deny with ? or * nor --dial-limit holds them up; or none." default:"110,112,911,999,000"`
	TapiVersion     string   `group:"TAPI:" help:"Version of the projection (1.3 to 3.1)." default:"3.1"`
	Ringback        string   `group:"TAPI:" help:"RINGBACK with the first sign of an outbound call (vendor), or only when the PBX says so (evidence)." default:"vendor" enum:"vendor,evidence"`
	Present         string   `group:"TAPI:" help:"How numbers are shown: pbx, plus (+49…), national (0…)." default:"pbx" enum:"pbx,plus,national"`
	Country         string   `group:"TAPI:" help:"Own country code, for plus and national." placeholder:"49"`
	Areacode        string   `group:"TAPI:" help:"Put before dialled numbers that have no prefix of their own." placeholder:"0711"`
	ExtensionDigits int      `group:"TAPI:" help:"Dialled numbers of up to this many digits are extensions and get no area code." default:"0"`
	Rewrite         []string `group:"TAPI:" help:"Rewrite numbers of calls that come in, in order: PATTERN=REPLACEMENT (regular expressions)." placeholder:"RULE" sep:"none"`
	DialRewrite     []string `group:"TAPI:" help:"Rewrite numbers to dial, in order: PATTERN=REPLACEMENT." placeholder:"RULE" sep:"none"`
}

// dataDir is the directory to keep things in, made if missing, for its owner alone.
func (f *journalFlags) dataDir() (string, error) {
	dir := f.DataDir
	if dir == "" {
		var err error
		if dir, err = usualDataDir(); err != nil {
			return "", exit{Code: exitUsage, Err: err}
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("the data directory cannot be made: %w", err)
	}
	return dir, nil
}

func (f *journalFlags) config(dir string, log *slog.Logger) (nats.Config, error) {
	c := nats.Config{Name: f.JournalName, Listen: f.NatsListen, KeepAge: f.Keep, KeepBytes: f.KeepBytes, Log: log, CA: f.NatsCA, Cert: f.NatsCert, Key: f.NatsKey, Creds: f.NatsCreds}
	if f.Sync == "always" {
		c.Sync = nats.SyncAlways
	}
	if c.URL = f.Nats; c.URL == "" {
		c.Dir = filepath.Join(dir, "journal")
	}
	if f.NatsAuth == "" {
		return c, nil
	}
	text, err := readPassword(f.NatsAuth)
	if err != nil {
		return c, usage("--nats-auth: %w", err)
	}
	if readableByOthers(f.NatsAuth) {
		log.Warn("others may read the file with the journal server's password; its mode should be 0600", "file", f.NatsAuth)
	}
	var ok bool
	if c.User, c.Password, ok = strings.Cut(text, ":"); !ok || c.User == "" || c.Password == "" {
		return c, usage("--nats-auth: %s must hold USER:PASSWORD on one line", f.NatsAuth)
	}
	return c, nil
}

func (f *pbxFlags) xmpp(dir string, kept passwords, log *slog.Logger) (xmpp.Config, error) {
	password, err := kept.source()
	if err != nil {
		return xmpp.Config{}, exit{Code: exitUsage, Err: err}
	}
	if f.PasswordFile != "" && readableByOthers(f.PasswordFile) {
		log.Warn("others may read the password file; its mode should be 0600", "file", f.PasswordFile)
	}
	return f.xmppWith(dir, password, log)
}

// xmppWith are the session's settings with a password of the caller's choice.
func (f *pbxFlags) xmppWith(dir string, password func() (string, error), log *slog.Logger) (xmpp.Config, error) {
	res, err := state.Resource(dir)
	if err != nil {
		return xmpp.Config{}, err
	}
	return xmpp.Config{User: f.User, Domain: f.Domain, Host: f.Host, Port: f.Port, Password: password, Resource: res,
		TLS: xmpp.TLS{CAFile: f.CA, PinSHA256: f.Pin}, Logger: log, Version: version,
		AuthFailures: state.NewLogins(dir)}, nil
}

// domain names the PBX: what the settings say, else what follows the user name, else pascom's default.
func (f *pbxFlags) domain() string {
	if f.Domain != "" {
		return f.Domain
	}
	if i := strings.LastIndexByte(f.User, '@'); i >= 0 {
		return f.User[i+1:]
	}
	return xmpp.DefaultDomain
}

func (f *pbxFlags) engine() (engine.Settings, error) {
	if err := f.checkUsers(); err != nil {
		return engine.Settings{}, usage("--%w", err)
	}
	user, _, _ := strings.Cut(f.User, "@")
	set := engine.Settings{User: user, Source: f.domain(), Supervisor: len(f.Users) > 0, Users: f.Users, Handshake: true, Version: version, To: f.CommandTo}
	for name, d := range f.Timers {
		if err := set.Timers.Set(name, d); err != nil {
			return set, usage("--timers: %w", err)
		}
	}
	for _, name := range f.Experimental {
		a, ok := engine.ActionNamed(name)
		if !ok {
			return set, usage("--experimental=%s: no such action; known are redirect and swap-hold", name)
		}
		set.Experimental |= a
	}
	for _, l := range f.Line {
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

// address is where the provider DLL connects; empty when that is switched off.
func (f *tapiFlags) address(dir string) (string, error) {
	address := f.TapiListen
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
	if err := tapi.CheckGrant(f.TapiGrant); err != nil {
		return "", usage("--tapi-grant: %w", err)
	}
	if runtime.GOOS != "windows" && !strings.HasPrefix(address, "tcp:") && len(address) > maxSocket {
		return "", usage("the socket for the provider DLL would be %s: a path of more than %d bytes cannot be one; give --tapi-listen PATH, or none", address, maxSocket)
	}
	return address, nil
}

// barring is what programs may not dial; nil when they may dial everything.
func (f *tapiFlags) barring(plan dialplan.Plan, log *slog.Logger) (*dialplan.Barring, error) {
	b, err := dialplan.NewBarring(f.Deny, f.DialLimit, plan, log)
	if err != nil {
		return nil, usage("--deny, --dial-limit: %w", err)
	}
	return b, nil
}

// frontend serves the provider DLL; table is where the line table is when the settings do not say.
func (f *tapiFlags) frontend(address, table, source, journal string, o projection.Options, offers engine.Actions, barring *dialplan.Barring, log *slog.Logger) live.Frontend {
	switch f.LineTable {
	case "":
	case "none":
		table = ""
	default:
		table = f.LineTable
	}
	var last atomic.Uint32
	next := func() uint32 { return last.Add(1)&(1<<31-1) | 1<<30 } // apart from the ids of other frontends
	return tapi.NewFrontend(tapi.FrontendConfig{Address: address, Grant: f.TapiGrant, Journal: journal, Log: log, LineTable: table, TableAccess: protectTable,
		Provider: provider.ProviderConfig{Projection: o, Source: source, Offers: offers, NextID: next, Barring: barring}})
}

// shown are the settings of dialect and projection in the form that scenarios and traces use (package wiring); what is
// at its default is left out.
func (c *runCmd) shown() map[string]string {
	m := map[string]string{}
	put := func(key, value, usual string) {
		if value != usual {
			m[key] = value
		}
	}
	put("tapi.version", c.TapiVersion, "3.1")
	put("tapi.ringback", c.Ringback, "vendor")
	put("numbers.present", c.Present, "pbx")
	put("numbers.country", c.Country, "")
	put("numbers.extension-digits", strconv.Itoa(c.ExtensionDigits), "0")
	put("dial.areacode", c.Areacode, "")
	put("dial.emergency", strings.Join(c.Emergency, ","), strings.Join(dialplan.EmergencyNumbers, ","))
	put("pascom.dial", c.Dial, pascom.DialUsername)
	put("pascom.prefix", c.DialPrefix, pascom.PrefixAuto)
	put("pascom.device", c.PhonesBy, pascom.DeviceName)
	for i, r := range c.Rewrite {
		m[fmt.Sprintf("numbers.rewrite.%03d", i+1)] = r
	}
	for i, r := range c.DialRewrite {
		m[fmt.Sprintf("dial.rewrite.%03d", i+1)] = r
	}
	return m
}
