package engine

import "offhook/events"

// means is how the PBX does what a request on a call asks for.
func (t *Traits) means(k events.RequestKind) Means {
	switch k {
	case events.Answer:
		return t.Answer
	case events.Hold, events.Unhold, events.SetupTransfer:
		return t.Hold
	case events.CompleteTransfer:
		return t.Transfer
	case events.Conference:
		return t.Conference
	}
	return ByChannel
}

// target is the call as a command names it.
func (k *call) target(m Means) Target {
	t := Target{Device: k.device()}
	if b := k.activeBranch(); b != nil {
		t.Channel = b.channel
	}
	if m == ByDevice {
		t.Device = k.keyDevice()
	}
	return t
}

// answerTarget is the branch of a ringing call that is to be answered. By device, only a device that rings for one call
// alone can be lifted (decision B10); by channel, the branch at the first of the user's devices is taken.
func (c *Core) answerTarget(k *call) (Target, bool) {
	if k.view.Stale {
		return Target{}, false
	}
	if c.traits.Answer == ByDevice {
		d, ok := k.line.answerDevice(k)
		return Target{Device: d}, ok && k.line.ringing() == 1
	}
	for _, d := range k.line.view.Devices {
		for i := range k.branches {
			if b := &k.branches[i]; b.device == d.Name {
				return Target{b.channel, b.device}, true
			}
		}
	}
	if len(k.branches) > 0 {
		return Target{k.branches[0].channel, k.branches[0].device}, true
	}
	return Target{}, false
}

// canHold says whether the call can be held or retrieved: an event of this session must have confirmed its state.
func (c *Core) canHold(k *call, request uint32) bool {
	if k.view.Stale || k.heardInSession != c.session.number {
		return false
	}
	if c.traits.Hold == ByDevice {
		return k.holdKeyFree(request)
	}
	return len(k.branches) > 0
}

// byKey are the actions on two calls that need a key of the device that carries both.
func (t *Traits) byKey() (a Actions) {
	if t.Transfer == ByDevice {
		a |= ActCompleteTransfer
	}
	if t.Conference == ByDevice {
		a |= ActConference
	}
	return a
}

// hasPartner says whether any other call of the line can be joined with this one.
func (k *call) hasPartner() bool {
	for _, o := range k.line.recentCalls() {
		if k.pairsWith(o) {
			return true
		}
	}
	return false
}

// pairsWith says whether the calls are one held and one talking, each with a channel.
func (k *call) pairsWith(o *call) bool {
	return k.view.State.Answered() && o.view.State.Answered() && k.view.State != o.view.State && len(k.branches) > 0 && len(o.branches) > 0
}

// partner is the call that is joined with this one: the one of that number or, for 0, the only one there is.
func (k *call) partner(m Means, number uint32) *call {
	var found *call
	if m == ByDevice {
		if found = k.keyPartner(); found == nil || number != 0 && found.view.Number != number {
			return nil
		}
		return found
	}
	for _, o := range k.line.recentCalls() {
		if !k.pairsWith(o) || number != 0 && o.view.Number != number {
			continue
		}
		if found != nil {
			return nil
		}
		found = o
	}
	return found
}
