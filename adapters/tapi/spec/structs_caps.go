package spec

// LineDevCaps is LINEDEVCAPS: what a line can ever do. Members of the
// structure that are not here are written as 0.
type LineDevCaps struct {
	LineName        string // shown to users: "Full Name (extension)" (decision B18)
	ProviderInfo    string
	SwitchInfo      string
	DeviceClasses   []string // since 2.0
	DevSpecific     []byte
	PermanentLineID uint32 // assigned once and stored (decision A3)

	AddressModes       AddressMode
	NumAddresses       uint32
	BearerModes        BearerMode
	MaxRate            uint32 // bit/s
	MediaModes         MediaMode
	GenerateDigitModes DigitMode
	MonitorDigitModes  DigitMode
	DevCapFlags        DevCapFlag
	MaxNumActiveCalls  uint32
	AnswerMode         AnswerMode
	RingModes          uint32 // ring modes are numbered 1 to RingModes
	LineStates         LineDevState
	LineFeatures       LineFeature // since 1.4
	SettableDevStatus  DevStatusFlag

	PermanentLineGUID [16]byte    // since 2.2
	AddressTypes      AddressType // since 3.0
	ProtocolGUID      [16]byte    // since 3.0
}

// NewLineDevCaps gives what is the same for every line of offhook: one
// address, voice, interactive media, one ring mode (rules ).
func NewLineDevCaps() LineDevCaps {
	return LineDevCaps{
		DeviceClasses:     []string{"tapi/line"},
		AddressModes:      AddressModeAddressID,
		NumAddresses:      1,
		BearerModes:       BearerModeVoice,
		MaxRate:           64000,
		MediaModes:        MediaModeInteractiveVoice,
		MaxNumActiveCalls: 1,
		AnswerMode:        AnswerModeNone,
		RingModes:         1,
		AddressTypes:      AddressTypePhoneNumber,
	}
}

// Encode writes the structure into buf, whose dwTotalSize is set, at version v
// by the rules of Image.CopyTo. It fails with STRUCTURETOOSMALL, or with
// INCOMPATIBLEAPIVERSION when v is not supported; then nothing is written.
func (x *LineDevCaps) Encode(buf []byte, v Version) LineErr {
	return lineDevCapsLayout.encode(x, buf, v)
}

// Image encodes the structure at version v free of any buffer.
func (x *LineDevCaps) Image(v Version) Image { return lineDevCapsLayout.newImage(x, v) }

// Needed gives dwNeededSize at version v, in bytes.
func (x *LineDevCaps) Needed(v Version) int { return lineDevCapsLayout.needed(x, v) }

// AddressCaps is LINEADDRESSCAPS: what the line's one address can ever do.
type AddressCaps struct {
	Address       string // our extension
	DeviceClasses []string
	DevSpecific   []byte
	LineDeviceID  uint32

	AddressSharing     AddressSharing
	AddressStates      AddressState
	CallInfoStates     CallInfoState
	CallerIDFlags      PartyFlag
	CalledIDFlags      PartyFlag
	ConnectedIDFlags   PartyFlag
	RedirectionIDFlags PartyFlag
	RedirectingIDFlags PartyFlag
	CallStates         CallState
	DialToneModes      DialToneMode
	BusyModes          BusyMode
	SpecialInfo        SpecialInfo
	DisconnectModes    DisconnectMode

	MaxNumActiveCalls        uint32
	MaxNumOnHoldCalls        uint32
	MaxNumOnHoldPendingCalls uint32
	MaxNumConference         uint32
	MaxNumTransConf          uint32

	AddrCapFlags        AddrCapFlag
	CallFeatures        CallFeature
	RemoveFromConfCaps  RemoveFromConf
	RemoveFromConfState CallState
	TransferModes       TransferMode
	ParkModes           ParkMode
	ForwardModes        ForwardMode
	MaxForwardEntries   uint32
	MaxSpecificEntries  uint32
	MinFwdNumRings      uint32
	MaxFwdNumRings      uint32

	AddressFeatures     AddrFeature   // since 1.4
	MaxCallDataSize     uint32        // since 2.0, bytes
	CallFeatures2       CallFeature2  // since 2.0
	MaxNoAnswerTimeout  uint32        // since 2.0, seconds
	ConnectedModes      ConnectedMode // since 2.0
	OfferingModes       OfferingMode  // since 2.0
	AvailableMediaModes MediaMode     // since 2.0
}

// NewAddressCaps gives what is the same for every address of offhook: a
// private, dialled address that carries interactive voice.
func NewAddressCaps() AddressCaps {
	return AddressCaps{
		DeviceClasses:       []string{"tapi/line"},
		AddressSharing:      AddressSharingPrivate,
		AddrCapFlags:        AddrCapFlagDialed,
		RemoveFromConfCaps:  RemoveFromConfNone,
		MaxNumActiveCalls:   1,
		AvailableMediaModes: MediaModeInteractiveVoice,
	}
}

// Encode is as LineDevCaps.Encode.
func (x *AddressCaps) Encode(buf []byte, v Version) LineErr {
	return addressCapsLayout.encode(x, buf, v)
}

// Image is as LineDevCaps.Image.
func (x *AddressCaps) Image(v Version) Image { return addressCapsLayout.newImage(x, v) }

// Needed is as LineDevCaps.Needed.
func (x *AddressCaps) Needed(v Version) int { return addressCapsLayout.needed(x, v) }

// downgradeDisconnectModes is DowngradeDisconnectMode over a set, so that what
// may be sent at a version is announced at that version (rule R-24).
func downgradeDisconnectModes(set DisconnectMode, v Version) DisconnectMode {
	var out DisconnectMode
	for _, w := range disconnectModeWords.words {
		if set&w.value != 0 {
			out |= DowngradeDisconnectMode(w.value, v)
		}
	}
	return out
}
