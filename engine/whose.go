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
