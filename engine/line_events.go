package engine

import (
	"slices"

	"offhook/events"
)

// learnLine records a line that is new or differs from what is known.
func (c *Core) learnLine(f events.LineFacts) {
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
		if f.Permanent = c.retiredIDs[f.Line]; f.Permanent == 0 {
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

// resolvePickup resolves a call that rings at a colleague, or no longer does.
func (c *Core) resolvePickup(o *Observation) {
	user := o.User
	if user == "" {
		user = o.To
	}
	l := c.lineForUser(user, "")
	if l == nil {
		c.Unselected++
		return
	}
	f := o.Pickup
	f.Line = l.view.Key
	known := slices.ContainsFunc(l.pickups, func(p events.PickupFacts) bool { return p == f })
	there := slices.ContainsFunc(l.pickups, func(p events.PickupFacts) bool { return p.Colleague == f.Colleague && p.Number == f.Number })
	switch {
	case o.Offered && known, !o.Offered && !there:
		c.ignore(l.view.Key, "", "no-change", "pickup offer again, or gone already")
	case o.Offered:
		c.record(events.NewPickup(events.LinePickupOffered, f))
	default:
		c.record(events.NewPickup(events.LinePickupWithdrawn, f))
	}
}

// resolvePresence resolves the state of a user's phones; with a free phone, calls that no event confirmed end (decision B13).
func (c *Core) resolvePresence(o *Observation) {
	l := c.lineOfUser(o.User)
	if l == nil {
		c.Foreign++
		return
	}
	if l.view.Phone != o.Phone || c.hasStaleCall(l) {
		c.record(events.NewPhone(l.view.Key, o.Phone))
	}
	if o.Phone == events.PhoneFree {
		c.endRedirected(l)
	}
	if o.Phone != events.PhoneInCall {
		return
	}
	if stale := l.onlyStaleCall(); stale != nil {
		c.record(events.NewCall(events.CallConfirmed, events.CallFacts{Line: l.view.Key, Call: stale.view.Number, Outbound: stale.view.Outbound}))
	}
}

// onlyStaleCall returns the one stale call that a phone in a call confirms; nil when there are two, or when a call that this
// session knows keeps the phone busy.
func (l *line) onlyStaleCall() *call {
	var stale *call
	for _, k := range l.recentCalls() {
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

// endRedirected ends the calls that were redirected a while ago and whose hangup never came (decision B2).
func (c *Core) endRedirected(l *line) {
	for _, k := range slices.Clone(l.recentCalls()) {
		if k.redirectSeen != 0 && c.now.Sub(k.redirectSeen) >= c.settings.Timers.Redirected {
			c.clearCall(k, "", events.ReasonForwarded)
		}
	}
}

func (c *Core) hasStaleCall(l *line) bool {
	return slices.ContainsFunc(l.recentCalls(), func(k *call) bool { return k.view.Stale })
}

// resolveCallRecord resolves the PBX's record of an ended call: it ends the one stale call that it fits.
func (c *Core) resolveCallRecord(o *Observation) {
	user := o.User
	if user == "" {
		user = o.To
	}
	l := c.lineOfUser(user)
	if l == nil {
		c.ignoreUnknownUser("a record of an ended call")
		return
	}
	var fit *call
	for _, k := range l.recentCalls() {
		if k.view.Stale && k.view.Outbound != o.Record.Inbound && sameNumber(farPartyOf(&k.view).Number, o.Record.Number) {
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
	c.clearCall(fit, "", events.ReasonLost)
}

// ignoreUnknownUser ignores what the PBX says of a user without a line. It is counted, never kept (decision A12); where
// lines are learned from events, it is recorded as ignored.
func (c *Core) ignoreUnknownUser(what string) {
	if c.settings.Learn {
		c.ignore("", "", "not-used", what+" of a user who is no line yet")
		return
	}
	c.Unselected++
}
