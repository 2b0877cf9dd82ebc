package projection

import (
	"offhook/adapters/tapi/spec"
	"offhook/engine"
)

// lineUpdated follows the line's service and its pickup offers. Only a change is said; the first state of a line is
// read from its status.
func (s *step) lineUpdated(v *engine.LineView) {
	l := s.p.lines[v.Key]
	if l == nil {
		s.p.newLine(*v)
		return
	}
	was, offered := l.view.InService, pickupOffered(&l.view)
	l.view = *v
	switch {
	case was && !v.InService:
		s.send(l, Notice{Message: spec.MessageLineDevState, LineState: spec.LineDevStateDisconnected | spec.LineDevStateOutOfService})
	case !was && v.InService:
		s.send(l, Notice{Message: spec.MessageLineDevState, LineState: spec.LineDevStateConnected | spec.LineDevStateInService})
	}
	if was == v.InService && pickupOffered(&l.view) != offered { // else the whole status is to be read anew
		s.send(l, Notice{Message: spec.MessageAddressState, AddressState: spec.AddressStateOther})
	}
}

// lineGone ends the line's calls, asks for its closing and takes it away (decision TAPI-a.5). Versions below 2.1 know
// no LINE_REMOVE: the line stays, out of service.
func (s *step) lineGone(key string) {
	l := s.p.lines[key]
	if l == nil {
		return
	}
	for len(l.calls) > 0 {
		k := l.calls[0]
		if k.state == spec.CallStateNew && !k.own {
			l.remove(k)
			continue
		}
		s.walk(l, k, s.path(k, spec.CallStateIdle))
	}
	if s.p.opt.Version < spec.Version21 {
		if l.view.InService {
			l.view.InService = false
			s.send(l, Notice{Message: spec.MessageLineDevState, LineState: spec.LineDevStateDisconnected | spec.LineDevStateOutOfService})
		}
		return
	}
	s.send(l, Notice{Message: spec.MessageClose})
	s.send(l, Notice{Message: spec.MessageRemove})
	s.p.dropLine(l)
}

// ring sends the first RINGING of an OFFERING.
func (s *step) ring(l *lineView, k *callView) {
	if k.state == spec.CallStateOffering {
		k.rings = 0
		s.ringOnce(l, k)
	}
}

func (s *step) ringOnce(l *lineView, k *callView) {
	s.send(l, Notice{Message: spec.MessageLineDevState, Call: k.number, LineState: spec.LineDevStateRinging, RingMode: 1, RingCount: k.rings, Record: k.record()})
	k.rings++
}

// rang sends the RINGING of a further cycle (decision B14: a setting, off).
func (s *step) rang(c *engine.Change) {
	if l := s.p.lineOf(c); l != nil {
		if k := l.find(c.Call.Number); k != nil && k.state == spec.CallStateOffering {
			s.ringOnce(l, k)
		}
	}
}
