package events

// Type is an event type. Its value is the binary code in the journal, so never reuse or renumber one.
type Type uint8

// The event types. The comment of each names its CSTA (ECMA-269) event or, where CSTA has none, says so.
const (
	TypeNone              Type = 0
	CallInitiated         Type = 1  // ServiceInitiated: the PBX accepted a Dial or Pickup (decision B4)
	CallOriginated        Type = 2  // Originated: an outbound call is on its way
	CallOffered           Type = 3  // Offered: an inbound call rings
	CallDelivered         Type = 4  // Delivered: the far end is known to ring
	CallEstablished       Type = 5  // Established: the parties talk
	CallHeld              Type = 6  // Held
	CallRetrieved         Type = 7  // Retrieved
	CallTransferred       Type = 8  // Transferred: a transfer of this call began at the PBX
	CallConferenced       Type = 9  // Conferenced
	CallDiverted          Type = 10 // Diverted: the call was sent on to another party
	CallFailed            Type = 11 // Failed: the called party is busy and the call is still up
	CallConnectionCleared Type = 12 // ConnectionCleared: one branch (phone) left the call
	CallCleared           Type = 13 // CallCleared: the call is over
	CallInfoChanged       Type = 14 // CallInformation: the parties changed
	CallBranchJoined      Type = 15 // Delivered at a further phone of the same user (decision B1)
	CallDeferred          Type = 16 // no CSTA term: a held-back ring, until its direction is known (decision B6)
	CallConfirmed         Type = 17 // no CSTA term: the call is still up after a lost session (decision B13)
	LineLearned           Type = 32 // DeviceCapsChanged: a line became known or changed
	LineRemoved           Type = 33
	LinePhoneChanged      Type = 34 // OutOfService, BackInService of the phone; free or in a call
	LinePickupOffered     Type = 35 // Delivered at a colleague whose calls may be picked up
	LinePickupWithdrawn   Type = 36
	SessionUp             Type = 48 // no CSTA term: the PBX session is bound
	SessionReady          Type = 49 // the PBX answered our login
	SessionDown           Type = 50
	SessionLost           Type = 51 // down for longer than the grace time (decision B13)
	JournalGap            Type = 52 // the journal could not acknowledge for a while (decision A9)
	InputIgnored          Type = 53 // no CSTA term: an input that meant nothing, kept with the reason
	NoticeRaised          Type = 54 // no CSTA term: something that an operator must know
	RequestIssued         Type = 64
	RequestSent           Type = 65 // a queued request went out
	RequestFinished       Type = 66
	TimerFired            Type = 80
	typeLimit                  = 96
)

// typeRow is a row of typeTable: the stored name and the decoder of the type's family.
type typeRow struct {
	name   string
	decode func(Type, *decoder) Body
}

var typeTable = [typeLimit]typeRow{
	CallInitiated:         {"call.initiated.v1", decodeCall},
	CallOriginated:        {"call.originated.v1", decodeCall},
	CallOffered:           {"call.offered.v1", decodeCall},
	CallDelivered:         {"call.delivered.v1", decodeCall},
	CallEstablished:       {"call.established.v1", decodeCall},
	CallHeld:              {"call.held.v1", decodeCall},
	CallRetrieved:         {"call.retrieved.v1", decodeCall},
	CallTransferred:       {"call.transferred.v1", decodeCall},
	CallConferenced:       {"call.conferenced.v1", decodeCall},
	CallDiverted:          {"call.diverted.v1", decodeCall},
	CallFailed:            {"call.failed.v1", decodeCall},
	CallConnectionCleared: {"call.connection_cleared.v1", decodeCall},
	CallCleared:           {"call.cleared.v1", decodeCall},
	CallInfoChanged:       {"call.info_changed.v1", decodeCall},
	CallBranchJoined:      {"call.branch_joined.v1", decodeCall},
	CallDeferred:          {"call.deferred.v1", decodeCall},
	CallConfirmed:         {"call.confirmed.v1", decodeCall},
	LineLearned:           {"line.learned.v1", decodeLine},
	LineRemoved:           {"line.removed.v1", decodeLine},
	LinePhoneChanged:      {"line.phone_changed.v1", decodePhone},
	LinePickupOffered:     {"line.pickup_offered.v1", decodePickup},
	LinePickupWithdrawn:   {"line.pickup_withdrawn.v1", decodePickup},
	SessionUp:             {"session.up.v1", decodeSession},
	SessionReady:          {"session.ready.v1", decodeSession},
	SessionDown:           {"session.down.v1", decodeSession},
	SessionLost:           {"session.lost.v1", decodeSession},
	JournalGap:            {"journal.gap.v1", decodeSession},
	InputIgnored:          {"input.ignored.v1", decodeIgnored},
	NoticeRaised:          {"notice.raised.v1", decodeNotice},
	RequestIssued:         {"request.issued.v1", decodeRequest},
	RequestSent:           {"request.sent.v1", decodeRequest},
	RequestFinished:       {"request.finished.v1", decodeFinished},
	TimerFired:            {"timer.fired.v1", decodeTimer},
}

// String is the stored, versioned name; "none" for a code the table lacks.
func (t Type) String() string {
	if t < typeLimit && typeTable[t].name != "" {
		return typeTable[t].name
	}
	return "none"
}

// IsCall reports whether the type belongs to the call family.
func (t Type) IsCall() bool { return t >= CallInitiated && t <= CallConfirmed }

// Types lists every type of the table in the order of its codes.
func Types() []Type {
	var all []Type
	for t := Type(1); t < typeLimit; t++ {
		if typeTable[t].name != "" {
			all = append(all, t)
		}
	}
	return all
}

// formerNames are the former names of renamed types, as older text and JSON have them.
var formerNames = map[string]Type{"stanza.ignored.v1": InputIgnored}

// TypeNamed finds a type by its stored name, or by a name that it had before.
func TypeNamed(name string) (Type, bool) {
	if t, ok := formerNames[name]; ok {
		return t, true
	}
	for t := Type(1); t < typeLimit; t++ {
		if typeTable[t].name == name && name != "" {
			return t, true
		}
	}
	return TypeNone, false
}
