package engine

import (
	"fmt"

	"offhook/events"
)

// first resolves the first event of a branch that belongs to no call yet (decision B2).
func (c *Core) first(l *line, kind ChannelKind, f *events.CallFacts) {
	switch kind {
	case ChannelRinging:
		c.rings(l, f)
	case ChannelTalking:
		c.appears(l, events.CallEstablished, f)
	case ChannelRetrieved:
		c.appears(l, events.CallRetrieved, f)
	case ChannelHeld:
		c.appears(l, events.CallHeld, f)
	case ChannelRenamed:
		switch {
		case f.TalkSince > 0:
			c.appears(l, events.CallEstablished, f)
		case f.Outbound:
			c.appears(l, events.CallOriginated, f)
		default:
			c.appears(l, events.CallOffered, f)
		}
	default:
		c.ignore(l.view.Key, f.Channel, "unknown-channel", fmt.Sprintf("%s for a branch nobody has heard of", kind))
	}
}

// rings resolves a new ringing branch.
func (c *Core) rings(l *line, f *events.CallFacts) {
	if f.Outbound {
		if k := c.pendingDial(l, f); k != nil {
			c.attach(k, events.CallOriginated, f)
			return
		}
		if k := c.joinable(l, f); k != nil {
			c.attach(k, events.CallBranchJoined, f)
			return
		}
		c.fresh(l, events.CallOriginated, f)
		return
	}
	if k := c.ownRing(l, f); k != nil {
		f.Reason = events.ReasonOwnRing
		c.attach(k, events.CallBranchJoined, f)
		return
	}
	if k := c.pendingPickup(l, f); k != nil {
		c.attach(k, events.CallOffered, f)
		return
	}
	if k := c.joinable(l, f); k != nil {
		c.attach(k, events.CallBranchJoined, f)
		return
	}
	if f.Source.Number != "" && f.Source.Number == l.view.Address {
		c.record(events.NewCall(events.CallDeferred, *f))
		return
	}
	c.fresh(l, events.CallOffered, f)
}

// appears resolves a branch that is first heard of after it was answered.
func (c *Core) appears(l *line, t events.Type, f *events.CallFacts) {
	var k *call
	if f.Outbound {
		k = c.pendingDial(l, f)
	} else if k = c.pendingPickup(l, f); k == nil {
		if own := c.ownRing(l, f); own != nil && t == events.CallEstablished {
			f.Reason = events.ReasonOwnRing
			c.attach(own, events.CallBranchJoined, f)
			return
		}
	}
	if k == nil {
		k = c.staleLike(l, f)
	}
	if k != nil {
		c.attach(k, t, f)
		return
	}
	c.fresh(l, t, f)
}

// attach records an event of a call that exists, on a branch that is new to it.
func (c *Core) attach(k *call, t events.Type, f *events.CallFacts) {
	f.Call, f.Request = k.view.Number, k.view.Request
	if k.view.Reason == events.ReasonPickup {
		f.Reason = events.ReasonPickup
	}
	before := k.hungUp()
	c.record(events.NewCall(t, *f))
	c.sendHangups(k, before)
}

// fresh records the first event of a new call.
func (c *Core) fresh(l *line, t events.Type, f *events.CallFacts) {
	if p := c.pairWith(l, f); p != nil && l.call(p.view.Number) == nil {
		f.Call = p.view.Number
	} else {
		f.Call = c.newNumber()
	}
	f.Request = 0
	switch {
	case !f.Outbound && f.Forwarder.Number != "":
		f.Reason = events.ReasonForwardedHere
	case t == events.CallOffered || t == events.CallOriginated:
		f.Reason = events.ReasonDirect
	}
	c.record(events.NewCall(t, *f))
}

// joinable is the ringing call that a further phone of the user belongs to (decision B1).
func (c *Core) joinable(l *line, f *events.CallFacts) *call {
	if far(f.Outbound, f).Number == "" {
		return nil // a withheld number alone proves nothing
	}
	calls := l.recent()
	for i := len(calls) - 1; i >= 0; i-- {
		k := calls[i]
		v := &k.view
		if v.Outbound != f.Outbound || v.State != Offering && v.State != Proceeding && v.State != Ringback {
			continue
		}
		if v.Caller.Number == f.Source.Number && v.Called.Number == f.Target.Number &&
			c.now.Sub(v.Began) <= c.set.Timers.Branch && k.otherDevice(f.Device) {
			return k
		}
	}
	return nil
}

// otherDevice says that no branch is on that phone; a phone without a name may be any.
func (k *call) otherDevice(device string) bool {
	for i := range k.branches {
		if device != "" && k.branches[i].device == device {
			return false
		}
	}
	return true
}

// staleLike is the one call that a reconnected session may be speaking of under a channel unknown so far: none. A
// channel is the call's own name at the PBX, so only a call that never had one can be meant.
func (c *Core) staleLike(l *line, f *events.CallFacts) *call {
	var found *call
	for _, k := range l.recent() {
		v := &k.view
		if len(k.branches) == 0 && v.Stale && v.Outbound == f.Outbound && sameNumber(farOf(v).Number, far(f.Outbound, f).Number) {
			if found != nil {
				return nil
			}
			found = k
		}
	}
	return found
}
