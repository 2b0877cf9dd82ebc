package engine

import "offhook/events"

// reply is the PBX's answer to a command.
func (c *Core) reply(o *Observation) {
	w, ok := c.iqs[o.ID]
	if !ok {
		c.unasked(o)
		return
	}
	delete(c.iqs, o.ID)
	switch {
	case w.Login:
		c.loginReply(o)
	case w.Roster:
		c.rosterReply(o)
	case w.Find != "":
		c.findReply(w.Find, o)
	case w.Request != 0:
		if q := c.requests[w.Request]; q != nil {
			q.open--
			c.requestReply(q, o)
		}
	}
}

// unasked is an answer to a question that this engine did not ask, or has given up.
func (c *Core) unasked(o *Observation) {
	switch {
	case c.set.Learn && o.Reply == ReplyUser: // somebody else's question; what it says of a user counts (decision D1)
		c.learnUser(o.Found)
	case o.Named || isCommandID(o.ID):
		c.ignore("", "", "late-reply", "an answer to "+o.ID+", for which nobody waits")
	default:
		c.Foreign++
	}
}

func (c *Core) requestReply(q *request, o *Observation) {
	ok := o.Reply != ReplyFailed && o.Reply != ReplyError
	k := q.line.call(q.f.Call)
	switch {
	case q.f.Kind == events.Drop && !ok:
		c.dropRefused(q, k, o.Text)
	case !ok:
		c.finish(q, events.ResultFailed, o.Text)
	case q.f.Kind == events.Dial || q.f.Kind == events.PickupCall:
		c.accept(q)
	default:
		c.finish(q, events.ResultOK, "")
	}
}

// accept is the PBX's word that it took a Dial or Pickup: the one acceptance that is itself a fact (decision B4).
func (c *Core) accept(q *request) {
	c.finish(q, events.ResultOK, "")
	f := events.CallFacts{Line: q.f.Line, Call: q.f.Call, Request: q.f.ID}
	v := &q.line.view
	if q.f.Kind == events.Dial {
		f.Outbound, f.Reason = true, events.ReasonDirect
		f.Source, f.Target = events.Party{Number: v.Address, Name: v.Name}, events.Party{Number: q.f.Number}
	} else {
		f.Reason = events.ReasonPickup
		f.Source = q.line.offered(q.f.Number)
		f.Target = events.Party{Number: q.f.Number}
		f.Forwarder = f.Target
	}
	c.record(events.NewCall(events.CallInitiated, f))
}

// offered is who rings at the colleague with that number, if it was told.
func (l *line) offered(number string) events.Party {
	for _, o := range l.offers {
		if o.Number == number {
			return o.Caller
		}
	}
	return events.Party{}
}

// prove ends open requests that an event shows to have worked, before the event moves the call: the completion comes
// first, and a lost answer is no error for something that happened.
func (c *Core) prove(k *call, t events.Type) {
	for _, q := range append([]*request(nil), k.line.requests...) {
		if q.f.Call != k.view.Number || !q.sent && q.f.Kind != events.Drop { // a Drop that was only remembered has its wish too
			continue
		}
		switch q.f.Kind {
		case events.Answer:
			if t == events.CallEstablished {
				c.finish(q, events.ResultOK, "")
			}
		case events.Hold, events.SetupTransfer:
			if t == events.CallHeld {
				c.finish(q, events.ResultOK, "")
			}
		case events.Unhold:
			if t == events.CallRetrieved || t == events.CallEstablished {
				c.finish(q, events.ResultOK, "")
			}
		case events.Drop, events.BlindTransfer, events.CompleteTransfer, events.Redirect:
			if t == events.CallCleared {
				c.finish(q, events.ResultOK, "")
			}
		}
	}
}
