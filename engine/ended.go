package engine

import "offhook/events"

// ended resolves the hangup of a branch: of the call, or of one phone while the call goes on at another (decision B1).
func (c *Core) ended(k *call, b *branch, f *events.CallFacts) {
	if len(k.branches) > 1 && !b.answered {
		c.record(events.NewCall(events.CallConnectionCleared, *f))
		return
	}
	c.clear(k, f.Channel, c.why(k, f))
}

// clear ends a call for a cause; requests that wanted just that have succeeded.
func (c *Core) clear(k *call, channel string, cause events.Reason) {
	c.prove(k, events.CallCleared)
	v := &k.view
	c.record(events.NewCall(events.CallCleared, events.CallFacts{Line: v.Line, Call: v.Number, Channel: channel, Outbound: v.Outbound,
		Internal: v.Internal, Source: v.Caller, Target: v.Called, Cause: cause, Request: v.Request}))
}

// why is why a call ended: what the PBX says, else what the evidence says (decision B3).
func (c *Core) why(k *call, f *events.CallFacts) events.Reason {
	v, t := &k.view, c.set.Timers
	switch {
	case k.drop != dropNone && k.drop != dropRemembered:
		return events.ReasonDropped
	case k.moved != 0 && c.now.Sub(k.moved) <= t.Transfer:
		return events.ReasonTransferred
	case k.diverted != 0:
		return events.ReasonForwarded
	case f.Cause != events.ReasonNone:
		return f.Cause
	case v.State.Answered() || v.State == Unknown && k.before.Answered():
		return events.ReasonNormal
	case v.Outbound:
		return events.ReasonUnavailable
	case c.answered.elsewhere(v.Caller.Number, max(v.Began, c.now.Add(-t.Evidence)), k): // not one that was over when this began
		return events.ReasonPickedUp
	}
	return events.ReasonCancelled
}

// expire is a deadline that was reached: it is journaled with its own time, then what it means happens (decision A2).
func (c *Core) expire(d *deadline) {
	k := d.call
	var held *heldBack
	if d.kind == timerHoldBack {
		held = d.line.deferred[d.channel]
	}
	c.record(events.NewTimer(d.facts()))
	switch d.kind {
	case timerGrace:
		c.record(events.NewSession(events.SessionLost, events.SessionFacts{Domain: c.session.domain}))
	case timerLogin:
		c.notice(events.SeverityWarning, "", "login-unanswered", "the PBX did not answer the login; the session is closed and opened again")
		c.out = append(c.out, Output{Kind: OutClose, Raw: "login-unanswered"})
	case timerFind:
		c.nextLookup()
	case timerRequest:
		c.requestTimeout(d.request)
	case timerDropGuard:
		c.clear(k, "", events.ReasonDropped)
	case timerDropRetry:
		c.dropRetry(k)
	case timerOwnRing:
		c.clear(k, "", events.ReasonUnavailable)
	case timerOffering:
		c.clear(k, "", events.ReasonExpired)
	case timerRedirect:
		if k.line.view.Phone == events.PhoneFree {
			c.clear(k, "", events.ReasonForwarded)
		}
	case timerStale:
		c.clear(k, "", events.ReasonLost)
	case timerHoldBack:
		if held != nil {
			t := events.CallOffered
			if held.facts.TalkSince != 0 {
				t = events.CallEstablished
			}
			f := held.facts
			c.fresh(d.line, t, &f)
		}
	}
}

// fire handles every deadline up to a moment, in order.
func (c *Core) fire(until events.Millis) {
	for d := c.timers.due(); d != nil && d.at <= until; d = c.timers.due() {
		c.now = max(c.now, d.at)
		c.expire(d)
	}
}

func (c *Core) requestTimeout(q *request) {
	if q == nil || c.requests[q.f.ID] != q {
		return
	}
	if q.f.Queued {
		c.finish(q, events.ResultTimeout, "no session to the PBX within the deadline; it was never sent")
		return
	}
	c.finish(q, events.ResultTimeout, "the PBX did not answer within the deadline")
}
