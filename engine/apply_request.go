package engine

import (
	"slices"

	"offhook/events"
)

// countCallNumber keeps the counter ahead of the number a request was given. Numbers that a request merely names do not count.
func (c *Core) countCallNumber(l *line, f events.RequestFacts) {
	switch {
	case l == nil:
	case f.Kind == events.Dial || f.Kind == events.PickupCall || f.Kind == events.Seize:
		c.raiseCallCounter(f.Call)
	case f.Kind == events.SetupTransfer:
		c.raiseCallCounter(f.Other)
	}
}

// raiseCallCounter moves the counter of calls on. A number counts as newer when it is less than 2^31 ahead, so that the
// counter goes on behind its largest value with 1.
func (c *Core) raiseCallCounter(n uint32) {
	if n != 0 && (c.nextCall == 0 || int32(n-c.nextCall) > 0) {
		c.nextCall = n
	}
}

func (c *Core) applyRequest(t events.Type, f events.RequestFacts) {
	if t == events.RequestSent {
		if q := c.requests[f.ID]; q != nil {
			q.facts.Queued = false
			c.beginDrop(q)
		}
		return
	}
	l := c.lines[f.Line]
	c.countCallNumber(l, f)
	if c.lastRequest == 0 || int32(f.ID-c.lastRequest) > 0 { // frontends that ask at the same time may come out of order
		c.lastRequest = f.ID
	}
	q := &request{facts: f, line: l, at: c.event.At()}
	q.deadline = c.timers.arm(&deadline{kind: timerRequest, at: q.at.Add(c.settings.Timers.Request), line: l, request: q})
	c.requests[f.ID] = q
	c.openRequests = append(c.openRequests, q)
	ch := Change{Kind: RequestAccepted, Request: f}
	if l != nil {
		l.requests = append(l.requests, q)
		ch.Line = l.currentView()
	}
	c.addChange(ch)
	if !f.Queued {
		c.beginDrop(q)
	}
	if l != nil && c.pressesKey(f.Kind) {
		c.pressKey(l, f.Call, f.ID)
	}
	if f.Kind == events.Seize && l != nil {
		c.seized[f.Call] = seizure{line: l}
	}
	if f.Kind == events.SetupTransfer && l != nil {
		c.seized[f.Other] = seizure{line: l, of: f.Call}
	}
}

func (c *Core) applyFinished(f events.FinishedFacts) {
	q := c.requests[f.ID]
	ch := Change{Kind: RequestEnded, Finished: f}
	if q == nil {
		c.addChange(ch)
		return
	}
	c.timers.cancel(q.deadline)
	delete(c.requests, f.ID)
	same := func(o *request) bool { return o == q }
	c.openRequests = slices.DeleteFunc(c.openRequests, same)
	l := q.line
	if l == nil {
		c.addChange(ch)
		return
	}
	l.requests = slices.DeleteFunc(l.requests, same)
	c.afterFinish(q, f)
	ch.Line = l.currentView()
	c.addChange(ch)
	c.refreshActions(l)
}

// afterFinish is what an outcome means for the call besides telling who asked.
func (c *Core) afterFinish(q *request, f events.FinishedFacts) {
	l, ok := q.line, f.Result == events.ResultOK
	k := l.call(f.Call)
	switch f.Kind {
	case events.Hold, events.Unhold, events.SetupTransfer:
		if k != nil && !ok {
			c.releaseKeyOf(k, f.ID)
		}
		if !ok && f.Kind == events.SetupTransfer {
			delete(c.seized, q.facts.Other)
		}
	case events.Drop:
		if k != nil && !ok && k.drop != dropRemembered && k.dropRequest == f.ID { // it may be asked again, and what ends the call now is not our doing
			k.drop = dropNone
			c.timers.cancel(k.dropDeadline)
			k.dropDeadline = nil
			for i := range k.branches {
				k.branches[i].hangupSent = false
			}
		}
		if k == nil && ok {
			delete(c.seized, f.Call)
		}
		if k != nil && ok && k.drop != dropNone && k.dropRequest == f.ID { // the PBX accepted it; a second request changes nothing
			k.drop = dropTaken
			c.timers.cancel(k.dropDeadline)
			k.dropDeadline = c.timers.arm(&deadline{kind: timerDropGuard, at: c.event.At().Add(c.settings.Timers.DropGuard), line: l, call: k})
		}
	case events.CompleteTransfer, events.BlindTransfer, events.Redirect: // our side leaves: no DISCONNECTED (decision TAPI-f.2)
		for _, n := range []uint32{q.facts.Call, q.facts.Other} {
			if t := l.call(n); t != nil && ok {
				t.transferSeen = c.event.At()
			}
		}
	}
}
