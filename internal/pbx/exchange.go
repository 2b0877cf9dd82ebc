package pbx

import (
	"fmt"
	"strings"
	"time"
)

// farScript is how an outside number behaves when called.
type farScript struct {
	what  string // answers, declines, busy, silent
	delay time.Duration
}

func (s *Server) nextChannel(d *Device) string {
	s.channelNo++
	return fmt.Sprintf("%s/%s-%08x", s.cfg.Wire.ChannelPrefix, d.Peer, s.channelNo)
}

// place starts an outgoing call from a phone; target is clean.
func (s *Server) place(u *user, dev *Device, target string, mode DialMode) *Call {
	c := s.newCall()
	state := legDialing
	if mode == DialOwnLeg {
		state = legRinging
	}
	l := c.newLeg(u, dev, state)
	l.dial, l.internal = target, s.inside(target)
	c.a = end{leg: l, party: u.party()}
	if mode == DialOwnLeg {
		s.ringOwn(l)
		return c
	}
	l.outbound, l.source, l.target = true, u.party(), s.partyOf(target)
	s.makeRoom(l)
	s.emit(l, "ringing")
	c.call(target, party{})
	return c
}

func (s *Server) ringOwn(l *leg) {
	l.own = true
	l.call.ringing = []*leg{l}
	own, dialled := l.user.party(), s.partyOf(l.dial)
	switch s.cfg.OwnLegShows {
	case ShowOwn:
		l.source, l.target = own, dialled
	case ShowDialled:
		l.source, l.target = dialled, own
	case ShowEmpty:
		l.target = own
	}
	s.emit(l, "ringing")
	s.ringTimeout(l.call)
	if d := s.cfg.OwnAnswerDelay; d > 0 {
		s.after(d, l.call, func() {
			if l.own {
				l.call.answer(l)
			}
		})
	}
}

func (s *Server) ringTimeout(c *Call) {
	c.attempt++
	n := c.attempt
	if s.cfg.RingTimeout > 0 {
		s.after(s.cfg.RingTimeout, c, func() {
			if c.attempt == n && !c.connected() {
				c.end()
			}
		})
	}
}

// call tries a target for the party at c.a; from is who sent it there.
func (c *Call) call(target string, from party) {
	s := c.s
	source, internal := c.a.party, !c.a.outside
	s.ringTimeout(c)
	switch u, q := s.byNumber(target), s.queueByNumber(target); {
	case u != nil:
		c.ring(u, source, u.party(), from, internal)
		c.ringsOrEnds()
	case q != nil:
		for _, m := range q.Members {
			if u := s.users[strings.ToLower(m)]; u.queueSeen[q.Name].loggedIn && !u.queueSeen[q.Name].paused {
				c.ring(u, source, party{q.Name, q.Extension}, from, internal)
			}
		}
		c.ringsOrEnds()
	case target == s.cfg.MailboxCode && c.a.leg != nil:
		c.a.leg.details = "mailbox"
		c.dialling = target
		c.answerFar()
	case s.unknownNumber(target):
		c.end()
	default:
		c.callOutside(target)
	}
}

func (c *Call) ringsOrEnds() {
	if len(c.ringing) == 0 {
		c.end()
		return
	}
	c.alert()
}

// alert tells the caller that the far end rings, where the wire is set to.
func (c *Call) alert() {
	if l := c.a.leg; c.s.cfg.Wire.FarRinging && l != nil && l.state == legDialing {
		c.s.emit(l, "ringing")
	}
}

func (c *Call) callOutside(number string) {
	if c.a.outside { // transferred out of the house: nobody here takes part any more
		c.end()
		return
	}
	s := c.s
	c.dialling = number
	c.alert()
	script, ok := s.far[number]
	if !ok {
		script, ok = s.far["*"]
	}
	if !ok && s.cfg.AnswerDelay > 0 {
		script = farScript{"answers", s.cfg.AnswerDelay}
	}
	act := func() { c.answerFar() }
	switch script.what {
	case "", "silent":
		return
	case "declines", "busy":
		act = func() {
			if c.dialling == number {
				c.end()
			}
		}
	}
	s.after(script.delay, c, act)
}

// makeRoom puts another active call of the same phone on hold, as phones do.
func (s *Server) makeRoom(l *leg) {
	for _, o := range l.user.legs {
		if o != l && o.dev == l.dev && o.state == legUp && !o.conference {
			o.state = legHeld
			s.emit(o, "hold")
		}
	}
}

// inside says whether a clean number belongs to this PBX.
func (s *Server) inside(number string) bool {
	return s.byNumber(number) != nil || s.queueByNumber(number) != nil || strings.HasPrefix(number, "*")
}

func (s *Server) unknownNumber(n string) bool {
	return len(n) <= 4 && !strings.HasPrefix(n, "0") && !strings.HasPrefix(n, "*")
}

func (s *Server) partyOf(number string) party {
	if u := s.byNumber(number); u != nil {
		return u.party()
	}
	if q := s.queueByNumber(number); q != nil {
		return party{q.Name, q.Extension}
	}
	if number == s.cfg.MailboxCode {
		return party{"Mailbox", number}
	}
	return party{"", number}
}

// clean makes a dialled target one that the exchange knows: an extension, a
// feature code or an outside number in the form in which it is signalled.
func (s *Server) clean(target string) (string, error) {
	if strings.Contains(target, "@") {
		u := s.find(target)
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
