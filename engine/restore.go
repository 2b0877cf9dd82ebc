package engine

import (
	"iter"
	"maps"
	"slices"

	"offhook/events"
)

// Restore makes a new engine know what an image does.
func (c *Core) Restore(m *Image) {
	c.seq, c.now = m.Seq, max(c.now, m.Now)
	c.input = max(c.input, m.Input)
	c.cause.Input = c.input
	c.nextCall, c.nextLine, c.lastRequest = m.NextCall, m.NextLine, m.LastRequest
	s := m.Session
	c.session = session{number: s.Number, up: s.Up, ready: s.Ready, lost: s.Lost, jid: s.JID, domain: s.Domain, commandCount: s.IQs}
	c.pendingLookups, c.notInRoster = slices.Clone(m.Lookups), slices.Clone(m.Absent)
	maps.Copy(c.retiredIDs, m.Retired)
	maps.Copy(c.awaitedReplies, m.IQs)
	for _, il := range m.Lines {
		l := &line{view: il.View, pickups: il.Offers, heldBack: map[string]*heldBackRing{}, keysInFlight: map[string]*deadline{}, compactor: &c.compactor, ownerGuessed: il.Guessed}
		for ch, f := range il.Deferred {
			l.heldBack[ch] = &heldBackRing{facts: f}
		}
		c.lines[l.view.Key] = l
		c.linesByNumber = append(c.linesByNumber, l)
		if l.view.Address != "" {
			c.linesByAddress[l.view.Address] = l
		}
	}
	for _, ic := range m.Calls {
		c.restoreCall(ic)
	}
	for _, ir := range m.Requests {
		q := &request{facts: ir.Facts, line: c.lines[ir.Facts.Line], at: ir.At, sent: ir.Sent, unanswered: ir.Open}
		c.requests[q.facts.ID] = q
		c.openRequests = append(c.openRequests, q)
		if q.line != nil {
			q.line.requests = append(q.line.requests, q)
		}
	}
	for _, z := range m.Seized {
		if l := c.lines[z.Line]; l != nil {
			c.seized[z.Number] = seizure{l, z.Of}
		}
	}
	for _, x := range m.Closed {
		if l := c.lines[x.Line]; l != nil {
			c.endedChannels.add(channelKey{l, x.Channel}, c.now, x.Until)
		}
	}
	for _, a := range m.Answered {
		if l := c.lines[a.Line]; l != nil {
			c.answers.queue = append(c.answers.queue, answer{a.Source, a.At, a.Line, a.Call})
		}
	}
	for _, d := range m.Deadlines {
		c.restoreDeadline(d)
	}
}

func (c *Core) restoreCall(ic imageCall) {
	l := c.lines[ic.View.Line]
	if l == nil {
		return
	}
	k := &call{number: ic.View.Number, permanent: l.view.Permanent, body: &body{line: l, view: ic.View, stateBeforeUnknown: ic.Before, heardInSession: ic.Session, transferSeen: ic.Moved, redirectSeen: ic.Diverted,
		drop: ic.Drop, dropRequest: ic.DropBy}}
	for _, b := range ic.Branches {
		k.branches = append(k.branches, branch{b.Channel, b.Device, b.Own, b.Answered, b.HungUp, b.Session})
		c.branches.add(l, b.Channel, k)
	}
	if ic.Source != "" {
		k.pairedAs = pairKey{ic.Source, ic.Target}
		c.pairs[k.pairedAs] = append(c.pairs[k.pairedAs], k)
	}
	c.compactor.expanded = append(c.compactor.expanded, k)
	l.calls = append(l.calls, k)
}

func (c *Core) restoreDeadline(m imageDeadline) {
	kind, ok := timerNamed(m.Kind)
	if !ok {
		return
	}
	d := &deadline{kind: kind, at: m.At, line: c.lines[m.Line], request: c.requests[m.Request], channel: m.Channel, pressedBy: m.By}
	if d.line != nil {
		d.call = d.line.call(m.Call)
	}
	switch s := &c.session; kind {
	case timerGrace:
		s.grace = d
	case timerLogin:
		s.login = d
	case timerFind:
		s.find = d
	case timerRequest:
		if d.request == nil {
			return
		}
		d.request.deadline = d
	case timerHoldBack:
		if d.line == nil || d.line.heldBack[d.channel] == nil {
			return
		}
		d.line.heldBack[d.channel].wait = d
	case timerHoldKey:
		if d.line == nil {
			return
		}
		d.line.keysInFlight[d.channel] = d
	default:
		if d.call == nil {
			return
		}
		d.call.ownDeadline(d)
	}
	c.timers.arm(d)
}

// ownDeadline enters a deadline into its call.
func (k *call) ownDeadline(d *deadline) {
	switch d.kind {
	case timerDropGuard, timerDropRetry:
		k.dropDeadline = d
	case timerOwnRing, timerOffering:
		k.ringDeadline = d
	case timerRedirect, timerStale:
		k.endDeadline = d
	case timerRing:
		k.ringCycle = d
	}
}

// Snapshot is what frontends need to know of the present, as of the newest event.
func (c *Core) Snapshot() *Snapshot {
	s := &Snapshot{Pos: Position{Seq: c.seq, Index: 1<<32 - 1}, At: c.now}
	for _, l := range c.linesByNumber {
		s.Lines = append(s.Lines, *l.currentView())
		for _, k := range l.calls {
			s.Calls = append(s.Calls, k.readBody(l).view)
		}
	}
	return s
}

// Rebuild applies a journal's events and makes no changes of them. It stops at the first error.
func (c *Core) Rebuild(all iter.Seq2[events.Event, error]) error {
	c.rebuilding = true
	defer func() { c.rebuilding = false }()
	for e, err := range all {
		if err != nil {
			return err
		}
		c.Apply(e)
	}
	return nil
}
