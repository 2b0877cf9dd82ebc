package engine

import (
	"slices"

	"offhook/events"
)

// lineOf finds whose line an event is about (decision D1): the owner it names, else the own number or phone it names,
// else the user of the session it was sent to. nil: nobody's line here.
func (c *Core) lineOf(o *Observation) *line {
	f := &o.Facts
	mine := own(f.Outbound, f).Number
	if o.User != "" {
		return c.lineFor(o.User, mine)
	}
	if l := c.address[mine]; l != nil && mine != "" {
		return l
	}
	if f.Device != "" && len(c.order) > 1 {
		for _, l := range c.order {
			if slices.ContainsFunc(l.view.Devices, func(d events.Device) bool { return d.Name == f.Device }) {
				return l
			}
		}
	}
	if c.set.Supervisor && !c.set.Learn {
		return nil
	}
	return c.lineFor(o.To, mine)
}

// lineFor is the user's line; it is learned if the settings want it.
func (c *Core) lineFor(user, address string) *line {
	key := Key(user)
	if l := c.lines[key]; l != nil || key == "" {
		if l != nil && c.set.Learn && l.view.Address == l.view.User && address != "" {
			c.learn(events.LineFacts{Line: key, User: user, Address: address})
		}
		return l
	}
	if !c.set.wants(key) || c.set.Supervisor && !c.set.Learn {
		return nil
	}
	if address == "" {
		address = user
	}
	c.learn(events.LineFacts{Line: key, User: user, Address: address})
	return c.lines[key]
}

// learn records a line that is new or differs from what is known.
func (c *Core) learn(f events.LineFacts) {
	if f.Line == "" {
		f.Line = Key(f.User)
	}
	if f.User == "" {
		f.User = f.Line
	}
	if l := c.lines[f.Line]; l != nil {
		v := &l.view
		f.Permanent = v.Permanent
		if f.Name == "" {
			f.Name = v.Name
		}
		if f.Address == "" {
			f.Address = v.Address
		}
		if f.Devices == nil {
			f.Devices = v.Devices
		}
		if f.User == v.User && f.Name == v.Name && f.Address == v.Address && f.Supervisor == v.Supervisor && sameDevices(f.Devices, v.Devices) {
			return
		}
	} else {
		if f.Permanent = c.retired[f.Line]; f.Permanent == 0 {
			f.Permanent = c.nextLine + 1
		}
		if f.Address == "" {
			f.Address = f.User
		}
	}
	c.record(events.NewLine(events.LineLearned, f))
}

func sameDevices(a, b []events.Device) bool {
	return slices.EqualFunc(a, b, func(x, y events.Device) bool {
		return x.Name == y.Name && x.Kind == y.Kind && x.Roaming == y.Roaming && x.Known == y.Known && slices.Equal(x.Capabilities, y.Capabilities)
	})
}

// pickup resolves a call that rings at a colleague, or no longer does.
func (c *Core) pickup(o *Observation) {
	user := o.User
	if user == "" {
		user = o.To
	}
	l := c.lineFor(user, "")
	if l == nil {
		c.Unselected++
		return
	}
	f := o.Pickup
	f.Line = l.view.Key
	known := slices.ContainsFunc(l.offers, func(p events.PickupFacts) bool { return p == f })
	there := slices.ContainsFunc(l.offers, func(p events.PickupFacts) bool { return p.Colleague == f.Colleague && p.Number == f.Number })
	switch {
	case o.Offered && known, !o.Offered && !there:
		c.ignore(l.view.Key, "", "no-change", "pickup offer again, or gone already")
	case o.Offered:
		c.record(events.NewPickup(events.LinePickupOffered, f))
	default:
		c.record(events.NewPickup(events.LinePickupWithdrawn, f))
	}
}

// phone resolves the state of a user's phones; with a free phone, calls that nobody confirmed end (decision B13).
func (c *Core) phone(o *Observation) {
	l := c.lines[Key(o.User)]
	if l == nil {
		c.Foreign++
		return
	}
	if l.view.Phone != o.Phone || c.hasStale(l) {
		c.record(events.NewPhone(l.view.Key, o.Phone))
	}
	if o.Phone == events.PhoneFree {
		c.endDiverted(l)
	}
	if o.Phone != events.PhoneInCall {
		return
	}
	if stale := l.onlyStale(); stale != nil {
		c.record(events.NewCall(events.CallConfirmed, events.Facts{Line: l.view.Key, Call: stale.view.Number, Outbound: stale.view.Outbound}))
	}
}

// onlyStale is the one stale call that a phone in a call speaks of: not when there are two, nor when a call that this session
// knows keeps the phone busy.
func (l *line) onlyStale() *call {
	var stale *call
	for _, k := range l.recent() {
		switch {
		case !k.view.State.Live():
		case !k.view.Stale && k.view.State != Offering, stale != nil && k.view.Stale:
			return nil
		case k.view.Stale:
			stale = k
		}
	}
	return stale
}

// endDiverted ends the calls that were sent on a while ago and whose hangup never came (decision B2).
func (c *Core) endDiverted(l *line) {
	for _, k := range slices.Clone(l.recent()) {
		if k.diverted != 0 && c.now.Sub(k.diverted) >= c.set.Timers.Redirected {
			c.clear(k, "", events.ReasonForwarded)
		}
	}
}

func (c *Core) hasStale(l *line) bool {
	return slices.ContainsFunc(l.recent(), func(k *call) bool { return k.view.Stale })
}

// journalEntry is the PBX's record of an ended call: it ends the one stale call it fits.
func (c *Core) journalEntry(o *Observation) {
	user := o.User
	if user == "" {
		user = o.To
	}
	l := c.lines[Key(user)]
	if l == nil {
		c.Foreign++
		return
	}
	var fit *call
	for _, k := range l.recent() {
		if k.view.Stale && k.view.Outbound != o.Entry.Inbound && sameNumber(farOf(&k.view).Number, o.Entry.Number) {
			if fit != nil {
				return
			}
			fit = k
		}
	}
	if fit != nil {
		c.clear(fit, "", events.ReasonLost)
	}
}
