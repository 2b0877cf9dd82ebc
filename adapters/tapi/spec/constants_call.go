package spec

// CallState is one LINECALLSTATE_* value: what a call looks like to a TAPI application (decision TAPI-c.1).
type CallState uint32

// The LINECALLSTATE_* values.
const (
	CallStateIdle               CallState = 0x1    // final: the call is gone at the switch; nothing may follow
	CallStateOffering           CallState = 0x2    // inbound and presented; the mode word is an OfferingMode
	CallStateAccepted           CallState = 0x4    // inbound, claimed by an application; offhook never sends it
	CallStateDialTone           CallState = 0x8    // off hook, nothing dialled yet; the mode word is a DialToneMode
	CallStateDialing            CallState = 0x10   // digits are being sent; also the first state of a call dialled at the phone
	CallStateRingback           CallState = 0x20   // the far end is alerting
	CallStateBusy               CallState = 0x40   // busy or congestion tone on a call that is still up (mode BusyMode), never "talking"
	CallStateSpecialInfo        CallState = 0x80   // announcement or SIT tone; the mode word is a SpecialInfo
	CallStateConnected          CallState = 0x100  // speech path; the mode word is a ConnectedMode
	CallStateProceeding         CallState = 0x200  // number complete, network working, no alerting yet
	CallStateOnHold             CallState = 0x400  // held by this station
	CallStateConferenced        CallState = 0x800  // member of a conference; the mode word is the parent's HTAPICALL
	CallStateOnHoldPendConf     CallState = 0x1000 // held while a conference is set up
	CallStateOnHoldPendTransfer CallState = 0x2000 // held by SetupTransfer
	CallStateDisconnected       CallState = 0x4000 // ended by the far end or the network (mode DisconnectMode); IDLE follows
	CallStateUnknown            CallState = 0x8000 // state not known, for instance after loss of the PBX session
)

var callStateWords = family[CallState]{kind: "LINECALLSTATE", words: []word[CallState]{
	{CallStateIdle, "IDLE", Version13},
	{CallStateOffering, "OFFERING", Version13},
	{CallStateAccepted, "ACCEPTED", Version13},
	{CallStateDialTone, "DIALTONE", Version13},
	{CallStateDialing, "DIALING", Version13},
	{CallStateRingback, "RINGBACK", Version13},
	{CallStateBusy, "BUSY", Version13},
	{CallStateSpecialInfo, "SPECIALINFO", Version13},
	{CallStateConnected, "CONNECTED", Version13},
	{CallStateProceeding, "PROCEEDING", Version13},
	{CallStateOnHold, "ONHOLD", Version13},
	{CallStateConferenced, "CONFERENCED", Version13},
	{CallStateOnHoldPendConf, "ONHOLDPENDCONF", Version13},
	{CallStateOnHoldPendTransfer, "ONHOLDPENDTRANSFER", Version13},
	{CallStateDisconnected, "DISCONNECTED", Version13},
	{CallStateUnknown, "UNKNOWN", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v CallState) String() string { return callStateWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v CallState) Names() []string { return callStateWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v CallState) In(ver Version) CallState { return callStateWords.in(v, ver) }

// ParseCallState reads what String wrote.
func ParseCallState(text string) (CallState, error) { return callStateWords.parse(text) }

// DisconnectMode says why a call went to DISCONNECTED (decision TAPI-c.3, decision B3).
type DisconnectMode uint32

// The LINEDISCONNECTMODE_* values.
const (
	DisconnectModeNormal        DisconnectMode = 0x1  // ended normally by the remote side
	DisconnectModeUnknown       DisconnectMode = 0x2  // not known, may become known
	DisconnectModeReject        DisconnectMode = 0x4  // the called party declined
	DisconnectModePickup        DisconnectMode = 0x8  // answered elsewhere
	DisconnectModeForwarded     DisconnectMode = 0x10 // the switch forwarded it away
	DisconnectModeBusy          DisconnectMode = 0x20 // station busy
	DisconnectModeNoAnswer      DisconnectMode = 0x40 // ring time-out
	DisconnectModeBadAddress    DisconnectMode = 0x80 // no such number
	DisconnectModeUnreachable   DisconnectMode = 0x100
	DisconnectModeCongestion    DisconnectMode = 0x200 // network or trunk busy
	DisconnectModeIncompatible  DisconnectMode = 0x400
	DisconnectModeUnavail       DisconnectMode = 0x800 // will never be known
	DisconnectModeNoDialTone    DisconnectMode = 0x1000
	DisconnectModeNumberChanged DisconnectMode = 0x2000
	DisconnectModeOutOfOrder    DisconnectMode = 0x4000 // for instance the phone is not registered
	DisconnectModeTempFailure   DisconnectMode = 0x8000
	DisconnectModeQOSUnavail    DisconnectMode = 0x10000
	DisconnectModeBlocked       DisconnectMode = 0x20000 // barred by the network
	DisconnectModeDoNotDisturb  DisconnectMode = 0x40000
	DisconnectModeCancelled     DisconnectMode = 0x80000 // the caller gave up
)

var disconnectModeWords = family[DisconnectMode]{kind: "LINEDISCONNECTMODE", words: []word[DisconnectMode]{
	{DisconnectModeNormal, "NORMAL", Version13},
	{DisconnectModeUnknown, "UNKNOWN", Version13},
	{DisconnectModeReject, "REJECT", Version13},
	{DisconnectModePickup, "PICKUP", Version13},
	{DisconnectModeForwarded, "FORWARDED", Version13},
	{DisconnectModeBusy, "BUSY", Version13},
	{DisconnectModeNoAnswer, "NOANSWER", Version13},
	{DisconnectModeBadAddress, "BADADDRESS", Version13},
	{DisconnectModeUnreachable, "UNREACHABLE", Version13},
	{DisconnectModeCongestion, "CONGESTION", Version13},
	{DisconnectModeIncompatible, "INCOMPATIBLE", Version13},
	{DisconnectModeUnavail, "UNAVAIL", Version13},
	{DisconnectModeNoDialTone, "NODIALTONE", Version14},
	{DisconnectModeNumberChanged, "NUMBERCHANGED", Version20},
	{DisconnectModeOutOfOrder, "OUTOFORDER", Version20},
	{DisconnectModeTempFailure, "TEMPFAILURE", Version20},
	{DisconnectModeQOSUnavail, "QOSUNAVAIL", Version20},
	{DisconnectModeBlocked, "BLOCKED", Version20},
	{DisconnectModeDoNotDisturb, "DONOTDISTURB", Version20},
	{DisconnectModeCancelled, "CANCELLED", Version20},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v DisconnectMode) String() string { return disconnectModeWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v DisconnectMode) Names() []string { return disconnectModeWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v DisconnectMode) In(ver Version) DisconnectMode { return disconnectModeWords.in(v, ver) }

// ParseDisconnectMode reads what String wrote.
func ParseDisconnectMode(text string) (DisconnectMode, error) { return disconnectModeWords.parse(text) }

// BusyMode is the mode word of BUSY.
type BusyMode uint32

// The LINEBUSYMODE_* values.
const (
	BusyModeStation BusyMode = 0x1
	BusyModeTrunk   BusyMode = 0x2
	BusyModeUnknown BusyMode = 0x4
	BusyModeUnavail BusyMode = 0x8
)

var busyModeWords = family[BusyMode]{kind: "LINEBUSYMODE", words: []word[BusyMode]{
	{BusyModeStation, "STATION", Version13},
	{BusyModeTrunk, "TRUNK", Version13},
	{BusyModeUnknown, "UNKNOWN", Version13},
	{BusyModeUnavail, "UNAVAIL", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v BusyMode) String() string { return busyModeWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v BusyMode) Names() []string { return busyModeWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v BusyMode) In(ver Version) BusyMode { return busyModeWords.in(v, ver) }

// ParseBusyMode reads what String wrote.
func ParseBusyMode(text string) (BusyMode, error) { return busyModeWords.parse(text) }

// DialToneMode is the mode word of DIALTONE.
type DialToneMode uint32

// The LINEDIALTONEMODE_* values.
const (
	DialToneModeNormal   DialToneMode = 0x1
	DialToneModeSpecial  DialToneMode = 0x2
	DialToneModeInternal DialToneMode = 0x4
	DialToneModeExternal DialToneMode = 0x8
	DialToneModeUnknown  DialToneMode = 0x10
	DialToneModeUnavail  DialToneMode = 0x20
)

var dialToneModeWords = family[DialToneMode]{kind: "LINEDIALTONEMODE", words: []word[DialToneMode]{
	{DialToneModeNormal, "NORMAL", Version13},
	{DialToneModeSpecial, "SPECIAL", Version13},
	{DialToneModeInternal, "INTERNAL", Version13},
	{DialToneModeExternal, "EXTERNAL", Version13},
	{DialToneModeUnknown, "UNKNOWN", Version13},
	{DialToneModeUnavail, "UNAVAIL", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v DialToneMode) String() string { return dialToneModeWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v DialToneMode) Names() []string { return dialToneModeWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v DialToneMode) In(ver Version) DialToneMode { return dialToneModeWords.in(v, ver) }

// ParseDialToneMode reads what String wrote.
func ParseDialToneMode(text string) (DialToneMode, error) { return dialToneModeWords.parse(text) }

// ConnectedMode is the mode word of CONNECTED; below 1.4 there is none (0).
type ConnectedMode uint32

// The LINECONNECTEDMODE_* values.
const (
	ConnectedModeActive       ConnectedMode = 0x1 // this station takes part
	ConnectedModeInactive     ConnectedMode = 0x2 // another station of the shared line takes part
	ConnectedModeActiveHeld   ConnectedMode = 0x4 // the far end holds us
	ConnectedModeInactiveHeld ConnectedMode = 0x8
	ConnectedModeConfirmed    ConnectedMode = 0x10
)

var connectedModeWords = family[ConnectedMode]{kind: "LINECONNECTEDMODE", words: []word[ConnectedMode]{
	{ConnectedModeActive, "ACTIVE", Version14},
	{ConnectedModeInactive, "INACTIVE", Version14},
	{ConnectedModeActiveHeld, "ACTIVEHELD", Version20},
	{ConnectedModeInactiveHeld, "INACTIVEHELD", Version20},
	{ConnectedModeConfirmed, "CONFIRMED", Version20},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v ConnectedMode) String() string { return connectedModeWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v ConnectedMode) Names() []string { return connectedModeWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v ConnectedMode) In(ver Version) ConnectedMode { return connectedModeWords.in(v, ver) }

// ParseConnectedMode reads what String wrote.
func ParseConnectedMode(text string) (ConnectedMode, error) { return connectedModeWords.parse(text) }

// OfferingMode is the mode word of OFFERING; below 1.4 there is none (0).
type OfferingMode uint32

// The LINEOFFERINGMODE_* values.
const (
	OfferingModeActive   OfferingMode = 0x1 // alerting here
	OfferingModeInactive OfferingMode = 0x2 // rings at another station, may be answered here
)

var offeringModeWords = family[OfferingMode]{kind: "LINEOFFERINGMODE", words: []word[OfferingMode]{
	{OfferingModeActive, "ACTIVE", Version14},
	{OfferingModeInactive, "INACTIVE", Version14},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v OfferingMode) String() string { return offeringModeWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v OfferingMode) Names() []string { return offeringModeWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v OfferingMode) In(ver Version) OfferingMode { return offeringModeWords.in(v, ver) }

// ParseOfferingMode reads what String wrote.
func ParseOfferingMode(text string) (OfferingMode, error) { return offeringModeWords.parse(text) }

// SpecialInfo is the mode word of SPECIALINFO.
type SpecialInfo uint32

// The LINESPECIALINFO_* values.
const (
	SpecialInfoNoCircuit SpecialInfo = 0x1
	SpecialInfoCustIrreg SpecialInfo = 0x2
	SpecialInfoReorder   SpecialInfo = 0x4
	SpecialInfoUnknown   SpecialInfo = 0x8
	SpecialInfoUnavail   SpecialInfo = 0x10
)

var specialInfoWords = family[SpecialInfo]{kind: "LINESPECIALINFO", words: []word[SpecialInfo]{
	{SpecialInfoNoCircuit, "NOCIRCUIT", Version13},
	{SpecialInfoCustIrreg, "CUSTIRREG", Version13},
	{SpecialInfoReorder, "REORDER", Version13},
	{SpecialInfoUnknown, "UNKNOWN", Version13},
	{SpecialInfoUnavail, "UNAVAIL", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v SpecialInfo) String() string { return specialInfoWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v SpecialInfo) Names() []string { return specialInfoWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v SpecialInfo) In(ver Version) SpecialInfo { return specialInfoWords.in(v, ver) }

// ParseSpecialInfo reads what String wrote.
func ParseSpecialInfo(text string) (SpecialInfo, error) { return specialInfoWords.parse(text) }
