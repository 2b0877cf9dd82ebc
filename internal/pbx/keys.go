package pbx

import (
	"errors"
	"slices"
)

func (u *user) first(ok func(*leg) bool) *leg {
	if i := slices.IndexFunc(u.legs, ok); i >= 0 {
		return u.legs[i]
	}
	return nil
}

func (u *user) last(ok func(*leg) bool) *leg {
	for _, l := range slices.Backward(u.legs) {
		if ok(l) {
			return l
		}
	}
	return nil
}

// current is what the hang-up key ends: talking, dialling, else the latest.
func (u *user) current() *leg {
	if l := u.last(func(l *leg) bool { return l.state == legUp || l.state == legDialing }); l != nil {
		return l
	}
	return u.last(func(*leg) bool { return true })
}

// pair finds one held and one active connected call on the same phone (nil: any).
func (u *user) pair(dev *Device) (held, active *leg) {
	active = u.last(func(l *leg) bool {
		return l.state == legUp && l.call.connected() && !l.conference && (dev == nil || l.dev == dev)
	})
	if active == nil {
		return nil, nil
	}
	held = u.last(func(l *leg) bool { return l.state == legHeld && l.call.connected() && l.dev == active.dev })
	return held, active
}

func (s *Server) hold(l *leg) {
	l.state = legHeld
	s.emit(l, "hold")
}

func (s *Server) unhold(l *leg) {
	s.makeRoom(l)
	l.state = legUp
	s.emit(l, "unhold")
}

func (s *Server) conference(held, active *leg) {
	held.conference, active.conference = true, true
	held.state = legUp
	s.emit(held, "unhold")
}

// holdKey is the phone's toggle: holds what is active, else takes back what is held.
func (s *Server) holdKey(u *user, dev *Device) {
	if l := u.last(func(l *leg) bool { return l.dev == dev && l.state == legUp }); l != nil {
		s.hold(l)
	} else if l := u.last(func(l *leg) bool { return l.dev == dev && l.state == legHeld }); l != nil {
		s.unhold(l)
	}
}

// pickable finds the ringing leg that u may take.
func (s *Server) pickable(u *user, ext string) (*leg, error) {
	other := s.byNumber(ext)
	switch {
	case other == nil:
		return nil, errors.New("no such extension")
	case other == u || !s.colleagues(u, other):
		return nil, errors.New("not in the pickup group")
	case len(u.Devices) == 0 || u.Unregistered:
		return nil, errors.New("no phone")
	}
	l := other.first(func(l *leg) bool { return l.state == legRinging && !l.own })
	if l == nil {
		return nil, errors.New("nothing rings there")
	}
	return l, nil
}

// pickup moves a ringing call to u's phone. Its first event is busy.
func (s *Server) pickup(u *user, dev *Device, ringing *leg) {
	c := ringing.call
	l := c.newLeg(u, dev, legRinging)
	l.source, l.target, l.internal, l.from = ringing.source, ringing.target, ringing.internal, ringing.user.party()
	c.connect(l)
	c.dropLosers()
	c.answered()
	c.renameFar(c.a, u.party(), true)
}

// dropLeg sends the hangup and forgets the leg.
func (s *Server) dropLeg(l *leg) {
	if s.legs[l.channel] != l {
		return
	}
	delete(s.legs, l.channel)
	l.user.legs = slices.DeleteFunc(l.user.legs, func(o *leg) bool { return o == l })
	if other := l.user.last(func(o *leg) bool { return o.conference }); l.conference && other != nil {
		other.conference = false
	}
	s.emit(l, "hangup")
	if l.state == legRinging && !l.own {
		s.ringEnded(l)
	}
	if l.user.first(func(o *leg) bool { return o.call == l.call }) == nil {
		s.journalize(l)
	}
}

// ringEnded tells the pickup group once the user's last phone stops ringing for the call.
func (s *Server) ringEnded(l *leg) {
	still := l.user.first(func(o *leg) bool { return o != l && o.call == l.call && o.state == legRinging })
	if l.rang && still == nil {
		s.pickupEvent(l.user, "gone", l.source)
	}
}
