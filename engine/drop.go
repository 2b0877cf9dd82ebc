package engine

import "offhook/events"

// performDrop hangs up every branch of the call once; a call without a channel is dropped with its first (decision B7).
func (c *Core) performDrop(q *request, k *call) {
	if k.drop > dropRemembered {
		c.finish(q, events.ResultOK, "already being dropped")
		return
	}
	k.dropBy = q.f.ID
	if len(k.branches) == 0 {
		k.drop = dropRemembered
		return
	}
	c.hangUp(q, k)
}

func (c *Core) hangUp(q *request, k *call) {
	k.drop = dropSent
	for i := range k.branches {
		if b := &k.branches[i]; !b.hungUp {
			b.hungUp = true
			c.command(q, Command{Kind: CmdHangup, Channel: b.channel})
		}
	}
}

// dropDial remembers a Drop of a call whose Dial the PBX has not answered yet.
func (c *Core) dropDial(q *request) bool {
	for _, o := range q.line.requests {
		if o.f.Kind == events.Dial && o.f.Call == q.f.Call {
			return true // dropNow finds it when the call has its first channel
		}
	}
	return false
}

// dropNow sends a remembered Drop once a channel of its call is known.
func (c *Core) dropNow(k *call) {
	if k.drop == dropSent || k.drop == dropTaken || k.drop == dropLast || len(k.branches) == 0 {
		return
	}
	for _, q := range k.line.requests {
		if q.f.Kind == events.Drop && q.f.Call == k.view.Number && q.open == 0 && !q.f.Queued {
			k.dropBy = q.f.ID
			c.hangUp(q, k)
			return
		}
	}
	if k.drop == dropRemembered { // who asked was told a timeout; the wish stands
		k.drop = dropSent
		for i := range k.branches {
			k.branches[i].hungUp = true
			c.send(c.onBehalf(k.line, Command{Kind: CmdHangup, Channel: k.branches[i].channel}), waiting{})
		}
	}
}

// dropRefused is a Failure for a Drop: a hangup may still come, since the PBX says so even for hangups that worked.
func (c *Core) dropRefused(q *request, k *call, text string) {
	switch {
	case k == nil:
		c.finish(q, events.ResultOK, "the call is over")
	case q.open > 0:
		// another branch's answer is still to come
	case k.drop == dropLast:
		c.giveUpDrop(q, k, text)
	default:
		k.drop = dropRefused
		c.timers.disarm(k.guard)
		k.guard = c.timers.arm(&deadline{kind: timerDropRetry, at: c.now.Add(c.set.Timers.DropRetry), line: q.line, call: k})
	}
}

// dropRetry tries the phone's own hang-up key, if no other call is on that phone.
func (c *Core) dropRetry(k *call) {
	q := c.requests[k.dropBy]
	if q == nil {
		return
	}
	d := k.keyDevice()
	if d == "" || k.line.onDevice(d) != 1 {
		c.giveUpDrop(q, k, "the PBX refused to hang up")
		return
	}
	k.drop = dropLast
	c.command(q, Command{Kind: CmdPhoneHangup, Device: d})
}

// giveUpDrop fails the request and leaves the call as it is; a call that nobody has heard of since the session was lost
// is taken for gone instead.
func (c *Core) giveUpDrop(q *request, k *call, text string) {
	k.drop = dropNone
	if k.view.Stale || k.view.State == Unknown {
		c.finish(q, events.ResultOK, "the PBX does not know the call any more")
		c.clear(k, "", events.ReasonLost)
		return
	}
	c.finish(q, events.ResultFailed, text)
}
