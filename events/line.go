package events

import "slices"

// Device is one phone of a user.
type Device struct {
	Name         string   // verbatim, as the PBX wants it back
	Kind         string   // the PBX's word for its make
	Roaming      bool     // at the user's roaming location (these come first, decision B10)
	Known        bool     // its capabilities were told; if not, all are assumed (decision B10)
	Capabilities []string // dial, hangup, hold, offhook, transfer, conference, …
}

// Can says whether the phone has the capability. Capabilities never told are assumed present.
func (d Device) Can(capability string) bool {
	return !d.Known || slices.Contains(d.Capabilities, capability)
}

// LineFacts is what is known of a line: a PBX user with an extension. Lines belong to users, not phones.
type LineFacts struct {
	Line       string // the key: the user's name, case-folded
	User       string // the PBX's own spelling, to be sent back
	Name       string // full name
	Address    string // extension
	Permanent  uint32 // number of the line for good: assigned once and stored (decision A3)
	Supervisor bool   // the user may see and act for others
	Devices    []Device
}

// Line is an event of the line family: learned (or changed) and removed.
type Line struct {
	typ Type
	f   LineFacts
}

// NewLine makes the body of a line event; t is LineLearned or LineRemoved.
func NewLine(t Type, f LineFacts) Line {
	f.Devices = cloneDevices(f.Devices)
	return Line{t, f}
}

// Type is the entry in the type table.
func (l Line) Type() Type { return l.typ }

// Facts is a copy of what the event knows.
func (l Line) Facts() LineFacts {
	f := l.f
	f.Devices = cloneDevices(f.Devices)
	return f
}

func cloneDevices(ds []Device) []Device {
	out := slices.Clone(ds)
	for i := range out {
		out[i].Capabilities = slices.Clone(out[i].Capabilities)
	}
	return out
}

func (l Line) encode(w *writer) {
	w.text(l.f.Line)
	w.text(l.f.User)
	w.text(l.f.Name)
	w.text(l.f.Address)
	w.uint(uint64(l.f.Permanent))
	w.bool(l.f.Supervisor)
	w.uint(uint64(len(l.f.Devices)))
	for _, d := range l.f.Devices {
		w.text(d.Name)
		w.text(d.Kind)
		w.bool(d.Roaming)
		w.bool(d.Known)
		w.uint(uint64(len(d.Capabilities)))
		for _, c := range d.Capabilities {
			w.text(c)
		}
	}
}

func decodeLine(t Type, r *reader) Body {
	f := LineFacts{Line: r.text(), User: r.text(), Name: r.text(), Address: r.text(), Permanent: r.uint32(), Supervisor: r.bool()}
	for n := r.count(); n > 0 && r.err == nil; n-- {
		d := Device{Name: r.text(), Kind: r.text(), Roaming: r.bool(), Known: r.bool()}
		for k := r.count(); k > 0 && r.err == nil; k-- {
			d.Capabilities = append(d.Capabilities, r.text())
		}
		f.Devices = append(f.Devices, d)
	}
	return Line{t, f}
}

// PhoneState is what the PBX says of all of a user's phones together (the `/phone` presence of pascom).
type PhoneState uint8

// The states of a user's phones.
const (
	PhoneUnknown PhoneState = iota // never told
	PhoneFree                      // registered, no call
	PhoneInCall                    // in a call
	PhoneGone                      // no phone registered
	phoneLimit
)

var phoneNames = [phoneLimit]string{"unknown", "free", "in-call", "gone"}

// String is the one text form.
func (p PhoneState) String() string {
	if p < phoneLimit {
		return phoneNames[p]
	}
	return phoneNames[0]
}

// Phone says that the state of a user's phones changed.
type Phone struct {
	line  string
	state PhoneState
}

// NewPhone makes the body of line.phone_changed.
func NewPhone(line string, s PhoneState) Phone { return Phone{line, s} }

// Type is the entry in the type table.
func (Phone) Type() Type { return LinePhoneChanged }

// Line is the key of the line.
func (p Phone) Line() string { return p.line }

// State is the new state.
func (p Phone) State() PhoneState { return p.state }

func (p Phone) encode(w *writer) {
	w.text(p.line)
	w.uint(uint64(p.state))
}

func decodePhone(_ Type, r *reader) Body {
	return Phone{line: r.text(), state: PhoneState(r.word("phone state", uint8(phoneLimit)))}
}

// PickupFacts describe a call that rings at a colleague and may be taken over.
type PickupFacts struct {
	Line      string // who may pick it up
	Colleague string // user name of the colleague whose phone rings
	Number    string // the colleague's extension: the target of a Pickup
	Caller    Party
}

// Pickup is an event of a pickup group: offered or withdrawn.
type Pickup struct {
	typ Type
	f   PickupFacts
}

// NewPickup makes the body; t is LinePickupOffered or LinePickupWithdrawn.
func NewPickup(t Type, f PickupFacts) Pickup { return Pickup{t, f} }

// Type is the entry in the type table.
func (p Pickup) Type() Type { return p.typ }

// Facts is a copy of what the event knows.
func (p Pickup) Facts() PickupFacts { return p.f }

func (p Pickup) encode(w *writer) {
	for _, s := range [...]string{p.f.Line, p.f.Colleague, p.f.Number, p.f.Caller.Number, p.f.Caller.Name} {
		w.text(s)
	}
}

func decodePickup(t Type, r *reader) Body {
	f := PickupFacts{Line: r.text(), Colleague: r.text(), Number: r.text()}
	f.Caller = Party{Number: r.text(), Name: r.text()}
	return Pickup{t, f}
}
