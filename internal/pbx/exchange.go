package pbx

import (
	"fmt"
	"strings"
	"time"
)

// farScript says what an outside number does when it is called.
type farScript struct {
	behaviour string // answers, declines, busy, silent
	delay     time.Duration
}

func (s *Server) nextChannelName(d *Device) string {
	s.channelNo++
	return fmt.Sprintf("%s/%s-%08x", s.cfg.Wire.ChannelPrefix, d.Peer, s.channelNo)
}

// startOutgoing starts an outbound call from a phone. The target was cleaned by cleanNumber.
func (s *Server) startOutgoing(u *user, dev *Device, target string, mode DialMode) *Call {
	c := s.newCall()
	state := branchDialing
	if mode == DialOwnPhone {
		state = branchRinging
	}
	l := c.newBranch(u, dev, state)
	l.dialTarget, l.internal = target, s.isInternal(target)
	c.a = side{branch: l, party: u.party()}
	if mode == DialOwnPhone {
		s.ringOwnPhone(l)
		return c
	}
	l.outbound, l.source, l.target = true, u.party(), s.partyOf(target)
	s.holdOtherCall(l)
	s.publishChannelEvent(l, "ringing")
	c.callTarget(target, party{})
	return c
}

func (s *Server) ringOwnPhone(l *branch) {
	l.ownPhoneFirst = true
	l.call.ringing = []*branch{l}
	own, dialled := l.user.party(), s.partyOf(l.dialTarget)
	switch s.cfg.OwnPhoneShows {
	case ShowOwn:
		l.source, l.target = own, dialled
	case ShowDialled:
		l.source, l.target = dialled, own
	case ShowEmpty:
		l.target = own
	}
	s.publishChannelEvent(l, "ringing")
	s.startRingTimeout(l.call)
	if d := s.cfg.OwnAnswerDelay; d > 0 {
		s.after(d, l.call, func() {
			if l.ownPhoneFirst {
				l.call.answerBranch(l)
			}
		})
	}
}

func (s *Server) startRingTimeout(c *Call) {
	c.attempt++
	n := c.attempt
	if s.cfg.RingTimeout > 0 {
		s.after(s.cfg.RingTimeout, c, func() {
			if c.attempt == n && !c.isConnected() {
				c.endCall()
			}
		})
	}
}

// callTarget calls a target for the party at c.a; from is the party that forwarded or transferred it there.
func (c *Call) callTarget(target string, from party) {
	s := c.s
	source, internal := c.a.party, !c.a.outside
	s.startRingTimeout(c)
	switch u, q := s.userByExtension(target), s.queueByExtension(target); {
	case u != nil:
		c.ringUser(u, source, u.party(), from, internal)
		c.endUnlessRinging()
	case q != nil:
		for _, m := range q.Members {
			if u := s.users[strings.ToLower(m)]; u.memberships[q.Name].loggedIn && !u.memberships[q.Name].paused {
				c.ringUser(u, source, party{q.Name, q.Extension}, from, internal)
			}
		}
		c.endUnlessRinging()
	case target == s.cfg.MailboxCode && c.a.branch != nil:
		c.a.branch.details = "mailbox"
		c.outsideTarget = target
		c.answerFar()
	case s.isUnknownNumber(target):
		c.endCall()
	default:
		c.callOutside(target)
	}
}

func (c *Call) endUnlessRinging() {
	if len(c.ringing) == 0 {
		c.endCall()
		return
	}
	c.sendFarRinging()
}

// sendFarRinging tells the calling branch that the far side rings, if Wire.FarRinging is set.
func (c *Call) sendFarRinging() {
	if l := c.a.branch; c.s.cfg.Wire.FarRinging && l != nil && l.state == branchDialing {
		c.s.publishChannelEvent(l, "ringing")
	}
}

func (c *Call) callOutside(number string) {
	if c.a.outside { // both sides are outside: no user takes part any more
		c.endCall()
		return
	}
	s := c.s
	c.outsideTarget = number
	c.sendFarRinging()
	script, ok := s.farScripts[number]
	if !ok {
		script, ok = s.farScripts["*"]
	}
	if !ok && s.cfg.AnswerDelay > 0 {
		script = farScript{"answers", s.cfg.AnswerDelay}
	}
	act := func() { c.answerFar() }
	switch script.behaviour {
	case "", "silent":
		return
	case "declines", "busy":
		act = func() {
			if c.outsideTarget == number {
				c.endCall()
			}
		}
	}
	s.after(script.delay, c, act)
}

// holdOtherCall holds another active call of the same phone, as phones do.
func (s *Server) holdOtherCall(l *branch) {
	for _, o := range l.user.branches {
		if o != l && o.dev == l.dev && o.state == branchTalking && !o.conference {
			o.state = branchHeld
			s.publishChannelEvent(o, "hold")
		}
	}
}

// isInternal reports whether a cleaned number belongs to this PBX.
func (s *Server) isInternal(number string) bool {
	return s.userByExtension(number) != nil || s.queueByExtension(number) != nil || strings.HasPrefix(number, "*")
}

func (s *Server) isUnknownNumber(n string) bool {
	return len(n) <= 4 && !strings.HasPrefix(n, "0") && !strings.HasPrefix(n, "*")
}

func (s *Server) partyOf(number string) party {
	if u := s.userByExtension(number); u != nil {
		return u.party()
	}
	if q := s.queueByExtension(number); q != nil {
		return party{q.Name, q.Extension}
	}
	if number == s.cfg.MailboxCode {
		return party{"Mailbox", number}
	}
	return party{"", number}
}

// cleanNumber returns a dialled target as an extension, a feature code or an outside
// number in the form that events have.
func (s *Server) cleanNumber(target string) (string, error) {
	if strings.Contains(target, "@") {
		u := s.findUser(target)
		if u == nil || u.Extension == "" {
			return "", fmt.Errorf("no such user")
		}
		return u.Extension, nil
	}
	n := strings.NewReplacer(" ", "", "-", "", "/", "", ".", "").Replace(target)
	if strings.HasPrefix(n, "+") || strings.HasPrefix(n, "00") {
		n = strings.ReplaceAll(n, "(0)", "")
	}
	n = strings.NewReplacer("(", "", ")", "").Replace(n)
	if strings.HasPrefix(n, "+") {
		n = "00" + n[1:]
	}
	if n == "" || len(n) > 40 || strings.Trim(n, "0123456789*#") != "" {
		return "", fmt.Errorf("invalid number")
	}
	if cc := s.cfg.CountryCode; cc != "" && len(n) > 4 && n[0] == '0' && n[1] != '0' {
		n = "00" + cc + n[1:]
	}
	return n, nil
}
