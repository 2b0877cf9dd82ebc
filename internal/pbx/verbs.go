package pbx

import (
	"fmt"
	"slices"
	"time"
)

// Inbound lets somebody outside call an extension (or a queue's). The call may
// have ended already when nobody can take it: see Call.Ended.
func (s *Server) Inbound(fromNumber, fromName, toExt string) (*Call, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	if s.byNumber(toExt) == nil && s.queueByNumber(toExt) == nil {
		return nil, fmt.Errorf("%w: no extension %q for an inbound call", ErrNoSuchUser, toExt)
	}
	c := s.newCall()
	c.a = end{outside: true, party: party{fromName, fromNumber}}
	c.call(toExt, party{})
	return c, nil
}

// Internal lets one extension call another by the handset.
func (s *Server) Internal(fromExt, toExt string) (*Call, error) { return s.HandsetDial(fromExt, toExt) }

// HandsetDial lets a user dial on the phone itself. The target is an extension,
// a feature code, an outside number or a user's JID.
func (s *Server) HandsetDial(who, target string) (c *Call, err error) {
	err = s.verb(who, func(u *user) error {
		t, err := s.clean(target)
		if err != nil {
			return fmt.Errorf("pbx: cannot dial %q: %w", target, err)
		}
		if len(u.Devices) == 0 || u.Unregistered {
			return fmt.Errorf("pbx: %q has no phone", who)
		}
		c = s.place(u, &u.Devices[0], t, DialRemote)
		return nil
	})
	return c, err
}

// Answer lifts the handset of the first phone that rings at the user.
func (s *Server) Answer(who string) error { return s.AnswerOn(who, "") }

// AnswerOn answers on the named phone.
func (s *Server) AnswerOn(who, device string) error {
	return s.verb(who, func(u *user) error {
		l := u.first(func(l *leg) bool { return l.state == legRinging && (device == "" || l.dev.Name == device) })
		return act(l, who, "ringing", func() { l.call.answer(l) })
	})
}

// Decline refuses the oldest ringing call on all the user's phones.
func (s *Server) Decline(who string) error {
	return s.verb(who, func(u *user) error {
		first := u.first(func(l *leg) bool { return l.state == legRinging })
		return act(first, who, "ringing", func() {
			for _, l := range slices.Clone(u.legs) {
				if l.call == first.call {
					l.call.hangup(l)
				}
			}
		})
	})
}

// HangupUser ends the user's active call, else his most recent one.
func (s *Server) HangupUser(who string) error {
	return s.verb(who, func(u *user) error {
		l := u.current()
		return act(l, who, "present", func() { l.call.hangup(l) })
	})
}

// HandsetHold puts the user's active call on hold.
func (s *Server) HandsetHold(who string) error {
	return s.verb(who, func(u *user) error {
		l := u.last(func(l *leg) bool { return l.state == legUp })
		return act(l, who, "active", func() { s.hold(l) })
	})
}

// HandsetUnhold takes the user's held call back; another active one on that phone is held.
func (s *Server) HandsetUnhold(who string) error {
	return s.verb(who, func(u *user) error {
		l := u.last(func(l *leg) bool { return l.state == legHeld })
		return act(l, who, "held", func() { s.unhold(l) })
	})
}

// Blind transfers the user's active (else held) call to the target.
func (s *Server) Blind(who, target string) error {
	return s.toTarget(who, target, func(u *user, t string) error {
		l := u.last(func(l *leg) bool { return l.state == legUp && l.call.connected() })
		if l == nil {
			l = u.last(func(l *leg) bool { return l.state == legHeld && l.call.connected() })
		}
		return act(l, who, "connected", func() { l.call.blind(l, t) })
	})
}

// Redirect deflects the oldest call ringing at the user to the target.
func (s *Server) Redirect(who, target string) error {
	return s.toTarget(who, target, func(u *user, t string) error {
		l := u.first(func(l *leg) bool { return l.state == legRinging && !l.own })
		return act(l, who, "ringing", func() { l.call.redirect(u, t) })
	})
}

// CompleteTransfer connects the user's held and active call with each other.
func (s *Server) CompleteTransfer(who string) error {
	return s.verb(who, func(u *user) error {
		held, active := u.pair(nil)
		return act(held, who, "held beside an active one", func() { s.join(held, active) })
	})
}

// Conference joins the user's held and active call.
func (s *Server) Conference(who string) error {
	return s.verb(who, func(u *user) error {
		held, active := u.pair(nil)
		return act(held, who, "held beside an active one", func() { s.conference(held, active) })
	})
}

// Pickup lets a user take the call that rings at another extension of his pickup group.
func (s *Server) Pickup(who, ringingExt string) error {
	return s.verb(who, func(u *user) error {
		l, err := s.pickable(u, ringingExt)
		if err != nil {
			return fmt.Errorf("%w: pickup of %s by %s: %w", ErrNoCall, ringingExt, who, err)
		}
		s.pickup(u, &u.Devices[0], l)
		return nil
	})
}

// FarAnswers makes an outside number ("*": any) answer that long after it is called.
func (s *Server) FarAnswers(number string, d time.Duration) error {
	return s.setFar(number, farScript{"answers", d})
}

// FarDeclines makes an outside number refuse that long after it is called.
func (s *Server) FarDeclines(number string, d time.Duration) error {
	return s.setFar(number, farScript{"declines", d})
}

// FarSilent makes an outside number ring without an answer.
func (s *Server) FarSilent(number string) error { return s.setFar(number, farScript{what: "silent"}) }

func (s *Server) setFar(number string, f farScript) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	if number != "*" {
		n, err := s.clean(number)
		if err != nil {
			return fmt.Errorf("pbx: outside number %q: %w", number, err)
		}
		number = n
	}
	s.far[number] = f
	return nil
}

func (s *Server) toTarget(who, target string, fn func(u *user, t string) error) error {
	return s.verb(who, func(u *user) error {
		t, err := s.clean(target)
		if err != nil {
			return fmt.Errorf("pbx: target %q: %w", target, err)
		}
		return fn(u, t)
	})
}

// act runs fn if there is a leg for it.
func act(l *leg, who, state string, fn func()) error {
	if l == nil {
		return fmt.Errorf("%w: %q has none that is %s", ErrNoCall, who, state)
	}
	fn()
	return nil
}
