package spec

// LineDevState is the first parameter of LINE_LINEDEVSTATE (decision TAPI-c.5).
type LineDevState uint32

// The LINEDEVSTATE_* values.
const (
	LineDevStateOther           LineDevState = 0x1
	LineDevStateRinging         LineDevState = 0x2
	LineDevStateConnected       LineDevState = 0x4
	LineDevStateDisconnected    LineDevState = 0x8
	LineDevStateMsgWaitOn       LineDevState = 0x10
	LineDevStateMsgWaitOff      LineDevState = 0x20
	LineDevStateInService       LineDevState = 0x40
	LineDevStateOutOfService    LineDevState = 0x80
	LineDevStateMaintenance     LineDevState = 0x100
	LineDevStateOpen            LineDevState = 0x200
	LineDevStateClose           LineDevState = 0x400
	LineDevStateNumCalls        LineDevState = 0x800
	LineDevStateNumCompletions  LineDevState = 0x1000
	LineDevStateTerminals       LineDevState = 0x2000
	LineDevStateRoamMode        LineDevState = 0x4000
	LineDevStateBattery         LineDevState = 0x8000
	LineDevStateSignal          LineDevState = 0x10000
	LineDevStateDevSpecific     LineDevState = 0x20000
	LineDevStateReinit          LineDevState = 0x40000 // makes every application start again; offhook never sends it
	LineDevStateLock            LineDevState = 0x80000
	LineDevStateCapsChange      LineDevState = 0x100000
	LineDevStateConfigChange    LineDevState = 0x200000
	LineDevStateTranslateChange LineDevState = 0x400000
	LineDevStateComplCancel     LineDevState = 0x800000
	LineDevStateRemoved         LineDevState = 0x1000000
)

var lineDevStateWords = family[LineDevState]{kind: "LINEDEVSTATE", words: []word[LineDevState]{
	{LineDevStateOther, "OTHER", Version13},
	{LineDevStateRinging, "RINGING", Version13},
	{LineDevStateConnected, "CONNECTED", Version13},
	{LineDevStateDisconnected, "DISCONNECTED", Version13},
	{LineDevStateMsgWaitOn, "MSGWAITON", Version13},
	{LineDevStateMsgWaitOff, "MSGWAITOFF", Version13},
	{LineDevStateInService, "INSERVICE", Version13},
	{LineDevStateOutOfService, "OUTOFSERVICE", Version13},
	{LineDevStateMaintenance, "MAINTENANCE", Version13},
	{LineDevStateOpen, "OPEN", Version13},
	{LineDevStateClose, "CLOSE", Version13},
	{LineDevStateNumCalls, "NUMCALLS", Version13},
	{LineDevStateNumCompletions, "NUMCOMPLETIONS", Version13},
	{LineDevStateTerminals, "TERMINALS", Version13},
	{LineDevStateRoamMode, "ROAMMODE", Version13},
	{LineDevStateBattery, "BATTERY", Version13},
	{LineDevStateSignal, "SIGNAL", Version13},
	{LineDevStateDevSpecific, "DEVSPECIFIC", Version13},
	{LineDevStateReinit, "REINIT", Version13},
	{LineDevStateLock, "LOCK", Version13},
	{LineDevStateCapsChange, "CAPSCHANGE", Version14},
	{LineDevStateConfigChange, "CONFIGCHANGE", Version14},
	{LineDevStateTranslateChange, "TRANSLATECHANGE", Version14},
	{LineDevStateComplCancel, "COMPLCANCEL", Version14},
	{LineDevStateRemoved, "REMOVED", Version14},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v LineDevState) String() string { return lineDevStateWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v LineDevState) Names() []string { return lineDevStateWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v LineDevState) In(ver Version) LineDevState { return lineDevStateWords.in(v, ver) }

// ParseLineDevState reads what String wrote.
func ParseLineDevState(text string) (LineDevState, error) { return lineDevStateWords.parse(text) }

// DevStatusFlag is a bit of LINEDEVSTATUS.dwDevStatusFlags.
type DevStatusFlag uint32

// The LINEDEVSTATUSFLAGS_* values.
const (
	DevStatusFlagConnected DevStatusFlag = 0x1
	DevStatusFlagMsgWait   DevStatusFlag = 0x2
	DevStatusFlagInService DevStatusFlag = 0x4
	DevStatusFlagLocked    DevStatusFlag = 0x8
)

var devStatusFlagWords = family[DevStatusFlag]{kind: "LINEDEVSTATUSFLAGS", words: []word[DevStatusFlag]{
	{DevStatusFlagConnected, "CONNECTED", Version13},
	{DevStatusFlagMsgWait, "MSGWAIT", Version13},
	{DevStatusFlagInService, "INSERVICE", Version13},
	{DevStatusFlagLocked, "LOCKED", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v DevStatusFlag) String() string { return devStatusFlagWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v DevStatusFlag) Names() []string { return devStatusFlagWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v DevStatusFlag) In(ver Version) DevStatusFlag { return devStatusFlagWords.in(v, ver) }

// ParseDevStatusFlag reads what String wrote.
func ParseDevStatusFlag(text string) (DevStatusFlag, error) { return devStatusFlagWords.parse(text) }

// AddressState is the second parameter of LINE_ADDRESSSTATE (decision B14).
type AddressState uint32

// The LINEADDRESSSTATE_* values.
const (
	AddressStateOther       AddressState = 0x1
	AddressStateDevSpecific AddressState = 0x2
	AddressStateInUseZero   AddressState = 0x4
	AddressStateInUseOne    AddressState = 0x8
	AddressStateInUseMany   AddressState = 0x10
	AddressStateNumCalls    AddressState = 0x20
	AddressStateForward     AddressState = 0x40
	AddressStateTerminals   AddressState = 0x80
	AddressStateCapsChange  AddressState = 0x100
)

var addressStateWords = family[AddressState]{kind: "LINEADDRESSSTATE", words: []word[AddressState]{
	{AddressStateOther, "OTHER", Version13},
	{AddressStateDevSpecific, "DEVSPECIFIC", Version13},
	{AddressStateInUseZero, "INUSEZERO", Version13},
	{AddressStateInUseOne, "INUSEONE", Version13},
	{AddressStateInUseMany, "INUSEMANY", Version13},
	{AddressStateNumCalls, "NUMCALLS", Version13},
	{AddressStateForward, "FORWARD", Version13},
	{AddressStateTerminals, "TERMINALS", Version13},
	{AddressStateCapsChange, "CAPSCHANGE", Version14},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v AddressState) String() string { return addressStateWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v AddressState) Names() []string { return addressStateWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v AddressState) In(ver Version) AddressState { return addressStateWords.in(v, ver) }

// ParseAddressState reads what String wrote.
func ParseAddressState(text string) (AddressState, error) { return addressStateWords.parse(text) }
