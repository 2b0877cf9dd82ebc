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

// loginSpacing is how long after a refused login the next one may come, by the number of refusals so
// far; after as many refusals as it has entries no login is made (decision C3, TAPI-6).
var loginSpacing = [...]time.Duration{0, 1 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute}

// AuthCount is the number of refused logins with one credential and when the last was.
type AuthCount struct {
	Failures int
	Last     time.Time
}

// AuthFailures keeps AuthCounts over restarts. credential is a short slow hash of account and
// password: it shows that the password changed and does not help to guess it. Load of an unknown
// credential is the zero AuthCount. A store may forget all but the newest credential.
type AuthFailures interface {
	Load(credential string) (AuthCount, error)
	Save(credential string, count AuthCount) error
}

// memoryFailures keeps the count in memory; it is the store when Config names none.
type memoryFailures struct {
	mu         sync.Mutex
	credential string
	AuthCount
}

func (m *memoryFailures) Load(credential string) (AuthCount, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if credential != m.credential {
		return AuthCount{}, nil
	}
	return m.AuthCount, nil
}

func (m *memoryFailures) Save(credential string, count AuthCount) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.credential, m.AuthCount = credential, count
	return nil
}

// credentialRounds makes one guess expensive. credentialBytes leaves even a right guess uncertain: four bytes tell a
// changed password from the old one, but millions of other passwords have the same hash.
const (
	credentialRounds = 50_000
	credentialBytes  = 4
)

// credentialOf returns the credential of an account and its password.
func credentialOf(cfg *Config, password string) string {
	salt := strings.ToLower("offhook credential\x00" + cfg.bareJID() + "\x00" + cfg.Host)
	key, err := pbkdf2.Key(sha256.New, password, []byte(salt), credentialRounds, credentialBytes)
	if err != nil {
		return "unknown"
	}
	return hex.EncodeToString(key)
}

// wait returns how long the next login must still be held back; stop means until the password changes.
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

// loginLimiter counts refused logins in the store, and in memory for when the store fails.
type loginLimiter struct {
	store  AuthFailures
	memory memoryFailures

	passwordKey    []byte // random, of this process
	passwordHash   []byte // keyed hash of the last password, so that the slow hash is made once per password
	lastCredential string // its credential
	reported       reportedCount
}

// credential returns credentialOf and keeps the result for the last password. Only one goroutine may call it.
func (l *loginLimiter) credential(cfg *Config, password string) string {
	if l.passwordKey == nil {
		l.passwordKey = make([]byte, 32)
		rand.Read(l.passwordKey)
	}
	mac := hmac.New(sha256.New, l.passwordKey)
	mac.Write([]byte(password))
	if sum := mac.Sum(nil); !hmac.Equal(sum, l.passwordHash) {
		l.passwordHash, l.lastCredential = sum, credentialOf(cfg, password)
	}
	return l.lastCredential
}

func (l *loginLimiter) count(credential string) AuthCount {
	known, _ := l.memory.Load(credential)
	if stored, err := l.store.Load(credential); err == nil && stored.Failures > known.Failures {
		return stored
	}
	return known
}

// logHeldBack logs, once for each count, why no login is made and what to do.
func (l *loginLimiter) logHeldBack(log *slog.Logger, credential string, c AuthCount, wait time.Duration, stop bool) {
	if l.reported == (reportedCount{credential, c.Failures}) {
		return
	}
	l.reported = reportedCount{credential, c.Failures}
	if stop {
		log.Error("xmpp: the PBX refused this user name and password too often; no further attempt is made until the password changes", eventid.PasswordRefused.Attr(),
			"refused", c.Failures, "next step", "correct the password file; a corrected one is used within two minutes")
		return
	}
	log.Warn("xmpp: the login is held back, since the PBX refused this user name and password before", eventid.LoginHeldBack.Attr(), "refused", c.Failures,
		"next attempt", time.Now().Add(wait).Format(time.RFC3339), "next step", "correct the password file; a corrected one is used within two minutes")
}

// reportedCount is the count that logHeldBack logged last.
type reportedCount struct {
	credential string
	failures   int
}

func (l *loginLimiter) recordRefused(credential string) {
	l.save(credential, AuthCount{l.count(credential).Failures + 1, time.Now()})
}

func (l *loginLimiter) recordSucceeded(credential string) {
	if l.count(credential).Failures > 0 {
		l.save(credential, AuthCount{})
	}
}

func (l *loginLimiter) save(credential string, count AuthCount) {
	l.memory.Save(credential, count)
	l.store.Save(credential, count) // a failing store must not prevent a login
}
