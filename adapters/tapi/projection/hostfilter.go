package projection

import (
	"offhook/adapters/tapi/spec"
)

// HostFilter is the second stage to TAPI (decision A4): it selects the projection's messages that one host gets. It knows
// which lines the host has open and at which version, which calls were announced to it, closed or declined, and which
// requests are its own. It is a pure state machine: messages and the host's actions come in, messages go out.
//
// A call that the host does not know is announced with NEWCALL at its next LINE_CALLSTATE; Announce does it for calls that
// existed when the line was opened (rules ). A HostFilter is not safe for concurrent use.
type HostFilter struct {
	lines    map[string]*hostLine
	requests map[uint32]bool // the host's own requests; true when they make a call
}

type hostLine struct {
	open       bool
	version    spec.Version
	lineStates spec.LineDevState
	addrStates spec.AddressState
	calls      []*hostCall
	sentCounts Counts
}

type hostCall struct {
	number    uint32
	lastState TAPIMessage // the last LINE_CALLSTATE, its Record kept up to date
	known     bool        // the host has a handle
	dismissed bool        // closed or declined: no more messages until the line is opened again
	state     spec.CallState
	mode      uint32
	sentInfo  *spec.CallInfo // as of the last message with info, nil when another daemon sent it
	ringsSent uint32         // RINGING messages since the call is OFFERING
}

// NewHostFilter makes a filter with every line closed.
func NewHostFilter() *HostFilter {
	return &HostFilter{lines: map[string]*hostLine{}, requests: map[uint32]bool{}}
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

func (l *hostLine) remove(c *hostCall) {
	for i, o := range l.calls {
		if o == c {
			l.calls = append(l.calls[:i], l.calls[i+1:]...)
			return
		}
	}
}

// Open is lineOpen: from now on the line's messages pass, at version v. It announces no calls: Announce does that after
// lineOpen has returned.
func (h *HostFilter) Open(key string, v spec.Version) {
	l := h.line(key)
	l.open, l.version = true, v
	l.lineStates, l.addrStates = ^spec.LineDevState(0), ^spec.AddressState(0)
	l.sentCounts = Counts{}
	for _, c := range l.calls {
		c.known, c.dismissed, c.state, c.mode = false, false, 0, 0
	}
}

// Announce emits NEWCALL and the current state of calls the host does not know yet.
func (h *HostFilter) Announce(key string, emit func(TAPIMessage)) {
	l := h.line(key)
	if !l.open {
		return
	}
	for _, c := range l.calls {
		if c.known || c.dismissed || c.lastState.State == spec.CallStateNew {
			continue
		}
		n := c.lastState
		if h.announce(l, c, n, emit); c.known && n.State == spec.CallStateOffering && l.lineStates&spec.LineDevStateRinging != 0 {
			n.Message, n.LineState, n.RingMode, n.RingCount = spec.MessageLineDevState, spec.LineDevStateRinging, 1, 0
			n.State, n.Mode = 0, 0
			c.ringsSent++
			emit(n)
		}
		l.sendCounts(n, emit)
	}
}

// Close is lineClose: nothing of the line passes any more.
func (h *HostFilter) Close(key string) { h.line(key).open = false }

// CloseCall is lineCloseCall: no more messages about the call pass until the line is opened again (rules ).
func (h *HostFilter) CloseCall(key string, number uint32) {
	l := h.line(key)
	l.call(number).dismissed = true
	l.sentCounts = l.counts()
}

// ForgetCall forgets a call whose request failed.
func (h *HostFilter) ForgetCall(key string, number uint32) {
	if l := h.line(key); l.find(number) != nil {
		l.remove(l.find(number))
	}
}

// DeclineCall is CloseCall for a call whose HTAPICALL stayed 0.
func (h *HostFilter) DeclineCall(key string, number uint32) { h.CloseCall(key, number) }

// ExpectCompletion notes a request of the host, whose completion passes; those of others do not. makes says that the
// request makes a call.
func (h *HostFilter) ExpectCompletion(id uint32, makes bool) { h.requests[id] = makes }

// IgnoreCompletion removes a request of the host: its completion does not pass.
func (h *HostFilter) IgnoreCompletion(id uint32) { delete(h.requests, id) }

// StatusMessages is lineSetStatusMessages: it sets the bits of LINEDEVSTATE and ADDRESSSTATE that pass. Until it is called
// all pass.
func (h *HostFilter) StatusMessages(key string, line spec.LineDevState, address spec.AddressState) {
	l := h.line(key)
	l.lineStates, l.addrStates = line, address
}

// Adopt takes over a line that the host has open, and the calls it knows, from an earlier connection (decision A5).
func (h *HostFilter) Adopt(key string, v spec.Version, calls ...AdoptedCall) {
	h.Open(key, v)
	l := h.line(key)
	for _, s := range calls {
		c := l.call(s.Call)
		c.known, c.state, c.mode = true, s.State, s.Mode
		c.lastState.State, c.lastState.Mode = s.State, s.Mode
		c.ringsSent = 1 // if the call rings, the host got the first RINGING
	}
	l.sentCounts = l.counts()
}

// Filter passes one message of the projection, changed to the host's version and view, or discards it.
func (h *HostFilter) Filter(n TAPIMessage, emit func(TAPIMessage)) {
	l := h.line(n.Line)
	switch n.Message {
	case MessageAsyncCompletion:
		h.filterCompletion(l, n, emit)
	case spec.MessageNewCall: // announced with the LINE_CALLSTATE that follows
	case spec.MessageCallState:
		h.filterCallState(l, n, emit)
	case spec.MessageCallInfo:
		h.filterCallInfo(l, n, emit)
	case spec.MessageLineDevState:
		h.filterLineState(l, n, emit)
	case spec.MessageAddressState:
		h.filterAddressState(l, n, emit)
	case spec.MessageRemove:
		emit(n)
		delete(h.lines, n.Line)
	default:
		if l.open {
			emit(n)
		}
	}
}

func (h *HostFilter) filterCompletion(l *hostLine, n TAPIMessage, emit func(TAPIMessage)) {
	makes, mine := h.requests[n.Request]
	if !mine {
		return
	}
	delete(h.requests, n.Request)
	if makes && n.Result == spec.LineErrNone && n.Record != nil {
		if c := l.call(n.Call); !c.dismissed {
			c.known, c.sentInfo = true, n.Record.Info
		}
	}
	emit(n)
}

func (h *HostFilter) filterCallState(l *hostLine, n TAPIMessage, emit func(TAPIMessage)) {
	c := l.call(n.Call)
	c.lastState = n
	if n.State == spec.CallStateIdle {
		defer l.remove(c)
	}
	switch {
	case !l.open || c.dismissed:
	case !c.known:
		h.announce(l, c, n, emit)
	default:
		l.sendState(c, n, emit)
	}
}

// announce emits NEWCALL and the present state of a call; a call that is ending already is not announced.
func (h *HostFilter) announce(l *hostLine, c *hostCall, n TAPIMessage, emit func(TAPIMessage)) {
	if n.State == spec.CallStateOnHoldPendTransfer {
		n.State, n.Mode = spec.CallStateOnHold, 0 // the table of decision TAPI-c.2 lets a call begin with it
	}
	if !spec.Legal(spec.CallStateNew, n.State) {
		return
	}
	c.known = true
	if n.Record != nil {
		c.sentInfo = n.Record.Info
	}
	first := n
	first.Message, first.State, first.Mode = spec.MessageNewCall, 0, 0
	emit(first)
	l.sendState(c, n, emit)
}

func (l *hostLine) sendState(c *hostCall, n TAPIMessage, emit func(TAPIMessage)) {
	n.Mode = spec.DowngradeStateMode(n.State, n.Mode, l.version)
	if n.State == c.state && (n.Mode == c.mode || !spec.Repeatable(n.State)) {
		return
	}
	c.state, c.mode = n.State, n.Mode
	if c.state == spec.CallStateOffering {
		c.ringsSent = 0
	}
	n.Record = c.recordAsSent(n.Record)
	n.Counts = l.counts()
	emit(n)
}

// recordAsSent returns a record in the state sent to the host; it differs for a call announced in ONHOLDPENDTRANSFER.
func (c *hostCall) recordAsSent(r *CallRecord) *CallRecord {
	if r == nil || r.Status.State == c.state && r.Status.Mode == c.mode {
		return r
	}
	told := *r
	told.Status.State, told.Status.Mode = c.state, c.mode
	return &told
}

func (h *HostFilter) filterCallInfo(l *hostLine, n TAPIMessage, emit func(TAPIMessage)) {
	c := l.find(n.Call)
	if c == nil {
		return
	}
	c.lastState.Record = n.Record
	if !l.open || !c.known || c.dismissed || c.state == spec.CallStateNew || n.Record == nil {
		return
	}
	if c.sentInfo != nil { // a call announced late had some of it in its NEWCALL
		n.Info = c.sentInfo.Changed(n.Record.Info)
	}
	c.sentInfo = n.Record.Info
	n.Record = c.recordAsSent(n.Record)
	if n.Info = n.Info.In(l.version); n.Info != 0 {
		emit(n)
	}
}
