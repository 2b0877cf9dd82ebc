package projection

import (
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
)

// targetState returns the TAPI state of an engine state; false while there is none to send: a Pickup is shown from its
// next state on, since an inbound call never has DIALTONE (rule R-47).
func (p *Projection) targetState(k *callView, to engine.State) (spec.CallState, bool) {
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
		if k.pendingTransfer {
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

// statePath is a sequence of states that the table of decision TAPI-c.2 allows; n is 0 when there is none.
type statePath struct {
	states [4]spec.CallState
	n      int
}

func pathThrough(states ...spec.CallState) statePath {
	r := statePath{n: len(states)}
	copy(r.states[:], states)
	return r
}

// setupStates are the states of an outbound call before it is answered, in order.
var setupStates = [...]spec.CallState{spec.CallStateDialTone, spec.CallStateDialing, spec.CallStateProceeding, spec.CallStateRingback}

// pathTo finds the path from the call's state to another one.
func (s *step) pathTo(k *callView, to spec.CallState) statePath {
	from, outbound := k.state, k.view.Outbound
	if !spec.FitsDirection(outbound, to) {
		return statePath{}
	}
	if r := s.setupPath(from, to); r.n > 0 {
		return r
	}
	if spec.Legal(from, to) {
		return pathThrough(to)
	}
	first := spec.CallStateOffering
	if outbound {
		first = spec.CallStateDialing
	}
	for _, between := range [...]spec.CallState{first, spec.CallStateConnected} {
		if spec.Legal(from, between) && spec.Legal(between, to) {
			return pathThrough(between, to)
		}
	}
	if s.viaUnknown && spec.Legal(from, spec.CallStateUnknown) && spec.Legal(spec.CallStateUnknown, to) {
		return pathThrough(spec.CallStateUnknown, to)
	}
	return statePath{}
}

// setupPath returns every state between two states of setupStates: DIALING, PROCEEDING, RINGBACK (decision B5).
func (s *step) setupPath(from, to spec.CallState) statePath {
	a, b := 0, setupIndex(to)
	switch {
	case b < 0, from == spec.CallStateNew && s.bridging:
		return statePath{}
	case from != spec.CallStateNew:
		if a = setupIndex(from); a < 0 {
			return statePath{}
		}
	case to == spec.CallStateDialTone:
		return pathThrough(to)
	}
	if b <= a {
		return statePath{}
	}
	return pathThrough(setupStates[a+1 : b+1]...)
}

func setupIndex(s spec.CallState) int {
	for i, x := range setupStates {
		if x == s {
			return i
		}
	}
	return -1
}
