package projection

import (
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
)

// AdoptedCall is a call as a host last knew it: what the host reports when it connects again (decision A5).
type AdoptedCall struct {
	Call     uint32 // dwCallID
	State    spec.CallState
	Mode     uint32
	Outbound bool
	Info     *spec.CallInfo // nil when it is not known: then the present info counts as sent
}

// Adopt sets a line to what a host knew, before Bridge brings it to the present state. It replaces what the projection
// knows about the line; calls that are IDLE are left out.
func (p *Projection) Adopt(line engine.LineView, calls ...AdoptedCall) {
	l := p.newLine(line)
	for _, c := range calls {
		if c.State == spec.CallStateIdle || c.Call == 0 || l.find(c.Call) != nil {
			continue
		}
		k := l.add(c.Call)
		k.state, k.mode, k.fromRequest = c.State, c.Mode, true
		k.pendingTransfer = c.State == spec.CallStateOnHoldPendTransfer
		k.tapiOnly = c.State == spec.CallStateDialTone
		k.view = engine.CallView{Line: line.Key, Number: c.Call, Outbound: c.Outbound, Actions: engine.ActDrop} // always offered (rule R-53)
		if k.info, k.sentInfo = c.Info, c.Info; k.info == nil {
			x := spec.NewCallInfo()
			x.Unknown = true
			x.CallID, x.CallStates, x.Origin, x.Reason = c.Call, callStates, spec.CallOriginExternal, spec.CallReasonDirect
			if c.Outbound {
				x.Origin = spec.CallOriginOutbound
			}
			k.info = &x
		}
	}
	l.sentCounts = l.counts(false)
}

// Bridge emits the bridging difference (decision A5): from what TAPI was told to the snapshot, through legal states
// only. Calls that the snapshot lacks end as UNAVAIL; IDLE comes once, and a call that had its IDLE does not come back.
// Calls that only TAPI knows (decision B15) end, since requests on them may have been missed. The provider completes the
// pending requests.
func (p *Projection) Bridge(snap engine.Snapshot, emit func(TAPIMessage)) {
	p.at = max(p.at, snap.At)
	for i := range snap.Calls {
		p.at = max(p.at, snap.Calls[i].Entered)
	}
	p.pos = snap.Pos
	s := step{p: p, pos: snap.Pos, at: p.at, emit: emit, bridging: true, viaUnknown: true}
	clear(p.accepted)
	s.bridgeLines(snap.Lines)
	live := map[string]map[uint32]bool{}
	for i := range snap.Calls {
		v := &snap.Calls[i]
		if live[v.Line] == nil {
			live[v.Line] = map[uint32]bool{}
		}
		live[v.Line][v.Number] = true
	}
	for _, key := range p.LineKeys() {
		s.endMissing(p.lines[key], live[key])
	}
	for i := range snap.Calls {
		v := &snap.Calls[i]
		s.callChanged(&engine.Change{Call: v}, v.State)
	}
}

func (s *step) bridgeLines(lines []engine.LineView) {
	known := map[string]bool{}
	for i := range lines {
		known[lines[i].Key] = true
	}
	for _, key := range s.p.LineKeys() {
		if !known[key] {
			s.lineGone(key)
		}
	}
	for i := range lines {
		s.lineUpdated(&lines[i])
	}
}

// endMissing ends the line's calls that the snapshot lacks.
func (s *step) endMissing(l *lineView, live map[uint32]bool) {
	for _, k := range append([]*callView(nil), l.calls...) {
		switch {
		case live[k.number] && k.state != spec.CallStateDisconnected:
		case k.state == spec.CallStateNew && !k.fromRequest:
			l.remove(k)
		case k.tapiOnly || k.state == spec.CallStateDisconnected:
			s.sendStates(l, k, s.pathTo(k, spec.CallStateIdle))
		default:
			k.view.Cause = events.ReasonLost
			s.sendStates(l, k, s.pathTo(k, spec.CallStateDisconnected))
			s.sendStates(l, k, pathThrough(spec.CallStateIdle))
		}
	}
}
