package xmpp

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"strings"
	"sync"
	"time"

	"offhook/internal/eventid"
)

// loginSpacing is how long after a failed login the next one may come, by the number of failures so
// far; after as many as it has entries there is none (decision C3, TAPI-6).
var loginSpacing = [...]time.Duration{0, 1 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute}

// AuthCount is the number of refused logins with one credential and when the last was.
type AuthCount struct {
	Failures int
	Last     time.Time
}

// AuthFailures keeps AuthCounts over restarts. credential is a short slow hash of account and
// password: it tells a changed password and is no use for guessing it. Load of an unknown
// credential is the zero AuthCount. A store may forget all but the newest credential.
type AuthFailures interface {
	Load(credential string) (AuthCount, error)
	Save(credential string, count AuthCount) error
}

// memoryFailures is the store when none is given.
type memoryFailures struct {
	mu   sync.Mutex
	last string
	AuthCount
}

func (m *memoryFailures) Load(credential string) (AuthCount, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if credential != m.last {
		return AuthCount{}, nil
	}
	return m.AuthCount, nil
}

func (m *memoryFailures) Save(credential string, count AuthCount) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last, m.AuthCount = credential, count
	return nil
}

// credentialRounds make one guess expensive, credentialBytes make even a right one unsure: four
// bytes tell a changed password from the old one and fit millions of others as well.
const (
	credentialRounds = 50_000
	credentialBytes  = 4
)

// credentialOf names a pair of account and password.
func credentialOf(cfg *Config, password string) string {
	salt := strings.ToLower("offhook credential\x00" + cfg.bare() + "\x00" + cfg.Host)
	key, err := pbkdf2.Key(sha256.New, password, []byte(salt), credentialRounds, credentialBytes)
	if err != nil {
		return "unknown"
	}
	return hex.EncodeToString(key)
}

// wait is how long the next login must still be held back; stop means for good.
func (c AuthCount) wait(now time.Time) (wait time.Duration, stop bool) {
	if c.Failures >= len(loginSpacing) {
		return 0, true
	}
	if c.Failures <= 0 {
		return 0, false
	}
	space := loginSpacing[c.Failures]
	return min(max(space-now.Sub(c.Last), 0), space), false
}

// logins counts refused logins in the store, and in memory for when the store fails.
type logins struct {
	store  AuthFailures
	memory memoryFailures

	key  []byte // random, of this process
	seen []byte // keyed hash of the last password, so that the slow hash is made once per password
	last string // its credential
	told toldOf
}

// credential is credentialOf, remembered for the last password. It is for one goroutine.
func (l *logins) credential(cfg *Config, password string) string {
	if l.key == nil {
		l.key = make([]byte, 32)
		rand.Read(l.key)
	}
	mac := hmac.New(sha256.New, l.key)
	mac.Write([]byte(password))
	if sum := mac.Sum(nil); !hmac.Equal(sum, l.seen) {
		l.seen, l.last = sum, credentialOf(cfg, password)
	}
	return l.last
}

func (l *logins) count(credential string) AuthCount {
	known, _ := l.memory.Load(credential)
	if stored, err := l.store.Load(credential); err == nil && stored.Failures > known.Failures {
		return stored
	}
	return known
}

// heldBack tells people, once for each count, why nothing happens and what to do.
func (l *logins) heldBack(log *slog.Logger, credential string, c AuthCount, wait time.Duration, stop bool) {
	if l.told == (toldOf{credential, c.Failures}) {
		return
	}
	l.told = toldOf{credential, c.Failures}
	if stop {
		log.Error("xmpp: the PBX refused this user name and password too often; no further attempt is made until the password changes", eventid.PasswordRefused.Attr(),
			"refused", c.Failures, "next step", "correct the password file; a corrected one is used within two minutes")
		return
	}
	log.Warn("xmpp: the login is held back, since the PBX refused this user name and password before", eventid.LoginHeldBack.Attr(), "refused", c.Failures,
		"next attempt", time.Now().Add(wait).Format(time.RFC3339), "next step", "correct the password file; a corrected one is used within two minutes")
}

// toldOf is what was last said about refused logins.
type toldOf struct {
	credential string
	failures   int
}

func (l *logins) refused(credential string) {
	l.save(credential, AuthCount{l.count(credential).Failures + 1, time.Now()})
}

func (l *logins) succeeded(credential string) {
	if l.count(credential).Failures > 0 {
		l.save(credential, AuthCount{})
	}
}

func (l *logins) save(credential string, count AuthCount) {
	l.memory.Save(credential, count)
	l.store.Save(credential, count) // a failing store must not keep us from logging in
}
