package projection

import (
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
)

// requestEnded completes a request. A call that it made exists from the completion on (rules ); calls that
// only TAPI knows show their dial tone at once (decision B15).
func (s *step) requestEnded(f events.FinishedFacts) {
	request, known := s.p.accepted[f.ID]
	delete(s.p.accepted, f.ID)
	if !known {
		request = events.RequestFacts{ID: f.ID, Kind: f.Kind, Line: f.Line, Call: f.Call}
	}
	n := TAPIMessage{Message: MessageAsyncCompletion, Request: f.ID, Kind: f.Kind, Result: resultOf(f.Kind, f.Result), Call: f.Call}
	l := s.p.lines[f.Line]
	if l == nil {
		n.Pos, n.At, n.Line = s.pos, s.at, f.Line
		s.emit(n)
		return
	}
	var made *callView
	if f.Result == events.ResultOK {
		made = s.callMadeBy(l, &request)
	}
	if made != nil {
		n.Call, n.Record = made.number, made.record()
	}
	s.send(l, n)
	switch {
	case made != nil && made.tapiOnly && made.state == spec.CallStateNew:
		s.showDialTone(l, made, &request)
	case f.Result == events.ResultOK && f.Kind == events.Drop:
		s.endCallWithoutPBX(l, f.Call)
	}
}

// callMadeBy returns the call that a successful request made, nil when it made none.
func (s *step) callMadeBy(l *lineView, q *events.RequestFacts) *callView {
	number := q.Call
	switch q.Kind {
	case events.SetupTransfer:
		number = q.Other
	case events.Dial, events.PickupCall, events.Seize:
	default:
		return nil
	}
	if k := l.find(number); k != nil { // lineDial on a call that has its dial tone, or a call known to the PBX only
		if k.state == spec.CallStateNew && !k.fromRequest {
			k.fromRequest, k.sentInfo = true, k.info
		}
		return k
	}
	if l.isEnded(number) {
		return nil
	}
	k := l.add(number)
	k.fromRequest, k.entered = true, s.at
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
	k.sentInfo = k.info
	return k
}

// showDialTone sends DIALTONE for a call that only TAPI knows. If it is a consultation call, the first call becomes
// ONHOLDPENDTRANSFER as soon as the PBX holds it (decision TAPI-c.2).
func (s *step) showDialTone(l *lineView, k *callView, q *events.RequestFacts) {
	first := l.find(q.Call)
	if q.Kind != events.SetupTransfer || first == nil || first == k {
		s.sendStates(l, k, pathThrough(spec.CallStateDialTone))
		return
	}
	first.pendingTransfer, first.related = true, k.number
	s.updateInfo(l, first)
	if first.state == spec.CallStateOnHold {
		s.sendStates(l, first, pathThrough(spec.CallStateOnHoldPendTransfer))
	} else if first.state != spec.CallStateNew {
		s.sendCallInfo(l, first)
	}
	s.sendStates(l, k, pathThrough(spec.CallStateDialTone))
}

// endCallWithoutPBX ends a dropped call that the PBX does not know; the others end when the PBX says so.
func (s *step) endCallWithoutPBX(l *lineView, number uint32) {
	if k := l.find(number); k != nil && k.tapiOnly {
		s.sendStates(l, k, s.pathTo(k, spec.CallStateIdle))
	}
}
