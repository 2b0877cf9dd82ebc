package engine

import (
	"slices"
	"strings"

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

// UserName returns the user's name at the PBX: what stands before the first @ of a login name such as "user",
// "user@domain" or "user@instance@domain". The session cuts at the last @ instead (xmpp.SplitLogin), since there the
// instance is a part of the account's name.
func UserName(login string) string {
	user, _, _ := strings.Cut(login, "@")
	return user
}

// Key returns a user's name as a line's key: [UserName], case-folded (XMPP names are, PBX names are not).
func Key(user string) string {
	user = UserName(user)
	for i := 0; i < len(user); i++ {
		if c := user[i]; c >= 0x80 || 'A' <= c && c <= 'Z' {
			return strings.ToLower(user)
		}
	}
	return user
}

// selects says whether the settings select the user's line.
func (s *Settings) selects(key string) bool {
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

// namesUser says whether the settings speak of this very user, or describe the line.
func (s *Settings) namesUser(key string) bool {
	return slices.ContainsFunc(s.Users, func(u string) bool { return Key(u) == key }) ||
		slices.ContainsFunc(s.Lines, func(f events.LineFacts) bool { return f.Line == key })
}
