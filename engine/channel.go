package engine

import (
	"fmt"

	"offhook/events"
)

// stanza decodes one and resolves what it says.
func (c *Core) stanza(raw string) {
	o := &c.obs
	*o = Observation{}
	c.dia.Decode(raw, Origin{JID: c.session.jid, Domain: c.session.domain}, o)
	switch o.Kind {
	case ObsForeign:
		c.Foreign++
	case ObsIgnored:
		key := Key(o.User)
		if key == "" {
			key = Key(o.To)
		}
		if c.lines[key] == nil {
			key = ""
		}
		c.ignore(key, o.Facts.Channel, o.Code, o.Text)
	case ObsChannel:
		c.channel(o)
	case ObsPickup:
		c.pickup(o)
	case ObsPhone:
		c.phone(o)
	case ObsReply:
		c.reply(o)
	case ObsJournalEntry:
		c.journalEntry(o)
	case ObsRelocated:
		c.relocated(o)
	}
}

// channel resolves what happened on a branch: which line, which call, which event.
func (c *Core) channel(o *Observation) {
	f := &o.Facts
	l := c.lineOf(o)
	if l == nil {
		c.Unselected++
		return
	}
	f.Line = l.view.Key
	if k := c.channels.get(l, f.Channel); k != nil {
		c.known(k, o.Channel, f)
		return
	}
	if h := l.deferred[f.Channel]; h != nil {
		c.heldBack(l, h, o.Channel, f)
		return
	}
	if c.closed.has(channelKey{l, f.Channel}, c.now) {
		c.ignore(l.view.Key, f.Channel, "after-idle", fmt.Sprintf("%s for a branch that ended", o.Channel))
		return
	}
	c.first(l, o.Channel, f)
}

// known resolves an event of a branch that belongs to a call (decision B2).
func (c *Core) known(k *call, kind ChannelKind, f *events.CallFacts) {
	f.Call, f.Request = k.view.Number, k.view.Request
	b := k.branch(f.Channel)
	if f.Device == "" {
		f.Device = b.device
	}
	if f.Outbound != k.view.Outbound {
		if c.turned(k, b, kind, f) {
			return
		}
	}
	switch kind {
	case ChannelRinging, ChannelRenamed:
		if b.own && k.view.State == Dialing { // the own phone was lifted, the PBX dials on
			c.record(events.NewCall(events.CallOriginated, *f))
		} else if kind == ChannelRinging {
			c.ringsAgain(k, f)
		} else {
			c.renamed(k, f)
		}
	case ChannelTalking:
		c.happens(k, events.CallEstablished, f)
	case ChannelHeld:
		c.happens(k, events.CallHeld, f)
	case ChannelRetrieved:
		c.happens(k, events.CallRetrieved, f)
	case ChannelTransferred:
		c.record(events.NewCall(events.CallTransferred, *f))
	case ChannelRedirected:
		c.record(events.NewCall(events.CallDiverted, *f))
	case ChannelEnded:
		c.ended(k, b, f)
	}
}

// happens records a state event, or says that it changes nothing.
func (c *Core) happens(k *call, t events.Type, f *events.CallFacts) {
	same := t == events.CallHeld && k.view.State == Held || t != events.CallHeld && k.view.State == Connected
	if same && !k.view.Stale {
		if b := k.branch(f.Channel); b != nil && b.answered && !c.differs(k, f) {
			c.ignore(k.line.view.Key, f.Channel, "no-change", t.String()+" again")
			return
		}
		t = events.CallInfoChanged
		if !c.differs(k, f) {
			c.ignore(k.line.view.Key, f.Channel, "no-change", "another branch of the call says the same")
			return
		}
	} else if same {
		t = events.CallConfirmed
	}
	if t == events.CallRetrieved && k.view.State != Held && k.view.State != Unknown {
		t = events.CallEstablished
	}
	c.prove(k, t)
	c.record(events.NewCall(t, *f))
}

// differs says whether the event names the parties otherwise than the call does.
func (c *Core) differs(k *call, f *events.CallFacts) bool {
	v := &k.view
	if v.Outbound != f.Outbound {
		return false
	}
	if v.State.Answered() {
		news := far(v.Outbound, f)
		was := v.Connected
		if !v.Outbound && news.Number == v.Connected.Number {
			was = v.Caller
		}
		return merge(was, news) != was
	}
	return merge(v.Caller, f.Source) != v.Caller || v.Reason != events.ReasonPickup && merge(v.Called, f.Target) != v.Called ||
		f.Display != "" && f.Display != v.Display
}

func (c *Core) renamed(k *call, f *events.CallFacts) {
	if !c.differs(k, f) && !k.view.Stale {
		c.ignore(k.line.view.Key, f.Channel, "no-change", "the parties are the same")
		return
	}
	if k.view.Stale && k.view.State == Unknown {
		confirm := *f
		c.record(events.NewCall(events.CallConfirmed, confirm))
	}
	if c.differs(k, f) {
		c.record(events.NewCall(events.CallInfoChanged, *f))
	}
}

// ringsAgain is a second ringing on a known branch: the far end's alerting for an outbound call, else at most news of
// the parties.
func (c *Core) ringsAgain(k *call, f *events.CallFacts) {
	switch {
	case k.view.Outbound && k.view.State == Proceeding:
		c.record(events.NewCall(events.CallDelivered, *f))
	case k.view.State == Unknown && k.view.Outbound:
		c.record(events.NewCall(events.CallOriginated, *f))
	case k.view.State == Unknown:
		c.record(events.NewCall(events.CallOffered, *f))
	case k.view.State == Dialing && !k.view.Outbound:
		c.record(events.NewCall(events.CallOffered, *f))
	case c.differs(k, f):
		c.record(events.NewCall(events.CallInfoChanged, *f))
	default:
		c.ignore(k.line.view.Key, f.Channel, "no-change", "rings already")
	}
}

// turned is an event whose direction is not its call's. It says whether the event is dealt with.
func (c *Core) turned(k *call, b *branch, kind ChannelKind, f *events.CallFacts) bool {
	switch {
	case b.own && kind != ChannelEnded: // it rings or was lifted; the dialled party comes next
		if kind == ChannelRinging || kind == ChannelTalking || kind == ChannelRenamed {
			c.ignore(k.line.view.Key, f.Channel, "own-ring", "the own phone rings so that it can dial")
			return true
		}
	case f.Outbound && !k.view.Outbound && turnsOut(k, kind): // decision B6
		f.Request = 0
		c.clear(k, f.Channel, events.ReasonDirectionChanged)
		c.first(k.line, kind, f)
		return true
	}
	f.Outbound = k.view.Outbound
	f.Source, f.Target = events.Party{}, events.Party{} // they are the other way round, or worse
	return false
}

// turnsOut says whether a call shown as inbound proves to be outbound: one that rings or, if its caller is the own
// number, one that was lifted since.
func turnsOut(k *call, kind ChannelKind) bool {
	own := k.view.Caller.Number != "" && k.view.Caller.Number == k.line.view.Address
	switch k.view.State {
	case Offering:
		return kind == ChannelRinging || own && kind == ChannelTalking
	case Connected:
		return own && (kind == ChannelRinging || kind == ChannelTalking)
	}
	return false
}

// heldBack resolves a further event of a ring that is held back (decision B6).
func (c *Core) heldBack(l *line, h *heldBack, kind ChannelKind, f *events.CallFacts) {
	switch {
	case kind == ChannelEnded:
		c.undefer(l, f.Channel)
		c.closed.add(channelKey{l, h.facts.Channel}, c.now, c.now.Add(c.set.Timers.Closed))
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
		c.first(l, kind, f)
	}
}
