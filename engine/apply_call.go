package engine

import (
	"fmt"
	"strings"

	"offhook/events"
)

func (c *Core) applyCall(t events.Type, f *events.CallFacts) {
	l := c.lines[f.Line]
	if l == nil {
		c.notAllowed(nil, nil, f, "unknown-line", "no line "+f.Line)
		return
	}
	c.usedNumber(f.Call)
	c.undefer(l, f.Channel)
	if t == events.CallDeferred {
		c.deferRing(l, f)
		return
	}
	k := l.call(f.Call)
	state := Null
	if k != nil {
		state = k.view.State
	}
	to, ok := path.next(state, t)
	if t == events.CallConfirmed && k != nil && state == Unknown {
		to, ok = k.before, true
	} else if t == events.CallConfirmed {
		to, ok = state, k != nil
	}
	if !ok {
		c.notAllowed(l, k, f, "not-allowed", fmt.Sprintf("%s means nothing for a call that is %s", t, state))
		return
	}
	if k == nil {
		k = c.create(l, t, f)
	}
	if t != events.CallConnectionCleared { // that one phone stopped does not prove that the call lives at another
		c.heard(k)
	}
	switch t {
	case events.CallCleared:
		c.end(k, f.Cause)
	case events.CallConnectionCleared:
		c.leave(k, f)
	default:
		info := c.learnParties(k, t, f, to) | c.note(k, t, f)
		c.joinBranch(k, t, f)
		if t == events.CallInitiated {
			c.dropBegun(k)
		}
		if t == events.CallBranchJoined && to == Dialing {
			c.rearm(k, to) // its own phone rings: something was heard of it
		}
		c.moveOrUpdate(k, to, info)
	}
	c.settle(l)
}

// create makes the call that an event is the first word of.
func (c *Core) create(l *line, t events.Type, f *events.CallFacts) *call {
	p := packed(f)
	k := &call{number: f.Call, permanent: l.view.Permanent, body: &body{line: l, view: CallView{
		Line: l.view.Key, Number: f.Call, Outbound: f.Outbound, Internal: f.Internal, Began: c.event.At(),
		Caller: p.Source, Called: p.Target, Reason: f.Reason, Display: p.Display, Request: f.Request, Redirecting: p.Forwarder,
	}}}
	k.view.Related = c.seized[f.Call].of
	delete(c.seized, f.Call)
	if f.Reason == events.ReasonPickup || f.Forwarder.Number != "" && !f.Outbound {
		k.view.Redirection = events.Party{Number: l.view.Address, Name: l.view.Name}
	}
	c.lot.awake = append(c.lot.awake, k)
	l.calls = append(l.calls, k)
	if t == events.CallOffered || t == events.CallOriginated {
		c.pair(k)
	}
	return k
}

// packed is the facts with their text in one block of memory of its own, so that a call does not keep a stanza alive.
func packed(f *events.CallFacts) events.CallFacts {
	p := *f
	fields := [...]*string{&p.Source.Number, &p.Source.Name, &p.Target.Number, &p.Target.Name, &p.Forwarder.Number, &p.Forwarder.Name, &p.Display}
	n := 0
	for _, s := range fields {
		n += len(*s)
	}
	var b strings.Builder
	b.Grow(n)
	for _, s := range fields {
		b.WriteString(*s)
	}
	all := b.String()
	for _, s := range fields {
		*s, all = all[:len(*s)], all[len(*s):]
	}
	return p
}

// heard notes that this session spoke of the call.
func (c *Core) heard(k *call) {
	k.session, k.view.Stale = c.session.number, false
	if k.wait != nil && k.wait.kind == timerStale {
		c.timers.disarm(k.wait)
		k.wait = nil
	}
}

// joinBranch enters the event's channel into the call.
func (c *Core) joinBranch(k *call, t events.Type, f *events.CallFacts) {
	if f.Channel == "" {
		return
	}
	b := k.branch(f.Channel)
	if b == nil {
		k.branches = append(k.branches, branch{channel: strings.Clone(f.Channel), device: strings.Clone(f.Device), own: f.Reason == events.ReasonOwnRing})
		b = &k.branches[len(k.branches)-1]
		c.channels.add(k.line, b.channel, k)
		c.closed.drop(channelKey{k.line, b.channel})
		c.dropBranches(k)
	}
	b.session = c.session.number
	if f.Device != "" && b.device != f.Device {
		b.device = strings.Clone(f.Device)
	}
	k.view.Channel = b.channel
	if t == events.CallOriginated {
		b.own = false
	}
	if t == events.CallEstablished || t == events.CallHeld || t == events.CallRetrieved {
		for i := range k.branches {
			k.branches[i].answered = false
		}
		b.answered, b.own = true, false
	}
}

// leave takes one branch out of a call that goes on without it.
func (c *Core) leave(k *call, f *events.CallFacts) {
	for i := range k.branches {
		if k.branches[i].channel == f.Channel {
			c.closeChannel(k, k.branches[i].channel)
			k.branches = append(k.branches[:i:i], k.branches[i+1:]...)
			break
		}
	}
	if k.hearsay(c.session.number) {
		k.view.Stale = true // nothing that this session knows says that it goes on
	}
}

// closeChannel takes a branch's own copy of its channel's name.
func (c *Core) closeChannel(k *call, channel string) {
	c.channels.remove(k.line, channel)
	now := c.event.At()
	c.closed.add(channelKey{k.line, channel}, now, now.Add(c.set.Timers.Closed))
}

func (c *Core) undefer(l *line, channel string) {
	if h := l.deferred[channel]; h != nil {
		c.timers.disarm(h.wait)
		delete(l.deferred, channel)
	}
}

func (c *Core) deferRing(l *line, f *events.CallFacts) {
	h := &heldBack{facts: keptRing(l, f)}
	h.wait = c.timers.arm(&deadline{kind: timerHoldBack, at: c.event.At().Add(c.set.Timers.HoldBack), line: l, channel: h.facts.Channel})
	l.deferred[h.facts.Channel] = h
}
