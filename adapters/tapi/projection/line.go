package projection

import (
	"offhook/adapters/tapi/spec"
	"offhook/engine"
)

// lineUpdated sends changes of a line's service and pickup offers. Programs read the first state of a line from its status.
func (s *step) lineUpdated(v *engine.LineView) {
	l := s.p.lines[v.Key]
	if l == nil {
		s.p.newLine(*v)
		return
	}
	wasInService, offered := l.view.InService, pickupOffered(&l.view)
	l.view = *v
	switch {
	case wasInService && !v.InService:
		s.send(l, TAPIMessage{Message: spec.MessageLineDevState, LineState: spec.LineDevStateDisconnected | spec.LineDevStateOutOfService})
	case !wasInService && v.InService:
		s.send(l, TAPIMessage{Message: spec.MessageLineDevState, LineState: spec.LineDevStateConnected | spec.LineDevStateInService})
	}
	if wasInService == v.InService && pickupOffered(&l.view) != offered { // else programs read the whole status again
		s.send(l, TAPIMessage{Message: spec.MessageAddressState, AddressState: spec.AddressStateOther})
	}
}

// lineGone ends the line's calls and sends LINE_CLOSE and LINE_REMOVE (decision TAPI-a.5). Versions below 2.1 have no
// LINE_REMOVE: the line stays, out of service.
func (s *step) lineGone(key string) {
	l := s.p.lines[key]
	if l == nil {
		return
	}
	for len(l.calls) > 0 {
		k := l.calls[0]
		if k.state == spec.CallStateNew && !k.fromRequest {
			l.remove(k)
			continue
		}
		s.sendStates(l, k, s.pathTo(k, spec.CallStateIdle))
	}
	if s.p.opt.Version < spec.Version21 {
		if l.view.InService {
			l.view.InService = false
			s.send(l, TAPIMessage{Message: spec.MessageLineDevState, LineState: spec.LineDevStateDisconnected | spec.LineDevStateOutOfService})
		}
		return
	}
	s.send(l, TAPIMessage{Message: spec.MessageClose})
	s.send(l, TAPIMessage{Message: spec.MessageRemove})
	s.p.removeLine(l)
}

// sendFirstRing sends the first RINGING of an OFFERING.
func (s *step) sendFirstRing(l *lineView, k *callView) {
	if k.state == spec.CallStateOffering {
		k.nextRing = 0
		s.sendRing(l, k)
	}
}

func (s *step) sendRing(l *lineView, k *callView) {
	s.send(l, TAPIMessage{Message: spec.MessageLineDevState, Call: k.number, LineState: spec.LineDevStateRinging, RingMode: 1, RingCount: k.nextRing, Record: k.record()})
	k.nextRing++
}

// callRang sends the RINGING of a further ring (decision B14: a setting, off by default).
func (s *step) callRang(c *engine.Change) {
	if l := s.p.lineOf(c); l != nil {
		if k := l.find(c.Call.Number); k != nil && k.state == spec.CallStateOffering {
			s.sendRing(l, k)
		}
	}
}
