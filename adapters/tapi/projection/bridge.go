package projection

import (
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
)

// Seen is a call as a client last heard of it: what it says when it comes back (decision A5).
type Seen struct {
	Call     uint32 // dwCallID
	State    spec.CallState
	Mode     uint32
	Outbound bool
	Info     *spec.CallInfo // nil when it is not known: then what is true counts as told
}

// Adopt makes the view what a client saw, before Bridge takes it to what is true. It replaces what is known of the
// line; calls that are IDLE are left out.
func (p *Projection) Adopt(line engine.LineView, calls ...Seen) {
	l := p.newLine(line)
	for _, c := range calls {
		if c.State == spec.CallStateIdle || c.Call == 0 || l.find(c.Call) != nil {
			continue
		}
		k := l.add(c.Call)
		k.state, k.mode, k.own = c.State, c.Mode, true
		k.pend = c.State == spec.CallStateOnHoldPendTransfer
		k.tapiOnly = c.State == spec.CallStateDialTone
		k.view = engine.CallView{Line: line.Key, Number: c.Call, Outbound: c.Outbound, Actions: engine.ActDrop} // always offered (rule R-53)
		if k.info, k.told = c.Info, c.Info; k.info == nil {
			x := spec.NewCallInfo()
			x.Unknown = true
			x.CallID, x.CallStates, x.Origin, x.Reason = c.Call, callStates, spec.CallOriginExternal, spec.CallReasonDirect
			if c.Outbound {
				x.Origin = spec.CallOriginOutbound
			}
			k.info = &x
		}
	}
	l.told = l.counts(false)
}

// Bridge emits the bridging difference (decision A5): from what TAPI was told to the snapshot, through legal states
// only. Calls that are gone end as UNAVAIL; IDLE comes once, and a call that had its IDLE does not come back. Calls
// that only TAPI knows (decision B15) end, since what was asked of them in the gap is not known. Requests in the gap
// are the provider's to complete.
func (p *Projection) Bridge(snap engine.Snapshot, emit func(Notice)) {
	p.at = max(p.at, snap.At)
	for i := range snap.Calls {
		p.at = max(p.at, snap.Calls[i].Entered)
	}
	p.pos = snap.Pos
	s := step{p: p, pos: snap.Pos, at: p.at, emit: emit, join: true, jump: true}
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
		s.call(&engine.Change{Call: v}, v.State)
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

// endMissing ends the calls the snapshot lacks.
func (s *step) endMissing(l *lineView, live map[uint32]bool) {
	for _, k := range append([]*callView(nil), l.calls...) {
		switch {
		case live[k.number] && k.state != spec.CallStateDisconnected:
		case k.state == spec.CallStateNew && !k.own:
			l.remove(k)
		case k.tapiOnly || k.state == spec.CallStateDisconnected:
			s.walk(l, k, s.path(k, spec.CallStateIdle))
		default:
			k.view.Cause = events.ReasonLost
			s.walk(l, k, s.path(k, spec.CallStateDisconnected))
			s.walk(l, k, via(spec.CallStateIdle))
		}
	}
}
