package engine

import "offhook/events"

// performRequest checks a request against what is true now and sends its commands, or refuses it.
func (c *Core) performRequest(q *request) {
	if q.line == nil || !q.line.view.InService && c.session.lost {
		c.finishRequest(q, events.ResultInvalidLine, "the line is out of service: no session to the PBX")
		return
	}
	switch q.facts.Kind {
	case events.Seize:
		c.finishRequest(q, events.ResultOK, "")
	case events.Dial, events.PickupCall:
		c.performCall(q)
	default:
		c.performOnCall(q)
	}
}

func (c *Core) performCall(q *request) {
	act, kind := ActDial, CmdDial
	if q.facts.Kind == events.PickupCall {
		act, kind = ActPickup, CmdPickup
	}
	switch {
	case !c.offered.Has(act) || kind == CmdDial && !q.line.anyDeviceCan("dial"):
		c.finishRequest(q, events.ResultUnavailable, "the user's phones cannot do it")
	case q.facts.Number == "":
		c.finishRequest(q, events.ResultBadAddress, "no number")
	default:
		c.sendCommand(q, Command{Kind: kind, Number: q.facts.Number})
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
	need, k := needs[q.facts.Kind], q.line.call(q.facts.Call)
	allowed := Actions(0)
	if k != nil {
		allowed = need & c.actionsFor(k, q.facts.ID)
	}
	switch {
	case k == nil && q.facts.Kind == events.Drop && c.dropDial(q):
	case k == nil && q.facts.Kind == events.Drop && c.seized[q.facts.Call].line == q.line:
		c.finishRequest(q, events.ResultOK, "")
	case k == nil && q.facts.Kind == events.Drop && q.facts.Call != 0 && q.facts.Call <= c.nextCall:
		c.finishRequest(q, events.ResultOK, "the call is over already") // no error for what has happened
	case k == nil:
		c.finishRequest(q, events.ResultInvalidCall, "no such call")
	case need == 0 || !c.offered.Has(need):
		c.finishRequest(q, events.ResultUnavailable, "this PBX or phone cannot do it")
	case allowed == 0 && q.facts.Kind == events.Drop:
		c.finishRequest(q, events.ResultOK, "the call is over already")
	case allowed == 0 && !c.capable(q, k):
		c.finishRequest(q, events.ResultUnavailable, "the phone cannot do it")
	case allowed == 0:
		c.finishRequest(q, events.ResultInvalidState, "not possible while the call is "+k.view.State.String())
	default:
		c.performNow(q, k)
	}
}

// capable says whether the phone concerned can do at all what is asked, whatever the call's state (decision B10).
func (c *Core) capable(q *request, k *call) bool {
	if q.facts.Kind == events.SetupTransfer && !q.line.anyDeviceCan("dial") {
		return false
	}
	return c.traits.means(q.facts.Kind) == ByChannel || k.deviceCapable(q.facts.Kind)
}

func (c *Core) performNow(q *request, k *call) {
	m := c.traits.means(q.facts.Kind)
	switch q.facts.Kind {
	case events.Answer:
		target, _ := c.answerTarget(k)
		c.sendCommand(q, Command{Kind: CmdAnswer, Target: target})
	case events.Drop:
		c.performDrop(q, k)
	case events.Hold, events.SetupTransfer:
		c.sendCommand(q, Command{Kind: CmdHold, Target: k.target(m)})
	case events.Unhold:
		c.sendCommand(q, Command{Kind: CmdRetrieve, Target: k.target(m)})
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
	if q.facts.Number == "" || k.view.Channel == "" {
		c.finishRequest(q, events.ResultBadAddress, "no number to send the call to, or no channel of it known")
		return
	}
	c.sendCommand(q, Command{Kind: kind, Target: k.target(ByChannel), Number: q.facts.Number})
}

// performPair joins a call with another one.
func (c *Core) performPair(q *request, k *call, kind CommandKind) {
	m := c.traits.means(q.facts.Kind)
	p := k.partner(m, q.facts.Other)
	switch {
	case p != nil:
		c.sendCommand(q, Command{Kind: kind, Target: k.target(m), Other: p.target(m)})
	case m == ByDevice:
		c.finishRequest(q, events.ResultInvalidCall, "the two calls are not one held and one talking on the same phone")
	default:
		c.finishRequest(q, events.ResultInvalidCall, "the two calls are not one held and one talking")
	}
}

// sendCommand sends one command for a request.
func (c *Core) sendCommand(q *request, cmd Command) {
	q.sent = true
	q.unanswered++
	c.send(c.onBehalf(q.line, cmd), awaitedReply{Request: q.facts.ID})
}

// sendQueued sends what waited for the session, oldest first.
func (c *Core) sendQueued() {
	for _, q := range append([]*request(nil), c.openRequests...) {
		if q.facts.Queued && c.requests[q.facts.ID] == q {
			sent := q.facts
			sent.Queued = false
			c.record(events.NewRequest(events.RequestSent, sent))
			c.performRequest(q)
		}
	}
}
