package engine

import (
	"slices"

	"offhook/events"
)

// lineOf finds the line that an event concerns (decision D1). Four rules, in this order:
//
//  1. the user that the event names;
//  2. the line with the own number, or with the device, that the event names;
//  3. the one line that has the channel already;
//  4. the user of the session that the stanza was sent to.
//
// nil means that no line here is concerned.
func (c *Core) lineOf(o *Observation) *line {
	f := &o.Facts
	mine := ownParty(f.Outbound, f).Number
	if o.User != "" {
		return c.lineForUser(o.User, mine)
	}
	if l := c.linesByAddress[mine]; l != nil && mine != "" {
		return l
	}
	if f.Device != "" && len(c.linesByNumber) > 1 {
		for _, l := range c.linesByNumber {
			if slices.ContainsFunc(l.view.Devices, func(d events.Device) bool { return d.Name == f.Device }) {
				return l
			}
		}
	}
	if l := c.lineWithChannel(f.Channel); l != nil {
		return l
	}
	if c.settings.Supervisor && !c.settings.Learn {
		return nil
	}
	l := c.lineForUser(o.To, mine)
	if c.settings.Learn && l != nil && l.view.Key == Key(o.To) && len(l.calls) == 0 {
		l.ownerGuessed = true
	}
	return l
}

// lineWithChannel is the one line that has a branch on the channel, or had one a moment ago: the PBX's name of a branch is unique.
func (c *Core) lineWithChannel(channel string) (found *line) {
	if len(c.linesByNumber) < 2 && !c.settings.Learn {
		return nil // the only line there is
	}
	for _, l := range c.linesByNumber {
		if c.branches.find(l, channel) < 0 && l.heldBack[channel] == nil && !c.endedChannels.has(channelKey{l, channel}, c.now) {
			continue
		}
		if found != nil {
			return nil
		}
		found = l
	}
	return found
}

// lineOfUser is the line of a user; nil if there is none. The line may have been learned under another name, from events
// that name no user.
func (c *Core) lineOfUser(user string) *line {
	key := Key(user)
	if l := c.lines[key]; l != nil || key == "" || !c.settings.Learn {
		return l
	}
	for _, l := range c.linesByNumber {
		if l.ownerGuessed && Key(l.view.User) == key {
			return l
		}
	}
	return nil
}

// claimGuessedLine gives a line that was learned without its user's name to the first user who is named with its number.
func (c *Core) claimGuessedLine(user, address string) *line {
	l := c.linesByAddress[address]
	if !c.settings.Learn || l == nil || !l.ownerGuessed || address == "" || Key(l.view.User) != l.view.Key {
		return nil
	}
	c.learnLine(events.LineFacts{Line: l.view.Key, User: user, Address: address})
	return l
}

// lineForUser is the user's line; it is learned if the settings want it.
func (c *Core) lineForUser(user, address string) *line {
	key := Key(user)
	if l := c.lineOfUser(user); l != nil || key == "" {
		if l != nil && c.settings.Learn && l.view.Address == l.view.User && address != "" {
			c.learnLine(events.LineFacts{Line: l.view.Key, User: user, Address: address})
		}
		return l
	}
	if l := c.claimGuessedLine(user, address); l != nil {
		return l
	}
	if !c.settings.selects(key) || c.settings.Supervisor && !c.settings.Learn {
		return nil
	}
	if address == "" {
		address = user
	}
	c.learnLine(events.LineFacts{Line: key, User: user, Address: address})
	return c.lines[key]
}
