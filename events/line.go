package events

import "slices"

// Device is one phone of a user.
type Device struct {
	Name         string   // the PBX's name, sent back unchanged
	Kind         string   // the model, as the PBX names it
	Roaming      bool     // at the user's roaming location (these come first, decision B10)
	Known        bool     // the PBX listed its capabilities; if not, all are assumed (decision B10)
	Capabilities []string // dial, hangup, hold, offhook, transfer, conference, …
}

// Can reports whether the phone has the capability. If the PBX listed none, the phone is assumed to have all.
func (d Device) Can(capability string) bool {
	return !d.Known || slices.Contains(d.Capabilities, capability)
}

// LineFacts describes a line: a PBX user with an extension. A line belongs to a user, not to a phone.
type LineFacts struct {
	Line       string // the key: the user's name, case-folded
	User       string // the user's name as the PBX spells it, sent back unchanged
	Name       string // full name
	Address    string // extension
	Permanent  uint32 // the permanent line id: assigned once and stored (decision A3)
	Supervisor bool   // the user may see and act for other users
	Devices    []Device
}

// Line is the body of line.learned and line.removed.
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

// Facts returns a copy of the event's content.
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

func (l Line) encode(w *encoder) {
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

func decodeLine(t Type, r *decoder) Body {
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

// PhoneState is the state of all of a user's phones together (the `/phone` presence of pascom).
type PhoneState uint8

// The states of a user's phones.
const (
	PhoneUnknown PhoneState = iota // the PBX has not told it yet
	PhoneFree                      // registered, no call
	PhoneInCall                    // in a call
	PhoneGone                      // no phone registered
	phoneLimit
)

var phoneNames = [phoneLimit]string{"unknown", "free", "in-call", "gone"}

// String returns the text form.
func (p PhoneState) String() string {
	if p < phoneLimit {
		return phoneNames[p]
	}
	return phoneNames[0]
}

// Phone is the body of line.phone_changed: the state of a user's phones changed.
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

func (p Phone) encode(w *encoder) {
	w.text(p.line)
	w.uint(uint64(p.state))
}

func decodePhone(_ Type, r *decoder) Body {
	return Phone{line: r.text(), state: PhoneState(r.enum("phone state", uint8(phoneLimit)))}
}

// PickupFacts describe a call that rings at a colleague and may be picked up.
type PickupFacts struct {
	Line      string // the line that may pick it up
	Colleague string // user name of the colleague whose phone rings
	Number    string // the colleague's extension: the target of a Pickup
	Caller    Party
}

// Pickup is the body of line.pickup_offered and line.pickup_withdrawn.
type Pickup struct {
	typ Type
	f   PickupFacts
}

// NewPickup makes the body; t is LinePickupOffered or LinePickupWithdrawn.
func NewPickup(t Type, f PickupFacts) Pickup { return Pickup{t, f} }

// Type is the entry in the type table.
func (p Pickup) Type() Type { return p.typ }

// Facts returns a copy of the event's content.
func (p Pickup) Facts() PickupFacts { return p.f }

func (p Pickup) encode(w *encoder) {
	for _, s := range [...]string{p.f.Line, p.f.Colleague, p.f.Number, p.f.Caller.Number, p.f.Caller.Name} {
		w.text(s)
	}
}

func decodePickup(t Type, r *decoder) Body {
	f := PickupFacts{Line: r.text(), Colleague: r.text(), Number: r.text()}
	f.Caller = Party{Number: r.text(), Name: r.text()}
	return Pickup{t, f}
}
