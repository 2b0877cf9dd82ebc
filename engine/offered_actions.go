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
		return ActDrop & c.offered // a call may be heard of before the login is answered; DROP is offered always (rule R-53)
	}
	a |= ActDrop
	switch v.State {
	case Offering:
		if _, ok := c.answerTarget(k); ok {
			a |= ActAnswer
		}
		a |= ActRedirect
	case Connected:
		a |= ActBlindTransfer | c.pairActions(k)
		if c.canHold(k, request) {
			a |= ActHold
			if l.anyDeviceCan("dial") {
				a |= ActSetupTransfer
			}
		}
	case Held:
		a |= c.pairActions(k)
		if c.canHold(k, request) {
			a |= ActUnhold
		}
	}
	return a & c.offered
}

// pairActions are those that need one held and one talking call.
func (c *Core) pairActions(k *call) Actions {
	const pair = ActCompleteTransfer | ActConference
	byKey := c.traits.byKey() & pair
	var a Actions
	if byKey != 0 {
		a = byKey & k.keyPairActions()
	}
	if byKey != pair && k.hasPartner() {
		a |= pair &^ byKey
	}
	return a
}

// ringing counts the calls that ring here.
func (l *line) ringing() int {
	n := 0
	for _, k := range l.recentCalls() {
		if k.view.State == Offering {
			n++
		}
	}
	return n
}
