package projection

import (
	"offhook/adapters/tapi/spec"
)

// filterLineState passes the bits that the host wants. It counts the rings of a call itself: the host may have connected
// when the call rang already (rule R-57).
func (h *HostFilter) filterLineState(l *hostLine, n TAPIMessage, emit func(TAPIMessage)) {
	c := l.find(n.Call)
	if n.Call != 0 && (c == nil || !c.known || c.dismissed) {
		return
	}
	if n.LineState &= l.lineStates.In(l.version); !l.open || n.LineState == 0 {
		return
	}
	if n.LineState&spec.LineDevStateRinging != 0 && c != nil {
		n.RingCount = c.ringsSent
		c.ringsSent++
	}
	emit(n)
}

// filterAddressState sends NUMCALLS and INUSE… by the host's own counters: it may know fewer calls than there are.
func (h *HostFilter) filterAddressState(l *hostLine, n TAPIMessage, emit func(TAPIMessage)) {
	if !l.open {
		return
	}
	if other := n.AddressState & spec.AddressStateOther & l.addrStates; other != 0 {
		o := n
		o.AddressState = other
		emit(o)
	}
	if n.AddressState&spec.AddressStateNumCalls != 0 {
		l.sendCounts(n, emit)
	}
}

func (l *hostLine) counts() Counts {
	var c Counts
	for _, k := range l.calls {
		if k.known && !k.dismissed && k.state != spec.CallStateNew {
			c.Add(k.state)
		}
	}
	return c
}

func (l *hostLine) sendCounts(n TAPIMessage, emit func(TAPIMessage)) {
	now := l.counts()
	bits := l.sentCounts.Diff(now) & l.addrStates
	l.sentCounts = now
	if bits == 0 {
		return
	}
	emit(TAPIMessage{Message: spec.MessageAddressState, AddressState: bits, Pos: n.Pos, At: n.At, Line: n.Line, Address: n.Address, Counts: now})
}
