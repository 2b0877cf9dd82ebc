package engine

// actions is what may be done with a call now: what the PBX offers, narrowed by state, phone and the line's other calls
// (decisions B7, B9, B10, B11).
func (c *Core) actions(k *call) Actions { return c.actionsFor(k, 0) }

// actionsFor is the same for a request: a hold key that this very request has put in flight does not count.
func (c *Core) actionsFor(k *call, request uint32) Actions {
	var a Actions
	l, v := k.line, &k.view
	if !v.State.Live() {
		return 0
	}
	if !l.view.InService {
		return ActDrop & c.offers // a call may be heard of before the login is answered; DROP is offered always (rule R-53)
	}
	a |= ActDrop
	switch v.State {
	case Offering:
		if _, ok := l.answerDevice(k); ok && l.ringing() == 1 && !v.Stale {
			a |= ActAnswer
		}
		a |= ActRedirect
	case Connected:
		a |= ActBlindTransfer | c.keyAction(k, request, ActHold)
		if a.Has(ActHold) && l.can("dial") {
			a |= ActSetupTransfer
		}
		a |= c.pairActions(k)
	case Held:
		a |= c.keyAction(k, request, ActUnhold) | c.pairActions(k)
	}
	return a & c.offers
}

// keyAction allows the hold key, a toggle of the phone: only when this session confirmed the call's state, the phone
// carries this call alone, and no key but the request's own is in flight (decision B9).
func (c *Core) keyAction(k *call, request uint32, a Actions) Actions {
	l, d := k.line, k.keyDevice()
	if k.view.Stale || k.session != c.session.number || d == "" {
		return 0
	}
	if l.onDevice(d) != 1 || !l.deviceCan(d, "hold") {
		return 0
	}
	if pressed := l.keys[d]; pressed != nil && pressed.by != request {
		return 0 // its event has not come yet
	}
	return a
}

// keyDevice is the phone whose keys act on the call: its own or, if the PBX named none, the user's first.
func (k *call) keyDevice() string {
	if d := k.device(); d != "" || len(k.line.view.Devices) == 0 {
		return d
	}
	return k.line.view.Devices[0].Name
}

// pairActions are those that need one held and one talking call on the same phone (decision B11).
func (c *Core) pairActions(k *call) Actions {
	p := k.partner()
	if p == nil {
		return 0
	}
	var a Actions
	if k.line.deviceCan(k.device(), "transfer") {
		a |= ActCompleteTransfer
	}
	if k.line.deviceCan(k.device(), "conference") {
		a |= ActConference
	}
	return a
}

// partner is the one call on the same phone that is held while this one talks, or the other way round.
func (k *call) partner() *call {
	var found *call
	d := k.device()
	for _, o := range k.line.recent() {
		if o == k || o.device() != d || d == "" || !o.view.State.Live() {
			continue
		}
		if found != nil || !o.view.State.Answered() || o.view.State == k.view.State {
			return nil
		}
		found = o
	}
	return found
}

// ringing counts the calls that ring here.
func (l *line) ringing() int {
	n := 0
	for _, k := range l.recent() {
		if k.view.State == Offering {
			n++
		}
	}
	return n
}
