package pbx

import (
	"errors"
	"strings"
)

func dial(s *Server, ss *session, n *node) answer { return s.dial(ss, n, n.get("username")) }

func dialFrom(s *Server, ss *session, n *node) answer {
	if n.get("identity") == "" {
		return failure("identity missing")
	}
	return s.dial(ss, n, n.get("identity"))
}

func (s *Server) dial(ss *session, n *node, who string) answer {
	u, err := s.actor(ss, who)
	if err != nil {
		return failure(err.Error())
	}
	target, err := s.target(n)
	if err != nil {
		return failure(err.Error())
	}
	dev, err := u.device(n.get("device"), "dial")
	if err != nil {
		return failure(err.Error())
	}
	if u.Unregistered {
		return failure("phone not registered")
	}
	start := func() { s.place(u, dev, target, s.cfg.DialMode) }
	return ok(func() {
		if s.cfg.DialDelay > 0 {
			s.after(s.cfg.DialDelay, nil, start)
			return
		}
		start()
	})
}

// target reads target and prefix; outside-line digits are dialled but not signalled.
func (s *Server) target(n *node) (string, error) {
	if n.get("viasetting") != "" {
		return "", errors.New("no such setting")
	}
	if p := n.get("prefix"); p != "" && p != "auto" && strings.Trim(p, "0123456789") != "" {
		return "", errors.New("invalid prefix")
	}
	if n.get("target") == "" {
		return "", errors.New("target missing")
	}
	return s.clean(n.get("target"))
}

// ownLeg finds the channel among the legs the session may move.
func (s *Server) ownLeg(ss *session, channel string) (*leg, error) {
	l := s.legs[channel]
	if l == nil || l.user != ss.user && !ss.user.supervisor() {
		return nil, errors.New("no such channel")
	}
	return l, nil
}

func hangup(s *Server, ss *session, n *node) answer {
	channel := n.get("channel")
	if channel == "" {
		l := ss.user.last(func(*leg) bool { return true })
		switch {
		case ss.user.supervisor():
			return failure("channel missing")
		case l == nil:
			return failure("Hangup not successfull")
		}
		return ok(func() { l.call.hangup(l) })
	}
	l, err := s.ownLeg(ss, channel)
	if err != nil {
		return failure(err.Error())
	}
	return ok(func() { l.call.hangup(l) })
}

func transfer(s *Server, ss *session, n *node) answer {
	l, err := s.ownLeg(ss, n.get("channel"))
	if err != nil {
		return failure(err.Error())
	}
	target, err := s.target(n)
	if err != nil {
		return failure(err.Error())
	}
	if !l.call.connected() || l.state == legRinging {
		return failure("Transfer not successfull")
	}
	return ok(func() { l.call.blind(l, target) })
}

func pickupCommand(s *Server, ss *session, n *node) answer {
	u, err := s.actor(ss, n.get("username"))
	if err != nil {
		return failure(err.Error())
	}
	l, err := s.pickable(u, n.get("target"))
	if err != nil {
		return failure(err.Error())
	}
	dev, err := u.device(n.get("device"), "dial")
	if err != nil {
		return failure(err.Error())
	}
	return ok(func() { s.pickup(u, dev, l) })
}

// key serves a phone.* command: a key press on a device with the capability.
func key(capability string, press func(s *Server, u *user, d *Device) (func(), error)) handler {
	return func(s *Server, ss *session, n *node) answer {
		u, dev, err := s.phone(ss, n.get("device"), capability)
		if err != nil {
			return failure(err.Error())
		}
		do, err := press(s, u, dev)
		if err != nil {
			return failure(err.Error())
		}
		return ok(do)
	}
}

// phone finds a device by its exact name: the own one, or anybody's for a supervisor.
func (s *Server) phone(ss *session, name, capability string) (*user, *Device, error) {
	if name == "" {
		return nil, nil, errors.New("device missing")
	}
	dev, err := ss.user.device(name, capability)
	if err == nil || !ss.user.supervisor() {
		return ss.user, dev, err
	}
	for _, u := range s.order {
		for i := range u.Devices {
			if u.Devices[i].Name == name {
				dev, err := u.device(name, capability)
				return u, dev, err
			}
		}
	}
	return nil, nil, err
}

func pressHold(s *Server, u *user, d *Device) (func(), error) {
	if u.first(func(l *leg) bool { return l.dev == d && (l.state == legUp || l.state == legHeld) }) == nil {
		return nil, errors.New("no call to hold")
	}
	return func() { s.holdKey(u, d) }, nil
}

func pressOffhook(s *Server, u *user, d *Device) (func(), error) {
	l := u.first(func(l *leg) bool { return l.dev == d && l.state == legRinging })
	if l == nil {
		return nil, errors.New("nothing rings on this device")
	}
	return func() { l.call.answer(l) }, nil
}

func pressTransfer(s *Server, u *user, d *Device) (func(), error) {
	held, active := u.pair(d)
	if held == nil {
		return nil, errors.New("Transfer not successfull")
	}
	return func() { s.join(held, active) }, nil
}

func pressConference(s *Server, u *user, d *Device) (func(), error) {
	held, active := u.pair(d)
	if held == nil {
		return nil, errors.New("Conference not successfull")
	}
	return func() { s.conference(held, active) }, nil
}

func pressHangup(s *Server, u *user, d *Device) (func(), error) {
	l := u.last(func(l *leg) bool { return l.dev == d && (l.state == legUp || l.state == legDialing) })
	if l == nil {
		l = u.last(func(l *leg) bool { return l.dev == d })
	}
	if l == nil {
		return nil, errors.New("Hangup not successfull")
	}
	return func() { l.call.hangup(l) }, nil
}
