package pbx

import (
	"slices"
	"time"
)

// party is a name and number as signalled; either may be empty.
type party struct{ name, number string }

type legState int

const (
	legRinging legState = iota // inbound, not answered
	legDialing                 // outbound, not answered
	legUp
	legHeld // by its own user
)

// leg is one channel: a user's phone in a call.
type leg struct {
	call           *Call
	user           *user
	dev            *Device
	channel        string
	state          legState
	rang           bool // by a call to its user; a pickup's leg did not
	own            bool // the own phone rings first, target is still to be called
	outbound       bool
	internal       bool
	source, target party
	from           party // who transferred or redirected
	dial           string
	details        string // eventDetails
	busySince      time.Time
	conference     bool
	result         string // journal result, default hangup
}

// far is the other party as this leg shows it.
func (l *leg) far() party {
	if l.outbound {
		return l.target
	}
	return l.source
}

func (l *leg) setFar(p party, internal bool) {
	if l.outbound {
		l.target = p
	} else {
		l.source = p
	}
	l.internal = internal
}

// end is one side of a call: a leg, or somebody outside, or (zero) nobody yet.
type end struct {
	leg     *leg
	outside bool
	party   party
}

func (e end) set() bool { return e.leg != nil || e.outside }

// Call is one conversation, or the attempt at one.
type Call struct {
	s        *Server
	id       int
	a, b     end
	dialling string // outside number being called
	ringing  []*leg
	ended    bool
	began    time.Time
	attempt  int // counts the targets tried, for their timeouts
}

func (s *Server) newCall() *Call {
	s.callNo++
	c := &Call{s: s, id: s.callNo, began: s.cfg.Now()}
	s.calls = append(s.calls, c)
	return c
}

func (c *Call) connected() bool { return c.a.set() && c.b.set() }

// opposite is the side that l talks to.
func (c *Call) opposite(l *leg) *end {
	if c.a.leg == l {
		return &c.b
	}
	return &c.a
}

func (c *Call) legs() []*leg {
	var l []*leg
	for _, e := range []end{c.a, c.b} {
		if e.leg != nil {
			l = append(l, e.leg)
		}
	}
	for _, r := range c.ringing {
		if !slices.Contains(l, r) {
			l = append(l, r)
		}
	}
	return l
}

func (c *Call) newLeg(u *user, dev *Device, state legState) *leg {
	l := &leg{call: c, user: u, dev: dev, state: state, channel: c.s.nextChannel(dev)}
	c.s.legs[l.channel] = l
	u.legs = append(u.legs, l)
	return l
}

// ring lets the phones of one user ring; it says whether any does.
func (c *Call) ring(u *user, source, target, from party, internal bool) bool {
	talking := slices.ContainsFunc(u.legs, func(l *leg) bool { return l.state != legRinging })
	if u.Disabled || u.Unregistered || len(u.Devices) == 0 || talking && !u.CallWaiting {
		c.s.missed(u, source, c.began, internal)
		return false
	}
	for i := range u.Devices {
		l := c.newLeg(u, &u.Devices[i], legRinging)
		l.rang = true
		l.source, l.target, l.from, l.internal = source, target, from, internal
		c.ringing = append(c.ringing, l)
		c.s.emit(l, "ringing")
	}
	c.s.pickupEvent(u, "ringing", source)
	return true
}

// answer connects a ringing leg.
func (c *Call) answer(l *leg) {
	if l.own {
		c.answerOwn(l)
		return
	}
	c.connect(l)
	c.dropLosers()
	c.answered()
}

func (c *Call) connect(l *leg) {
	l.state, l.busySince = legUp, c.s.cfg.Now()
	c.ringing = slices.DeleteFunc(c.ringing, func(o *leg) bool { return o == l })
	c.b = end{leg: l, party: l.user.party()}
	c.s.makeRoom(l)
	c.s.emit(l, "busy")
	c.s.ringEnded(l)
}

// answerOwn turns the originate leg outbound and calls the target.
func (c *Call) answerOwn(l *leg) {
	l.own, l.outbound, l.state = false, true, legDialing
	c.ringing = nil
	c.s.makeRoom(l)
	l.source, l.target = l.user.party(), c.s.partyOf(l.dial)
	c.s.emit(l, "ringing")
	c.call(l.dial, party{})
}

func (c *Call) dropLosers() {
	losers := c.ringing
	c.ringing = nil
	for _, l := range losers {
		c.s.dropLeg(l)
	}
}

// answered tells the calling leg, unless it talks already (after a transfer).
func (c *Call) answered() {
	if l := c.a.leg; l != nil && l.state == legDialing {
		l.state, l.busySince = legUp, c.s.cfg.Now()
		c.s.emit(l, "busy")
	}
}

// answerFar connects the outside number that is being called.
func (c *Call) answerFar() bool {
	if c.dialling == "" {
		return false
	}
	c.b = end{outside: true, party: party{number: c.dialling}}
	c.dialling = ""
	c.answered()
	return true
}

// hangup ends one leg, and the call unless other phones still ring.
func (c *Call) hangup(l *leg) {
	if l.state == legRinging && !l.own {
		c.ringing = slices.DeleteFunc(c.ringing, func(o *leg) bool { return o == l })
		c.s.dropLeg(l)
		if len(c.ringing) == 0 {
			c.end()
		}
		return
	}
	partner := l.user.last(func(o *leg) bool { return o != l && o.conference })
	together := l.conference && partner != nil
	c.end()
	if together {
		partner.call.end()
	}
}

// end hangs up everybody.
func (c *Call) end() {
	if c.ended {
		return
	}
	c.ended = true
	legs := c.legs()
	c.ringing = nil
	for _, l := range legs {
		c.s.dropLeg(l)
	}
	c.s.calls = slices.DeleteFunc(c.s.calls, func(o *Call) bool { return o == c })
}

// blind transfers l's opposite to target.
func (c *Call) blind(l *leg, target string) {
	stay := *c.opposite(l)
	c.s.emit(l, "transfer")
	c.a, c.b = stay, end{}
	c.s.dropLeg(l)
	c.renameFar(stay, c.s.partyOf(target), c.s.inside(target))
	c.call(target, l.user.party())
}

// redirect sends a user's ringing call elsewhere, as a phone's deflection does.
func (c *Call) redirect(u *user, target string) {
	to := c.s.partyOf(target)
	var moved []*leg
	c.ringing = slices.DeleteFunc(c.ringing, func(l *leg) bool {
		if l.user == u {
			moved = append(moved, l)
		}
		return l.user == u
	})
	for _, l := range moved {
		l.target, l.result = to, "redirect"
		c.s.emit(l, "redirect")
	}
	for _, l := range moved {
		c.s.dropLeg(l)
	}
	c.renameFar(c.a, to, c.s.inside(target))
	c.call(target, u.party())
}

// renameFar shows the party at e that it now talks to p.
func (c *Call) renameFar(e end, p party, inside bool) {
	if e.leg == nil || e.leg.far() == p {
		return
	}
	e.leg.setFar(p, inside)
	c.s.emit(e.leg, "rename")
}

// join completes an attended transfer: held's and active's opposites talk to each other.
func (s *Server) join(held, active *leg) {
	keep, gone := held.call, active.call
	y1, y2 := *keep.opposite(held), *gone.opposite(active)
	s.emit(held, "transfer")
	s.emit(active, "transfer")
	keep.a, keep.b = y1, y2
	gone.ended = true
	s.calls = slices.DeleteFunc(s.calls, func(o *Call) bool { return o == gone })
	s.dropLeg(held)
	s.dropLeg(active)
	if y2.leg != nil {
		y2.leg.call = keep
	}
	keep.renameFar(y1, y2.party, !y2.outside)
	keep.renameFar(y2, y1.party, !y1.outside)
	if y1.outside && y2.outside {
		keep.end()
	}
}
