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
	case allowed == 0 && !capable(q, k):
		c.finish(q, events.ResultUnavailable, "the phone cannot do it")
	case allowed == 0:
		c.finish(q, events.ResultInvalidState, "not possible while the call is "+k.view.State.String())
	default:
		c.performNow(q, k)
	}
}

// capable says whether the phone concerned can do at all what is asked, whatever the call's state (decision B10).
func capable(q *request, k *call) bool {
	l, d := q.line, k.keyDevice()
	switch q.f.Kind {
	case events.Answer:
		return l.can("offhook")
	case events.Hold, events.Unhold:
		return l.deviceCan(d, "hold")
	case events.SetupTransfer:
		return l.deviceCan(d, "hold") && l.can("dial")
	case events.CompleteTransfer:
		return l.deviceCan(d, "transfer")
	case events.Conference:
		return l.deviceCan(d, "conference")
	}
	return true
}

func (c *Core) performNow(q *request, k *call) {
	switch q.f.Kind {
	case events.Answer:
		device, _ := q.line.answerDevice(k)
		c.command(q, Command{Kind: CmdOffhook, Device: device})
	case events.Drop:
		c.performDrop(q, k)
	case events.Hold, events.Unhold, events.SetupTransfer:
		c.command(q, Command{Kind: CmdHoldKey, Device: k.keyDevice()})
	case events.BlindTransfer, events.Redirect:
		if q.f.Number == "" || k.view.Channel == "" {
			c.finish(q, events.ResultBadAddress, "no number to send the call to, or no channel of it known")
			return
		}
		c.command(q, Command{Kind: CmdTransfer, Channel: k.activeChannel(), Number: q.f.Number})
	case events.CompleteTransfer, events.Conference:
		p := k.partner()
		if p == nil || q.f.Other != 0 && p.view.Number != q.f.Other {
			c.finish(q, events.ResultInvalidCall, "the two calls are not one held and one talking on the same phone")
			return
		}
		kind := CmdTransferKey
		if q.f.Kind == events.Conference {
			kind = CmdConferenceKey
		}
		c.command(q, Command{Kind: kind, Device: k.device()})
	}
}

func (k *call) activeChannel() string {
	if b := k.active(); b != nil {
		return b.channel
	}
	return ""
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
