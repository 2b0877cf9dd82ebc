package projection

import (
	"offhook/adapters/tapi/spec"
)

// HostFilter is the second stage to TAPI (decision A4): what one host hears of the projection's messages. It knows which
// lines the host has open and at which version, which calls it was told of, closed or declined, and which requests are
// its own. A pure state machine: notices and the host's actions come in, notices go out.
//
// A call the host does not know is announced with NEWCALL in the state it has at its next LINE_CALLSTATE, or, of those
// that were there when the line was opened, by Announce (rules ). A HostFilter is not safe for concurrent use.
type HostFilter struct {
	lines map[string]*hostLine
	asked map[uint32]bool // the host's own requests; true when they make a call
}

type hostLine struct {
	open       bool
	version    spec.Version
	lineStates spec.LineDevState
	addrStates spec.AddressState
	calls      []*hostCall
	told       Counts
}

type hostCall struct {
	number  uint32
	last    Notice // the last LINE_CALLSTATE, its Record kept up to date
	known   bool   // the host has a handle
	refused bool   // closed or declined: nothing more of it until the line is opened again
	state   spec.CallState
	mode    uint32
	told    *spec.CallInfo // as of the last message that explained it, nil when that was another daemon's
	rings   uint32         // how many RINGING the host has heard since it is OFFERING
}

// NewHostFilter starts with every line closed.
func NewHostFilter() *HostFilter {
	return &HostFilter{lines: map[string]*hostLine{}, asked: map[uint32]bool{}}
}

func (h *HostFilter) line(key string) *hostLine {
	l := h.lines[key]
	if l == nil {
		l = &hostLine{}
		h.lines[key] = l
	}
	return l
}

func (l *hostLine) find(number uint32) *hostCall {
	for _, c := range l.calls {
		if c.number == number {
			return c
		}
	}
	return nil
}

func (l *hostLine) call(number uint32) *hostCall {
	c := l.find(number)
	if c == nil {
		c = &hostCall{number: number}
		l.calls = append(l.calls, c)
	}
	return c
}

func (l *hostLine) forget(c *hostCall) {
	for i, o := range l.calls {
		if o == c {
			l.calls = append(l.calls[:i], l.calls[i+1:]...)
			return
		}
	}
}

// Open is lineOpen: from now on the line's messages pass, at version v. Nothing is said of calls that exist: Announce
// does that, after lineOpen has returned.
func (h *HostFilter) Open(key string, v spec.Version) {
	l := h.line(key)
	l.open, l.version = true, v
	l.lineStates, l.addrStates = ^spec.LineDevState(0), ^spec.AddressState(0)
	l.told = Counts{}
	for _, c := range l.calls {
		c.known, c.refused, c.state, c.mode = false, false, 0, 0
	}
}

// Announce emits NEWCALL and the current state of calls the host does not know yet.
func (h *HostFilter) Announce(key string, emit func(Notice)) {
	l := h.line(key)
	if !l.open {
		return
	}
	for _, c := range l.calls {
		if c.known || c.refused || c.last.State == spec.CallStateNew {
			continue
		}
		n := c.last
		if h.announce(l, c, n, emit); c.known && n.State == spec.CallStateOffering && l.lineStates&spec.LineDevStateRinging != 0 {
			n.Message, n.LineState, n.RingMode, n.RingCount = spec.MessageLineDevState, spec.LineDevStateRinging, 1, 0
			n.State, n.Mode = 0, 0
			c.rings++
			emit(n)
		}
		l.count(n, emit)
	}
}

// Close is lineClose: nothing of the line passes any more.
func (h *HostFilter) Close(key string) { h.line(key).open = false }

// CloseCall is lineCloseCall, Decline an announced call that TAPI did not take: nothing more is said of the call until
// the line is opened anew (rules ).
func (h *HostFilter) CloseCall(key string, number uint32) {
	l := h.line(key)
	l.call(number).refused = true
	l.told = l.counts()
}

// Dismiss forgets a call whose request failed.
func (h *HostFilter) Dismiss(key string, number uint32) {
	if l := h.line(key); l.find(number) != nil {
		l.forget(l.find(number))
	}
}

// Decline is CloseCall for a call whose HTAPICALL stayed 0.
func (h *HostFilter) Decline(key string, number uint32) { h.CloseCall(key, number) }

// Asked tells of a request the host made; its completion passes, others' do not. makes says that it makes a call.
func (h *HostFilter) Asked(id uint32, makes bool) { h.asked[id] = makes }

// Forget takes a request back: its completion is no longer expected.
func (h *HostFilter) Forget(id uint32) { delete(h.asked, id) }

// StatusMessages is lineSetStatusMessages: which bits of LINEDEVSTATE and ADDRESSSTATE the host wants. Until it is
// called all pass.
func (h *HostFilter) StatusMessages(key string, line spec.LineDevState, address spec.AddressState) {
	l := h.line(key)
	l.lineStates, l.addrStates = line, address
}

// Adopt is a line the host has open, or a call it knows, from an earlier connection (decision A5).
func (h *HostFilter) Adopt(key string, v spec.Version, calls ...Seen) {
	h.Open(key, v)
	l := h.line(key)
	for _, s := range calls {
		c := l.call(s.Call)
		c.known, c.state, c.mode = true, s.State, s.Mode
		c.last.State, c.last.Mode = s.State, s.Mode
		c.rings = 1 // it was told of the first, if it rings
	}
	l.told = l.counts()
}

// Take lets one message of the projection through, changed to what the host may hear.
func (h *HostFilter) Take(n Notice, emit func(Notice)) {
	l := h.line(n.Line)
	switch n.Message {
	case MessageAsyncCompletion:
		h.completion(l, n, emit)
	case spec.MessageNewCall: // announced with the LINE_CALLSTATE that follows
	case spec.MessageCallState:
		h.callState(l, n, emit)
	case spec.MessageCallInfo:
		h.callInfo(l, n, emit)
	case spec.MessageLineDevState:
		h.lineState(l, n, emit)
	case spec.MessageAddressState:
		h.addressState(l, n, emit)
	case spec.MessageRemove:
		emit(n)
		delete(h.lines, n.Line)
	default:
		if l.open {
			emit(n)
		}
	}
}

func (h *HostFilter) completion(l *hostLine, n Notice, emit func(Notice)) {
	makes, mine := h.asked[n.Request]
	if !mine {
		return
	}
	delete(h.asked, n.Request)
	if makes && n.Result == spec.LineErrNone && n.Record != nil {
		if c := l.call(n.Call); !c.refused {
			c.known, c.told = true, n.Record.Info
		}
	}
	emit(n)
}

func (h *HostFilter) callState(l *hostLine, n Notice, emit func(Notice)) {
	c := l.call(n.Call)
	c.last = n
	if n.State == spec.CallStateIdle {
		defer l.forget(c)
	}
	switch {
	case !l.open || c.refused:
	case !c.known:
		h.announce(l, c, n, emit)
	default:
		l.pass(c, n, emit)
	}
}

// announce introduces a call in the state it is in; one that is ending already is not worth it.
func (h *HostFilter) announce(l *hostLine, c *hostCall, n Notice, emit func(Notice)) {
	if n.State == spec.CallStateOnHoldPendTransfer {
		n.State, n.Mode = spec.CallStateOnHold, 0 // which the table of decision TAPI-c.2 lets a call begin with
	}
	if !spec.Legal(spec.CallStateNew, n.State) {
		return
	}
	c.known = true
	if n.Record != nil {
		c.told = n.Record.Info
	}
	first := n
	first.Message, first.State, first.Mode = spec.MessageNewCall, 0, 0
	emit(first)
	l.pass(c, n, emit)
}

func (l *hostLine) pass(c *hostCall, n Notice, emit func(Notice)) {
	n.Mode = spec.DowngradeStateMode(n.State, n.Mode, l.version)
	if n.State == c.state && (n.Mode == c.mode || !spec.Repeatable(n.State)) {
		return
	}
	c.state, c.mode = n.State, n.Mode
	if c.state == spec.CallStateOffering {
		c.rings = 0
	}
	n.Record = c.copyOf(n.Record)
	n.Counts = l.counts()
	emit(n)
}

// copyOf is a record in the state the host was told, which is another one for a call announced while it was pending.
func (c *hostCall) copyOf(r *CallRecord) *CallRecord {
	if r == nil || r.Status.State == c.state && r.Status.Mode == c.mode {
		return r
	}
	told := *r
	told.Status.State, told.Status.Mode = c.state, c.mode
	return &told
}

func (h *HostFilter) callInfo(l *hostLine, n Notice, emit func(Notice)) {
	c := l.find(n.Call)
	if c == nil {
		return
	}
	c.last.Record = n.Record
	if !l.open || !c.known || c.refused || c.state == spec.CallStateNew || n.Record == nil {
		return
	}
	if c.told != nil { // a call announced late heard some of it with its NEWCALL
		n.Info = c.told.Changed(n.Record.Info)
	}
	c.told = n.Record.Info
	n.Record = c.copyOf(n.Record)
	if n.Info = n.Info.In(l.version); n.Info != 0 {
		emit(n)
	}
}
