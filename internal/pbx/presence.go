package pbx

import (
	"fmt"
	"slices"
)

// States of /phone presence (as SetPhone takes and PhoneState gives them).
const (
	PhoneOff  = "off"  // no phone registered: unavailable
	PhoneFree = "free" // available without show
	PhoneDND  = "dnd"  // in a call
	PhoneAuto = "auto" // SetPhone: as the calls say
)

// phoneState is what /phone should say now.
func (u *user) phoneState() string {
	talking := func(l *leg) bool { return l.state != legRinging }
	switch {
	case u.forced != "":
		return u.forced
	case u.Unregistered || len(u.Devices) == 0:
		return PhoneOff
	case slices.ContainsFunc(u.legs, talking):
		return PhoneDND
	}
	return PhoneFree
}

// announcePhone broadcasts the /phone presence if it changed.
func (s *Server) announcePhone(u *user) {
	state := u.phoneState()
	if state == u.phone {
		return
	}
	u.phone = state
	for _, ss := range s.sessions {
		if ss.seesPhones() {
			ss.send(s.phonePresence(u, ss))
		}
	}
}

// seesPhones: direct sessions after their initial presence; behind the component
// Prosody keeps that to itself, so there every introduced session.
func (ss *session) seesPhones() bool { return ss.available || ss.conn == nil && ss.introduced }

func (s *Server) phonePresence(u *user, to *session) []byte {
	var w xmlw
	attrs := []string{"from", u.bare(s.cfg.Domain) + "/phone", "to", to.jid}
	switch u.phone {
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

// tellPhones sends the state of every phone.
func (s *Server) tellPhones(ss *session) {
	for _, u := range s.order {
		if !u.Disabled {
			ss.send(s.phonePresence(u, ss))
		}
	}
}

// tellPresence answers an initial presence: phones, then people.
func (s *Server) tellPresence(ss *session) {
	s.tellPhones(ss)
	for _, other := range s.sessions {
		if other != ss && other.available {
			ss.send(other.presenceTo(ss))
		}
	}
}

// broadcastPresence tells every available session about one, itself included.
func (s *Server) broadcastPresence(ss *session) {
	for _, other := range s.sessions {
		if other.available {
			other.send(ss.presenceTo(other))
		}
	}
}

func (ss *session) presenceTo(other *session) []byte {
	var w xmlw
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

// SetPhone overrides the /phone presence of a user (by extension or login) with
// PhoneOff, PhoneFree or PhoneDND; PhoneAuto gives it back to the calls.
func (s *Server) SetPhone(who, state string) error {
	return s.verb(who, func(u *user) error {
		switch state {
		case PhoneOff, PhoneFree, PhoneDND:
			u.forced = state
		case PhoneAuto:
			u.forced = ""
		default:
			return fmt.Errorf("pbx: phone state %q: choose %s, %s, %s or %s", state, PhoneOff, PhoneFree, PhoneDND, PhoneAuto)
		}
		return nil
	})
}

// PhoneState is the /phone presence last announced: PhoneOff, PhoneFree or PhoneDND.
func (s *Server) PhoneState(who string) (state string, err error) {
	err = s.verb(who, func(u *user) error {
		s.announcePhone(u)
		state = u.phone
		return nil
	})
	return state, err
}

// verb runs fn for a user, under the lock.
func (s *Server) verb(who string, fn func(u *user) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	u := s.find(who)
	if u == nil {
		return fmt.Errorf("%w: %q", ErrNoSuchUser, who)
	}
	return fn(u)
}
