package engine

import (
	"slices"
	"strings"

	"offhook/events"
)

// learnParties takes over what the event says of who takes part, and returns what became known or changed.
func (c *Core) learnParties(k *call, t events.Type, f *events.CallFacts, to State) Info {
	v := &k.view
	answered := v.State.Answered() || v.State == Unknown && k.before.Answered()
	switch {
	case v.State == Null:
		if to.Answered() {
			v.Connected = farOf(v)
		}
		return 0
	case to.Answered() && !answered:
		info := c.refresh(k, f)
		if change(&v.Connected, farOf(v)) {
			info |= InfoConnected
		}
		return info
	case answered && t == events.CallInfoChanged:
		return c.peerChanged(k, f)
	case !answered && (t == events.CallInfoChanged || t == events.CallDelivered || t == events.CallFailed || t == events.CallOriginated):
		return c.refresh(k, f)
	}
	return 0
}

func farOf(v *CallView) events.Party {
	if v.Outbound {
		return v.Called
	}
	return v.Caller
}

// refresh merges the parties of a call that nobody answered yet.
func (c *Core) refresh(k *call, f *events.CallFacts) Info {
	var info Info
	v := &k.view
	if v.Outbound == f.Outbound {
		if change(&v.Caller, f.Source) {
			info |= InfoCaller
		}
		if v.Reason != events.ReasonPickup && change(&v.Called, f.Target) {
			info |= InfoCalled
		}
	}
	return info
}

// change merges news into a party and says whether it differs now.
func change(p *events.Party, news events.Party) bool {
	m := merge(*p, news)
	if m == *p {
		return false
	}
	*p = events.Party{Number: strings.Clone(m.Number), Name: strings.Clone(m.Name)}
	return true
}

// peerChanged is decision B8: on a talking call a new number is how a transfer shows, a new name is only a name.
func (c *Core) peerChanged(k *call, f *events.CallFacts) Info {
	v := &k.view
	news, was := far(v.Outbound, f), v.Connected
	if was == (events.Party{}) {
		was = farOf(v)
	}
	if news.Number == "" || news.Number == was.Number {
		if v.Outbound && change(&v.Connected, news) {
			return InfoConnected
		}
		if !v.Outbound && change(&v.Caller, news) {
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

// note keeps what an event says besides parties and state.
func (c *Core) note(k *call, t events.Type, f *events.CallFacts) Info {
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
		k.moved = c.event.At()
	case events.CallDiverted:
		k.diverted = c.event.At()
		if f.Target.Number != "" && f.Target.Number != v.Called.Number && change(&v.Redirection, f.Target) {
			info |= InfoRedirection
		}
		c.timers.disarm(k.wait)
		k.wait = c.timers.arm(&deadline{kind: timerRedirect, at: c.event.At().Add(c.set.Timers.Redirected), line: k.line, call: k})
	case events.CallEstablished, events.CallHeld, events.CallRetrieved:
		c.unpair(k)
		if t == events.CallEstablished {
			source := k.view.Caller.Number
			c.answered.add(answer{source, c.event.At(), k.view.Line, k.number}, c.event.At().Add(-c.set.Timers.Evidence))
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
		c.callChange(CallUpdated, k, to, to, info)
	}
}

// move is the only place where a call's state changes.
func (c *Core) move(k *call, to State, info Info) {
	from := k.view.State
	k.view.State, k.view.Entered = to, c.event.At()
	c.rearm(k, to)
	k.view.Actions = c.actions(k)
	c.callChange(CallMoved, k, from, to, info)
}

// rearm starts the deadlines of a state that has some.
func (c *Core) rearm(k *call, to State) {
	c.timers.disarm(k.ring)
	c.timers.disarm(k.bell)
	k.ring, k.bell = nil, nil
	at, t := c.event.At(), c.set.Timers
	switch {
	case to == Offering:
		k.ring = c.timers.arm(&deadline{kind: timerOffering, at: at.Add(t.Offering), line: k.line, call: k})
		c.wind(k)
	case to == Dialing:
		k.ring = c.timers.arm(&deadline{kind: timerOwnRing, at: at.Add(t.OwnRing), line: k.line, call: k})
	}
}

// wind starts the next ring cycle, if the settings want one (decision B14).
func (c *Core) wind(k *call) {
	if cycle := c.set.Timers.RingCycle; cycle > 0 {
		k.bell = c.timers.arm(&deadline{kind: timerRing, at: c.event.At().Add(cycle), line: k.line, call: k})
	}
}

// end takes a call to Idle: through Disconnected unless our own side ended it.
func (c *Core) end(k *call, cause events.Reason) {
	k.view.Cause = cause
	c.unpair(k)
	for _, d := range []*deadline{k.guard, k.wait} {
		c.timers.disarm(d)
	}
	k.guard, k.wait = nil, nil
	for i := range k.branches {
		c.closeChannel(k, k.branches[i].channel)
	}
	if cause != events.ReasonDropped && cause != events.ReasonTransferred {
		to, _ := path.next(k.view.State, events.CallCleared)
		c.move(k, to, 0)
	}
	k.line.remove(k)
	to, _ := path.next(k.view.State, released)
	c.move(k, to, 0)
	c.lot.gone()
}

func (l *line) remove(c *call) {
	if i := slices.Index(l.calls, c); i >= 0 {
		l.calls = slices.Delete(l.calls, i, i+1)
	}
}
