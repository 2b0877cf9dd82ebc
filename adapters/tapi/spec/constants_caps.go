package spec

// AddrCapFlag describes the address in LINEADDRESSCAPS.dwAddrCapFlags (decision TAPI-c.5).
type AddrCapFlag uint32

// The LINEADDRCAPFLAGS_* values.
const (
	AddrCapFlagFwdNumRings              AddrCapFlag = 0x1
	AddrCapFlagPickupGroupID            AddrCapFlag = 0x2 // a group must be named for a pickup
	AddrCapFlagSecure                   AddrCapFlag = 0x4
	AddrCapFlagBlockIDDefault           AddrCapFlag = 0x8
	AddrCapFlagBlockIDOverride          AddrCapFlag = 0x10 // caller id can be withheld per call
	AddrCapFlagDialed                   AddrCapFlag = 0x20 // the address is dialled, not a hot line
	AddrCapFlagOrigOffHook              AddrCapFlag = 0x40 // MakeCall takes the handset off hook by itself
	AddrCapFlagDestOffHook              AddrCapFlag = 0x80
	AddrCapFlagFwdConsult               AddrCapFlag = 0x100
	AddrCapFlagSetupConfNull            AddrCapFlag = 0x200
	AddrCapFlagAutoReconnect            AddrCapFlag = 0x400 // dropping the consult call resumes the first one
	AddrCapFlagCompletionID             AddrCapFlag = 0x800
	AddrCapFlagTransferHeld             AddrCapFlag = 0x1000 // a held call can be transferred
	AddrCapFlagTransferMake             AddrCapFlag = 0x2000 // SetupTransfer makes the consult call
	AddrCapFlagConferenceHeld           AddrCapFlag = 0x4000
	AddrCapFlagConferenceMake           AddrCapFlag = 0x8000
	AddrCapFlagPartialDial              AddrCapFlag = 0x10000
	AddrCapFlagFwdStatusValid           AddrCapFlag = 0x20000
	AddrCapFlagFwdIntExtAddr            AddrCapFlag = 0x40000
	AddrCapFlagFwdBusyNAAddr            AddrCapFlag = 0x80000
	AddrCapFlagAcceptToAlert            AddrCapFlag = 0x100000
	AddrCapFlagConfDrop                 AddrCapFlag = 0x200000
	AddrCapFlagPickupCallWait           AddrCapFlag = 0x400000
	AddrCapFlagPredictiveDialer         AddrCapFlag = 0x800000
	AddrCapFlagQueue                    AddrCapFlag = 0x1000000
	AddrCapFlagRoutePoint               AddrCapFlag = 0x2000000
	AddrCapFlagHoldMakesNew             AddrCapFlag = 0x4000000
	AddrCapFlagNoInternalCalls          AddrCapFlag = 0x8000000
	AddrCapFlagNoExternalCalls          AddrCapFlag = 0x10000000
	AddrCapFlagSetCallingID             AddrCapFlag = 0x20000000
	AddrCapFlagACDGroup                 AddrCapFlag = 0x40000000
	AddrCapFlagNoPSTNAddressTranslation AddrCapFlag = 0x80000000
)

var addrCapFlagWords = family[AddrCapFlag]{kind: "LINEADDRCAPFLAGS", words: []word[AddrCapFlag]{
	{AddrCapFlagFwdNumRings, "FWDNUMRINGS", Version13},
	{AddrCapFlagPickupGroupID, "PICKUPGROUPID", Version13},
	{AddrCapFlagSecure, "SECURE", Version13},
	{AddrCapFlagBlockIDDefault, "BLOCKIDDEFAULT", Version13},
	{AddrCapFlagBlockIDOverride, "BLOCKIDOVERRIDE", Version13},
	{AddrCapFlagDialed, "DIALED", Version13},
	{AddrCapFlagOrigOffHook, "ORIGOFFHOOK", Version13},
	{AddrCapFlagDestOffHook, "DESTOFFHOOK", Version13},
	{AddrCapFlagFwdConsult, "FWDCONSULT", Version13},
	{AddrCapFlagSetupConfNull, "SETUPCONFNULL", Version13},
	{AddrCapFlagAutoReconnect, "AUTORECONNECT", Version13},
	{AddrCapFlagCompletionID, "COMPLETIONID", Version13},
	{AddrCapFlagTransferHeld, "TRANSFERHELD", Version13},
	{AddrCapFlagTransferMake, "TRANSFERMAKE", Version13},
	{AddrCapFlagConferenceHeld, "CONFERENCEHELD", Version13},
	{AddrCapFlagConferenceMake, "CONFERENCEMAKE", Version13},
	{AddrCapFlagPartialDial, "PARTIALDIAL", Version13},
	{AddrCapFlagFwdStatusValid, "FWDSTATUSVALID", Version13},
	{AddrCapFlagFwdIntExtAddr, "FWDINTEXTADDR", Version13},
	{AddrCapFlagFwdBusyNAAddr, "FWDBUSYNAADDR", Version13},
	{AddrCapFlagAcceptToAlert, "ACCEPTTOALERT", Version13},
	{AddrCapFlagConfDrop, "CONFDROP", Version13},
	{AddrCapFlagPickupCallWait, "PICKUPCALLWAIT", Version13},
	{AddrCapFlagPredictiveDialer, "PREDICTIVEDIALER", Version20},
	{AddrCapFlagQueue, "QUEUE", Version20},
	{AddrCapFlagRoutePoint, "ROUTEPOINT", Version20},
	{AddrCapFlagHoldMakesNew, "HOLDMAKESNEW", Version20},
	{AddrCapFlagNoInternalCalls, "NOINTERNALCALLS", Version20},
	{AddrCapFlagNoExternalCalls, "NOEXTERNALCALLS", Version20},
	{AddrCapFlagSetCallingID, "SETCALLINGID", Version20},
	{AddrCapFlagACDGroup, "ACDGROUP", Version22},
	{AddrCapFlagNoPSTNAddressTranslation, "NOPSTNADDRESSTRANSLATION", Version30},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v AddrCapFlag) String() string { return addrCapFlagWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v AddrCapFlag) Names() []string { return addrCapFlagWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v AddrCapFlag) In(ver Version) AddrCapFlag { return addrCapFlagWords.in(v, ver) }

// ParseAddrCapFlag reads what String wrote.
func ParseAddrCapFlag(text string) (AddrCapFlag, error) { return addrCapFlagWords.parse(text) }

// DevCapFlag describes the line in LINEDEVCAPS.dwDevCapFlags. offhook never sets CLOSEDROP: it monitors calls of a real phone.
type DevCapFlag uint32

// The LINEDEVCAPFLAGS_* values.
const (
	DevCapFlagCrossAddrConf   DevCapFlag = 0x1
	DevCapFlagHighLevComp     DevCapFlag = 0x2
	DevCapFlagLowLevComp      DevCapFlag = 0x4
	DevCapFlagMediaControl    DevCapFlag = 0x8
	DevCapFlagMultipleAddr    DevCapFlag = 0x10
	DevCapFlagCloseDrop       DevCapFlag = 0x20
	DevCapFlagDialBilling     DevCapFlag = 0x40
	DevCapFlagDialQuiet       DevCapFlag = 0x80
	DevCapFlagDialDialTone    DevCapFlag = 0x100
	DevCapFlagMSP             DevCapFlag = 0x200
	DevCapFlagCallHub         DevCapFlag = 0x400
	DevCapFlagCallHubTracking DevCapFlag = 0x800
	DevCapFlagPrivateObjects  DevCapFlag = 0x1000
	DevCapFlagLocal           DevCapFlag = 0x2000
)

var devCapFlagWords = family[DevCapFlag]{kind: "LINEDEVCAPFLAGS", words: []word[DevCapFlag]{
	{DevCapFlagCrossAddrConf, "CROSSADDRCONF", Version13},
	{DevCapFlagHighLevComp, "HIGHLEVCOMP", Version13},
	{DevCapFlagLowLevComp, "LOWLEVCOMP", Version13},
	{DevCapFlagMediaControl, "MEDIACONTROL", Version13},
	{DevCapFlagMultipleAddr, "MULTIPLEADDR", Version13},
	{DevCapFlagCloseDrop, "CLOSEDROP", Version13},
	{DevCapFlagDialBilling, "DIALBILLING", Version13},
	{DevCapFlagDialQuiet, "DIALQUIET", Version13},
	{DevCapFlagDialDialTone, "DIALDIALTONE", Version13},
	{DevCapFlagMSP, "MSP", Version30},
	{DevCapFlagCallHub, "CALLHUB", Version30},
	{DevCapFlagCallHubTracking, "CALLHUBTRACKING", Version30},
	{DevCapFlagPrivateObjects, "PRIVATEOBJECTS", Version30},
	{DevCapFlagLocal, "LOCAL", Version31},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v DevCapFlag) String() string { return devCapFlagWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v DevCapFlag) Names() []string { return devCapFlagWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v DevCapFlag) In(ver Version) DevCapFlag { return devCapFlagWords.in(v, ver) }

// ParseDevCapFlag reads what String wrote.
func ParseDevCapFlag(text string) (DevCapFlag, error) { return devCapFlagWords.parse(text) }
