package pbx

import (
	"errors"
	"slices"
)

func (u *user) firstBranch(ok func(*branch) bool) *branch {
	if i := slices.IndexFunc(u.branches, ok); i >= 0 {
		return u.branches[i]
	}
	return nil
}

func (u *user) lastBranch(ok func(*branch) bool) *branch {
	for _, l := range slices.Backward(u.branches) {
		if ok(l) {
			return l
		}
	}
	return nil
}

// currentBranch returns the branch that the hang-up key ends: the one that talks or dials, else the latest.
func (u *user) currentBranch() *branch {
	if l := u.lastBranch(func(l *branch) bool { return l.state == branchTalking || l.state == branchDialing }); l != nil {
		return l
	}
	return u.lastBranch(func(*branch) bool { return true })
}

// heldAndActive returns a held and an active connected call on the same phone; a nil dev means any phone.
func (u *user) heldAndActive(dev *Device) (held, active *branch) {
	active = u.lastBranch(func(l *branch) bool {
		return l.state == branchTalking && l.call.isConnected() && !l.conference && (dev == nil || l.dev == dev)
	})
	if active == nil {
		return nil, nil
	}
	held = u.lastBranch(func(l *branch) bool { return l.state == branchHeld && l.call.isConnected() && l.dev == active.dev })
	return held, active
}

func (s *Server) hold(l *branch) {
	l.state = branchHeld
	s.publishChannelEvent(l, "hold")
}

func (s *Server) unhold(l *branch) {
	s.holdOtherCall(l)
	l.state = branchTalking
	s.publishChannelEvent(l, "unhold")
}

func (s *Server) conference(held, active *branch) {
	held.conference, active.conference = true, true
	held.state = branchTalking
	s.publishChannelEvent(held, "unhold")
}

// holdKey presses the phone's hold key, a toggle: it holds the active call, or resumes the held one.
func (s *Server) holdKey(u *user, dev *Device) {
	if l := u.lastBranch(func(l *branch) bool { return l.dev == dev && l.state == branchTalking }); l != nil {
		s.hold(l)
	} else if l := u.lastBranch(func(l *branch) bool { return l.dev == dev && l.state == branchHeld }); l != nil {
		s.unhold(l)
	}
}

// pickupCandidate returns the ringing branch at an extension that u may pick up.
func (s *Server) pickupCandidate(u *user, ext string) (*branch, error) {
	other := s.userByExtension(ext)
	switch {
	case other == nil:
		return nil, errors.New("no such extension")
	case other == u || !s.sharePickupGroup(u, other):
		return nil, errors.New("not in the pickup group")
	case len(u.Devices) == 0 || u.Unregistered:
		return nil, errors.New("no phone")
	}
	l := other.firstBranch(func(l *branch) bool { return l.state == branchRinging && !l.ownPhoneFirst })
	if l == nil {
		return nil, errors.New("nothing rings there")
	}
	return l, nil
}

// pickup moves a ringing call to u's phone. Its first event is busy.
func (s *Server) pickup(u *user, dev *Device, ringing *branch) {
	c := ringing.call
	l := c.newBranch(u, dev, branchRinging)
	l.source, l.target, l.internal, l.transferredBy = ringing.source, ringing.target, ringing.internal, ringing.user.party()
	c.connectBranch(l)
	c.endOtherBranches()
	c.connectCaller()
	c.renameFar(c.a, u.party(), true)
}

// endBranch removes a branch and publishes its hangup.
func (s *Server) endBranch(l *branch) {
	if s.branches[l.channel] != l {
		return
	}
	delete(s.branches, l.channel)
	l.user.branches = slices.DeleteFunc(l.user.branches, func(o *branch) bool { return o == l })
	if other := l.user.lastBranch(func(o *branch) bool { return o.conference }); l.conference && other != nil {
		other.conference = false
	}
	s.publishChannelEvent(l, "hangup")
	if l.state == branchRinging && !l.ownPhoneFirst {
		s.announceRingEnd(l)
	}
	if l.user.firstBranch(func(o *branch) bool { return o.call == l.call }) == nil {
		s.addCallRecord(l)
	}
}

// announceRingEnd tells the pickup group that a call no longer rings, once the user's last phone has stopped ringing for it.
func (s *Server) announceRingEnd(l *branch) {
	still := l.user.firstBranch(func(o *branch) bool { return o != l && o.call == l.call && o.state == branchRinging })
	if l.rangForCall && still == nil {
		s.publishPickupEvent(l.user, "gone", l.source)
	}
}
