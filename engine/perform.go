package engine

import "offhook/events"

// perform checks a request against what is true now and sends its commands, or refuses it.
func (c *Core) perform(q *request) {
	if q.line == nil || !q.line.view.InService && c.session.lost {
		c.finish(q, events.ResultInvalidLine, "the line is out of service: no session to the PBX")
		return
	}
	switch q.f.Kind {
	case events.Seize:
		c.finish(q, events.ResultOK, "")
	case events.Dial, events.PickupCall:
		c.performCall(q)
	default:
		c.performOnCall(q)
	}
}

func (c *Core) performCall(q *request) {
	act, kind := ActDial, CmdDial
	if q.f.Kind == events.PickupCall {
		act, kind = ActPickup, CmdPickup
	}
	switch {
	case !c.offers.Has(act) || kind == CmdDial && !q.line.can("dial"):
		c.finish(q, events.ResultUnavailable, "the user's phones cannot do it")
	case q.f.Number == "":
		c.finish(q, events.ResultBadAddress, "no number")
	default:
		c.command(q, Command{Kind: kind, Number: q.f.Number})
	}
}

// needs is the action that a request on a call needs.
var needs = map[events.RequestKind]Actions{
	events.Answer: ActAnswer, events.Drop: ActDrop, events.Hold: ActHold, events.Unhold: ActUnhold,
	events.BlindTransfer: ActBlindTransfer, events.SetupTransfer: ActSetupTransfer,
	events.CompleteTransfer: ActCompleteTransfer, events.Redirect: ActRedirect, events.Conference: ActConference,
	events.SwapHold: ActSwapHold,
}

func (c *Core) performOnCall(q *request) {
	need, k := needs[q.f.Kind], q.line.call(q.f.Call)
	allowed := Actions(0)
	if k != nil {
		allowed = need & c.actionsFor(k, q.f.ID)
	}
	switch {
	case k == nil && q.f.Kind == events.Drop && c.dropDial(q):
	case k == nil && q.f.Kind == events.Drop && c.seized[q.f.Call].line == q.line:
		c.finish(q, events.ResultOK, "")
	case k == nil && q.f.Kind == events.Drop && q.f.Call != 0 && q.f.Call <= c.nextCall:
		c.finish(q, events.ResultOK, "the call is over already") // no error for what has happened
	case k == nil:
		c.finish(q, events.ResultInvalidCall, "no such call")
	case need == 0 || !c.offers.Has(need):
		c.finish(q, events.ResultUnavailable, "this PBX or phone cannot do it")
	case allowed == 0 && q.f.Kind == events.Drop:
		c.finish(q, events.ResultOK, "the call is over already")
	case allowed == 0 && !c.capable(q, k):
		c.finish(q, events.ResultUnavailable, "the phone cannot do it")
	case allowed == 0:
		c.finish(q, events.ResultInvalidState, "not possible while the call is "+k.view.State.String())
	default:
		c.performNow(q, k)
	}
}

// capable says whether the phone concerned can do at all what is asked, whatever the call's state (decision B10).
func (c *Core) capable(q *request, k *call) bool {
	if q.f.Kind == events.SetupTransfer && !q.line.can("dial") {
		return false
	}
	return c.traits.means(q.f.Kind) == ByChannel || k.deviceCapable(q.f.Kind)
}

func (c *Core) performNow(q *request, k *call) {
	m := c.traits.means(q.f.Kind)
	switch q.f.Kind {
	case events.Answer:
		target, _ := c.answerTarget(k)
		c.command(q, Command{Kind: CmdAnswer, Target: target})
	case events.Drop:
		c.performDrop(q, k)
	case events.Hold, events.SetupTransfer:
		c.command(q, Command{Kind: CmdHold, Target: k.target(m)})
	case events.Unhold:
		c.command(q, Command{Kind: CmdRetrieve, Target: k.target(m)})
	case events.BlindTransfer:
		c.performSend(q, k, CmdBlindTransfer)
	case events.Redirect:
		c.performSend(q, k, CmdRedirect)
	case events.CompleteTransfer:
		c.performPair(q, k, CmdCompleteTransfer)
	case events.Conference:
		c.performPair(q, k, CmdConference)
	}
}

// performSend sends a call to the request's number.
func (c *Core) performSend(q *request, k *call, kind CommandKind) {
	if q.f.Number == "" || k.view.Channel == "" {
		c.finish(q, events.ResultBadAddress, "no number to send the call to, or no channel of it known")
		return
	}
	c.command(q, Command{Kind: kind, Target: k.target(ByChannel), Number: q.f.Number})
}

// performPair joins a call with another one.
func (c *Core) performPair(q *request, k *call, kind CommandKind) {
	m := c.traits.means(q.f.Kind)
	p := k.partner(m, q.f.Other)
	switch {
	case p != nil:
		c.command(q, Command{Kind: kind, Target: k.target(m), Other: p.target(m)})
	case m == ByDevice:
		c.finish(q, events.ResultInvalidCall, "the two calls are not one held and one talking on the same phone")
	default:
		c.finish(q, events.ResultInvalidCall, "the two calls are not one held and one talking")
	}
}

// command sends one command for a request.
func (c *Core) command(q *request, cmd Command) {
	q.sent = true
	q.open++
	c.send(c.onBehalf(q.line, cmd), waiting{Request: q.f.ID})
}

// flush sends what waited for the session, oldest first.
func (c *Core) flush() {
	for _, q := range append([]*request(nil), c.open...) {
		if q.f.Queued && c.requests[q.f.ID] == q {
			sent := q.f
			sent.Queued = false
			c.record(events.NewRequest(events.RequestSent, sent))
			c.perform(q)
		}
	}
}
