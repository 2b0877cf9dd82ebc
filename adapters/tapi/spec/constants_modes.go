package spec

// AddressMode says how an address is named.
type AddressMode uint32

// The LINEADDRESSMODE_* values.
const (
	AddressModeAddressID    AddressMode = 0x1
	AddressModeDialableAddr AddressMode = 0x2
)

var addressModeWords = family[AddressMode]{kind: "LINEADDRESSMODE", words: []word[AddressMode]{
	{AddressModeAddressID, "ADDRESSID", Version13},
	{AddressModeDialableAddr, "DIALABLEADDR", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v AddressMode) String() string { return addressModeWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v AddressMode) Names() []string { return addressModeWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v AddressMode) In(ver Version) AddressMode { return addressModeWords.in(v, ver) }

// ParseAddressMode reads what String wrote.
func ParseAddressMode(text string) (AddressMode, error) { return addressModeWords.parse(text) }

// AddressSharing says who else uses the address.
type AddressSharing uint32

// The LINEADDRESSSHARING_* values.
const (
	AddressSharingPrivate       AddressSharing = 0x1
	AddressSharingBridgedExcl   AddressSharing = 0x2
	AddressSharingBridgedNew    AddressSharing = 0x4
	AddressSharingBridgedShared AddressSharing = 0x8
	AddressSharingMonitored     AddressSharing = 0x10
)

var addressSharingWords = family[AddressSharing]{kind: "LINEADDRESSSHARING", words: []word[AddressSharing]{
	{AddressSharingPrivate, "PRIVATE", Version13},
	{AddressSharingBridgedExcl, "BRIDGEDEXCL", Version13},
	{AddressSharingBridgedNew, "BRIDGEDNEW", Version13},
	{AddressSharingBridgedShared, "BRIDGEDSHARED", Version13},
	{AddressSharingMonitored, "MONITORED", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v AddressSharing) String() string { return addressSharingWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v AddressSharing) Names() []string { return addressSharingWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v AddressSharing) In(ver Version) AddressSharing { return addressSharingWords.in(v, ver) }

// ParseAddressSharing reads what String wrote.
func ParseAddressSharing(text string) (AddressSharing, error) { return addressSharingWords.parse(text) }

// AddressType is the kind of an address text, since 3.0.
type AddressType uint32

// The LINEADDRESSTYPE_* values.
const (
	AddressTypePhoneNumber AddressType = 0x1
	AddressTypeSDP         AddressType = 0x2
	AddressTypeEmailName   AddressType = 0x4
	AddressTypeDomainName  AddressType = 0x8
	AddressTypeIPAddress   AddressType = 0x10
)

var addressTypeWords = family[AddressType]{kind: "LINEADDRESSTYPE", words: []word[AddressType]{
	{AddressTypePhoneNumber, "PHONENUMBER", Version30},
	{AddressTypeSDP, "SDP", Version30},
	{AddressTypeEmailName, "EMAILNAME", Version30},
	{AddressTypeDomainName, "DOMAINNAME", Version30},
	{AddressTypeIPAddress, "IPADDRESS", Version30},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v AddressType) String() string { return addressTypeWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v AddressType) Names() []string { return addressTypeWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v AddressType) In(ver Version) AddressType { return addressTypeWords.in(v, ver) }

// ParseAddressType reads what String wrote.
func ParseAddressType(text string) (AddressType, error) { return addressTypeWords.parse(text) }

// AnswerMode says what answering does to another active call.
type AnswerMode uint32

// The LINEANSWERMODE_* values.
const (
	AnswerModeNone AnswerMode = 0x1
	AnswerModeDrop AnswerMode = 0x2
	AnswerModeHold AnswerMode = 0x4
)

var answerModeWords = family[AnswerMode]{kind: "LINEANSWERMODE", words: []word[AnswerMode]{
	{AnswerModeNone, "NONE", Version13},
	{AnswerModeDrop, "DROP", Version13},
	{AnswerModeHold, "HOLD", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v AnswerMode) String() string { return answerModeWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v AnswerMode) Names() []string { return answerModeWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v AnswerMode) In(ver Version) AnswerMode { return answerModeWords.in(v, ver) }

// ParseAnswerMode reads what String wrote.
func ParseAnswerMode(text string) (AnswerMode, error) { return answerModeWords.parse(text) }

// TransferMode says what lineCompleteTransfer makes.
type TransferMode uint32

// The LINETRANSFERMODE_* values.
const (
	TransferModeTransfer   TransferMode = 0x1
	TransferModeConference TransferMode = 0x2
)

var transferModeWords = family[TransferMode]{kind: "LINETRANSFERMODE", words: []word[TransferMode]{
	{TransferModeTransfer, "TRANSFER", Version13},
	{TransferModeConference, "CONFERENCE", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v TransferMode) String() string { return transferModeWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v TransferMode) Names() []string { return transferModeWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v TransferMode) In(ver Version) TransferMode { return transferModeWords.in(v, ver) }

// ParseTransferMode reads what String wrote.
func ParseTransferMode(text string) (TransferMode, error) { return transferModeWords.parse(text) }

// ParkMode says who chooses the place a call is parked at.
type ParkMode uint32

// The LINEPARKMODE_* values.
const (
	ParkModeDirected    ParkMode = 0x1
	ParkModeNonDirected ParkMode = 0x2
)

var parkModeWords = family[ParkMode]{kind: "LINEPARKMODE", words: []word[ParkMode]{
	{ParkModeDirected, "DIRECTED", Version13},
	{ParkModeNonDirected, "NONDIRECTED", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v ParkMode) String() string { return parkModeWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v ParkMode) Names() []string { return parkModeWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v ParkMode) In(ver Version) ParkMode { return parkModeWords.in(v, ver) }

// ParseParkMode reads what String wrote.
func ParseParkMode(text string) (ParkMode, error) { return parkModeWords.parse(text) }

// DigitMode is a way of sending digits on a call.
type DigitMode uint32

// The LINEDIGITMODE_* values.
const (
	DigitModePulse   DigitMode = 0x1
	DigitModeDTMF    DigitMode = 0x2
	DigitModeDTMFEnd DigitMode = 0x4
)

var digitModeWords = family[DigitMode]{kind: "LINEDIGITMODE", words: []word[DigitMode]{
	{DigitModePulse, "PULSE", Version13},
	{DigitModeDTMF, "DTMF", Version13},
	{DigitModeDTMFEnd, "DTMFEND", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v DigitMode) String() string { return digitModeWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v DigitMode) Names() []string { return digitModeWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v DigitMode) In(ver Version) DigitMode { return digitModeWords.in(v, ver) }

// ParseDigitMode reads what String wrote.
func ParseDigitMode(text string) (DigitMode, error) { return digitModeWords.parse(text) }

// RemoveFromConf says which conference member can be removed.
type RemoveFromConf uint32

// The LINEREMOVEFROMCONF_* values.
const (
	RemoveFromConfNone RemoveFromConf = 0x1
	RemoveFromConfLast RemoveFromConf = 0x2
	RemoveFromConfAny  RemoveFromConf = 0x3
)

var removeFromConfWords = family[RemoveFromConf]{kind: "LINEREMOVEFROMCONF", enum: true, words: []word[RemoveFromConf]{
	{RemoveFromConfNone, "NONE", Version13},
	{RemoveFromConfLast, "LAST", Version13},
	{RemoveFromConfAny, "ANY", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v RemoveFromConf) String() string { return removeFromConfWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v RemoveFromConf) Names() []string { return removeFromConfWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v RemoveFromConf) In(ver Version) RemoveFromConf { return removeFromConfWords.in(v, ver) }

// ParseRemoveFromConf reads what String wrote.
func ParseRemoveFromConf(text string) (RemoveFromConf, error) { return removeFromConfWords.parse(text) }

// ForwardMode says which calls are forwarded and when.
type ForwardMode uint32

// The LINEFORWARDMODE_* values.
const (
	ForwardModeUncond         ForwardMode = 0x1
	ForwardModeUncondInternal ForwardMode = 0x2
	ForwardModeUncondExternal ForwardMode = 0x4
	ForwardModeUncondSpecific ForwardMode = 0x8
	ForwardModeBusy           ForwardMode = 0x10
	ForwardModeBusyInternal   ForwardMode = 0x20
	ForwardModeBusyExternal   ForwardMode = 0x40
	ForwardModeBusySpecific   ForwardMode = 0x80
	ForwardModeNoAnsw         ForwardMode = 0x100
	ForwardModeNoAnswInternal ForwardMode = 0x200
	ForwardModeNoAnswExternal ForwardMode = 0x400
	ForwardModeNoAnswSpecific ForwardMode = 0x800
	ForwardModeBusyNA         ForwardMode = 0x1000
	ForwardModeBusyNAInternal ForwardMode = 0x2000
	ForwardModeBusyNAExternal ForwardMode = 0x4000
	ForwardModeBusyNASpecific ForwardMode = 0x8000
	ForwardModeUnknown        ForwardMode = 0x10000
	ForwardModeUnavail        ForwardMode = 0x20000
)

var forwardModeWords = family[ForwardMode]{kind: "LINEFORWARDMODE", words: []word[ForwardMode]{
	{ForwardModeUncond, "UNCOND", Version13},
	{ForwardModeUncondInternal, "UNCONDINTERNAL", Version13},
	{ForwardModeUncondExternal, "UNCONDEXTERNAL", Version13},
	{ForwardModeUncondSpecific, "UNCONDSPECIFIC", Version13},
	{ForwardModeBusy, "BUSY", Version13},
	{ForwardModeBusyInternal, "BUSYINTERNAL", Version13},
	{ForwardModeBusyExternal, "BUSYEXTERNAL", Version13},
	{ForwardModeBusySpecific, "BUSYSPECIFIC", Version13},
	{ForwardModeNoAnsw, "NOANSW", Version13},
	{ForwardModeNoAnswInternal, "NOANSWINTERNAL", Version13},
	{ForwardModeNoAnswExternal, "NOANSWEXTERNAL", Version13},
	{ForwardModeNoAnswSpecific, "NOANSWSPECIFIC", Version13},
	{ForwardModeBusyNA, "BUSYNA", Version13},
	{ForwardModeBusyNAInternal, "BUSYNAINTERNAL", Version13},
	{ForwardModeBusyNAExternal, "BUSYNAEXTERNAL", Version13},
	{ForwardModeBusyNASpecific, "BUSYNASPECIFIC", Version13},
	{ForwardModeUnknown, "UNKNOWN", Version13},
	{ForwardModeUnavail, "UNAVAIL", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v ForwardMode) String() string { return forwardModeWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v ForwardMode) Names() []string { return forwardModeWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v ForwardMode) In(ver Version) ForwardMode { return forwardModeWords.in(v, ver) }

// ParseForwardMode reads what String wrote.
func ParseForwardMode(text string) (ForwardMode, error) { return forwardModeWords.parse(text) }
