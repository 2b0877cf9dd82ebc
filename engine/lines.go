package engine

import (
	"slices"

	"offhook/events"
)

// lineOf finds whose line an event is about (decision D1): the owner it names, else the own number or phone it names,
// else whoever has the channel already, else the user of the session it was sent to. nil: nobody's line here.
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
	if l := c.having(f.Channel); l != nil {
		return l
	}
	if c.set.Supervisor && !c.set.Learn {
		return nil
	}
	l := c.lineFor(o.To, mine)
	if c.set.Learn && l != nil && l.view.Key == Key(o.To) && len(l.calls) == 0 {
		l.guessed = true
	}
	return l
}

// having is the one line that has a branch of that name, or had it a moment ago: it is the PBX's name of the leg.
func (c *Core) having(channel string) (found *line) {
	if len(c.order) < 2 && !c.set.Learn {
		return nil // the only line there is
	}
	for _, l := range c.order {
		if c.channels.find(l, channel) < 0 && l.deferred[channel] == nil && !c.closed.has(channelKey{l, channel}, c.now) {
			continue
		}
		if found != nil {
			return nil
		}
		found = l
	}
	return found
}

// userLine is the line of a user; nil if there is none. The line may have been learned under another name, from events
// that did not say whose they are.
func (c *Core) userLine(user string) *line {
	key := Key(user)
	if l := c.lines[key]; l != nil || key == "" || !c.set.Learn {
		return l
	}
	for _, l := range c.order {
		if l.guessed && Key(l.view.User) == key {
			return l
		}
	}
	return nil
}

// claim gives a line that was learned without its user's name to the first user who is named with its number.
func (c *Core) claim(user, address string) *line {
	l := c.address[address]
	if !c.set.Learn || l == nil || !l.guessed || address == "" || Key(l.view.User) != l.view.Key {
		return nil
	}
	c.learn(events.LineFacts{Line: l.view.Key, User: user, Address: address})
	return l
}

// lineFor is the user's line; it is learned if the settings want it.
func (c *Core) lineFor(user, address string) *line {
	key := Key(user)
	if l := c.userLine(user); l != nil || key == "" {
		if l != nil && c.set.Learn && l.view.Address == l.view.User && address != "" {
			c.learn(events.LineFacts{Line: l.view.Key, User: user, Address: address})
		}
		return l
	}
	if l := c.claim(user, address); l != nil {
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
	l := c.userLine(o.User)
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
	var stale *call
	for _, k := range l.recent() {
		if k.view.Stale {
			if stale != nil {
				return
			}
			stale = k
		}
	}
	if stale != nil {
		c.record(events.NewCall(events.CallConfirmed, events.Facts{Line: l.view.Key, Call: stale.view.Number, Outbound: stale.view.Outbound}))
	}
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
	l := c.userLine(user)
	if l == nil {
		c.ofNobody("a record of an ended call")
		return
	}
	var fit *call
	for _, k := range l.recent() {
		if k.view.Stale && k.view.Outbound != o.Entry.Inbound && sameNumber(farOf(&k.view).Number, o.Entry.Number) {
			if fit != nil {
				c.ignore(l.view.Key, "", "not-used", "a record of an ended call that may be one of several")
				return
			}
			fit = k
		}
	}
	if fit == nil {
		c.ignore(l.view.Key, "", "not-used", "a record of an ended call; no call of a lost session fits it")
		return
	}
	c.clear(fit, "", events.ReasonLost)
}

// ofNobody is what the PBX says of a user who is no line. Others' users are counted, never kept (decision A12); where
// lines are learned from what names them, this names none.
func (c *Core) ofNobody(what string) {
	if c.set.Learn {
		c.ignore("", "", "not-used", what+" of a user who is no line yet")
		return
	}
	c.Unselected++
}
