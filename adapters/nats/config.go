package nats

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Sync says when an embedded server's acknowledged events are on the disk; see the package comment.
type Sync string

// The two choices. The zero value is SyncInterval.
const (
	SyncInterval Sync = "interval"
	SyncAlways   Sync = "always"
)

// Config says where a journal is and how it is kept. Either Dir or URL is needed; every other field may be zero.
type Config struct {
	Name string // of the journal: letters, digits, - and _; default "main"

	Dir       string        // embedded: the directory of the store, made if missing
	Listen    string        // embedded: also listen on this host:port; beyond loopback only with Password
	Sync      Sync          // embedded: default SyncInterval
	SyncEvery time.Duration // embedded: for SyncInterval; default 10 s

	URL      string // external: nats://host:port or tls://…, several with commas; no password in it is ever shown
	Replicas int    // external: copies in the cluster when the stream is made; default 1

	CA, Cert, Key  string // files: roots to trust, own certificate and key
	Creds          string // external: a credentials file
	User, Password string

	MaxStore  int64         // hard limit of the events' stream in bytes; default 4 GiB
	MaxImages int64         // hard limit of all engine images in bytes; default 256 MiB
	KeepAge   time.Duration // remove packs stored longer ago; 0 keeps them
	KeepBytes int64         // remove the oldest packs beyond this size; 0 keeps them

	AckWait time.Duration // how long an answer may take before events.ErrFull; default 3 s
	Log     *slog.Logger  // default: none
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// withDefaults returns the config with its defaults, or ErrConfig.
func (c Config) withDefaults() (Config, error) {
	setDefault(&c.Name, "main")
	setDefault(&c.Sync, SyncInterval)
	setDefault(&c.SyncEvery, 10*time.Second)
	setDefault(&c.Replicas, 1)
	setDefault(&c.MaxStore, 4<<30)
	setDefault(&c.MaxImages, 256<<20)
	setDefault(&c.AckWait, 3*time.Second)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, c.check()
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

func (c Config) check() error {
	switch {
	case (c.Dir == "") == (c.URL == ""):
		return fmt.Errorf("%w: set either Dir (embedded server) or URL (external server)", ErrConfig)
	case !nameForm.MatchString(c.Name):
		return fmt.Errorf("%w: Name %q: use 1 to 64 letters, digits, - and _", ErrConfig, c.Name)
	case c.Sync != SyncInterval && c.Sync != SyncAlways:
		return fmt.Errorf("%w: Sync %q: use %q or %q", ErrConfig, c.Sync, SyncInterval, SyncAlways)
	case c.URL != "" && c.Sync == SyncAlways:
		return fmt.Errorf("%w: Sync %q belongs to an embedded server; for %s set sync_interval there", ErrConfig, c.Sync, c.place())
	case c.URL != "" && c.Listen != "":
		return fmt.Errorf("%w: Listen belongs to an embedded server, not to URL", ErrConfig)
	case (c.Cert == "") != (c.Key == ""):
		return fmt.Errorf("%w: Cert and Key belong together", ErrConfig)
	case c.SyncEvery < 0 || c.AckWait < 0 || c.KeepAge < 0 || c.KeepBytes < 0 || c.MaxStore < 1<<20 || c.MaxImages < 1<<20:
		return fmt.Errorf("%w: times and sizes must not be negative, MaxStore and MaxImages be at least 1 MiB", ErrConfig)
	case c.Replicas < 1 || c.Replicas > 5:
		return fmt.Errorf("%w: Replicas %d: use 1 to 5", ErrConfig, c.Replicas)
	}
	if _, _, _, err := c.serverAddresses(); err != nil {
		return err
	}
	return c.checkListen()
}

// checkListen refuses an address that other machines can reach unless a password is set: the journal holds numbers and
// names.
func (c Config) checkListen() error {
	if c.Listen == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("%w: Listen %q: use host:port", ErrConfig, c.Listen)
	}
	ip := net.ParseIP(host)
	if loopback := host == "localhost" || ip != nil && ip.IsLoopback(); !loopback && c.Password == "" {
		return fmt.Errorf("%w: Listen %q is open to other machines: set User and Password, or listen on 127.0.0.1", ErrConfig, c.Listen)
	}
	return nil
}

// serverAddresses splits URL into addresses without user information, and returns user and password apart.
func (c Config) serverAddresses() (list, user, password string, err error) {
	user, password = c.User, c.Password
	if c.URL == "" {
		return "", user, password, nil
	}
	var all []string
	for i, part := range strings.Split(c.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(part))
		if err != nil || u.Host == "" { // the error would quote the password
			return "", "", "", fmt.Errorf("%w: address %d of URL: use nats://host:port or tls://host:port", ErrConfig, i+1)
		}
		if u.User != nil {
			user = u.User.Username()
			password, _ = u.User.Password()
			u.User = nil
		}
		all = append(all, u.String())
	}
	return strings.Join(all, ","), user, password, nil
}

// place names the directory or the servers for messages, without secrets.
func (c Config) place() string {
	if c.Dir != "" {
		return c.Dir
	}
	list, _, _, err := c.serverAddresses()
	if err != nil {
		return "the server"
	}
	return list
}

func (c Config) streamName() string    { return "OFFHOOK_" + c.Name }
func (c Config) subject() string       { return "offhook." + c.Name + ".events" }
func (c Config) storedSubject() string { return "offhook." + c.Name + ".stored" }

// String shows the config without its secrets.
func (c Config) String() string {
	return fmt.Sprintf("journal %q at %s, sync %s, keep %v and %d bytes", c.Name, c.place(), c.Sync, c.KeepAge, c.KeepBytes)
}

// GoString is String, so that %#v shows no password either.
func (c Config) GoString() string { return c.String() }

// LogValue is String for slog.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }
