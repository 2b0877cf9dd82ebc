package pbx

import (
	"fmt"
	"slices"
)

// States of /phone presence, for SetPhone and PhoneState.
const (
	PhoneOff  = "off"  // no phone registered: unavailable
	PhoneFree = "free" // available without show
	PhoneDND  = "dnd"  // in a call
	PhoneAuto = "auto" // SetPhone: as the calls say
)

// phoneState returns the /phone state that the calls imply.
func (u *user) phoneState() string {
	talking := func(l *branch) bool { return l.state != branchRinging }
	switch {
	case u.forcedPhone != "":
		return u.forcedPhone
	case u.Unregistered || len(u.Devices) == 0:
		return PhoneOff
	case slices.ContainsFunc(u.branches, talking):
		return PhoneDND
	}
	return PhoneFree
}

// announcePhone sends the /phone presence to all sessions if it changed.
func (s *Server) announcePhone(u *user) {
	state := u.phoneState()
	if state == u.announcedPhone {
		return
	}
	u.announcedPhone = state
	for _, ss := range s.sessions {
		if ss.getsPhoneStates() {
			ss.send(s.phonePresence(u, ss))
		}
	}
}

// getsPhoneStates reports whether the session gets /phone presence: a direct session after its initial
// presence, and behind the component, where Prosody does not forward that presence, after ClientInfo.
func (ss *session) getsPhoneStates() bool { return ss.available || ss.conn == nil && ss.clientInfoSeen }

func (s *Server) phonePresence(u *user, to *session) []byte {
	var w xmlWriter
	attrs := []string{"from", u.bare(s.cfg.Domain) + "/phone", "to", to.jid}
	switch u.announcedPhone {
	case PhoneOff:
		w.empty("presence", append(attrs, "type", "unavailable")...)
	case PhoneDND:
		w.open("presence", attrs...)
		w.leaf("show", "dnd")
		w.end("presence")
	default:
		w.empty("presence", attrs...)
	}
	return w.Bytes()
}

// sendPhoneStates sends the /phone presence of every user.
func (s *Server) sendPhoneStates(ss *session) {
	for _, u := range s.userList {
		if !u.Disabled {
			ss.send(s.phonePresence(u, ss))
		}
	}
}

// sendAllPresence sends, after an initial presence, the /phone presence of all users and the presence of all sessions.
func (s *Server) sendAllPresence(ss *session) {
	s.sendPhoneStates(ss)
	for _, other := range s.sessions {
		if other != ss && other.available {
			ss.send(other.presenceTo(ss))
		}
	}
}

// broadcastPresence sends the presence of a session to every available session, itself included.
func (s *Server) broadcastPresence(ss *session) {
	for _, other := range s.sessions {
		if other.available {
			other.send(ss.presenceTo(other))
		}
	}
}

func (ss *session) presenceTo(other *session) []byte {
	var w xmlWriter
	if !ss.available {
		w.empty("presence", "from", ss.jid, "to", other.jid, "type", "unavailable")
		return w.Bytes()
	}
	w.open("presence", "from", ss.jid, "to", other.jid)
	for _, k := range ss.presence {
		k.write(&w, "jabber:client")
	}
	w.end("presence")
	return w.Bytes()
}

// SetPhone sets the /phone presence of a user (by extension or login) to PhoneOff,
// PhoneFree or PhoneDND; with PhoneAuto it follows the calls again.
func (s *Server) SetPhone(who, state string) error {
	return s.withUser(who, func(u *user) error {
		switch state {
		case PhoneOff, PhoneFree, PhoneDND:
			u.forcedPhone = state
		case PhoneAuto:
			u.forcedPhone = ""
		default:
			return fmt.Errorf("pbx: phone state %q: choose %s, %s, %s or %s", state, PhoneOff, PhoneFree, PhoneDND, PhoneAuto)
		}
		return nil
	})
}

// PhoneState returns the /phone presence that was announced last: PhoneOff, PhoneFree or PhoneDND.
func (s *Server) PhoneState(who string) (state string, err error) {
	err = s.withUser(who, func(u *user) error {
		s.announcePhone(u)
		state = u.announcedPhone
		return nil
	})
	return state, err
}

// withUser runs fn for a user, with the lock held.
func (s *Server) withUser(who string, fn func(u *user) error) error {
	if err := s.lock(); err != nil {
		return err
	}
	defer s.unlockAndAnnounce()
	u := s.findUser(who)
	if u == nil {
		return fmt.Errorf("%w: %q", ErrNoSuchUser, who)
	}
	return fn(u)
}
