package engine

import (
	"slices"

	"offhook/events"
)

// call is a call as the engine keeps it. A compacted call (compact.go) has no body; it is expanded when it is found
// through its line or a channel.
type call struct {
	*body
	compacted string
	number    uint32
	permanent uint32 // the line's
}

// body is what frontends may see of a call (view) and what resolving its next event needs.
type body struct {
	view               CallView
	line               *line
	branches           []branch
	stateBeforeUnknown State         // the state before Unknown
	heardInSession     uint32        // the number of the session whose event last named it; an older session means: stale
	transferSeen       events.Millis // when "transfer" was seen, 0 if never
	redirectSeen       events.Millis // when "redirect" was seen, 0 if never
	drop               dropPhase
	dropRequest        uint32 // the Drop request
	pairedAs           pairKey
	dropDeadline       *deadline
	ringDeadline       *deadline // timerOffering or timerOwnRing
	endDeadline        *deadline // timerRedirect, timerStale
	ringCycle          *deadline // timerRing
}

// dropPhase is how far a Drop of the call has come (decision B7).
type dropPhase uint8

const (
	dropNone       dropPhase = iota
	dropRemembered           // no channel is known yet; sent with the first
	dropSent
	dropTaken   // the PBX accepted it
	dropRefused // the PBX refused it; a hangup may still come
	dropLast    // phone.Hangup was sent
)

// branch is one phone's part in a call.
type branch struct {
	channel        string
	device         string
	ownRing        bool // the own phone rings so that it can dial
	answered       bool
	hangupSent     bool   // our Hangup was sent
	heardInSession uint32 // the number of the session whose event last named it
}

// confirmedByPresenceOnly says that only the phone's presence confirmed the call in a session: no event of its channels came since.
func (c *call) confirmedByPresenceOnly(session uint32) bool {
	return len(c.branches) > 0 && !slices.ContainsFunc(c.branches, func(b branch) bool { return b.heardInSession == session })
}

func (c *call) branch(channel string) *branch {
	for i := range c.branches {
		if c.branches[i].channel == channel {
			return &c.branches[i]
		}
	}
	return nil
}

// activeBranch returns the branch that talks, else the newest.
func (c *call) activeBranch() *branch {
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
	if b := c.activeBranch(); b != nil {
		return b.device
	}
	return ""
}

// farParty is the other party as the call's direction has it.
func farParty(outbound bool, f *events.CallFacts) events.Party {
	if outbound {
		return f.Target
	}
	return f.Source
}

// ownParty is our own party.
func ownParty(outbound bool, f *events.CallFacts) events.Party {
	if outbound {
		return f.Source
	}
	return f.Target
}

// mergeParty returns a with what b adds: an empty number adds nothing, and an empty name of the same number neither.
func mergeParty(a, b events.Party) events.Party {
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
