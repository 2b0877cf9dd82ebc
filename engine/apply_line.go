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
	f = keptLine(f)
	var was *LineView
	if l == nil {
		l = &line{view: LineView{Key: f.Line, InService: c.session.ready}, deferred: map[string]*heldBack{}, keys: map[string]*deadline{}, lot: &c.lot}
		c.lines[f.Line] = l
		c.order = append(c.order, l)
	} else {
		was = l.snapshot()
		l.touch()
		c.unaddress(l)
	}
	v := &l.view
	v.User, v.Name, v.Address, v.Permanent, v.Supervisor, v.Devices = f.User, f.Name, f.Address, f.Permanent, f.Supervisor, f.Devices
	v.Actions = c.lineActions(l)
	c.nextLine = max(c.nextLine, f.Permanent)
	if v.Address != "" {
		c.address[v.Address] = l
	}
	c.change(Change{Kind: LineUpdated, Line: l.snapshot(), LineWas: was})
	c.settle(l)
}

// removeLine ends the line's calls, then the line.
func (c *Core) removeLine(l *line) {
	for _, k := range slices.Clone(l.whole(l.calls)) {
		c.end(k, events.ReasonUnavailable)
	}
	c.releaseAllKeys(l)
	for _, h := range l.deferred {
		c.timers.disarm(h.wait)
	}
	c.retired[l.view.Key] = l.view.Permanent
	delete(c.lines, l.view.Key)
	c.unaddress(l)
	c.order = slices.DeleteFunc(c.order, func(o *line) bool { return o == l })
	c.change(Change{Kind: LineGone, Line: l.snapshot()})
}

// unaddress takes a line's number from it, unless another one has it by now.
func (c *Core) unaddress(l *line) {
	if c.address[l.view.Address] == l {
		delete(c.address, l.view.Address)
	}
}

// lineActions is what the line can do now.
func (c *Core) lineActions(l *line) Actions {
	if !l.view.InService {
		return 0
	}
	return c.offers & (ActDial | ActPickup)
}

func (c *Core) applyPhone(b events.Phone) {
	l := c.lines[b.Line()]
	if l == nil {
		return
	}
	was := l.snapshot()
	l.touch()
	l.view.Phone = b.State()
	c.change(Change{Kind: LineUpdated, Line: l.snapshot(), LineWas: was})
	for _, k := range l.recent() {
		switch {
		case b.State() == events.PhoneFree && (k.view.Stale || k.hearsay(c.session.number)) && c.session.up:
			k.view.Stale = true // a busy phone may have confirmed it; a free one takes that back
			c.timers.disarm(k.wait)
			k.wait = c.timers.arm(&deadline{kind: timerStale, at: c.event.At().Add(c.set.Timers.StaleFree), line: l, call: k})
		case b.State() == events.PhoneInCall && k.wait != nil && k.wait.kind == timerStale:
			c.timers.disarm(k.wait)
			k.wait = nil
		}
	}
}

func (c *Core) applyPickup(b events.Pickup) {
	f := b.Facts()
	l := c.lines[f.Line]
	if l == nil {
		return
	}
	was := l.snapshot()
	l.touch()
	l.offers = slices.DeleteFunc(l.offers, func(o events.PickupFacts) bool { return o.Colleague == f.Colleague && o.Number == f.Number })
	if b.Type() == events.LinePickupOffered {
		l.offers = append(l.offers, keptPickup(f))
	}
	c.change(Change{Kind: LineUpdated, Line: l.snapshot(), LineWas: was})
}
