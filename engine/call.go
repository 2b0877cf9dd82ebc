package engine

import (
	"slices"

	"offhook/events"
)

// call is a call as the engine keeps it. While it is parked (park.go) it has no body; whoever finds it through its line
// or a channel wakes it.
type call struct {
	*body
	packed    string
	number    uint32
	permanent uint32 // the line's
}

// body is what frontends may see of a call (view) and what resolving its next event needs.
type body struct {
	view     CallView
	line     *line
	branches []branch
	before   State         // the state before Unknown
	session  uint32        // the session whose event last spoke of it; another one's number means: stale
	moved    events.Millis // when "transfer" was seen, 0 if never
	diverted events.Millis // when "redirect" was seen, 0 if never
	drop     dropPhase
	dropBy   uint32 // the Drop request
	paired   pairKey
	guard    *deadline
	ring     *deadline // timerOffering or timerOwnRing
	wait     *deadline // timerRedirect, timerStale
	bell     *deadline // timerRing
}

// dropPhase is how far a Drop of the call has come (decision B7).
type dropPhase uint8

const (
	dropNone       dropPhase = iota
	dropRemembered           // no channel is known yet; sent with the first
	dropSent
	dropTaken   // the PBX said yes
	dropRefused // the PBX said no; a hangup may still come
	dropLast    // phone.Hangup was sent
)

// branch is one phone's part in a call.
type branch struct {
	channel  string
	device   string
	own      bool // the own phone rings so that it can dial
	answered bool
	hungUp   bool   // our Hangup was sent
	session  uint32 // the session whose event last spoke of it
}

// hearsay says that a session knows of the call by its phone's presence only: none of the events of its channels came since.
func (c *call) hearsay(session uint32) bool {
	return len(c.branches) > 0 && !slices.ContainsFunc(c.branches, func(b branch) bool { return b.session == session })
}

func (c *call) branch(channel string) *branch {
	for i := range c.branches {
		if c.branches[i].channel == channel {
			return &c.branches[i]
		}
	}
	return nil
}

// active is the branch that talks, else the newest.
func (c *call) active() *branch {
	for i := range c.branches {
		if c.branches[i].answered {
			return &c.branches[i]
		}
	}
	if n := len(c.branches); n > 0 {
		return &c.branches[n-1]
	}
	return nil
}

// device is the phone that carries the call; empty if none was named.
func (c *call) device() string {
	if b := c.active(); b != nil {
		return b.device
	}
	return ""
}

// far is the other party as the call's direction has it.
func far(outbound bool, f *events.CallFacts) events.Party {
	if outbound {
		return f.Target
	}
	return f.Source
}

// own is our own party.
func own(outbound bool, f *events.CallFacts) events.Party {
	if outbound {
		return f.Source
	}
	return f.Target
}

// merge takes over what b knows better than a: an empty number says nothing, an empty name of the same number neither.
func merge(a, b events.Party) events.Party {
	switch {
	case b.Number == "" && b.Name == "":
		return a
	case b.Number == "":
		return events.Party{Number: a.Number, Name: b.Name}
	case b.Name == "" && b.Number == a.Number:
		return a
	}
	return b
}
