package engine

import (
	"fmt"

	"offhook/events"
)

// resolveChannel resolves what happened on a branch: which line, which call, which event.
func (c *Core) resolveChannel(o *Observation) {
	f := &o.Facts
	l := c.lineOf(o)
	if l == nil {
		c.Unselected++
		return
	}
	f.Line = l.view.Key
	if k := c.branches.get(l, f.Channel); k != nil {
		c.resolveKnownBranch(k, o.Channel, f)
		return
	}
	if h := l.heldBack[f.Channel]; h != nil {
		c.resolveHeldBack(l, h, o.Channel, f)
		return
	}
	if c.endedChannels.has(channelKey{l, f.Channel}, c.now) {
		c.ignore(l.view.Key, f.Channel, "after-idle", fmt.Sprintf("%s for a branch that ended", o.Channel))
		return
	}
	c.resolveFirst(l, o.Channel, f)
}

// resolveKnownBranch resolves an event of a branch that belongs to a call (decision B2).
func (c *Core) resolveKnownBranch(k *call, kind ChannelKind, f *events.CallFacts) {
	f.Call, f.Request = k.view.Number, k.view.Request
	b := k.branch(f.Channel)
	if f.Device == "" {
		f.Device = b.device
	}
	if f.Outbound != k.view.Outbound {
		if c.resolveDirectionChange(k, b, kind, f) {
			return
		}
	}
	switch kind {
	case ChannelRinging, ChannelRenamed:
		if b.ownRing && k.view.State == Dialing { // the own phone was lifted, the PBX dials on
			c.record(events.NewCall(events.CallOriginated, *f))
		} else if kind == ChannelRinging {
			c.resolveSecondRinging(k, f)
		} else {
			c.resolveRename(k, f)
		}
	case ChannelTalking:
		c.recordStateEvent(k, events.CallEstablished, f)
	case ChannelHeld:
		c.recordStateEvent(k, events.CallHeld, f)
	case ChannelRetrieved:
		c.recordStateEvent(k, events.CallRetrieved, f)
	case ChannelTransferred:
		c.record(events.NewCall(events.CallTransferred, *f))
	case ChannelRedirected:
		c.record(events.NewCall(events.CallDiverted, *f))
	case ChannelEnded:
		c.resolveEnded(k, b, f)
	}
}

// recordStateEvent records a state event, or says that it changes nothing.
func (c *Core) recordStateEvent(k *call, t events.Type, f *events.CallFacts) {
	same := t == events.CallHeld && k.view.State == Held || t != events.CallHeld && k.view.State == Connected
	if same && !k.view.Stale {
		if b := k.branch(f.Channel); b != nil && b.answered && !c.partiesDiffer(k, f) {
			c.ignore(k.line.view.Key, f.Channel, "no-change", t.String()+" again")
			return
		}
		t = events.CallInfoChanged
		if !c.partiesDiffer(k, f) {
			c.ignore(k.line.view.Key, f.Channel, "no-change", "another branch of the call says the same")
			return
		}
	} else if same {
		t = events.CallConfirmed
	}
	if t == events.CallRetrieved && k.view.State != Held && k.view.State != Unknown {
		t = events.CallEstablished
	}
	c.finishProvenRequests(k, t)
	c.record(events.NewCall(t, *f))
}

// partiesDiffer says whether the event names the parties otherwise than the call does.
func (c *Core) partiesDiffer(k *call, f *events.CallFacts) bool {
	v := &k.view
	if v.Outbound != f.Outbound {
		return false
	}
	if v.State.Answered() {
		news := farParty(v.Outbound, f)
		was := v.Connected
		if !v.Outbound && news.Number == v.Connected.Number {
			was = v.Caller
		}
		return mergeParty(was, news) != was
	}
	return mergeParty(v.Caller, f.Source) != v.Caller || v.Reason != events.ReasonPickup && mergeParty(v.Called, f.Target) != v.Called ||
		f.Display != "" && f.Display != v.Display
}

func (c *Core) resolveRename(k *call, f *events.CallFacts) {
	if !c.partiesDiffer(k, f) && !k.view.Stale {
		c.ignore(k.line.view.Key, f.Channel, "no-change", "the parties are the same")
		return
	}
	if k.view.Stale && k.view.State == Unknown {
		confirm := *f
		c.record(events.NewCall(events.CallConfirmed, confirm))
	}
	if c.partiesDiffer(k, f) {
		c.record(events.NewCall(events.CallInfoChanged, *f))
	}
}

// resolveSecondRinging is a second ringing on a known branch: the far end's alerting for an outbound call, else at most news of
// the parties.
func (c *Core) resolveSecondRinging(k *call, f *events.CallFacts) {
	switch {
	case k.view.Outbound && k.view.State == Proceeding:
		c.record(events.NewCall(events.CallDelivered, *f))
	case k.view.State == Unknown && k.view.Outbound:
		c.record(events.NewCall(events.CallOriginated, *f))
	case k.view.State == Unknown:
		c.record(events.NewCall(events.CallOffered, *f))
	case k.view.State == Dialing && !k.view.Outbound:
		c.record(events.NewCall(events.CallOffered, *f))
	case c.partiesDiffer(k, f):
		c.record(events.NewCall(events.CallInfoChanged, *f))
	default:
		c.ignore(k.line.view.Key, f.Channel, "no-change", "rings already")
	}
}

// resolveDirectionChange resolves an event whose direction differs from its call's. It reports whether nothing else is to be done.
func (c *Core) resolveDirectionChange(k *call, b *branch, kind ChannelKind, f *events.CallFacts) bool {
	switch {
	case b.ownRing && kind != ChannelEnded: // it rings or was lifted; the dialled party comes next
		if kind == ChannelRinging || kind == ChannelTalking || kind == ChannelRenamed {
			c.ignore(k.line.view.Key, f.Channel, "own-ring", "the own phone rings so that it can dial")
			return true
		}
	case f.Outbound && !k.view.Outbound && turnsOutbound(k, kind): // decision B6
		f.Request = 0
		c.clearCall(k, f.Channel, events.ReasonDirectionChanged)
		c.resolveFirst(k.line, kind, f)
		return true
	}
	f.Outbound = k.view.Outbound
	f.Source, f.Target = events.Party{}, events.Party{} // they are the other way round, or worse
	return false
}

// turnsOutbound says whether a call shown as inbound proves to be outbound: one that rings or, if its caller is the own
// number, one that was lifted since.
func turnsOutbound(k *call, kind ChannelKind) bool {
	own := k.view.Caller.Number != "" && k.view.Caller.Number == k.line.view.Address
	switch k.view.State {
	case Offering:
		return kind == ChannelRinging || own && kind == ChannelTalking
	case Connected:
		return own && (kind == ChannelRinging || kind == ChannelTalking)
	}
	return false
}

// resolveHeldBack resolves a further event of a ring that is held back (decision B6).
func (c *Core) resolveHeldBack(l *line, h *heldBackRing, kind ChannelKind, f *events.CallFacts) {
	switch {
	case kind == ChannelEnded:
		c.releaseHeldBack(l, f.Channel)
		c.endedChannels.add(channelKey{l, h.facts.Channel}, c.now, c.now.Add(c.settings.Timers.Closed))
		c.ignore(l.view.Key, f.Channel, "held-back", "a ring from the own number ended before it showed where it goes")
	case !f.Outbound && (kind == ChannelRinging || kind == ChannelRenamed):
		c.ignore(l.view.Key, f.Channel, "held-back", "a ring from the own number, not shown yet")
	case !f.Outbound && kind == ChannelTalking && h.facts.TalkSince != 0:
		c.ignore(l.view.Key, f.Channel, "held-back", "the own phone was lifted; the dialled party comes next")
	case !f.Outbound && kind == ChannelTalking && (f.Source.Number == l.view.Address || f.Source.Number == f.Target.Number):
		if f.TalkSince == 0 {
			f.TalkSince = c.now
		}
		c.record(events.NewCall(events.CallDeferred, *f)) // lifted; the dialled party comes next
	default:
		c.resolveFirst(l, kind, f)
	}
}
