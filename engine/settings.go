package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"offhook/events"
)

// Settings are what an engine is told once, and what a trace's start record repeats.
type Settings struct {
	Journal string // the journal's id, kept in every event
	Source  string // the PBX's XMPP domain, kept in every event

	User       string   // login name, without instance
	Supervisor bool     // one session, many lines
	Users      []string // a supervisor's selected users; "all" follows the roster (decision C5)
	Learn      bool     // a bare file: lines are learned from whatever names them (decision D1)
	Handshake  bool     // log in to the PBX when the session is up; off for bare files and scenarios
	Version    string   // offhook's version, told to the PBX
	To         string   // `to` of commands (decision C6)

	// Show are settings of the dialect and the projection, opaque to the engine: a trace keeps them, so that its replay
	// shows what was shown live.
	Show map[string]string `json:",omitempty"`

	Lines        []events.LineFacts // lines known from settings
	Experimental Actions            // actions switched on beyond the dialect's own (decision B11)
	Timers       Timers
}

// DefaultTimers are the table's defaults.
func DefaultTimers() Timers {
	return Timers{
		SessionGrace: 5 * time.Second, Request: 10 * time.Second, DropGuard: 10 * time.Second, DropRetry: 2 * time.Second,
		OwnRing: 60 * time.Second, Offering: 2 * time.Minute, Branch: 2 * time.Second, HoldBack: 3 * time.Second,
		Key: 5 * time.Second, Redirected: 5 * time.Second, StaleFree: 3 * time.Second, Closed: 30 * time.Second,
		Evidence: 2 * time.Second, Pair: 5 * time.Second, Transfer: 30 * time.Second,
	}
}

// NamedTimer is a duration of the table with its name in settings and scenarios.
type NamedTimer struct {
	Name  string
	Value *time.Duration
}

// Named lists the table in its order; setting a value sets the timer.
func (t *Timers) Named() []NamedTimer {
	return []NamedTimer{
		{"session-grace", &t.SessionGrace}, {"request", &t.Request}, {"drop-guard", &t.DropGuard}, {"drop-retry", &t.DropRetry},
		{"own-ring", &t.OwnRing}, {"offering", &t.Offering}, {"branch", &t.Branch}, {"hold-back", &t.HoldBack}, {"key", &t.Key},
		{"redirected", &t.Redirected}, {"stale-free", &t.StaleFree}, {"closed", &t.Closed}, {"evidence", &t.Evidence},
		{"pair", &t.Pair}, {"transfer", &t.Transfer}, {"ring-cycle", &t.RingCycle},
	}
}

// ErrTimer says that a timer's name or duration cannot be used.
var ErrTimer = errors.New("engine: unusable timer")

// Set sets a timer by its name; it must be between a millisecond and a day. Errors wrap ErrTimer.
func (t *Timers) Set(name string, d time.Duration) error {
	if d < time.Millisecond || d > 24*time.Hour {
		return fmt.Errorf("%w: %s=%s is not between 1ms and 24h", ErrTimer, name, d)
	}
	var known []string
	for _, n := range t.Named() {
		if n.Name == name {
			*n.Value = d
			return nil
		}
		known = append(known, n.Name)
	}
	return fmt.Errorf("%w: no timer %q; there are %s", ErrTimer, name, strings.Join(known, ", "))
}

// withDefaults fills what is zero.
func (t Timers) withDefaults() Timers {
	d := DefaultTimers()
	have, want := t.Named(), d.Named()
	for i := range have {
		if *have[i].Value == 0 {
			*have[i].Value = *want[i].Value
		}
	}
	return t
}

// Key is a user's name as a line's key: without instance or domain, case-folded (XMPP names are, PBX names are not).
func Key(user string) string {
	user, _, _ = strings.Cut(user, "@")
	for i := 0; i < len(user); i++ {
		if c := user[i]; c >= 0x80 || 'A' <= c && c <= 'Z' {
			return strings.ToLower(user)
		}
	}
	return user
}

// wants says whether the settings select the user's line.
func (s *Settings) wants(key string) bool {
	if s.Learn {
		return true
	}
	if !s.Supervisor {
		return key == Key(s.User)
	}
	for _, u := range s.Users {
		if u == "all" || Key(u) == key {
			return true
		}
	}
	return false
}

// names says whether the settings speak of this very user, or describe the line.
func (s *Settings) names(key string) bool {
	return slices.ContainsFunc(s.Users, func(u string) bool { return Key(u) == key }) ||
		slices.ContainsFunc(s.Lines, func(f events.LineFacts) bool { return f.Line == key })
}
