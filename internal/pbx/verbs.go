package pbx

import (
	"fmt"
	"slices"
	"time"
)

// Inbound makes an outside party call an extension or a queue. If no phone can
// ring, the call has ended already: see Call.Ended.
func (s *Server) Inbound(fromNumber, fromName, toExt string) (*Call, error) {
	if err := s.lock(); err != nil {
		return nil, err
	}
	defer s.unlockAndAnnounce()
	if s.userByExtension(toExt) == nil && s.queueByExtension(toExt) == nil {
		return nil, fmt.Errorf("%w: no extension %q for an inbound call", ErrNoSuchUser, toExt)
	}
	c := s.newCall()
	c.a = side{outside: true, party: party{fromName, fromNumber}}
	c.callTarget(toExt, party{})
	return c, nil
}

// Internal makes one extension call another from the handset.
func (s *Server) Internal(fromExt, toExt string) (*Call, error) { return s.HandsetDial(fromExt, toExt) }

// HandsetDial makes a user dial on the phone. The target is an extension, a
// feature code, an outside number or a user's JID.
func (s *Server) HandsetDial(who, target string) (c *Call, err error) {
	err = s.withUser(who, func(u *user) error {
		t, err := s.cleanNumber(target)
		if err != nil {
			return fmt.Errorf("pbx: cannot dial %q: %w", target, err)
		}
		if len(u.Devices) == 0 || u.Unregistered {
			return fmt.Errorf("pbx: %q has no phone", who)
		}
		c = s.startOutgoing(u, &u.Devices[0], t, DialRemote)
		return nil
	})
	return c, err
}

// Answer answers on the first phone that rings at the user.
func (s *Server) Answer(who string) error { return s.AnswerOn(who, "") }

// AnswerOn answers on the named phone.
func (s *Server) AnswerOn(who, device string) error {
	return s.withUser(who, func(u *user) error {
		l := u.firstBranch(func(l *branch) bool { return l.state == branchRinging && (device == "" || l.dev.Name == device) })
		return onBranch(l, who, "ringing", func() { l.call.answerBranch(l) })
	})
}

// Decline refuses the oldest ringing call on all phones of the user.
func (s *Server) Decline(who string) error {
	return s.withUser(who, func(u *user) error {
		first := u.firstBranch(func(l *branch) bool { return l.state == branchRinging })
		return onBranch(first, who, "ringing", func() {
			for _, l := range slices.Clone(u.branches) {
				if l.call == first.call {
					l.call.hangupBranch(l)
				}
			}
		})
	})
}

// HangupUser ends the user's active call, else the latest one.
func (s *Server) HangupUser(who string) error {
	return s.withUser(who, func(u *user) error {
		l := u.currentBranch()
		return onBranch(l, who, "present", func() { l.call.hangupBranch(l) })
	})
}

// HandsetHold holds the user's active call.
func (s *Server) HandsetHold(who string) error {
	return s.withUser(who, func(u *user) error {
		l := u.lastBranch(func(l *branch) bool { return l.state == branchTalking })
		return onBranch(l, who, "active", func() { s.hold(l) })
	})
}

// HandsetUnhold resumes the user's held call and holds another active one on that phone.
func (s *Server) HandsetUnhold(who string) error {
	return s.withUser(who, func(u *user) error {
		l := u.lastBranch(func(l *branch) bool { return l.state == branchHeld })
		return onBranch(l, who, "held", func() { s.unhold(l) })
	})
}

// Blind transfers the user's active (else held) call to the target.
func (s *Server) Blind(who, target string) error {
	return s.toTarget(who, target, func(u *user, t string) error {
		l := u.lastBranch(func(l *branch) bool { return l.state == branchTalking && l.call.isConnected() })
		if l == nil {
			l = u.lastBranch(func(l *branch) bool { return l.state == branchHeld && l.call.isConnected() })
		}
		return onBranch(l, who, "connected", func() { l.call.blindTransfer(l, t) })
	})
}

// Redirect deflects the oldest call that rings at the user to the target.
func (s *Server) Redirect(who, target string) error {
	return s.toTarget(who, target, func(u *user, t string) error {
		l := u.firstBranch(func(l *branch) bool { return l.state == branchRinging && !l.ownPhoneFirst })
		return onBranch(l, who, "ringing", func() { l.call.redirect(u, t) })
	})
}

// CompleteTransfer connects the far sides of the user's held and active call.
func (s *Server) CompleteTransfer(who string) error {
	return s.withUser(who, func(u *user) error {
		held, active := u.heldAndActive(nil)
		return onBranch(held, who, "held beside an active one", func() { s.joinCalls(held, active) })
	})
}

// Conference joins the user's held and active call in a conference.
func (s *Server) Conference(who string) error {
	return s.withUser(who, func(u *user) error {
		held, active := u.heldAndActive(nil)
		return onBranch(held, who, "held beside an active one", func() { s.conference(held, active) })
	})
}

// Pickup makes a user pick up the call that rings at another extension of the user's pickup group.
func (s *Server) Pickup(who, ringingExt string) error {
	return s.withUser(who, func(u *user) error {
		l, err := s.pickupCandidate(u, ringingExt)
		if err != nil {
			return fmt.Errorf("%w: pickup of %s by %s: %w", ErrNoCall, ringingExt, who, err)
		}
		s.pickup(u, &u.Devices[0], l)
		return nil
	})
}

// FarAnswers makes an outside number ("*": any) answer after that time.
func (s *Server) FarAnswers(number string, d time.Duration) error {
	return s.setFar(number, farScript{"answers", d})
}

// FarDeclines makes an outside number refuse after that time.
func (s *Server) FarDeclines(number string, d time.Duration) error {
	return s.setFar(number, farScript{"declines", d})
}

// FarSilent makes an outside number ring and not answer.
func (s *Server) FarSilent(number string) error {
	return s.setFar(number, farScript{behaviour: "silent"})
}

func (s *Server) setFar(number string, f farScript) error {
	if err := s.lock(); err != nil {
		return err
	}
	defer s.unlockAndAnnounce()
	if number != "*" {
		n, err := s.cleanNumber(number)
		if err != nil {
			return fmt.Errorf("pbx: outside number %q: %w", number, err)
		}
		number = n
	}
	s.farScripts[number] = f
	return nil
}

func (s *Server) toTarget(who, target string, fn func(u *user, t string) error) error {
	return s.withUser(who, func(u *user) error {
		t, err := s.cleanNumber(target)
		if err != nil {
			return fmt.Errorf("pbx: target %q: %w", target, err)
		}
		return fn(u, t)
	})
}

// onBranch runs fn if there is a branch, else it returns ErrNoCall.
func onBranch(l *branch, who, state string, fn func()) error {
	if l == nil {
		return fmt.Errorf("%w: %q has no call that is %s", ErrNoCall, who, state)
	}
	fn()
	return nil
}
