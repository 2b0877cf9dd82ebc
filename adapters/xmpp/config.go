package xmpp

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"
	"unicode"
)

// ErrConfig says that the settings cannot work; the text says which one and what it should be.
var ErrConfig = errors.New("bad settings")

// Config is everything one session needs. Zero values mean the defaults named here.
type Config struct {
	// User logs in: "user", "user@domain" or "user@instance". What follows the last @ is the domain
	// unless Domain says otherwise; then it stays part of the name.
	User   string
	Domain string // XMPP domain, not the host name; default from User, else DefaultDomain
	// DefaultDomain is the domain where neither Domain nor User has one; the dialect knows it.
	DefaultDomain string
	Host          string // TCP host and name in the certificate; empty = SRV records of Domain, else Domain
	Port          int    // default 5222, ignored when SRV records are used

	// Password is asked for once per attempt, so that a changed one is seen. Its result is never
	// logged, kept or put into an error.
	Password func() (string, error)

	Resource   string   // default "offhook-" and the host name (decision C2 adds an install id)
	Mechanisms []string // SASL mechanisms allowed; default SCRAM-SHA-256, SCRAM-SHA-1, PLAIN
	TLS        TLS
	Timeouts   Timeouts
	Backoff    Backoff
	MaxStanza  int // longest stanza kept, in bytes; default DefaultMaxBytes (decision A8)
	Logger     *slog.Logger
	Version    string // answered to jabber:iq:version; default "dev"

	// AuthFailures keeps the failed logins over restarts (decision C3); default: in memory only.
	AuthFailures AuthFailures

	// Before, when set, is called before each attempt and may hold it back until the journal can be written
	// again (decision A9) or ctx is done. An error counts as a failed attempt.
	Before func(ctx context.Context) error

	// NoPresence leaves out the initial presence of priority -128 (decision C1).
	NoPresence bool
}

// TLS says which servers are trusted. STARTTLS is always required (decision C4).
type TLS struct {
	CAFile  string         // PEM file of further authorities, beside the system's
	RootCAs *x509.CertPool // replaces the system's authorities; CAFile is added to a copy of it

	// PinSHA256 are public keys to trust instead of authorities: the SHA-256 of the certificate's
	// SubjectPublicKeyInfo, as "sha256:" and base64 or hexadecimal digits. With pins nothing else counts.
	PinSHA256 []string

	// AllowPlaintextLoopback permits a session without TLS to a loopback address. For tests only.
	AllowPlaintextLoopback bool
}

// Timeouts bound every wait.
type Timeouts struct {
	Connect      time.Duration // name lookup and TCP, default 10 s
	Negotiate    time.Duration // from the first byte to the bound resource, default 20 s
	Write        time.Duration // one stanza, default 10 s
	Close        time.Duration // for the server's end tag of the stream, default 2 s
	Ping         time.Duration // interval of XEP-0199 pings, default 30 s
	PingDeadline time.Duration // for the answer, default 8 s
}

// Backoff spreads reconnection: full jitter between Min and a limit that doubles up to Max.
type Backoff struct {
	Min    time.Duration // default 0.5 s
	Max    time.Duration // default 60 s
	Stable time.Duration // a session that lived this long starts over at Min, default 60 s
}

// withDefaults checks the configuration and fills in the defaults.
func (c Config) withDefaults() (Config, error) {
	if err := c.splitUser(); err != nil {
		return c, err
	}
	if c.Password == nil {
		return c, fmt.Errorf("xmpp: %w: no password source", ErrConfig)
	}
	if strings.ContainsAny(c.Host, "/@ \t\r\n") {
		return c, fmt.Errorf("xmpp: %w: host %q should be a name or an address without port", ErrConfig, c.Host)
	}
	if bare := strings.Trim(c.Host, "[]"); strings.Contains(bare, ":") && net.ParseIP(bare) == nil {
		return c, fmt.Errorf("xmpp: %w: host %q holds a port; give it as the port setting", ErrConfig, c.Host)
	}
	if c.Port < 0 || c.Port > 65535 {
		return c, fmt.Errorf("xmpp: %w: port %d", ErrConfig, c.Port)
	}
	c.Host = strings.Trim(c.Host, "[]")
	c.setDefaults()
	if !hasNoControls(c.Resource) {
		return c, fmt.Errorf("xmpp: %w: resource with control characters", ErrConfig)
	}
	if _, err := parsePins(c.TLS.PinSHA256); err != nil {
		return c, err
	}
	return c, nil
}

// SplitLogin returns the account's name and the domain of a login name, without spaces around it: what stands before
// and after the last @. The domain is empty without an @. So the instance of "user@instance@domain" is a part of the
// account's name; the user's name at the PBX is shorter (engine.UserName). The library's JID type is of no use here: it
// refuses names like o'neil and mm@instance@host.
func SplitLogin(login string) (name, domain string) {
	login = strings.TrimSpace(login)
	if i := strings.LastIndexByte(login, '@'); i >= 0 {
		return login[:i], login[i+1:]
	}
	return login, ""
}

// splitUser sets User and Domain from the login name in User.
func (c *Config) splitUser() error {
	name := strings.TrimSpace(c.User)
	if account, domain := SplitLogin(name); len(account) < len(name) && (c.Domain == "" || strings.EqualFold(c.Domain, domain)) {
		name, c.Domain = account, domain
	}
	if c.Domain == "" {
		c.Domain = c.DefaultDomain
	}
	if name == "" || !hasNoControls(name) || strings.ContainsRune(name, '/') {
		return fmt.Errorf("xmpp: %w: user %q should look like user or user@instance", ErrConfig, c.User)
	}
	if !validDomain(c.Domain) {
		return fmt.Errorf("xmpp: %w: domain %q should look like a host name", ErrConfig, c.Domain)
	}
	c.User = name
	return nil
}

func (c *Config) setDefaults() {
	setDefault(&c.Port, 5222)
	setDefault(&c.Resource, "offhook-"+hostName())
	setDefault(&c.MaxStanza, DefaultMaxBytes)
	setDefault(&c.Version, "dev")
	setDefault(&c.Timeouts.Connect, 10*time.Second)
	setDefault(&c.Timeouts.Negotiate, 20*time.Second)
	setDefault(&c.Timeouts.Write, 10*time.Second)
	setDefault(&c.Timeouts.Close, 2*time.Second)
	setDefault(&c.Timeouts.Ping, 30*time.Second)
	setDefault(&c.Timeouts.PingDeadline, 8*time.Second)
	setDefault(&c.Backoff.Min, 500*time.Millisecond)
	setDefault(&c.Backoff.Max, 60*time.Second)
	setDefault(&c.Backoff.Stable, 60*time.Second)
	if len(c.Mechanisms) == 0 {
		c.Mechanisms = []string{mechSCRAM256, mechSCRAM1, mechPlain}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.AuthFailures == nil {
		c.AuthFailures = &memoryFailures{}
	}
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// certName is the name the certificate must carry: the host from the settings. A host found by SRV
// is only as trustworthy as DNS, so there it is the domain (RFC 6120 section 13.7.2.1).
func (c *Config) certName() string {
	if c.Host != "" {
		return c.Host
	}
	return c.Domain
}

// bareJID returns the account's bare JID.
func (c *Config) bareJID() string { return c.User + "@" + c.Domain }

func hostName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "host"
	}
	return name
}

func hasNoControls(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) < 0
}

// validDomain refuses every character that could end the attribute that the domain is written into.
func validDomain(s string) bool {
	if net.ParseIP(s) != nil {
		return true
	}
	return s != "" && len(s) <= 1023 && strings.IndexFunc(s, func(r rune) bool {
		return !(unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r) || r == '.' || r == '-' || r == '_')
	}) < 0
}
