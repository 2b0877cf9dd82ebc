package spec

import (
	"encoding/binary"
	"time"
)

// ExclusivePartyFlags are the party flags that stand alone (rule R-56).
const ExclusivePartyFlags = PartyFlagBlocked | PartyFlagOutOfArea | PartyFlagUnknown | PartyFlagUnavail

// Party is one of the five parties of LINECALLINFO (decision TAPI-c.4). What
// is written follows from the content: leave Flags 0 and they become NAME,
// ADDRESS, both, or UNKNOWN. A flag that stands alone hides number and name
// whatever they are, so a withheld caller cannot leak (decision B16).
type Party struct {
	Number      string
	Name        string
	Flags       PartyFlag   // 0, PARTIAL, or one that stands alone
	AddressType AddressType // since 3.0; 0 means PHONENUMBER
}

// Written gives the dw…IDFlags that the encoder writes.
func (p *Party) Written() PartyFlag {
	if hidden := p.Flags & ExclusivePartyFlags; hidden != 0 {
		return hidden & -hidden
	}
	var f PartyFlag
	if CleanText(p.Number) != "" {
		f |= PartyFlagAddress
	}
	if CleanText(p.Name) != "" {
		f |= PartyFlagName
	}
	if f == 0 {
		return PartyFlagUnknown
	}
	return f | p.Flags&PartyFlagPartial
}

// Shown is what TAPI is shown of a party.
func (p *Party) Shown() (number, name string) { return CleanText(p.number()), CleanText(p.name()) }

func (p *Party) number() string { return p.shown(p.Number) }
func (p *Party) name() string   { return p.shown(p.Name) }

func (p *Party) shown(text string) string {
	if p.Flags&ExclusivePartyFlags != 0 {
		return ""
	}
	return text
}

func (p *Party) addressType() AddressType {
	if p.AddressType == 0 {
		return AddressTypePhoneNumber
	}
	return p.AddressType
}

// TrunkUnknown is LINECALLINFO.dwTrunk when the trunk is not known.
const TrunkUnknown uint32 = 0xFFFFFFFF

// CallInfo is LINECALLINFO: what is known of a call. Members of the structure
// that are not here are TAPI's and stay untouched, or are written as 0.
type CallInfo struct {
	CallerID      Party
	CalledID      Party
	ConnectedID   Party
	RedirectionID Party
	RedirectingID Party

	Display      string
	UserUserInfo []byte
	CallData     []byte // since 2.0
	DevSpecific  []byte

	LineDeviceID   uint32
	AddressID      uint32
	BearerMode     BearerMode
	Rate           uint32 // bit/s
	MediaMode      MediaMode
	AppSpecific    uint32
	CallID         uint32
	RelatedCallID  uint32
	CallParamFlags CallParamFlag
	CallStates     CallState
	DialParams     DialParams
	Origin         CallOrigin
	Reason         CallReason
	CompletionID   uint32
	CountryCode    uint32
	Trunk          uint32
	CallTreatment  uint32 // since 2.0

	// Unknown marks a call from before a restart of which nothing is known yet: the host's own copy is better. It is not encoded.
	Unknown bool
}

// NewCallInfo gives what is the same for every call of offhook.
func NewCallInfo() CallInfo {
	return CallInfo{
		BearerMode: BearerModeVoice,
		Rate:       64000,
		MediaMode:  MediaModeInteractiveVoice,
		Trunk:      TrunkUnknown,
	}
}

// Encode is as LineDevCaps.Encode.
func (x *CallInfo) Encode(buf []byte, v Version) LineErr { return callInfoLayout.encode(x, buf, v) }

// Image is as LineDevCaps.Image.
func (x *CallInfo) Image(v Version) Image { return callInfoLayout.newImage(x, v) }

// Needed is as LineDevCaps.Needed.
func (x *CallInfo) Needed(v Version) int { return callInfoLayout.needed(x, v) }

// Changed gives the LINECALLINFOSTATE bits of the members that differ.
func (x *CallInfo) Changed(y *CallInfo) CallInfoState {
	if x == y {
		return 0
	}
	var bits CallInfoState
	for _, c := range [...]struct {
		differs bool
		bit     CallInfoState
	}{
		{x.CallerID != y.CallerID, CallInfoStateCallerID},
		{x.CalledID != y.CalledID, CallInfoStateCalledID},
		{x.ConnectedID != y.ConnectedID, CallInfoStateConnectedID},
		{x.RedirectingID != y.RedirectingID, CallInfoStateRedirectingID},
		{x.RedirectionID != y.RedirectionID, CallInfoStateRedirectionID},
		{x.Reason != y.Reason, CallInfoStateReason},
		{x.Origin != y.Origin, CallInfoStateOrigin},
		{x.Display != y.Display, CallInfoStateDisplay},
		{x.RelatedCallID != y.RelatedCallID, CallInfoStateRelatedCallID},
		{x.AppSpecific != y.AppSpecific, CallInfoStateAppSpecific},
		{x.MediaMode != y.MediaMode, CallInfoStateMediaMode},
	} {
		if c.differs {
			bits |= c.bit
		}
	}
	return bits
}

// CallStatus is LINECALLSTATUS: the state of a call and what may be done now.
type CallStatus struct {
	State       CallState
	Mode        uint32 // the state's mode word, as p2 of LINE_CALLSTATE
	Features    CallFeature
	Features2   CallFeature2 // since 2.0
	StateEntry  time.Time    // since 2.0: event time at which the state began
	DevSpecific []byte
}

// Encode is as LineDevCaps.Encode. The mode word and the features are reduced
// to what v knows (rule R-25).
func (x *CallStatus) Encode(buf []byte, v Version) LineErr {
	return callStatusLayout.encode(x, buf, v)
}

// Image is as LineDevCaps.Image.
func (x *CallStatus) Image(v Version) Image { return callStatusLayout.newImage(x, v) }

// Needed is as LineDevCaps.Needed.
func (x *CallStatus) Needed(v Version) int { return callStatusLayout.needed(x, v) }

// systemTime writes a time as SYSTEMTIME in UTC. The zero time, and years that
// SYSTEMTIME cannot hold, give sixteen zero bytes.
func systemTime(t time.Time) [16]byte {
	var b [16]byte
	t = t.UTC()
	if t.IsZero() || t.Year() < 1601 || t.Year() > 30827 {
		return b
	}
	for i, word := range [...]int{
		t.Year(), int(t.Month()), int(t.Weekday()), t.Day(),
		t.Hour(), t.Minute(), t.Second(), t.Nanosecond() / int(time.Millisecond),
	} {
		binary.LittleEndian.PutUint16(b[2*i:], uint16(word))
	}
	return b
}
