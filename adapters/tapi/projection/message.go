package projection

import (
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
	"offhook/internal/fact"
)

// MessageAsyncCompletion marks a TAPIMessage that is an ASYNC_COMPLETION: a callback of its own, not a LINE_ message, so its
// number lies outside theirs.
const MessageAsyncCompletion spec.Message = 0xFFFF0000

// CallRecord is what GetCallStatus and GetCallInfo answer as of a message (decision A5). It is not changed after it was made.
type CallRecord struct {
	Info   *spec.CallInfo // shared with other records of the call
	Status spec.CallStatus
}

// Counts are a line's calls as LINEDEVSTATUS and LINEADDRESSSTATUS count them; DISCONNECTED is active (decision B14).
type Counts struct {
	Active, OnHold, OnHoldPend uint32
}

// Total returns the number of calls.
func (c Counts) Total() uint32 { return c.Active + c.OnHold + c.OnHoldPend }

// Add counts a call that is in the state.
func (c *Counts) Add(s spec.CallState) {
	switch s {
	case spec.CallStateOnHold:
		c.OnHold++
	case spec.CallStateOnHoldPendTransfer, spec.CallStateOnHoldPendConf:
		c.OnHoldPend++
	case spec.CallStateIdle:
	default:
		c.Active++
	}
}

// Diff returns the LINEADDRESSSTATE bits of a change of counters: INUSE… only from 0 to 1 or more and back (decision B14).
func (c Counts) Diff(now Counts) spec.AddressState {
	switch {
	case c == now:
		return 0
	case now.Total() == 0:
		return spec.AddressStateNumCalls | spec.AddressStateInUseZero
	case c.Total() == 0:
		return spec.AddressStateNumCalls | spec.AddressStateInUseOne
	}
	return spec.AddressStateNumCalls
}

// TAPIMessage is one message to TAPI (decision TAPI-b.5), with everything that a receiver may read at that moment. Which members
// are set follows from Message: State and Mode of CALLSTATE, Info of CALLINFO, LineState of LINEDEVSTATE, AddressState of
// ADDRESSSTATE, Request, Kind and Result of MessageAsyncCompletion.
type TAPIMessage struct {
	Message spec.Message
	Pos     engine.Position // of the change that caused it
	At      events.Millis   // event time
	Bridged bool            // part of a bridging difference (decision A5)

	Line    string // the line's key
	Address string // its extension
	Call    uint32 // dwCallID; of a completion the call it made; of RINGING the call that rings; 0 for none

	State        spec.CallState
	Mode         uint32 // the state's mode word, see ModeText
	Info         spec.CallInfoState
	LineState    spec.LineDevState
	AddressState spec.AddressState
	RingMode     uint32 // LINEDEVSTATE RINGING: from 1
	RingCount    uint32 // from 0

	Request uint32
	Kind    events.RequestKind
	Result  spec.LineErr

	Counts Counts      // the line's calls that were announced, as of this message
	Record *CallRecord // the call's copy as of this message; nil without a call
}

// NamesCall says whether LINEEVENT names the call; NEWCALL has it in the parameters.
func (n *TAPIMessage) NamesCall() bool {
	return n.Message == spec.MessageCallState || n.Message == spec.MessageCallInfo
}

// Params returns p1 to p3 of LINEEVENT (decision TAPI-b.5), without handles: those of NEWCALL and REMOVE are 0.
func (n *TAPIMessage) Params() (p1, p2, p3 uint32) {
	switch n.Message {
	case spec.MessageCallState:
		return uint32(n.State), n.Mode, uint32(n.media())
	case spec.MessageCallInfo:
		return uint32(n.Info), 0, 0
	case spec.MessageLineDevState:
		return uint32(n.LineState), n.RingMode, n.RingCount
	case spec.MessageAddressState:
		return 0, uint32(n.AddressState), 0
	}
	return 0, 0, 0
}

// media returns the call's media mode, which TSPI carries where applications see their privilege (rule R-50).
func (n *TAPIMessage) media() spec.MediaMode {
	if n.Record != nil && n.Record.Info.MediaMode != 0 {
		return n.Record.Info.MediaMode
	}
	return spec.MediaModeInteractiveVoice
}

// Fact returns the message in its text and JSON form (decision D2).
func (n TAPIMessage) Fact() fact.Fact {
	f := fact.Fact{Kind: fact.Line, At: int64(n.At), Line: n.Address, Msg: "LINE_" + n.Message.String()}
	if f.Line == "" {
		f.Line = n.Line
	}
	switch n.Message {
	case spec.MessageNewCall:
		f.Call = n.Call
	case spec.MessageCallState:
		f.Call, f.CallState = n.Call, n.State.String()
		if n.Mode != 0 {
			f.Mode = spec.ModeText(n.State, n.Mode)
		}
		f.Info = n.Record.fact()
	case spec.MessageCallInfo:
		f.Call, f.Bits, f.Info = n.Call, n.Info.Names(), n.Record.fact()
	case spec.MessageLineDevState:
		f.Bits = n.LineState.Names()
		if n.LineState&spec.LineDevStateRinging != 0 {
			f.Ringing, f.RingMode, f.RingCount = true, int(n.RingMode), int(n.RingCount)
		}
	case spec.MessageAddressState:
		f.Bits = addressBits(n.AddressState)
	case MessageAsyncCompletion:
		f.Msg, f.Request, f.Result = "ASYNC_COMPLETION", n.Request, n.Result.Name()
	}
	return f
}

// addressBits names NUMCALLS before INUSE…, as the scenario form does.
func addressBits(s spec.AddressState) []string {
	names := (s & spec.AddressStateNumCalls).Names()
	return append(names, (s &^ spec.AddressStateNumCalls).Names()...)
}

// String returns the fact's text.
func (n TAPIMessage) String() string {
	f := n.Fact()
	return string(f.AppendText(nil))
}

func (r *CallRecord) fact() *fact.Info {
	if r == nil {
		return nil
	}
	i := r.Info
	x := &fact.Info{Origin: i.Origin.String(), Reason: i.Reason.String(), Features: r.Status.Features.Names()}
	x.Caller, x.CallerName = i.CallerID.Shown()
	x.Called, x.CalledName = i.CalledID.Shown()
	x.Connected, x.ConnectedName = i.ConnectedID.Shown()
	x.Redirecting, _ = i.RedirectingID.Shown()
	x.Redirection, _ = i.RedirectionID.Shown()
	return x
}

// CallKey identifies a call. The number alone does not: the two sides of an internal call share it.
type CallKey struct {
	Line string // the line's key
	Call uint32 // dwCallID
}
