package events

// Reason says why a call began, ended or changed: CSTA's EventCause (ECMA-269 clause 17), reduced to what a PBX tells and
// TAPI can say. Its value is stored.
type Reason uint8

// The reasons. The first group says why a call ended, the second why it began.
const (
	ReasonNone             Reason = 0
	ReasonNormal           Reason = 1 // the far end or the handset ended it
	ReasonCancelled        Reason = 2 // the caller gave up
	ReasonUnavailable      Reason = 3 // it ended and the PBX does not say why
	ReasonPickedUp         Reason = 4 // another user answered
	ReasonForwarded        Reason = 5 // the PBX forwarded it
	ReasonDropped          Reason = 6 // a Drop request ended it
	ReasonTransferred      Reason = 7 // a transfer took the line out of it
	ReasonBusy             Reason = 8
	ReasonNoAnswer         Reason = 9
	ReasonBadAddress       Reason = 10
	ReasonCongestion       Reason = 11
	ReasonRejected         Reason = 12
	ReasonBlocked          Reason = 13
	ReasonOutOfOrder       Reason = 14
	ReasonDoNotDisturb     Reason = 15
	ReasonLost             Reason = 16 // it ended while the session was down
	ReasonExpired          Reason = 17 // a deadline ended it
	ReasonDirectionChanged Reason = 18 // it was shown as inbound and turned out to be outbound (decision B6)
	ReasonDirect           Reason = 32 // an ordinary call
	ReasonPickup           Reason = 33 // it was picked up from a colleague
	ReasonForwardedHere    Reason = 34 // it was forwarded to this line
	ReasonTransferHere     Reason = 35 // a transfer brought it, or changed its far side
	ReasonOwnRing          Reason = 36 // the own phone rings so that it can dial (decision B4)
	reasonLimit                   = 40
)

var reasonNames = [reasonLimit]string{
	ReasonNone: "none", ReasonNormal: "normal", ReasonCancelled: "cancelled", ReasonUnavailable: "unavailable",
	ReasonPickedUp: "picked-up", ReasonForwarded: "forwarded", ReasonDropped: "dropped", ReasonTransferred: "transferred",
	ReasonBusy: "busy", ReasonNoAnswer: "no-answer", ReasonBadAddress: "bad-address", ReasonCongestion: "congestion",
	ReasonRejected: "rejected", ReasonBlocked: "blocked", ReasonOutOfOrder: "out-of-order",
	ReasonDoNotDisturb: "do-not-disturb", ReasonLost: "lost", ReasonExpired: "expired", ReasonDirectionChanged: "turned-outbound",
	ReasonDirect: "direct", ReasonPickup: "pickup", ReasonForwardedHere: "forwarded-here",
	ReasonTransferHere: "transfer", ReasonOwnRing: "own-ring",
}

// String returns the text form, such as "picked-up".
func (r Reason) String() string {
	if r < reasonLimit && reasonNames[r] != "" {
		return reasonNames[r]
	}
	return "none"
}

// ReasonNamed finds a reason by its text form.
func ReasonNamed(name string) (Reason, bool) {
	for r, n := range reasonNames {
		if n == name && name != "" {
			return Reason(r), true
		}
	}
	return ReasonNone, false
}
