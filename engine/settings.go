package engine

import (
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

// withDefaults fills what is zero.
func (t Timers) withDefaults() Timers {
	d := DefaultTimers()
	for _, x := range [...]struct{ have, want *time.Duration }{
		{&t.SessionGrace, &d.SessionGrace}, {&t.Request, &d.Request}, {&t.DropGuard, &d.DropGuard},
		{&t.DropRetry, &d.DropRetry}, {&t.OwnRing, &d.OwnRing}, {&t.Offering, &d.Offering}, {&t.Branch, &d.Branch},
		{&t.HoldBack, &d.HoldBack}, {&t.Key, &d.Key}, {&t.Redirected, &d.Redirected}, {&t.StaleFree, &d.StaleFree},
		{&t.Closed, &d.Closed}, {&t.Evidence, &d.Evidence}, {&t.Pair, &d.Pair}, {&t.Transfer, &d.Transfer},
	} {
		if *x.have == 0 {
			*x.have = *x.want
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
