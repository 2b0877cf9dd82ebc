package engine

import (
	"slices"

	"offhook/events"
)

// performDrop hangs up every branch of the call once; a call without a channel is dropped with its first (decision B7).
// Which request drops the call was settled when the request was journaled (beginDrop).
func (c *Core) performDrop(q *request, k *call) {
	switch {
	case k.drop == dropRemembered:
		// dropNewBranches sends it with the first channel
	case k.dropRequest != q.facts.ID:
		c.finishRequest(q, events.ResultOK, "already being dropped")
	default:
		c.sendHangups(k, nil)
	}
}

// sendHangups sends a Hangup for every branch that is marked for one and was not before.
func (c *Core) sendHangups(k *call, before []string) {
	for i := range k.branches {
		b := &k.branches[i]
		if !b.hangupSent || slices.Contains(before, b.channel) {
			continue
		}
		cmd := Command{Kind: CmdHangup, Target: Target{b.channel, b.device}}
		if q := c.requests[k.dropRequest]; q != nil && q.isDropOf(k) {
			c.sendCommand(q, cmd)
		} else { // the request has timed out already; the call is dropped all the same
			c.send(c.onBehalf(k.line, cmd), awaitedReply{})
		}
	}
}

// isDropOf says whether the request is a Drop of the call.
func (q *request) isDropOf(k *call) bool {
	return q.line == k.line && q.facts.Kind == events.Drop && q.facts.Call == k.view.Number
}

// hangupChannels lists the channels of the call that are marked for a Hangup.
func (k *call) hangupChannels() (channels []string) {
	for i := range k.branches {
		if k.branches[i].hangupSent {
			channels = append(channels, k.branches[i].channel)
		}
	}
	return channels
}

// dropDial remembers a Drop of a call whose Dial the PBX has not answered yet.
func (c *Core) dropDial(q *request) bool {
	for _, o := range q.line.requests {
		if o.facts.Kind == events.Dial && o.facts.Call == q.facts.Call {
			return true // noted when the call begins, sent with its first channel
		}
	}
	return false
}

// dropRefused is a Failure for a Drop: a hangup may still come, since the PBX says so even for hangups that worked.
func (c *Core) dropRefused(q *request, k *call, text string) {
	switch {
	case k == nil:
		c.finishRequest(q, events.ResultOK, "the call is over")
	case q.unanswered > 0:
		// another branch's answer is still to come
	case k.drop == dropLast:
		c.giveUpDrop(q, k, text)
	default:
		k.drop = dropRefused
		c.timers.cancel(k.dropDeadline)
		k.dropDeadline = c.timers.arm(&deadline{kind: timerDropRetry, at: c.now.Add(c.settings.Timers.DropRetry), line: q.line, call: k})
	}
}

// dropRetry tries the phone's own hang-up key, if the PBX has it and no other call is on that phone.
func (c *Core) dropRetry(k *call) {
	q := c.requests[k.dropRequest]
	if q == nil || !q.isDropOf(k) {
		return
	}
	if !c.traits.HangupKey || !k.hangupKeyFree() {
		c.giveUpDrop(q, k, "the PBX refused to hang up")
		return
	}
	c.sendCommand(q, Command{Kind: CmdHangupDevice, Target: k.target(ByDevice)})
}

// giveUpDrop fails the request and leaves the call as it is; a call that no event has named since the session was lost
// is taken for gone instead.
func (c *Core) giveUpDrop(q *request, k *call, text string) {
	if k.view.Stale || k.view.State == Unknown {
		c.finishRequest(q, events.ResultOK, "the PBX does not know the call any more")
		c.clearCall(k, "", events.ReasonLost)
		return
	}
	c.finishRequest(q, events.ResultFailed, text)
}
