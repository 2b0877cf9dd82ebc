package engine

import (
	"slices"
	"strings"

	"offhook/events"
)

// apply makes an event true and says what changed. It looks at nothing but the state and the event, so that a rebuild
// from the journal goes the same way as the live run.
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
		c.change(Change{Kind: InputIgnored, Line: c.lineSnapshot(b.Line()), Code: b.Code(), Text: b.Text(),
			Channel: b.Channel(), Raw: e.Cause().Raw})
	case events.Notice:
		f := b.Facts()
		c.change(Change{Kind: NoticeRaised, Line: c.lineSnapshot(f.Line), Severity: f.Severity, Code: f.Code, Text: f.Text})
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
		return l.snapshot()
	}
	return nil
}

// notAllowed reports an event that moves nothing because the table of transitions does not allow it.
func (c *Core) notAllowed(l *line, k *call, f *events.CallFacts, code, text string) {
	ch := Change{Kind: InputIgnored, Code: code, Text: text, Channel: f.Channel, Raw: c.event.Cause().Raw}
	if l != nil {
		ch.Line = l.snapshot()
	}
	if k != nil {
		v := k.view
		ch.Call = &v
	}
	c.change(ch)
}

func (c *Core) applySession(b events.Session) {
	f, s := b.Facts(), &c.session
	switch b.Type() {
	case events.SessionUp:
		s.number++
		s.up, s.ready, s.jid, s.domain, s.iqs = true, false, strings.Clone(f.JID), strings.Clone(f.Domain), 0
		clear(c.iqs)
		c.timers.disarm(s.grace)
		s.grace = nil
		if c.set.Handshake {
			s.login = c.timers.arm(&deadline{kind: timerLogin, at: c.event.At().Add(c.set.Timers.Request)})
		}
	case events.SessionReady:
		c.timers.disarm(s.login)
		s.ready, s.lost, s.login = true, false, nil
		c.inService(true)
	case events.SessionDown:
		s.up, s.ready, s.jid = false, false, ""
		clear(c.iqs)
		c.lookups, c.absent = nil, nil
		c.timers.disarm(s.login)
		c.timers.disarm(s.find)
		s.login, s.find = nil, nil
		if s.grace == nil && !s.lost {
			s.grace = c.timers.arm(&deadline{kind: timerGrace, at: c.event.At().Add(c.set.Timers.SessionGrace)})
		}
		c.staleAll()
	case events.SessionLost:
		s.lost = true
		c.inService(false)
		c.unknownAll()
	}
}

// inService puts every line into or out of service.
func (c *Core) inService(on bool) {
	for _, l := range c.order {
		c.lineService(l, on)
	}
}

func (c *Core) lineService(l *line, on bool) {
	if l.view.InService == on {
		return
	}
	was := l.snapshot()
	l.touch()
	l.view.InService = on
	l.view.Actions = c.lineActions(l)
	c.change(Change{Kind: LineUpdated, Line: l.snapshot(), LineWas: was})
}

// staleAll marks every call: nothing said now comes from a session that saw it all.
func (c *Core) staleAll() {
	for _, l := range c.order {
		for _, k := range l.whole(l.calls) {
			k.view.Stale = true
		}
		c.releaseAllKeys(l)
		for _, h := range l.deferred {
			c.timers.disarm(h.wait)
		}
		clear(l.deferred)
		l.offers = nil
		l.touch()
		c.settle(l)
		c.park()
	}
}

// unknownAll moves every live call to Unknown.
func (c *Core) unknownAll() {
	for _, l := range c.order {
		for _, k := range slices.Clone(l.whole(l.calls)) {
			if to, ok := path.next(k.view.State, events.SessionLost); ok {
				k.before = k.view.State
				c.move(k, to, 0)
			}
		}
		c.settle(l)
		c.park()
	}
}

// settle looks again at what may be done with the line's other calls after an event of one of them.
func (c *Core) settle(l *line) {
	if len(l.calls) > scanLimit/2 {
		return // absurdly many; each call's own events keep its set right
	}
	for _, k := range l.whole(l.calls) {
		if a := c.actions(k); a != k.view.Actions {
			k.view.Actions = a
			c.callChange(ActionsChanged, k, k.view.State, k.view.State, 0)
		}
	}
}

func (c *Core) applyTimer(f events.TimerFacts) {
	kind, ok := timerNamed(f.Name)
	switch {
	case !ok:
		return
	case kind == timerRing:
		c.rang(f)
		return
	}
	for d := c.timers.first[kind]; d != nil; d = d.next {
		if d.matches(f) {
			c.release(d)
			if kind == timerDropRetry && d.call.drop == dropRefused {
				d.call.drop = dropLast
			}
			return
		}
	}
}

// rang is the end of a ring cycle, and the beginning of the next. A journal tells of them whatever the settings are now.
func (c *Core) rang(f events.TimerFacts) {
	l := c.lines[f.Line]
	if l == nil {
		return
	}
	if k := l.call(f.Call); k != nil && k.view.State == Offering {
		c.timers.disarm(k.bell)
		k.bell = nil
		c.callChange(CallRang, k, Offering, Offering, 0)
		c.wind(k)
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
		f.Request = d.request.f.ID
	}
	return f
}

func (d *deadline) matches(f events.TimerFacts) bool { return d.facts() == f }

// release disarms a deadline and clears whoever points at it.
func (c *Core) release(d *deadline) {
	c.timers.disarm(d)
	s := &c.session
	for _, p := range []**deadline{&s.grace, &s.login, &s.find} {
		if *p == d {
			*p = nil
		}
	}
	if k := d.call; k != nil {
		for _, p := range []**deadline{&k.guard, &k.ring, &k.wait, &k.bell} {
			if *p == d {
				*p = nil
			}
		}
	}
	if d.request != nil && d.request.wait == d {
		d.request.wait = nil
	}
	if d.line != nil && d.kind == timerKey {
		c.releaseKey(d)
		c.settle(d.line)
	}
	if d.line != nil && d.kind == timerHoldBack {
		delete(d.line.deferred, d.channel)
	}
}
