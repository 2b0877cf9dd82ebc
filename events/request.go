package events

// RequestKind is what a frontend asks for.
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

// String returns the text form, such as "blind-transfer".
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

// Asker says who made a request. The request's outcome carries it back.
type Asker struct {
	Frontend  string `json:",omitempty"` // the frontend's name; empty for a request of a trace or scenario that names none
	Principal string `json:",omitempty"` // who asked, as the frontend knows it: a program, an account, a token's name; may be empty
	Ref       uint32 `json:",omitempty"` // the frontend's own number of the request; 0 for none
}

// RequestFacts describe a request.
type RequestFacts struct {
	ID     uint32 // the engine's number, from a counter of the journal; never 0
	Kind   RequestKind
	Line   string // the line's key
	Call   uint32 // the call it concerns or, for Dial, Pickup, Seize and SetupTransfer, the number given to the new one
	Other  uint32 // the second call of a SetupTransfer, CompleteTransfer, SwapHold or Conference
	Number string // the number to dial, cleaned up
	Queued bool   // it waits for the session before it is sent
	Asker
}

// Request is the body of request.issued and request.sent.
type Request struct {
	typ Type
	f   RequestFacts
}

// NewRequest makes the body; t is RequestIssued or RequestSent.
func NewRequest(t Type, f RequestFacts) Request { return Request{t, f} }

// Type is the entry in the type table.
func (q Request) Type() Type { return q.typ }

// Facts returns a copy of the event's content.
func (q Request) Facts() RequestFacts { return q.f }

func (q Request) encode(w *encoder) {
	w.uint(uint64(q.f.ID))
	w.uint(uint64(q.f.Kind))
	w.text(q.f.Line)
	w.uint(uint64(q.f.Call))
	w.uint(uint64(q.f.Other))
	w.text(q.f.Number)
	w.bool(q.f.Queued)
	q.f.Asker.encode(w)
}

func (a Asker) encode(w *encoder) {
	w.text(a.Frontend)
	w.text(a.Principal)
	w.uint(uint64(a.Ref))
}

// asker reads who made a request; version 1 of the codec did not store it.
func (r *decoder) asker() Asker {
	if r.version < 2 {
		return Asker{}
	}
	return Asker{Frontend: r.text(), Principal: r.text(), Ref: r.uint32()}
}

func (r *decoder) requestKind() RequestKind {
	return RequestKind(r.enum("request kind", uint8(requestLimit)))
}

func decodeRequest(t Type, r *decoder) Body {
	return Request{t, RequestFacts{ID: r.uint32(), Kind: r.requestKind(), Line: r.text(), Call: r.uint32(), Other: r.uint32(),
		Number: r.text(), Queued: r.bool(), Asker: r.asker()}}
}

// Result is how a request ended.
type Result uint8

// The results. Only OK means that the PBX accepted the request.
const (
	ResultOK           Result = iota
	ResultFailed              // the PBX refused
	ResultTimeout             // the PBX did not reply within the deadline
	ResultLost                // the session was lost after the command was sent: the outcome is unknown
	ResultUnknown             // the daemon was restarted before the reply (decision A10)
	ResultInvalidState        // the call's state does not allow it
	ResultInvalidLine         // there is no such line or it is out of service
	ResultInvalidCall         // there is no such call
	ResultUnavailable         // the PBX, the line or its phone cannot do it at all
	ResultBusy                // another request for it is open
	ResultNoResource          // the journal does not acknowledge (decision A9)
	ResultBadAddress          // the number cannot be dialled
	resultLimit
)

var resultNames = [resultLimit]string{"ok", "failed", "timeout", "lost", "unknown", "invalid-state", "invalid-line",
	"invalid-call", "unavailable", "busy", "no-resource", "bad-address"}

// String returns the text form, such as "timeout".
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
	Text   string // the reason for people, from the PBX or from offhook
	Asker
}

// Finished is the body of request.finished: the outcome of a request.
type Finished struct{ f FinishedFacts }

// NewFinished makes the body of request.finished.
func NewFinished(f FinishedFacts) Finished { return Finished{f} }

// Type is the entry in the type table.
func (Finished) Type() Type { return RequestFinished }

// Facts returns a copy of the event's content.
func (q Finished) Facts() FinishedFacts { return q.f }

func (q Finished) encode(w *encoder) {
	w.uint(uint64(q.f.ID))
	w.uint(uint64(q.f.Kind))
	w.text(q.f.Line)
	w.uint(uint64(q.f.Call))
	w.uint(uint64(q.f.Result))
	w.text(q.f.Text)
	q.f.Asker.encode(w)
}

func decodeFinished(_ Type, r *decoder) Body {
	return Finished{FinishedFacts{ID: r.uint32(), Kind: r.requestKind(), Line: r.text(), Call: r.uint32(),
		Result: Result(r.enum("result", uint8(resultLimit))), Text: r.text(), Asker: r.asker()}}
}

// TimerFacts name a deadline that was reached.
type TimerFacts struct {
	Name    string // the timer's name in the engine's table
	Line    string
	Call    uint32
	Request uint32
}

// Timer is the body of timer.fired. The event's time is the deadline itself (decision A2).
type Timer struct{ f TimerFacts }

// NewTimer makes the body of timer.fired.
func NewTimer(f TimerFacts) Timer { return Timer{f} }

// Type is the entry in the type table.
func (Timer) Type() Type { return TimerFired }

// Facts returns a copy of the event's content.
func (t Timer) Facts() TimerFacts { return t.f }

func (t Timer) encode(w *encoder) {
	w.text(t.f.Name)
	w.text(t.f.Line)
	w.uint(uint64(t.f.Call))
	w.uint(uint64(t.f.Request))
}

func decodeTimer(_ Type, r *decoder) Body {
	return Timer{TimerFacts{Name: r.text(), Line: r.text(), Call: r.uint32(), Request: r.uint32()}}
}
