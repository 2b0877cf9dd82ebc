package projection

import (
	"offhook/adapters/tapi/spec"
)

// lineState counts the rings of a call anew: this host may have come when it rang already (rule R-57).
func (h *HostFilter) lineState(l *hostLine, n Notice, emit func(Notice)) {
	c := l.find(n.Call)
	if n.Call != 0 && (c == nil || !c.known || c.refused) {
		return
	}
	if n.LineState &= l.lineStates.In(l.version); !l.open || n.LineState == 0 {
		return
	}
	if n.LineState&spec.LineDevStateRinging != 0 && c != nil {
		n.RingCount = c.rings
		c.rings++
	}
	emit(n)
}

// addressState lets the host's own counters decide on NUMCALLS and INUSE…: it may know fewer calls than there are.
func (h *HostFilter) addressState(l *hostLine, n Notice, emit func(Notice)) {
	if !l.open {
		return
	}
	if other := n.AddressState & spec.AddressStateOther & l.addrStates; other != 0 {
		o := n
		o.AddressState = other
		emit(o)
	}
	if n.AddressState&spec.AddressStateNumCalls != 0 {
		l.count(n, emit)
	}
}

func (l *hostLine) counts() Counts {
	var c Counts
	for _, k := range l.calls {
		if k.known && !k.refused && k.state != spec.CallStateNew {
			c.Add(k.state)
		}
	}
	return c
}

func (l *hostLine) count(n Notice, emit func(Notice)) {
	now := l.counts()
	bits := l.told.Diff(now) & l.addrStates
	l.told = now
	if bits == 0 {
		return
	}
	emit(Notice{Message: spec.MessageAddressState, AddressState: bits, Pos: n.Pos, At: n.At, Line: n.Line, Address: n.Address, Counts: now})
}
