package projection

import (
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
)

// target is the TAPI state the engine's state stands for; false while there is nothing to show: TAPI hears of a Pickup
// with its next state only, since an inbound call never shows DIALTONE (rule R-47).
func (p *Projection) target(k *callView, to engine.State) (spec.CallState, bool) {
	switch to {
	case engine.Offering:
		return spec.CallStateOffering, true
	case engine.Dialing:
		return spec.CallStateDialTone, k.view.Outbound && k.view.Reason != events.ReasonPickup
	case engine.Proceeding:
		if p.opt.Ringback == RingbackVendor {
			return spec.CallStateRingback, true
		}
		return spec.CallStateProceeding, true
	case engine.Ringback:
		return spec.CallStateRingback, true
	case engine.Busy:
		return spec.CallStateBusy, true
	case engine.Connected:
		return spec.CallStateConnected, true
	case engine.Held:
		if k.pend {
			return spec.CallStateOnHoldPendTransfer, true
		}
		return spec.CallStateOnHold, true
	case engine.Disconnected:
		return spec.CallStateDisconnected, true
	case engine.Idle:
		return spec.CallStateIdle, true
	case engine.Unknown:
		return spec.CallStateUnknown, true
	}
	return 0, false
}

// route is a way through the table of decision TAPI-c.2; n is 0 when there is none.
type route struct {
	states [4]spec.CallState
	n      int
}

func via(states ...spec.CallState) route {
	r := route{n: len(states)}
	copy(r.states[:], states)
	return r
}

// setup are the states of an outbound call before anybody answers, in order.
var setup = [...]spec.CallState{spec.CallStateDialTone, spec.CallStateDialing, spec.CallStateProceeding, spec.CallStateRingback}

// path finds the way from the call's state to another one.
func (s *step) path(k *callView, to spec.CallState) route {
	from, outbound := k.state, k.view.Outbound
	if !spec.FitsDirection(outbound, to) {
		return route{}
	}
	if r := s.setupPath(from, to); r.n > 0 {
		return r
	}
	if spec.Legal(from, to) {
		return via(to)
	}
	first := spec.CallStateOffering
	if outbound {
		first = spec.CallStateDialing
	}
	for _, between := range [...]spec.CallState{first, spec.CallStateConnected} {
		if spec.Legal(from, between) && spec.Legal(between, to) {
			return via(between, to)
		}
	}
	if s.jump && spec.Legal(from, spec.CallStateUnknown) && spec.Legal(spec.CallStateUnknown, to) {
		return via(spec.CallStateUnknown, to)
	}
	return route{}
}

// setupPath names every stage between two stages of an outbound call: DIALING, PROCEEDING, RINGBACK (decision B5).
func (s *step) setupPath(from, to spec.CallState) route {
	a, b := 0, indexOf(to)
	switch {
	case b < 0, from == spec.CallStateNew && s.join:
		return route{}
	case from != spec.CallStateNew:
		if a = indexOf(from); a < 0 {
			return route{}
		}
	case to == spec.CallStateDialTone:
		return via(to)
	}
	if b <= a {
		return route{}
	}
	return via(setup[a+1 : b+1]...)
}

func indexOf(s spec.CallState) int {
	for i, x := range setup {
		if x == s {
			return i
		}
	}
	return -1
}
