package engine

import "offhook/events"

// resolveReply is the PBX's answer to a command.
func (c *Core) resolveReply(o *Observation) {
	w, ok := c.awaitedReplies[o.ID]
	if !ok {
		c.resolveUnexpectedReply(o)
		return
	}
	delete(c.awaitedReplies, o.ID)
	switch {
	case w.Login:
		c.loginReply(o)
	case w.Roster:
		c.rosterReply(o)
	case w.Find != "":
		c.findReply(w.Find, o)
	case w.Request != 0:
		if q := c.requests[w.Request]; q != nil {
			q.unanswered--
			c.requestReply(q, o)
		}
	}
}

// resolveUnexpectedReply resolves a reply to a command that this engine did not send, or no longer waits for.
func (c *Core) resolveUnexpectedReply(o *Observation) {
	switch {
	case c.settings.Learn && o.Reply == ReplyUser: // a command of another client; what the reply says of a user counts (decision D1)
		c.learnUser(o.Found)
	case o.Named || isCommandID(o.ID):
		c.ignore("", "", "late-reply", "an answer to "+o.ID+", for which nobody waits")
	default:
		c.Foreign++
	}
}

func (c *Core) requestReply(q *request, o *Observation) {
	ok := o.Reply != ReplyFailed && o.Reply != ReplyError
	k := q.line.call(q.facts.Call)
	switch {
	case q.facts.Kind == events.Drop && !ok:
		c.dropRefused(q, k, o.Text)
	case !ok:
		c.finishRequest(q, events.ResultFailed, o.Text)
	case q.facts.Kind == events.Dial || q.facts.Kind == events.PickupCall:
		c.acceptRequest(q)
	default:
		c.finishRequest(q, events.ResultOK, "")
	}
}

// acceptRequest records that the PBX accepted a Dial or Pickup: the one acceptance that is an event itself (decision B4).
func (c *Core) acceptRequest(q *request) {
	c.finishRequest(q, events.ResultOK, "")
	f := events.CallFacts{Line: q.facts.Line, Call: q.facts.Call, Request: q.facts.ID}
	v := &q.line.view
	if q.facts.Kind == events.Dial {
		f.Outbound, f.Reason = true, events.ReasonDirect
		f.Source, f.Target = events.Party{Number: v.Address, Name: v.Name}, events.Party{Number: q.facts.Number}
	} else {
		f.Reason = events.ReasonPickup
		f.Source = q.line.pickupCaller(q.facts.Number)
		f.Target = events.Party{Number: q.facts.Number}
		f.Forwarder = f.Target
	}
	c.record(events.NewCall(events.CallInitiated, f))
}

// pickupCaller is who rings at the colleague with that number, if it was told.
func (l *line) pickupCaller(number string) events.Party {
	for _, o := range l.pickups {
		if o.Number == number {
			return o.Caller
		}
	}
	return events.Party{}
}

// finishProvenRequests finishes open requests that an event proves to have succeeded, before the event moves the call: the
// completion comes first, and a lost reply is no error for something that happened.
func (c *Core) finishProvenRequests(k *call, t events.Type) {
	for _, q := range append([]*request(nil), k.line.requests...) {
		if q.facts.Call != k.view.Number || !q.sent && q.facts.Kind != events.Drop { // a remembered Drop has sent nothing and succeeds all the same
			continue
		}
		switch q.facts.Kind {
		case events.Answer:
			if t == events.CallEstablished {
				c.finishRequest(q, events.ResultOK, "")
			}
		case events.Hold, events.SetupTransfer:
			if t == events.CallHeld {
				c.finishRequest(q, events.ResultOK, "")
			}
		case events.Unhold:
			if t == events.CallRetrieved || t == events.CallEstablished {
				c.finishRequest(q, events.ResultOK, "")
			}
		case events.Drop, events.BlindTransfer, events.CompleteTransfer, events.Redirect:
			if t == events.CallCleared {
				c.finishRequest(q, events.ResultOK, "")
			}
		}
	}
}
