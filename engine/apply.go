package engine

import (
	"slices"
	"strings"

	"offhook/events"
)

// apply changes the state by an event and adds the changes that follow. It reads only the state and the event, so that a
// rebuild from the journal gives the same result as the live run.
func (c *Core) apply(e events.Event) {
	c.event, c.index = e, 0
	c.out = append(c.out, Output{Kind: OutEvent, Event: e})
	switch b := e.Body().(type) {
	case events.Call:
		f := b.Facts()
		c.applyCall(b.Type(), &f)
	case events.Line:
		c.applyLine(b)
	case events.Phone:
		c.applyPhone(b)
	case events.Pickup:
		c.applyPickup(b)
	case events.Session:
		c.applySession(b)
	case events.Ignored:
		c.addChange(Change{Kind: InputIgnored, Line: c.lineSnapshot(b.Line()), Code: b.Code(), Text: b.Text(),
			Channel: b.Channel(), Raw: e.Cause().Raw})
	case events.Notice:
		f := b.Facts()
		c.addChange(Change{Kind: NoticeRaised, Line: c.lineSnapshot(f.Line), Severity: f.Severity, Code: f.Code, Text: f.Text})
	case events.Request:
		c.applyRequest(b.Type(), b.Facts())
	case events.Finished:
		c.applyFinished(b.Facts())
	case events.Timer:
		c.applyTimer(b.Facts())
	}
}

func (c *Core) lineSnapshot(key string) *LineView {
	if l := c.lines[key]; l != nil {
		return l.currentView()
	}
	return nil
}

// notAllowed reports an event that moves nothing because the table of transitions does not allow it.
func (c *Core) notAllowed(l *line, k *call, f *events.CallFacts, code, text string) {
	ch := Change{Kind: InputIgnored, Code: code, Text: text, Channel: f.Channel, Raw: c.event.Cause().Raw}
	if l != nil {
		ch.Line = l.currentView()
	}
	if k != nil {
		v := k.view
		ch.Call = &v
	}
	c.addChange(ch)
}

func (c *Core) applySession(b events.Session) {
	f, s := b.Facts(), &c.session
	switch b.Type() {
	case events.SessionUp:
		s.number++
		s.up, s.ready, s.jid, s.domain, s.commandCount = true, false, strings.Clone(f.JID), strings.Clone(f.Domain), 0
		clear(c.awaitedReplies)
		c.timers.cancel(s.grace)
		s.grace = nil
		if c.settings.Handshake {
			s.login = c.timers.arm(&deadline{kind: timerLogin, at: c.event.At().Add(c.settings.Timers.Request)})
		}
	case events.SessionReady:
		c.timers.cancel(s.login)
		s.ready, s.lost, s.login = true, false, nil
		c.setAllInService(true)
	case events.SessionDown:
		s.up, s.ready, s.jid = false, false, ""
		clear(c.awaitedReplies)
		c.pendingLookups, c.notInRoster = nil, nil
		c.timers.cancel(s.login)
		c.timers.cancel(s.find)
		s.login, s.find = nil, nil
		if s.grace == nil && !s.lost {
			s.grace = c.timers.arm(&deadline{kind: timerGrace, at: c.event.At().Add(c.settings.Timers.SessionGrace)})
		}
		c.markAllStale()
	case events.SessionLost:
		s.lost = true
		c.setAllInService(false)
		c.moveAllToUnknown()
	}
}

// setAllInService puts every line into or out of service.
func (c *Core) setAllInService(on bool) {
	for _, l := range c.linesByNumber {
		c.setLineInService(l, on)
	}
}

func (c *Core) setLineInService(l *line, on bool) {
	if l.view.InService == on {
		return
	}
	was := l.currentView()
	l.invalidateView()
	l.view.InService = on
	l.view.Actions = c.lineActions(l)
	c.addChange(Change{Kind: LineUpdated, Line: l.currentView(), LineWas: was})
}

// markAllStale marks every call as stale: the session that named it is lost.
func (c *Core) markAllStale() {
	for _, l := range c.linesByNumber {
		for _, k := range l.expandAll(l.calls) {
			k.view.Stale = true
		}
		c.releaseAllKeys(l)
		for _, h := range l.heldBack {
			c.timers.cancel(h.wait)
		}
		clear(l.heldBack)
		l.pickups = nil
		l.invalidateView()
		c.refreshActions(l)
		c.compact()
	}
}

// moveAllToUnknown moves every live call to Unknown.
func (c *Core) moveAllToUnknown() {
	for _, l := range c.linesByNumber {
		for _, k := range slices.Clone(l.expandAll(l.calls)) {
			if to, ok := stateTable.next(k.view.State, events.SessionLost); ok {
				k.stateBeforeUnknown = k.view.State
				c.move(k, to, 0)
			}
		}
		c.refreshActions(l)
		c.compact()
	}
}

// refreshActions computes again what may be done with each of the line's calls, after an event of one of them.
func (c *Core) refreshActions(l *line) {
	if len(l.calls) > scanLimit/2 {
		return // too many; each call's own events update its actions
	}
	for _, k := range l.expandAll(l.calls) {
		if a := c.actions(k); a != k.view.Actions {
			k.view.Actions = a
			c.addCallChange(ActionsChanged, k, k.view.State, k.view.State, 0)
		}
	}
}

func (c *Core) applyTimer(f events.TimerFacts) {
	kind, ok := timerNamed(f.Name)
	switch {
	case !ok:
		return
	case kind == timerRing:
		c.ringCycleOver(f)
		return
	}
	for d := c.timers.first[kind]; d != nil; d = d.next {
		if d.matches(f) {
			c.cancelDeadline(d)
			if kind == timerDropRetry && d.call.drop == dropRefused {
				d.call.drop = dropLast
			}
			return
		}
	}
}

// ringCycleOver ends a ring cycle and begins the next. It ignores the settings: a journal may hold cycles of other settings.
func (c *Core) ringCycleOver(f events.TimerFacts) {
	l := c.lines[f.Line]
	if l == nil {
		return
	}
	if k := l.call(f.Call); k != nil && k.view.State == Offering {
		c.timers.cancel(k.ringCycle)
		k.ringCycle = nil
		c.addCallChange(CallRang, k, Offering, Offering, 0)
		c.armRingCycle(k)
	}
}

func (d *deadline) facts() events.TimerFacts {
	f := events.TimerFacts{Name: d.kind.String()}
	if d.line != nil {
		f.Line = d.line.view.Key
	}
	if d.call != nil {
		f.Call = d.call.view.Number
	}
	if d.request != nil {
		f.Request = d.request.facts.ID
	}
	return f
}

func (d *deadline) matches(f events.TimerFacts) bool { return d.facts() == f }

// cancelDeadline cancels a deadline and clears every reference to it.
func (c *Core) cancelDeadline(d *deadline) {
	c.timers.cancel(d)
	s := &c.session
	for _, p := range []**deadline{&s.grace, &s.login, &s.find} {
		if *p == d {
			*p = nil
		}
	}
	if k := d.call; k != nil {
		for _, p := range []**deadline{&k.dropDeadline, &k.ringDeadline, &k.endDeadline, &k.ringCycle} {
			if *p == d {
				*p = nil
			}
		}
	}
	if d.request != nil && d.request.deadline == d {
		d.request.deadline = nil
	}
	if d.line != nil && d.kind == timerHoldKey {
		c.releaseKey(d)
		c.refreshActions(d.line)
	}
	if d.line != nil && d.kind == timerHoldBack {
		delete(d.line.heldBack, d.channel)
	}
}
