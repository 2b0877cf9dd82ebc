package projection

import (
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
)

// requestEnded completes a request. A call that it made exists from the completion on (rules ); calls that
// only TAPI knows show their dial tone at once (decision B15).
func (s *step) requestEnded(f events.FinishedFacts) {
	asked, known := s.p.accepted[f.ID]
	delete(s.p.accepted, f.ID)
	if !known {
		asked = events.RequestFacts{ID: f.ID, Kind: f.Kind, Line: f.Line, Call: f.Call}
	}
	n := Notice{Message: MessageAsyncCompletion, Request: f.ID, Kind: f.Kind, Result: resultOf(f.Kind, f.Result), Call: f.Call}
	l := s.p.lines[f.Line]
	if l == nil {
		n.Pos, n.At, n.Line = s.pos, s.at, f.Line
		s.emit(n)
		return
	}
	var made *callView
	if f.Result == events.ResultOK {
		made = s.made(l, &asked)
	}
	if made != nil {
		n.Call, n.Record = made.number, made.record()
	}
	s.send(l, n)
	switch {
	case made != nil && made.tapiOnly && made.state == spec.CallStateNew:
		s.dialTone(l, made, &asked)
	case f.Result == events.ResultOK && f.Kind == events.Drop:
		s.hungUp(l, f.Call)
	}
}

// made gives the call that a successful request made, nil when it made none.
func (s *step) made(l *lineView, q *events.RequestFacts) *callView {
	number := q.Call
	switch q.Kind {
	case events.SetupTransfer:
		number = q.Other
	case events.Dial, events.PickupCall, events.Seize:
	default:
		return nil
	}
	if k := l.find(number); k != nil { // lineDial on a call that has its dial tone, or a call known to the PBX only
		if k.state == spec.CallStateNew && !k.own {
			k.own, k.told = true, k.info
		}
		return k
	}
	if l.isEnded(number) {
		return nil
	}
	k := l.add(number)
	k.own, k.entered = true, s.at
	k.tapiOnly = q.Kind == events.Seize || q.Kind == events.SetupTransfer
	k.view = engine.CallView{Line: l.view.Key, Number: number, Request: q.ID, Outbound: true, Reason: events.ReasonDirect, Actions: engine.ActDrop}
	switch q.Kind {
	case events.Dial:
		k.view.Called.Number = q.Number
	case events.PickupCall:
		k.view.Outbound, k.view.Reason, k.view.Called.Number = false, events.ReasonPickup, q.Number
		k.view.State = engine.Dialing
	case events.SetupTransfer:
		k.related = q.Call
	}
	k.info = s.p.InfoOf(&l.view, &k.view, false, k.related)
	k.told = k.info
	return k
}

// dialTone shows a call that only TAPI knows. Of a consultation the first call is marked as well: it becomes
// ONHOLDPENDTRANSFER as soon as the PBX holds it (decision TAPI-c.2).
func (s *step) dialTone(l *lineView, k *callView, q *events.RequestFacts) {
	first := l.find(q.Call)
	if q.Kind != events.SetupTransfer || first == nil || first == k {
		s.walk(l, k, via(spec.CallStateDialTone))
		return
	}
	first.pend, first.related = true, k.number
	s.renew(l, first)
	if first.state == spec.CallStateOnHold {
		s.walk(l, first, via(spec.CallStateOnHoldPendTransfer))
	} else if first.state != spec.CallStateNew {
		s.tell(l, first)
	}
	s.walk(l, k, via(spec.CallStateDialTone))
}

// hungUp ends a call the PBX knows nothing of; the others end when the PBX says so.
func (s *step) hungUp(l *lineView, number uint32) {
	if k := l.find(number); k != nil && k.tapiOnly {
		s.walk(l, k, s.path(k, spec.CallStateIdle))
	}
}
