package engine

import (
	"slices"

	"offhook/events"
)

func (c *Core) applyLine(b events.Line) {
	f := b.Facts()
	l := c.lines[f.Line]
	if b.Type() == events.LineRemoved {
		if l != nil {
			c.removeLine(l)
		}
		return
	}
	f = cloneLineFacts(f)
	var was *LineView
	if l == nil {
		l = &line{view: LineView{Key: f.Line, InService: c.session.ready}, heldBack: map[string]*heldBackRing{}, keysInFlight: map[string]*deadline{}, compactor: &c.compactor}
		c.lines[f.Line] = l
		c.linesByNumber = append(c.linesByNumber, l)
	} else {
		was = l.currentView()
		l.invalidateView()
		c.releaseAddress(l)
	}
	v := &l.view
	v.User, v.Name, v.Address, v.Permanent, v.Supervisor, v.Devices = f.User, f.Name, f.Address, f.Permanent, f.Supervisor, f.Devices
	v.Actions = c.lineActions(l)
	c.nextLine = max(c.nextLine, f.Permanent)
	if v.Address != "" {
		c.linesByAddress[v.Address] = l
	}
	c.addChange(Change{Kind: LineUpdated, Line: l.currentView(), LineWas: was})
	c.refreshActions(l)
}

// removeLine ends the line's calls, then the line.
func (c *Core) removeLine(l *line) {
	for _, k := range slices.Clone(l.expandAll(l.calls)) {
		c.endCall(k, events.ReasonUnavailable)
	}
	c.releaseAllKeys(l)
	for _, h := range l.heldBack {
		c.timers.cancel(h.wait)
	}
	c.retiredIDs[l.view.Key] = l.view.Permanent
	delete(c.lines, l.view.Key)
	c.releaseAddress(l)
	c.linesByNumber = slices.DeleteFunc(c.linesByNumber, func(o *line) bool { return o == l })
	c.addChange(Change{Kind: LineGone, Line: l.currentView()})
}

// releaseAddress takes a line's number from it, unless another one has it by now.
func (c *Core) releaseAddress(l *line) {
	if c.linesByAddress[l.view.Address] == l {
		delete(c.linesByAddress, l.view.Address)
	}
}

// lineActions is what the line can do now.
func (c *Core) lineActions(l *line) Actions {
	if !l.view.InService {
		return 0
	}
	return c.offered & (ActDial | ActPickup)
}

func (c *Core) applyPhone(b events.Phone) {
	l := c.lines[b.Line()]
	if l == nil {
		return
	}
	was := l.currentView()
	l.invalidateView()
	l.view.Phone = b.State()
	c.addChange(Change{Kind: LineUpdated, Line: l.currentView(), LineWas: was})
	for _, k := range l.recentCalls() {
		switch {
		case b.State() == events.PhoneFree && (k.view.Stale || k.confirmedByPresenceOnly(c.session.number)) && c.session.up:
			k.view.Stale = true // a busy phone may have confirmed it; a free one takes that back
			c.timers.cancel(k.endDeadline)
			k.endDeadline = c.timers.arm(&deadline{kind: timerStale, at: c.event.At().Add(c.settings.Timers.StaleFree), line: l, call: k})
		case b.State() == events.PhoneInCall && k.endDeadline != nil && k.endDeadline.kind == timerStale:
			c.timers.cancel(k.endDeadline)
			k.endDeadline = nil
		}
	}
}

func (c *Core) applyPickup(b events.Pickup) {
	f := b.Facts()
	l := c.lines[f.Line]
	if l == nil {
		return
	}
	was := l.currentView()
	l.invalidateView()
	l.pickups = slices.DeleteFunc(l.pickups, func(o events.PickupFacts) bool { return o.Colleague == f.Colleague && o.Number == f.Number })
	if b.Type() == events.LinePickupOffered {
		l.pickups = append(l.pickups, clonePickup(f))
	}
	c.addChange(Change{Kind: LineUpdated, Line: l.currentView(), LineWas: was})
}
