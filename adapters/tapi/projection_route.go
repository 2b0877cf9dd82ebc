package tapi

import (
	"offhook/engine"
	"offhook/events"
)

// target is the TAPI state the engine's state stands for; false while there is nothing to show: TAPI hears of a Pickup
// with its next state only, since an inbound call never shows DIALTONE (rule R-47).
func (p *Projection) target(k *callView, to engine.State) (CallState, bool) {
	switch to {
	case engine.Offering:
		return CallStateOffering, true
	case engine.Dialing:
		return CallStateDialTone, k.view.Outbound && k.view.Reason != events.ReasonPickup
	case engine.Proceeding:
		if p.opt.Ringback == RingbackVendor {
			return CallStateRingback, true
		}
		return CallStateProceeding, true
	case engine.Ringback:
		return CallStateRingback, true
	case engine.Busy:
		return CallStateBusy, true
	case engine.Connected:
		return CallStateConnected, true
	case engine.Held:
		if k.pend {
			return CallStateOnHoldPendTransfer, true
		}
		return CallStateOnHold, true
	case engine.Disconnected:
		return CallStateDisconnected, true
	case engine.Idle:
		return CallStateIdle, true
	case engine.Unknown:
		return CallStateUnknown, true
	}
	return 0, false
}

// route is a way through the table of decision TAPI-c.2; n is 0 when there is none.
type route struct {
	states [4]CallState
	n      int
}

func via(states ...CallState) route {
	r := route{n: len(states)}
	copy(r.states[:], states)
	return r
}

// setup are the states of an outbound call before anybody answers, in order.
var setup = [...]CallState{CallStateDialTone, CallStateDialing, CallStateProceeding, CallStateRingback}

// path finds the way from the call's state to another one.
func (s *step) path(k *callView, to CallState) route {
	from, outbound := k.state, k.view.Outbound
	if !FitsDirection(outbound, to) {
		return route{}
	}
	if r := s.setupPath(from, to); r.n > 0 {
		return r
	}
	if Legal(from, to) {
		return via(to)
	}
	first := CallStateOffering
	if outbound {
		first = CallStateDialing
	}
	for _, between := range [...]CallState{first, CallStateConnected} {
		if Legal(from, between) && Legal(between, to) {
			return via(between, to)
		}
	}
	if s.jump && Legal(from, CallStateUnknown) && Legal(CallStateUnknown, to) {
		return via(CallStateUnknown, to)
	}
	return route{}
}

// setupPath names every stage between two stages of an outbound call: DIALING, PROCEEDING, RINGBACK (decision B5).
func (s *step) setupPath(from, to CallState) route {
	a, b := 0, indexOf(to)
	switch {
	case b < 0, from == CallStateNew && s.join:
		return route{}
	case from != CallStateNew:
		if a = indexOf(from); a < 0 {
			return route{}
		}
	case to == CallStateDialTone:
		return via(to)
	}
	if b <= a {
		return route{}
	}
	return via(setup[a+1 : b+1]...)
}

func indexOf(s CallState) int {
	for i, x := range setup {
		if x == s {
			return i
		}
	}
	return -1
}
