package engine

import "offhook/events"

// resolveEnded resolves the hangup of a branch: of the call, or of one phone while the call goes on at another (decision B1).
func (c *Core) resolveEnded(k *call, b *branch, f *events.CallFacts) {
	if len(k.branches) > 1 && !b.answered {
		c.record(events.NewCall(events.CallConnectionCleared, *f))
		return
	}
	c.clearCall(k, f.Channel, c.endCause(k, f))
}

// clearCall ends a call for a cause; requests that wanted just that have succeeded.
func (c *Core) clearCall(k *call, channel string, cause events.Reason) {
	c.finishProvenRequests(k, events.CallCleared)
	v := &k.view
	c.record(events.NewCall(events.CallCleared, events.CallFacts{Line: v.Line, Call: v.Number, Channel: channel, Outbound: v.Outbound,
		Internal: v.Internal, Source: v.Caller, Target: v.Called, Cause: cause, Request: v.Request}))
}

// endCause is why a call ended: what the PBX says, else what the evidence says (decision B3).
func (c *Core) endCause(k *call, f *events.CallFacts) events.Reason {
	v, t := &k.view, c.settings.Timers
	switch {
	case k.drop != dropNone && k.drop != dropRemembered:
		return events.ReasonDropped
	case k.transferSeen != 0 && c.now.Sub(k.transferSeen) <= t.Transfer:
		return events.ReasonTransferred
	case k.redirectSeen != 0:
		return events.ReasonForwarded
	case f.Cause != events.ReasonNone:
		return f.Cause
	case v.State.Answered() || v.State == Unknown && k.stateBeforeUnknown.Answered():
		return events.ReasonNormal
	case v.Outbound:
		return events.ReasonUnavailable
	case c.answers.answeredElsewhere(v.Caller.Number, max(v.Began, c.now.Add(-t.Evidence)), k): // not one that was over when this began
		return events.ReasonPickedUp
	}
	return events.ReasonCancelled
}
