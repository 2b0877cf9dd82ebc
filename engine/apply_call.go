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
	c.raiseCallCounter(f.Call)
	c.releaseHeldBack(l, f.Channel)
	if t == events.CallDeferred {
		c.holdBackRing(l, f)
		return
	}
	k := l.call(f.Call)
	state := Null
	if k != nil {
		state = k.view.State
	}
	to, ok := stateTable.next(state, t)
	if t == events.CallConfirmed && k != nil && state == Unknown {
		to, ok = k.stateBeforeUnknown, true
	} else if t == events.CallConfirmed {
		to, ok = state, k != nil
	}
	if !ok {
		c.notAllowed(l, k, f, "not-allowed", fmt.Sprintf("%s means nothing for a call that is %s", t, state))
		return
	}
	if k == nil {
		k = c.createCall(l, t, f)
	}
	if t != events.CallConnectionCleared { // that one phone stopped does not prove that the call lives at another
		c.markHeard(k)
	}
	switch t {
	case events.CallCleared:
		c.endCall(k, f.Cause)
	case events.CallConnectionCleared:
		c.leaveBranch(k, f)
	default:
		info := c.learnParties(k, t, f, to) | c.applyDetails(k, t, f)
		c.joinBranch(k, t, f)
		if t == events.CallInitiated {
			c.rememberDropOfDial(k)
		}
		if t == events.CallBranchJoined && to == Dialing {
			c.armStateDeadlines(k, to) // its own phone rings: something was heard of it
		}
		c.moveOrUpdate(k, to, info)
	}
	c.refreshActions(l)
}

// createCall makes the call that begins with the event.
func (c *Core) createCall(l *line, t events.Type, f *events.CallFacts) *call {
	p := cloneCallFacts(f)
	k := &call{number: f.Call, permanent: l.view.Permanent, body: &body{line: l, view: CallView{
		Line: l.view.Key, Number: f.Call, Outbound: f.Outbound, Internal: f.Internal, Began: c.event.At(),
		Caller: p.Source, Called: p.Target, Reason: f.Reason, Display: p.Display, Request: f.Request, Redirecting: p.Forwarder,
	}}}
	k.view.Related = c.seized[f.Call].of
	delete(c.seized, f.Call)
	if f.Reason == events.ReasonPickup || f.Forwarder.Number != "" && !f.Outbound {
		k.view.Redirection = events.Party{Number: l.view.Address, Name: l.view.Name}
	}
	c.compactor.expanded = append(c.compactor.expanded, k)
	l.calls = append(l.calls, k)
	if t == events.CallOffered || t == events.CallOriginated {
		c.addPair(k)
	}
	return k
}

// cloneCallFacts copies the facts with their text into one block of memory, so that a call does not keep a stanza alive.
func cloneCallFacts(f *events.CallFacts) events.CallFacts {
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

// markHeard notes that an event of this session named the call.
func (c *Core) markHeard(k *call) {
	k.heardInSession, k.view.Stale = c.session.number, false
	if k.endDeadline != nil && k.endDeadline.kind == timerStale {
		c.timers.cancel(k.endDeadline)
		k.endDeadline = nil
	}
}

// joinBranch enters the event's channel into the call.
func (c *Core) joinBranch(k *call, t events.Type, f *events.CallFacts) {
	if f.Channel == "" {
		return
	}
	b := k.branch(f.Channel)
	if b == nil {
		k.branches = append(k.branches, branch{channel: strings.Clone(f.Channel), device: strings.Clone(f.Device), ownRing: f.Reason == events.ReasonOwnRing})
		b = &k.branches[len(k.branches)-1]
		c.branches.add(k.line, b.channel, k)
		c.endedChannels.drop(channelKey{k.line, b.channel})
		c.dropNewBranches(k)
	}
	b.heardInSession = c.session.number
	if f.Device != "" && b.device != f.Device {
		b.device = strings.Clone(f.Device)
	}
	k.view.Channel = b.channel
	if t == events.CallOriginated {
		b.ownRing = false
	}
	if t == events.CallEstablished || t == events.CallHeld || t == events.CallRetrieved {
		for i := range k.branches {
			k.branches[i].answered = false
		}
		b.answered, b.ownRing = true, false
	}
}

// leaveBranch removes one branch from a call that goes on.
func (c *Core) leaveBranch(k *call, f *events.CallFacts) {
	for i := range k.branches {
		if k.branches[i].channel == f.Channel {
			c.closeChannel(k, k.branches[i].channel)
			k.branches = append(k.branches[:i:i], k.branches[i+1:]...)
			break
		}
	}
	if k.confirmedByPresenceOnly(c.session.number) {
		k.view.Stale = true // no event of this session confirms that it goes on
	}
}

// closeChannel takes a branch's own copy of its channel's name.
func (c *Core) closeChannel(k *call, channel string) {
	c.branches.remove(k.line, channel)
	now := c.event.At()
	c.endedChannels.add(channelKey{k.line, channel}, now, now.Add(c.settings.Timers.Closed))
}

func (c *Core) releaseHeldBack(l *line, channel string) {
	if h := l.heldBack[channel]; h != nil {
		c.timers.cancel(h.wait)
		delete(l.heldBack, channel)
	}
}

func (c *Core) holdBackRing(l *line, f *events.CallFacts) {
	h := &heldBackRing{facts: cloneHeldBackFacts(l, f)}
	h.wait = c.timers.arm(&deadline{kind: timerHoldBack, at: c.event.At().Add(c.settings.Timers.HoldBack), line: l, channel: h.facts.Channel})
	l.heldBack[h.facts.Channel] = h
}
