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
	c.session = session{number: s.Number, up: s.Up, ready: s.Ready, lost: s.Lost, jid: s.JID, domain: s.Domain, iqs: s.IQs}
	c.lookups, c.absent = slices.Clone(m.Lookups), slices.Clone(m.Absent)
	maps.Copy(c.retired, m.Retired)
	maps.Copy(c.iqs, m.IQs)
	for _, il := range m.Lines {
		l := &line{view: il.View, offers: il.Offers, deferred: map[string]*heldBack{}, keys: map[string]*deadline{}, lot: &c.lot, guessed: il.Guessed}
		for ch, f := range il.Deferred {
			l.deferred[ch] = &heldBack{facts: f}
		}
		c.lines[l.view.Key] = l
		c.order = append(c.order, l)
		if l.view.Address != "" {
			c.address[l.view.Address] = l
		}
	}
	for _, ic := range m.Calls {
		c.restoreCall(ic)
	}
	for _, ir := range m.Requests {
		q := &request{f: ir.Facts, line: c.lines[ir.Facts.Line], at: ir.At, sent: ir.Sent, open: ir.Open}
		c.requests[q.f.ID] = q
		c.open = append(c.open, q)
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
			c.closed.add(channelKey{l, x.Channel}, c.now, x.Until)
		}
	}
	for _, a := range m.Answered {
		if l := c.lines[a.Line]; l != nil {
			c.answered.queue = append(c.answered.queue, answer{a.Source, a.At, a.Line, a.Call})
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
	k := &call{number: ic.View.Number, permanent: l.view.Permanent, body: &body{line: l, view: ic.View, before: ic.Before, session: ic.Session, moved: ic.Moved, diverted: ic.Diverted,
		drop: ic.Drop, dropBy: ic.DropBy}}
	for _, b := range ic.Branches {
		k.branches = append(k.branches, branch{b.Channel, b.Device, b.Own, b.Answered, b.HungUp, b.Session})
		c.channels.add(l, b.Channel, k)
	}
	if ic.Source != "" {
		k.paired = pairKey{ic.Source, ic.Target}
		c.pairs[k.paired] = append(c.pairs[k.paired], k)
	}
	c.lot.awake = append(c.lot.awake, k)
	l.calls = append(l.calls, k)
}

func (c *Core) restoreDeadline(m imageDeadline) {
	kind, ok := timerNamed(m.Kind)
	if !ok {
		return
	}
	d := &deadline{kind: kind, at: m.At, line: c.lines[m.Line], request: c.requests[m.Request], channel: m.Channel, by: m.By}
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
		d.request.wait = d
	case timerHoldBack:
		if d.line == nil || d.line.deferred[d.channel] == nil {
			return
		}
		d.line.deferred[d.channel].wait = d
	case timerKey:
		if d.line == nil {
			return
		}
		d.line.keys[d.channel] = d
	default:
		if d.call == nil {
			return
		}
		d.call.own(d)
	}
	c.timers.arm(d)
}

// own enters a deadline into its call.
func (k *call) own(d *deadline) {
	switch d.kind {
	case timerDropGuard, timerDropRetry:
		k.guard = d
	case timerOwnRing, timerOffering:
		k.ring = d
	case timerRedirect, timerStale:
		k.wait = d
	case timerRing:
		k.bell = d
	}
}

// Snapshot is what frontends need to know of the present, as of the newest event.
func (c *Core) Snapshot() *Snapshot {
	s := &Snapshot{Pos: Position{Seq: c.seq, Index: 1<<32 - 1}, At: c.now}
	for _, l := range c.order {
		s.Lines = append(s.Lines, *l.snapshot())
		for _, k := range l.calls {
			s.Calls = append(s.Calls, k.read(l).view)
		}
	}
	return s
}

// Rebuild applies a journal's events and makes no changes of them. It stops at the first error.
func (c *Core) Rebuild(all iter.Seq2[events.Event, error]) error {
	c.silent = true
	defer func() { c.silent = false }()
	for e, err := range all {
		if err != nil {
			return err
		}
		c.Apply(e)
	}
	return nil
}
