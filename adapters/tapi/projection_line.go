package tapi

import (
	"offhook/engine"
	"offhook/events"
)

// lineUpdated follows the line's service and its pickup offers. Only a change is said; the first state of a line is
// read from its status.
func (s *step) lineUpdated(v *engine.LineView) {
	l := s.p.lines[v.Key]
	if l == nil {
		s.p.newLine(*v)
		return
	}
	was, offered := l.view.InService, l.pickupOffered()
	l.view = *v
	switch {
	case was && !v.InService:
		s.send(l, Notice{Message: MessageLineDevState, LineState: LineDevStateDisconnected | LineDevStateOutOfService})
	case !was && v.InService:
		s.send(l, Notice{Message: MessageLineDevState, LineState: LineDevStateConnected | LineDevStateInService})
	}
	if was == v.InService && l.pickupOffered() != offered { // else the whole status is to be read anew
		s.send(l, Notice{Message: MessageAddressState, AddressState: AddressStateOther})
	}
}

// lineGone ends the line's calls, asks for its closing and takes it away (tapi reference a.5). Versions below 2.1 know
// no LINE_REMOVE: the line stays, out of service.
func (s *step) lineGone(key string) {
	l := s.p.lines[key]
	if l == nil {
		return
	}
	for len(l.calls) > 0 {
		k := l.calls[0]
		if k.state == CallStateNew && !k.own {
			l.remove(k)
			continue
		}
		s.walk(l, k, s.path(k, CallStateIdle))
	}
	if s.p.opt.Version < Version21 {
		if l.view.InService {
			l.view.InService = false
			s.send(l, Notice{Message: MessageLineDevState, LineState: LineDevStateDisconnected | LineDevStateOutOfService})
		}
		return
	}
	s.send(l, Notice{Message: MessageClose})
	s.send(l, Notice{Message: MessageRemove})
	s.p.dropLine(l)
}

// ring sends the first RINGING of an OFFERING and starts its cycle.
func (s *step) ring(l *lineView, k *callView) {
	s.quiet(k)
	if k.state != CallStateOffering {
		return
	}
	k.rings = 0
	s.ringOnce(l, k)
	if cycle := s.p.opt.RingCycle; cycle > 0 {
		k.ringAt = s.at.Add(cycle)
		s.p.ringing++
	}
}

func (s *step) ringOnce(l *lineView, k *callView) {
	s.send(l, Notice{Message: MessageLineDevState, Call: k.number, LineState: LineDevStateRinging, RingMode: 1, RingCount: k.rings, Record: k.record()})
	k.rings++
}

func (s *step) quiet(k *callView) {
	if k.ringAt != 0 {
		k.ringAt = 0
		s.p.ringing--
	}
}

// maxRings bounds the rings of one Tick: a trace may jump by years.
const maxRings = 120

// Tick sends the ring cycles that are due until a moment, each with its own time. Apply calls it with the change's
// time; a live frontend may call it in between, with times that do not go back. Without Options.RingCycle it does
// nothing.
func (p *Projection) Tick(at events.Millis, emit func(Notice)) {
	if p.ringing == 0 {
		return
	}
	for _, key := range p.LineKeys() {
		l := p.lines[key]
		for _, k := range l.calls {
			for n := 0; n < maxRings && k.ringAt != 0 && k.ringAt <= at; n++ {
				s := step{p: p, pos: p.pos, at: k.ringAt, emit: emit}
				s.ringOnce(l, k)
				k.ringAt = k.ringAt.Add(p.opt.RingCycle)
			}
			if k.ringAt != 0 && k.ringAt <= at {
				k.ringAt = at.Add(p.opt.RingCycle)
			}
		}
	}
}
