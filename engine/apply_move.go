package engine

import (
	"slices"
	"strings"

	"offhook/events"
)

// learnParties takes over what the event says of who takes part, and returns what became known or changed.
func (c *Core) learnParties(k *call, t events.Type, f *events.CallFacts, to State) Info {
	v := &k.view
	answered := v.State.Answered() || v.State == Unknown && k.stateBeforeUnknown.Answered()
	switch {
	case v.State == Null:
		if to.Answered() {
			v.Connected = farPartyOf(v)
		}
		return 0
	case to.Answered() && !answered:
		info := c.refreshParties(k, f)
		if updateParty(&v.Connected, farPartyOf(v)) {
			info |= InfoConnected
		}
		return info
	case answered && t == events.CallInfoChanged:
		return c.farPartyChanged(k, f)
	case !answered && (t == events.CallInfoChanged || t == events.CallDelivered || t == events.CallFailed || t == events.CallOriginated):
		return c.refreshParties(k, f)
	}
	return 0
}

func farPartyOf(v *CallView) events.Party {
	if v.Outbound {
		return v.Called
	}
	return v.Caller
}

// refreshParties merges the parties of a call that was not answered yet.
func (c *Core) refreshParties(k *call, f *events.CallFacts) Info {
	var info Info
	v := &k.view
	if v.Outbound == f.Outbound {
		if updateParty(&v.Caller, f.Source) {
			info |= InfoCaller
		}
		if v.Reason != events.ReasonPickup && updateParty(&v.Called, f.Target) {
			info |= InfoCalled
		}
	}
	return info
}

// updateParty merges news into a party and reports whether it changed.
func updateParty(p *events.Party, news events.Party) bool {
	m := mergeParty(*p, news)
	if m == *p {
		return false
	}
	*p = events.Party{Number: strings.Clone(m.Number), Name: strings.Clone(m.Name)}
	return true
}

// farPartyChanged implements decision B8: on a talking call a new number means a transfer, a new name is only a name.
func (c *Core) farPartyChanged(k *call, f *events.CallFacts) Info {
	v := &k.view
	news, was := farParty(v.Outbound, f), v.Connected
	if was == (events.Party{}) {
		was = farPartyOf(v)
	}
	if news.Number == "" || news.Number == was.Number {
		if v.Outbound && updateParty(&v.Connected, news) {
			return InfoConnected
		}
		if !v.Outbound && updateParty(&v.Caller, news) {
			return InfoCaller
		}
		return 0
	}
	v.Connected = events.Party{Number: strings.Clone(news.Number), Name: strings.Clone(news.Name)}
	v.Redirecting, v.Reason = was, events.ReasonTransferHere
	if v.Outbound {
		return InfoConnected | InfoRedirecting | InfoReason
	}
	v.Caller = v.Connected
	return InfoCaller | InfoConnected | InfoRedirecting | InfoReason
}

// applyDetails keeps what an event says besides parties and state.
func (c *Core) applyDetails(k *call, t events.Type, f *events.CallFacts) Info {
	var info Info
	v := &k.view
	if f.Display != "" && f.Display != v.Display {
		v.Display = strings.Clone(f.Display)
		info |= InfoDisplay
	}
	if f.TalkSince != 0 && v.TalkSince == 0 {
		v.TalkSince = f.TalkSince
	}
	if v.State == Dialing && t != events.CallBranchJoined && f.Internal && !v.Internal { // our request could not know it
		v.Internal = true
		info |= InfoOrigin
	}
	switch t {
	case events.CallTransferred:
		k.transferSeen = c.event.At()
	case events.CallDiverted:
		k.redirectSeen = c.event.At()
		if f.Target.Number != "" && f.Target.Number != v.Called.Number && updateParty(&v.Redirection, f.Target) {
			info |= InfoRedirection
		}
		c.timers.cancel(k.endDeadline)
		k.endDeadline = c.timers.arm(&deadline{kind: timerRedirect, at: c.event.At().Add(c.settings.Timers.Redirected), line: k.line, call: k})
	case events.CallEstablished, events.CallHeld, events.CallRetrieved:
		c.removePair(k)
		if t == events.CallEstablished {
			source := k.view.Caller.Number
			c.answers.add(answer{source, c.event.At(), k.view.Line, k.number}, c.event.At().Add(-c.settings.Timers.Evidence))
		}
		c.releaseKeys(k)
	}
	return info
}

// moveOrUpdate shows the new state, or what else changed.
func (c *Core) moveOrUpdate(k *call, to State, info Info) {
	if to != k.view.State {
		c.move(k, to, info)
		return
	}
	if info != 0 {
		k.view.Actions = c.actions(k)
		c.addCallChange(CallUpdated, k, to, to, info)
	}
}

// move is the only place where a call's state changes.
func (c *Core) move(k *call, to State, info Info) {
	from := k.view.State
	k.view.State, k.view.Entered = to, c.event.At()
	c.armStateDeadlines(k, to)
	k.view.Actions = c.actions(k)
	c.addCallChange(CallMoved, k, from, to, info)
}

// armStateDeadlines starts the deadlines of a state that has some.
func (c *Core) armStateDeadlines(k *call, to State) {
	c.timers.cancel(k.ringDeadline)
	c.timers.cancel(k.ringCycle)
	k.ringDeadline, k.ringCycle = nil, nil
	at, t := c.event.At(), c.settings.Timers
	switch {
	case to == Offering:
		k.ringDeadline = c.timers.arm(&deadline{kind: timerOffering, at: at.Add(t.Offering), line: k.line, call: k})
		c.armRingCycle(k)
	case to == Dialing:
		k.ringDeadline = c.timers.arm(&deadline{kind: timerOwnRing, at: at.Add(t.OwnRing), line: k.line, call: k})
	}
}

// armRingCycle starts the next ring cycle, if the setting ring-cycle is on (decision B14).
func (c *Core) armRingCycle(k *call) {
	if cycle := c.settings.Timers.RingCycle; cycle > 0 {
		k.ringCycle = c.timers.arm(&deadline{kind: timerRing, at: c.event.At().Add(cycle), line: k.line, call: k})
	}
}

// endCall takes a call to Idle: through Disconnected unless our own side ended it.
func (c *Core) endCall(k *call, cause events.Reason) {
	k.view.Cause = cause
	c.removePair(k)
	for _, d := range []*deadline{k.dropDeadline, k.endDeadline} {
		c.timers.cancel(d)
	}
	k.dropDeadline, k.endDeadline = nil, nil
	for i := range k.branches {
		c.closeChannel(k, k.branches[i].channel)
	}
	if cause != events.ReasonDropped && cause != events.ReasonTransferred {
		to, _ := stateTable.next(k.view.State, events.CallCleared)
		c.move(k, to, 0)
	}
	k.line.remove(k)
	to, _ := stateTable.next(k.view.State, released)
	c.move(k, to, 0)
	c.compactor.callEnded()
}

func (l *line) remove(c *call) {
	if i := slices.Index(l.calls, c); i >= 0 {
		l.calls = slices.Delete(l.calls, i, i+1)
	}
}
