package events

// RequestKind is what a frontend asked for, imperative and in TSPI's words.
type RequestKind uint8

// The requests. Seize is TSPI_lineMakeCall with an empty address: a call of the frontend alone (decision B15).
const (
	RequestNone RequestKind = iota
	Dial
	Answer
	Drop
	Hold
	Unhold
	PickupCall
	BlindTransfer
	SetupTransfer
	CompleteTransfer
	Redirect
	Conference
	Seize
	SwapHold
	requestLimit
)

var requestNames = [requestLimit]string{"none", "dial", "answer", "drop", "hold", "unhold", "pickup", "blind-transfer",
	"setup-transfer", "complete-transfer", "redirect", "conference", "seize", "swap-hold"}

// String is the one text form, such as "blind-transfer".
func (k RequestKind) String() string {
	if k < requestLimit {
		return requestNames[k]
	}
	return requestNames[0]
}

// RequestKindNamed finds a kind by its text form.
func RequestKindNamed(name string) (RequestKind, bool) {
	for k, n := range requestNames {
		if n == name && k != 0 {
			return RequestKind(k), true
		}
	}
	return RequestNone, false
}

// RequestFacts describe a request.
type RequestFacts struct {
	ID     uint32 // TAPI's DRV_REQUESTID or a frontend's own; unique among the open ones
	Kind   RequestKind
	Line   string // the line's key
	Call   uint32 // the call it concerns or, for Dial, Pickup, Seize and SetupTransfer, the number given to the new one
	Other  uint32 // the second call of a SetupTransfer, CompleteTransfer, SwapHold or Conference
	Number string // where to, cleaned up
	Queued bool   // it could not be sent at once and waits for the session
}

// Request is request.issued or request.sent.
type Request struct {
	typ Type
	f   RequestFacts
}

// NewRequest makes the body; t is RequestIssued or RequestSent.
func NewRequest(t Type, f RequestFacts) Request { return Request{t, f} }

// Type is the entry in the type table.
func (q Request) Type() Type { return q.typ }

// Facts is a copy of what the event knows.
func (q Request) Facts() RequestFacts { return q.f }

func (q Request) encode(w *writer) {
	w.uint(uint64(q.f.ID))
	w.uint(uint64(q.f.Kind))
	w.text(q.f.Line)
	w.uint(uint64(q.f.Call))
	w.uint(uint64(q.f.Other))
	w.text(q.f.Number)
	w.bool(q.f.Queued)
}

func (r *reader) requestKind() RequestKind {
	return RequestKind(r.word("request kind", uint8(requestLimit)))
}

func decodeRequest(t Type, r *reader) Body {
	return Request{t, RequestFacts{ID: r.uint32(), Kind: r.requestKind(), Line: r.text(), Call: r.uint32(), Other: r.uint32(),
		Number: r.text(), Queued: r.bool()}}
}

// Result is how a request ended.
type Result uint8

// The results. Only OK means that the PBX took it.
const (
	ResultOK           Result = iota
	ResultFailed              // the PBX said no
	ResultTimeout             // no answer within the deadline
	ResultLost                // the session was lost after it had been sent: nobody knows
	ResultUnknown             // the daemon was restarted in between (decision A10)
	ResultInvalidState        // the call's state does not allow it
	ResultInvalidLine         // the line is not there or out of service
	ResultInvalidCall         // no such call
	ResultUnavailable         // the PBX, the line or its phone can never do it
	ResultBusy                // not now: one is in flight already
	ResultNoResource          // the journal does not acknowledge (decision A9)
	ResultBadAddress          // the number cannot be dialled
	resultLimit
)

var resultNames = [resultLimit]string{"ok", "failed", "timeout", "lost", "unknown", "invalid-state", "invalid-line",
	"invalid-call", "unavailable", "busy", "no-resource", "bad-address"}

// String is the one text form, such as "timeout".
func (r Result) String() string {
	if r < resultLimit {
		return resultNames[r]
	}
	return "unknown"
}

// FinishedFacts describe the end of a request.
type FinishedFacts struct {
	ID     uint32
	Kind   RequestKind
	Line   string
	Call   uint32
	Result Result
	Text   string // the PBX's words, or ours
}

// Finished is request.finished: the request has its one outcome.
type Finished struct{ f FinishedFacts }

// NewFinished makes the body of request.finished.
func NewFinished(f FinishedFacts) Finished { return Finished{f} }

// Type is the entry in the type table.
func (Finished) Type() Type { return RequestFinished }

// Facts is a copy of what the event knows.
func (q Finished) Facts() FinishedFacts { return q.f }

func (q Finished) encode(w *writer) {
	w.uint(uint64(q.f.ID))
	w.uint(uint64(q.f.Kind))
	w.text(q.f.Line)
	w.uint(uint64(q.f.Call))
	w.uint(uint64(q.f.Result))
	w.text(q.f.Text)
}

func decodeFinished(_ Type, r *reader) Body {
	return Finished{FinishedFacts{ID: r.uint32(), Kind: r.requestKind(), Line: r.text(), Call: r.uint32(),
		Result: Result(r.word("result", uint8(resultLimit))), Text: r.text()}}
}

// TimerFacts name a deadline that was reached.
type TimerFacts struct {
	Name    string // the timer's name in the engine's table
	Line    string
	Call    uint32
	Request uint32
}

// Timer is timer.fired: its time is the deadline itself (decision A2).
type Timer struct{ f TimerFacts }

// NewTimer makes the body of timer.fired.
func NewTimer(f TimerFacts) Timer { return Timer{f} }

// Type is the entry in the type table.
func (Timer) Type() Type { return TimerFired }

// Facts is a copy of what the event knows.
func (t Timer) Facts() TimerFacts { return t.f }

func (t Timer) encode(w *writer) {
	w.text(t.f.Name)
	w.text(t.f.Line)
	w.uint(uint64(t.f.Call))
	w.uint(uint64(t.f.Request))
}

func decodeTimer(_ Type, r *reader) Body {
	return Timer{TimerFacts{Name: r.text(), Line: r.text(), Call: r.uint32(), Request: r.uint32()}}
}
