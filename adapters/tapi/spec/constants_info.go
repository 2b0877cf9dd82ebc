package spec

// CallOrigin tells where a call comes from (LINECALLINFO.dwOrigin, decision TAPI-c.4).
type CallOrigin uint32

// The LINECALLORIGIN_* values.
const (
	CallOriginOutbound   CallOrigin = 0x1 // made here
	CallOriginInternal   CallOrigin = 0x2 // inbound from inside the PBX
	CallOriginExternal   CallOrigin = 0x4 // inbound from outside
	CallOriginUnknown    CallOrigin = 0x10
	CallOriginUnavail    CallOrigin = 0x20
	CallOriginConference CallOrigin = 0x40 // a conference parent
	CallOriginInbound    CallOrigin = 0x80 // inbound, internal or external not known
)

var callOriginWords = family[CallOrigin]{kind: "LINECALLORIGIN", words: []word[CallOrigin]{
	{CallOriginOutbound, "OUTBOUND", Version13},
	{CallOriginInternal, "INTERNAL", Version13},
	{CallOriginExternal, "EXTERNAL", Version13},
	{CallOriginUnknown, "UNKNOWN", Version13},
	{CallOriginUnavail, "UNAVAIL", Version13},
	{CallOriginConference, "CONFERENCE", Version13},
	{CallOriginInbound, "INBOUND", Version14},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v CallOrigin) String() string { return callOriginWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v CallOrigin) Names() []string { return callOriginWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v CallOrigin) In(ver Version) CallOrigin { return callOriginWords.in(v, ver) }

// ParseCallOrigin reads what String wrote.
func ParseCallOrigin(text string) (CallOrigin, error) { return callOriginWords.parse(text) }

// CallReason tells why a call is here (LINECALLINFO.dwReason).
type CallReason uint32

// The LINECALLREASON_* values.
const (
	CallReasonDirect         CallReason = 0x1
	CallReasonFwdBusy        CallReason = 0x2
	CallReasonFwdNoAnswer    CallReason = 0x4
	CallReasonFwdUncond      CallReason = 0x8
	CallReasonPickup         CallReason = 0x10
	CallReasonUnpark         CallReason = 0x20
	CallReasonRedirect       CallReason = 0x40
	CallReasonCallCompletion CallReason = 0x80
	CallReasonTransfer       CallReason = 0x100
	CallReasonReminder       CallReason = 0x200
	CallReasonUnknown        CallReason = 0x400 // more may be learnt
	CallReasonUnavail        CallReason = 0x800 // will never be known
	CallReasonIntrude        CallReason = 0x1000
	CallReasonParked         CallReason = 0x2000
	CallReasonCampedOn       CallReason = 0x4000
	CallReasonRouteRequest   CallReason = 0x8000
)

var callReasonWords = family[CallReason]{kind: "LINECALLREASON", words: []word[CallReason]{
	{CallReasonDirect, "DIRECT", Version13},
	{CallReasonFwdBusy, "FWDBUSY", Version13},
	{CallReasonFwdNoAnswer, "FWDNOANSWER", Version13},
	{CallReasonFwdUncond, "FWDUNCOND", Version13},
	{CallReasonPickup, "PICKUP", Version13},
	{CallReasonUnpark, "UNPARK", Version13},
	{CallReasonRedirect, "REDIRECT", Version13},
	{CallReasonCallCompletion, "CALLCOMPLETION", Version13},
	{CallReasonTransfer, "TRANSFER", Version13},
	{CallReasonReminder, "REMINDER", Version13},
	{CallReasonUnknown, "UNKNOWN", Version13},
	{CallReasonUnavail, "UNAVAIL", Version13},
	{CallReasonIntrude, "INTRUDE", Version14},
	{CallReasonParked, "PARKED", Version14},
	{CallReasonCampedOn, "CAMPEDON", Version20},
	{CallReasonRouteRequest, "ROUTEREQUEST", Version20},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v CallReason) String() string { return callReasonWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v CallReason) Names() []string { return callReasonWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v CallReason) In(ver Version) CallReason { return callReasonWords.in(v, ver) }

// ParseCallReason reads what String wrote.
func ParseCallReason(text string) (CallReason, error) { return callReasonWords.parse(text) }

// CallInfoState names the members of LINECALLINFO that a LINE_CALLINFO says have changed.
type CallInfoState uint32

// The LINECALLINFOSTATE_* values.
const (
	CallInfoStateOther         CallInfoState = 0x1
	CallInfoStateDevSpecific   CallInfoState = 0x2
	CallInfoStateBearerMode    CallInfoState = 0x4
	CallInfoStateRate          CallInfoState = 0x8
	CallInfoStateMediaMode     CallInfoState = 0x10
	CallInfoStateAppSpecific   CallInfoState = 0x20
	CallInfoStateCallID        CallInfoState = 0x40
	CallInfoStateRelatedCallID CallInfoState = 0x80
	CallInfoStateOrigin        CallInfoState = 0x100
	CallInfoStateReason        CallInfoState = 0x200
	CallInfoStateCompletionID  CallInfoState = 0x400
	CallInfoStateNumOwnerIncr  CallInfoState = 0x800  // sent by TAPI only
	CallInfoStateNumOwnerDecr  CallInfoState = 0x1000 // sent by TAPI only
	CallInfoStateNumMonitors   CallInfoState = 0x2000 // sent by TAPI only
	CallInfoStateTrunk         CallInfoState = 0x4000
	CallInfoStateCallerID      CallInfoState = 0x8000
	CallInfoStateCalledID      CallInfoState = 0x10000
	CallInfoStateConnectedID   CallInfoState = 0x20000
	CallInfoStateRedirectionID CallInfoState = 0x40000
	CallInfoStateRedirectingID CallInfoState = 0x80000
	CallInfoStateDisplay       CallInfoState = 0x100000
	CallInfoStateUserUserInfo  CallInfoState = 0x200000
	CallInfoStateHighLevelComp CallInfoState = 0x400000
	CallInfoStateLowLevelComp  CallInfoState = 0x800000
	CallInfoStateChargingInfo  CallInfoState = 0x1000000
	CallInfoStateTerminal      CallInfoState = 0x2000000
	CallInfoStateDialParams    CallInfoState = 0x4000000
	CallInfoStateMonitorModes  CallInfoState = 0x8000000 // sent by TAPI only
	CallInfoStateTreatment     CallInfoState = 0x10000000
	CallInfoStateQOS           CallInfoState = 0x20000000
	CallInfoStateCallData      CallInfoState = 0x40000000
)

var callInfoStateWords = family[CallInfoState]{kind: "LINECALLINFOSTATE", words: []word[CallInfoState]{
	{CallInfoStateOther, "OTHER", Version13},
	{CallInfoStateDevSpecific, "DEVSPECIFIC", Version13},
	{CallInfoStateBearerMode, "BEARERMODE", Version13},
	{CallInfoStateRate, "RATE", Version13},
	{CallInfoStateMediaMode, "MEDIAMODE", Version13},
	{CallInfoStateAppSpecific, "APPSPECIFIC", Version13},
	{CallInfoStateCallID, "CALLID", Version13},
	{CallInfoStateRelatedCallID, "RELATEDCALLID", Version13},
	{CallInfoStateOrigin, "ORIGIN", Version13},
	{CallInfoStateReason, "REASON", Version13},
	{CallInfoStateCompletionID, "COMPLETIONID", Version13},
	{CallInfoStateNumOwnerIncr, "NUMOWNERINCR", Version13},
	{CallInfoStateNumOwnerDecr, "NUMOWNERDECR", Version13},
	{CallInfoStateNumMonitors, "NUMMONITORS", Version13},
	{CallInfoStateTrunk, "TRUNK", Version13},
	{CallInfoStateCallerID, "CALLERID", Version13},
	{CallInfoStateCalledID, "CALLEDID", Version13},
	{CallInfoStateConnectedID, "CONNECTEDID", Version13},
	{CallInfoStateRedirectionID, "REDIRECTIONID", Version13},
	{CallInfoStateRedirectingID, "REDIRECTINGID", Version13},
	{CallInfoStateDisplay, "DISPLAY", Version13},
	{CallInfoStateUserUserInfo, "USERUSERINFO", Version13},
	{CallInfoStateHighLevelComp, "HIGHLEVELCOMP", Version13},
	{CallInfoStateLowLevelComp, "LOWLEVELCOMP", Version13},
	{CallInfoStateChargingInfo, "CHARGINGINFO", Version13},
	{CallInfoStateTerminal, "TERMINAL", Version13},
	{CallInfoStateDialParams, "DIALPARAMS", Version13},
	{CallInfoStateMonitorModes, "MONITORMODES", Version13},
	{CallInfoStateTreatment, "TREATMENT", Version20},
	{CallInfoStateQOS, "QOS", Version20},
	{CallInfoStateCallData, "CALLDATA", Version20},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v CallInfoState) String() string { return callInfoStateWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v CallInfoState) Names() []string { return callInfoStateWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v CallInfoState) In(ver Version) CallInfoState { return callInfoStateWords.in(v, ver) }

// ParseCallInfoState reads what String wrote.
func ParseCallInfoState(text string) (CallInfoState, error) { return callInfoStateWords.parse(text) }

// PartyFlag says what is known of a party (dw…IDFlags). Blocked, OutOfArea, Unknown and Unavail stand alone (rule R-56).
type PartyFlag uint32

// The LINECALLPARTYID_* values.
const (
	PartyFlagBlocked   PartyFlag = 0x1 // withheld by the caller
	PartyFlagOutOfArea PartyFlag = 0x2
	PartyFlagName      PartyFlag = 0x4
	PartyFlagAddress   PartyFlag = 0x8
	PartyFlagPartial   PartyFlag = 0x10
	PartyFlagUnknown   PartyFlag = 0x20 // none yet
	PartyFlagUnavail   PartyFlag = 0x40 // never any
)

var partyFlagWords = family[PartyFlag]{kind: "LINECALLPARTYID", words: []word[PartyFlag]{
	{PartyFlagBlocked, "BLOCKED", Version13},
	{PartyFlagOutOfArea, "OUTOFAREA", Version13},
	{PartyFlagName, "NAME", Version13},
	{PartyFlagAddress, "ADDRESS", Version13},
	{PartyFlagPartial, "PARTIAL", Version13},
	{PartyFlagUnknown, "UNKNOWN", Version13},
	{PartyFlagUnavail, "UNAVAIL", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v PartyFlag) String() string { return partyFlagWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v PartyFlag) Names() []string { return partyFlagWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v PartyFlag) In(ver Version) PartyFlag { return partyFlagWords.in(v, ver) }

// ParsePartyFlag reads what String wrote.
func ParsePartyFlag(text string) (PartyFlag, error) { return partyFlagWords.parse(text) }

// CallParamFlag is a wish in LINECALLPARAMS.dwCallParamFlags.
type CallParamFlag uint32

// The LINECALLPARAMFLAGS_* values.
const (
	CallParamFlagSecure           CallParamFlag = 0x1
	CallParamFlagIdle             CallParamFlag = 0x2
	CallParamFlagBlockID          CallParamFlag = 0x4
	CallParamFlagOrigOffHook      CallParamFlag = 0x8
	CallParamFlagDestOffHook      CallParamFlag = 0x10
	CallParamFlagNoHoldConference CallParamFlag = 0x20
	CallParamFlagPredictiveDial   CallParamFlag = 0x40
	CallParamFlagOneStepTransfer  CallParamFlag = 0x80
)

var callParamFlagWords = family[CallParamFlag]{kind: "LINECALLPARAMFLAGS", words: []word[CallParamFlag]{
	{CallParamFlagSecure, "SECURE", Version13},
	{CallParamFlagIdle, "IDLE", Version13},
	{CallParamFlagBlockID, "BLOCKID", Version13},
	{CallParamFlagOrigOffHook, "ORIGOFFHOOK", Version13},
	{CallParamFlagDestOffHook, "DESTOFFHOOK", Version13},
	{CallParamFlagNoHoldConference, "NOHOLDCONFERENCE", Version20},
	{CallParamFlagPredictiveDial, "PREDICTIVEDIAL", Version20},
	{CallParamFlagOneStepTransfer, "ONESTEPTRANSFER", Version20},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v CallParamFlag) String() string { return callParamFlagWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v CallParamFlag) Names() []string { return callParamFlagWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v CallParamFlag) In(ver Version) CallParamFlag { return callParamFlagWords.in(v, ver) }

// ParseCallParamFlag reads what String wrote.
func ParseCallParamFlag(text string) (CallParamFlag, error) { return callParamFlagWords.parse(text) }

// CallPrivilege is an application's right to a call; TAPI alone writes it.
type CallPrivilege uint32

// The LINECALLPRIVILEGE_* values.
const (
	CallPrivilegeNone    CallPrivilege = 0x1
	CallPrivilegeMonitor CallPrivilege = 0x2
	CallPrivilegeOwner   CallPrivilege = 0x4
)

var callPrivilegeWords = family[CallPrivilege]{kind: "LINECALLPRIVILEGE", words: []word[CallPrivilege]{
	{CallPrivilegeNone, "NONE", Version13},
	{CallPrivilegeMonitor, "MONITOR", Version13},
	{CallPrivilegeOwner, "OWNER", Version13},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v CallPrivilege) String() string { return callPrivilegeWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v CallPrivilege) Names() []string { return callPrivilegeWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v CallPrivilege) In(ver Version) CallPrivilege { return callPrivilegeWords.in(v, ver) }

// ParseCallPrivilege reads what String wrote.
func ParseCallPrivilege(text string) (CallPrivilege, error) { return callPrivilegeWords.parse(text) }
