package pbx

import (
	"errors"
	"strings"
)

func dialCommand(s *Server, ss *session, n *node) commandReply {
	return s.dialFor(ss, n, n.get("username"))
}

func dialFromCommand(s *Server, ss *session, n *node) commandReply {
	if n.get("identity") == "" {
		return failureReply("identity missing")
	}
	return s.dialFor(ss, n, n.get("identity"))
}

func (s *Server) dialFor(ss *session, n *node, who string) commandReply {
	u, err := s.actingUser(ss, who)
	if err != nil {
		return failureReply(err.Error())
	}
	target, err := s.readTarget(n)
	if err != nil {
		return failureReply(err.Error())
	}
	dev, err := u.device(n.get("device"), "dial")
	if err != nil {
		return failureReply(err.Error())
	}
	if u.Unregistered {
		return failureReply("phone not registered")
	}
	start := func() { s.startOutgoing(u, dev, target, s.cfg.DialMode) }
	return successReply(func() {
		if s.cfg.DialDelay > 0 {
			s.after(s.cfg.DialDelay, nil, start)
			return
		}
		start()
	})
}

// readTarget reads target and prefix. The prefix digits are dialled but do not appear in events.
func (s *Server) readTarget(n *node) (string, error) {
	if n.get("viasetting") != "" {
		return "", errors.New("no such setting")
	}
	if p := n.get("prefix"); p != "" && p != "auto" && strings.Trim(p, "0123456789") != "" {
		return "", errors.New("invalid prefix")
	}
	if n.get("target") == "" {
		return "", errors.New("target missing")
	}
	return s.cleanNumber(n.get("target"))
}

// controlledBranch returns the branch of a channel, if the session may control it.
func (s *Server) controlledBranch(ss *session, channel string) (*branch, error) {
	l := s.branches[channel]
	if l == nil || l.user != ss.user && !ss.user.supervisor() {
		return nil, errors.New("no such channel")
	}
	return l, nil
}

func hangupCommand(s *Server, ss *session, n *node) commandReply {
	channel := n.get("channel")
	if channel == "" {
		l := ss.user.lastBranch(func(*branch) bool { return true })
		switch {
		case ss.user.supervisor():
			return failureReply("channel missing")
		case l == nil:
			return failureReply("Hangup not successfull")
		}
		return successReply(func() { l.call.hangupBranch(l) })
	}
	l, err := s.controlledBranch(ss, channel)
	if err != nil {
		return failureReply(err.Error())
	}
	return successReply(func() { l.call.hangupBranch(l) })
}

func transferCommand(s *Server, ss *session, n *node) commandReply {
	l, err := s.controlledBranch(ss, n.get("channel"))
	if err != nil {
		return failureReply(err.Error())
	}
	target, err := s.readTarget(n)
	if err != nil {
		return failureReply(err.Error())
	}
	if !l.call.isConnected() || l.state == branchRinging {
		return failureReply("Transfer not successfull")
	}
	return successReply(func() { l.call.blindTransfer(l, target) })
}

func pickupCommand(s *Server, ss *session, n *node) commandReply {
	u, err := s.actingUser(ss, n.get("username"))
	if err != nil {
		return failureReply(err.Error())
	}
	l, err := s.pickupCandidate(u, n.get("target"))
	if err != nil {
		return failureReply(err.Error())
	}
	dev, err := u.device(n.get("device"), "dial")
	if err != nil {
		return failureReply(err.Error())
	}
	return successReply(func() { s.pickup(u, dev, l) })
}

// phoneKey returns the handler of a phone.* command: it presses a key of a device that has the capability.
func phoneKey(capability string, press func(s *Server, u *user, d *Device) (func(), error)) handler {
	return func(s *Server, ss *session, n *node) commandReply {
		u, dev, err := s.phoneFor(ss, n.get("device"), capability)
		if err != nil {
			return failureReply(err.Error())
		}
		do, err := press(s, u, dev)
		if err != nil {
			return failureReply(err.Error())
		}
		return successReply(do)
	}
}

// phoneFor returns the device of that exact name: one of the session's user, or of any user for a supervisor.
func (s *Server) phoneFor(ss *session, name, capability string) (*user, *Device, error) {
	if name == "" {
		return nil, nil, errors.New("device missing")
	}
	dev, err := ss.user.device(name, capability)
	if err == nil || !ss.user.supervisor() {
		return ss.user, dev, err
	}
	for _, u := range s.userList {
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
	if u.firstBranch(func(l *branch) bool { return l.dev == d && (l.state == branchTalking || l.state == branchHeld) }) == nil {
		return nil, errors.New("no call to hold")
	}
	return func() { s.holdKey(u, d) }, nil
}

func pressOffhook(s *Server, u *user, d *Device) (func(), error) {
	l := u.firstBranch(func(l *branch) bool { return l.dev == d && l.state == branchRinging })
	if l == nil {
		return nil, errors.New("nothing rings on this device")
	}
	return func() { l.call.answerBranch(l) }, nil
}

func pressTransfer(s *Server, u *user, d *Device) (func(), error) {
	held, active := u.heldAndActive(d)
	if held == nil {
		return nil, errors.New("Transfer not successfull")
	}
	return func() { s.joinCalls(held, active) }, nil
}

func pressConference(s *Server, u *user, d *Device) (func(), error) {
	held, active := u.heldAndActive(d)
	if held == nil {
		return nil, errors.New("Conference not successfull")
	}
	return func() { s.conference(held, active) }, nil
}

func pressHangup(s *Server, u *user, d *Device) (func(), error) {
	l := u.lastBranch(func(l *branch) bool { return l.dev == d && (l.state == branchTalking || l.state == branchDialing) })
	if l == nil {
		l = u.lastBranch(func(l *branch) bool { return l.dev == d })
	}
	if l == nil {
		return nil, errors.New("Hangup not successfull")
	}
	return func() { l.call.hangupBranch(l) }, nil
}
