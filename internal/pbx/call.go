package pbx

import (
	"slices"
	"time"
)

// party is a name and number as signalled; either may be empty.
type party struct{ name, number string }

type branchState int

const (
	branchRinging branchState = iota // inbound, not answered
	branchDialing                    // outbound, not answered
	branchTalking
	branchHeld // held by its user
)

// branch is one device's part in a call, named by its channel.
type branch struct {
	call           *Call
	user           *user
	dev            *Device
	channel        string
	state          branchState
	rangForCall    bool // it rang for a call to its user; false for the branch of a pickup
	ownPhoneFirst  bool // the own phone rings, and the target is called after its answer
	outbound       bool
	internal       bool
	source, target party
	transferredBy  party // the party that transferred or redirected the call
	dialTarget     string
	details        string // eventDetails
	busySince      time.Time
	conference     bool
	recordResult   string // the result in the call record, default hangup
}

// farParty returns the other party as this branch shows it.
func (l *branch) farParty() party {
	if l.outbound {
		return l.target
	}
	return l.source
}

func (l *branch) setFarParty(p party, internal bool) {
	if l.outbound {
		l.target = p
	} else {
		l.source = p
	}
	l.internal = internal
}

// side is one side of a call: a branch, an outside party or, as zero value, not connected yet.
type side struct {
	branch  *branch
	outside bool
	party   party
}

func (e side) isSet() bool { return e.branch != nil || e.outside }

// Call is one conversation, or an attempt to call.
type Call struct {
	s             *Server
	id            int
	a, b          side
	outsideTarget string // the outside number that is being called
	ringing       []*branch
	ended         bool
	begunAt       time.Time
	attempt       int // number of the target that is being called, so that the timeout of a former target does nothing
}

func (s *Server) newCall() *Call {
	s.callNo++
	c := &Call{s: s, id: s.callNo, begunAt: s.cfg.Now()}
	s.calls = append(s.calls, c)
	return c
}

func (c *Call) isConnected() bool { return c.a.isSet() && c.b.isSet() }

// opposite returns the side that l talks to.
func (c *Call) opposite(l *branch) *side {
	if c.a.branch == l {
		return &c.b
	}
	return &c.a
}

func (c *Call) branches() []*branch {
	var l []*branch
	for _, e := range []side{c.a, c.b} {
		if e.branch != nil {
			l = append(l, e.branch)
		}
	}
	for _, r := range c.ringing {
		if !slices.Contains(l, r) {
			l = append(l, r)
		}
	}
	return l
}

func (c *Call) newBranch(u *user, dev *Device, state branchState) *branch {
	l := &branch{call: c, user: u, dev: dev, state: state, channel: c.s.nextChannelName(dev)}
	c.s.branches[l.channel] = l
	u.branches = append(u.branches, l)
	return l
}

// ringUser makes the phones of a user ring. It returns false if none can.
func (c *Call) ringUser(u *user, source, target, from party, internal bool) bool {
	talking := slices.ContainsFunc(u.branches, func(l *branch) bool { return l.state != branchRinging })
	if u.Disabled || u.Unregistered || len(u.Devices) == 0 || talking && !u.CallWaiting {
		c.s.addMissedRecord(u, source, c.begunAt, internal)
		return false
	}
	for i := range u.Devices {
		l := c.newBranch(u, &u.Devices[i], branchRinging)
		l.rangForCall = true
		l.source, l.target, l.transferredBy, l.internal = source, target, from, internal
		c.ringing = append(c.ringing, l)
		c.s.publishChannelEvent(l, "ringing")
	}
	c.s.publishPickupEvent(u, "ringing", source)
	return true
}

// answerBranch connects a ringing branch.
func (c *Call) answerBranch(l *branch) {
	if l.ownPhoneFirst {
		c.answerOwnPhone(l)
		return
	}
	c.connectBranch(l)
	c.endOtherBranches()
	c.connectCaller()
}

func (c *Call) connectBranch(l *branch) {
	l.state, l.busySince = branchTalking, c.s.cfg.Now()
	c.ringing = slices.DeleteFunc(c.ringing, func(o *branch) bool { return o == l })
	c.b = side{branch: l, party: l.user.party()}
	c.s.holdOtherCall(l)
	c.s.publishChannelEvent(l, "busy")
	c.s.announceRingEnd(l)
}

// answerOwnPhone makes the branch of the own phone outbound and calls the target.
func (c *Call) answerOwnPhone(l *branch) {
	l.ownPhoneFirst, l.outbound, l.state = false, true, branchDialing
	c.ringing = nil
	c.s.holdOtherCall(l)
	l.source, l.target = l.user.party(), c.s.partyOf(l.dialTarget)
	c.s.publishChannelEvent(l, "ringing")
	c.callTarget(l.dialTarget, party{})
}

func (c *Call) endOtherBranches() {
	losers := c.ringing
	c.ringing = nil
	for _, l := range losers {
		c.s.endBranch(l)
	}
}

// connectCaller connects the calling branch, unless it talks already (after a transfer).
func (c *Call) connectCaller() {
	if l := c.a.branch; l != nil && l.state == branchDialing {
		l.state, l.busySince = branchTalking, c.s.cfg.Now()
		c.s.publishChannelEvent(l, "busy")
	}
}

// answerFar connects the outside number that is being called.
func (c *Call) answerFar() bool {
	if c.outsideTarget == "" {
		return false
	}
	c.b = side{outside: true, party: party{number: c.outsideTarget}}
	c.outsideTarget = ""
	c.connectCaller()
	return true
}

// hangupBranch ends one branch, and the call unless other phones still ring.
func (c *Call) hangupBranch(l *branch) {
	if l.state == branchRinging && !l.ownPhoneFirst {
		c.ringing = slices.DeleteFunc(c.ringing, func(o *branch) bool { return o == l })
		c.s.endBranch(l)
		if len(c.ringing) == 0 {
			c.endCall()
		}
		return
	}
	partner := l.user.lastBranch(func(o *branch) bool { return o != l && o.conference })
	together := l.conference && partner != nil
	c.endCall()
	if together {
		partner.call.endCall()
	}
}

// endCall ends all branches.
func (c *Call) endCall() {
	if c.ended {
		return
	}
	c.ended = true
	branches := c.branches()
	c.ringing = nil
	for _, l := range branches {
		c.s.endBranch(l)
	}
	c.s.calls = slices.DeleteFunc(c.s.calls, func(o *Call) bool { return o == c })
}

// blindTransfer transfers l's opposite to target.
func (c *Call) blindTransfer(l *branch, target string) {
	stay := *c.opposite(l)
	c.s.publishChannelEvent(l, "transfer")
	c.a, c.b = stay, side{}
	c.s.endBranch(l)
	c.renameFar(stay, c.s.partyOf(target), c.s.isInternal(target))
	c.callTarget(target, l.user.party())
}

// redirect sends a user's ringing call to another target, as call deflection at a phone does.
func (c *Call) redirect(u *user, target string) {
	to := c.s.partyOf(target)
	var moved []*branch
	c.ringing = slices.DeleteFunc(c.ringing, func(l *branch) bool {
		if l.user == u {
			moved = append(moved, l)
		}
		return l.user == u
	})
	for _, l := range moved {
		l.target, l.recordResult = to, "redirect"
		c.s.publishChannelEvent(l, "redirect")
	}
	for _, l := range moved {
		c.s.endBranch(l)
	}
	c.renameFar(c.a, to, c.s.isInternal(target))
	c.callTarget(target, u.party())
}

// renameFar changes the far party that the branch at e shows.
func (c *Call) renameFar(e side, p party, inside bool) {
	if e.branch == nil || e.branch.farParty() == p {
		return
	}
	e.branch.setFarParty(p, inside)
	c.s.publishChannelEvent(e.branch, "rename")
}

// joinCalls completes an attended transfer: the far sides of held and active talk to each other.
func (s *Server) joinCalls(held, active *branch) {
	keep, gone := held.call, active.call
	y1, y2 := *keep.opposite(held), *gone.opposite(active)
	s.publishChannelEvent(held, "transfer")
	s.publishChannelEvent(active, "transfer")
	keep.a, keep.b = y1, y2
	gone.ended = true
	s.calls = slices.DeleteFunc(s.calls, func(o *Call) bool { return o == gone })
	s.endBranch(held)
	s.endBranch(active)
	if y2.branch != nil {
		y2.branch.call = keep
	}
	keep.renameFar(y1, y2.party, !y2.outside)
	keep.renameFar(y2, y1.party, !y1.outside)
	if y1.outside && y2.outside {
		keep.endCall()
	}
}
