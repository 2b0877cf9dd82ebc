package engine

import (
	"fmt"

	"offhook/events"
)

// resolveFirst resolves the first event of a branch that belongs to no call yet (decision B2).
func (c *Core) resolveFirst(l *line, kind ChannelKind, f *events.CallFacts) {
	switch kind {
	case ChannelRinging:
		c.resolveFirstRinging(l, f)
	case ChannelTalking:
		c.resolveFirstState(l, events.CallEstablished, f)
	case ChannelRetrieved:
		c.resolveFirstState(l, events.CallRetrieved, f)
	case ChannelHeld:
		c.resolveFirstState(l, events.CallHeld, f)
	case ChannelRenamed:
		switch {
		case f.TalkSince > 0:
			c.resolveFirstState(l, events.CallEstablished, f)
		case f.Outbound:
			c.resolveFirstState(l, events.CallOriginated, f)
		default:
			c.resolveFirstState(l, events.CallOffered, f)
		}
	default:
		c.ignore(l.view.Key, f.Channel, "unknown-channel", fmt.Sprintf("%s for a branch nobody has heard of", kind))
	}
}

// resolveFirstRinging resolves a new ringing branch.
func (c *Core) resolveFirstRinging(l *line, f *events.CallFacts) {
	if f.Outbound {
		if k := c.pendingDial(l, f); k != nil {
			c.attachToCall(k, events.CallOriginated, f)
			return
		}
		if k := c.joinableCall(l, f); k != nil {
			c.attachToCall(k, events.CallBranchJoined, f)
			return
		}
		c.beginCall(l, events.CallOriginated, f)
		return
	}
	if k := c.pendingOwnRing(l, f); k != nil {
		f.Reason = events.ReasonOwnRing
		c.attachToCall(k, events.CallBranchJoined, f)
		return
	}
	if k := c.pendingPickup(l, f); k != nil {
		c.attachToCall(k, events.CallOffered, f)
		return
	}
	if k := c.joinableCall(l, f); k != nil {
		c.attachToCall(k, events.CallBranchJoined, f)
		return
	}
	if f.Source.Number != "" && f.Source.Number == l.view.Address {
		c.record(events.NewCall(events.CallDeferred, *f))
		return
	}
	c.beginCall(l, events.CallOffered, f)
}

// resolveFirstState resolves a branch that is first heard of after it was answered.
func (c *Core) resolveFirstState(l *line, t events.Type, f *events.CallFacts) {
	var k *call
	if f.Outbound {
		k = c.pendingDial(l, f)
	} else if k = c.pendingPickup(l, f); k == nil {
		if own := c.pendingOwnRing(l, f); own != nil && t == events.CallEstablished {
			f.Reason = events.ReasonOwnRing
			c.attachToCall(own, events.CallBranchJoined, f)
			return
		}
	}
	if k == nil {
		k = c.matchingStaleCall(l, f)
	}
	if k != nil {
		c.attachToCall(k, t, f)
		return
	}
	c.beginCall(l, t, f)
}

// attachToCall records an event of a call that exists, on a branch that is new to it.
func (c *Core) attachToCall(k *call, t events.Type, f *events.CallFacts) {
	f.Call, f.Request = k.view.Number, k.view.Request
	if k.view.Reason == events.ReasonPickup {
		f.Reason = events.ReasonPickup
	}
	before := k.hangupChannels()
	c.record(events.NewCall(t, *f))
	c.sendHangups(k, before)
}

// beginCall records the first event of a new call.
func (c *Core) beginCall(l *line, t events.Type, f *events.CallFacts) {
	if p := c.pairCandidate(l, f); p != nil && l.call(p.view.Number) == nil {
		f.Call = p.view.Number
	} else {
		f.Call = c.nextCallNumber()
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

// joinableCall is the ringing call that a further phone of the user belongs to (decision B1).
func (c *Core) joinableCall(l *line, f *events.CallFacts) *call {
	if farParty(f.Outbound, f).Number == "" {
		return nil // a withheld number alone proves nothing
	}
	calls := l.recentCalls()
	for i := len(calls) - 1; i >= 0; i-- {
		k := calls[i]
		v := &k.view
		if v.Outbound != f.Outbound || v.State != Offering && v.State != Proceeding && v.State != Ringback {
			continue
		}
		if v.Caller.Number == f.Source.Number && v.Called.Number == f.Target.Number &&
			c.now.Sub(v.Began) <= c.settings.Timers.Branch && k.isOnOtherDevice(f.Device) {
			return k
		}
	}
	return nil
}

// isOnOtherDevice says that no branch is on that phone; a phone without a name may be any.
func (k *call) isOnOtherDevice(device string) bool {
	for i := range k.branches {
		if device != "" && k.branches[i].device == device {
			return false
		}
	}
	return true
}

// matchingStaleCall is the one call that a reconnected session may be speaking of under a channel unknown so far: none. A
// channel is the call's own name at the PBX, so only a call that never had one can be meant.
func (c *Core) matchingStaleCall(l *line, f *events.CallFacts) *call {
	var found *call
	for _, k := range l.recentCalls() {
		v := &k.view
		if len(k.branches) == 0 && v.Stale && v.Outbound == f.Outbound && sameNumber(farPartyOf(v).Number, farParty(f.Outbound, f).Number) {
			if found != nil {
				return nil
			}
			found = k
		}
	}
	return found
}
