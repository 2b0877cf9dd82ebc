package events

// Party is one end of a call as the PBX names it. An empty Number means withheld or unknown.
type Party struct {
	Number string
	Name   string
}

// CallFacts is the content of a call event. The event keeps a copy, so that changing the struct afterwards does not change
// the event.
type CallFacts struct {
	Line       string // the line's key: the user's name, case-folded
	Call       uint32 // the call's number, dwCallID for TAPI (decision A3); (Line, Call) is the key (decision B12)
	Channel    string // the PBX's name of the branch
	Device     string // the phone of that branch, as the PBX names it; may be missing
	Outbound   bool   // the user is the caller
	Internal   bool   // both parties inside the PBX
	Source     Party  // the calling party, whatever the direction
	Target     Party  // the called party
	Forwarder  Party  // the party that forwarded the call to this line
	Display    string // visible labels, "mailbox", a queue's name (decision B17)
	TalkSince  Millis // when the talk began; 0 before the answer
	Reason     Reason // why the call came to be, where it is known
	Cause      Reason // why it ended, or why it changed
	Request    uint32 // the request that led to it; 0 for none
	RefChannel string // the far side's channel, as far as the PBX names it
}

// Call is an event of the call family.
type Call struct {
	typ Type
	f   *CallFacts
}

// NewCall makes the body of a call event of type t (one of the Call… constants).
func NewCall(t Type, f CallFacts) Call { return Call{t, &f} }

// Type is the entry in the type table.
func (c Call) Type() Type { return c.typ }

// Facts returns a copy of the event's content.
func (c Call) Facts() CallFacts { return *c.f }

// Line is the key of the line the call belongs to.
func (c Call) Line() string { return c.f.Line }

// Number is the call's number.
func (c Call) Number() uint32 { return c.f.Call }

const (
	bitOutbound = 1 << iota
	bitInternal
)

func (c Call) encode(w *encoder) {
	f := c.f
	w.text(f.Line)
	w.uint(uint64(f.Call))
	w.text(f.Channel)
	w.text(f.Device)
	var bits uint64
	if f.Outbound {
		bits |= bitOutbound
	}
	if f.Internal {
		bits |= bitInternal
	}
	w.uint(bits)
	for _, p := range [...]Party{f.Source, f.Target, f.Forwarder} {
		w.text(p.Number)
		w.text(p.Name)
	}
	w.text(f.Display)
	w.int(int64(f.TalkSince))
	w.uint(uint64(f.Reason))
	w.uint(uint64(f.Cause))
	w.uint(uint64(f.Request))
	w.text(f.RefChannel)
}

func decodeCall(t Type, r *decoder) Body {
	f := &CallFacts{Line: r.text(), Call: r.uint32(), Channel: r.text(), Device: r.text()}
	bits := r.uint()
	f.Outbound, f.Internal = bits&bitOutbound != 0, bits&bitInternal != 0
	for _, p := range [...]*Party{&f.Source, &f.Target, &f.Forwarder} {
		p.Number, p.Name = r.text(), r.text()
	}
	f.Display = r.text()
	f.TalkSince = Millis(r.int())
	f.Reason, f.Cause = Reason(r.enum("reason", reasonLimit)), Reason(r.enum("reason", reasonLimit))
	f.Request = r.uint32()
	f.RefChannel = r.text()
	return Call{t, f}
}
