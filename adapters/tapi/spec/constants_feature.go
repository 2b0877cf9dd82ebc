package spec

// CallFeature is one thing an application may do with a call in its present state (decision TAPI-c.5, decision B11).
type CallFeature uint32

// The LINECALLFEATURE_* values.
const (
	CallFeatureAccept              CallFeature = 0x1
	CallFeatureAddToConf           CallFeature = 0x2
	CallFeatureAnswer              CallFeature = 0x4
	CallFeatureBlindTransfer       CallFeature = 0x8
	CallFeatureCompleteCall        CallFeature = 0x10
	CallFeatureCompleteTransf      CallFeature = 0x20
	CallFeatureDial                CallFeature = 0x40
	CallFeatureDrop                CallFeature = 0x80
	CallFeatureGatherDigits        CallFeature = 0x100
	CallFeatureGenerateDigits      CallFeature = 0x200
	CallFeatureGenerateTone        CallFeature = 0x400
	CallFeatureHold                CallFeature = 0x800
	CallFeatureMonitorDigits       CallFeature = 0x1000
	CallFeatureMonitorMedia        CallFeature = 0x2000
	CallFeatureMonitorTones        CallFeature = 0x4000
	CallFeaturePark                CallFeature = 0x8000
	CallFeaturePrepareAddConf      CallFeature = 0x10000
	CallFeatureRedirect            CallFeature = 0x20000
	CallFeatureRemoveFromConf      CallFeature = 0x40000
	CallFeatureSecureCall          CallFeature = 0x80000
	CallFeatureSendUserUser        CallFeature = 0x100000
	CallFeatureSetCallParams       CallFeature = 0x200000
	CallFeatureSetMediaControl     CallFeature = 0x400000
	CallFeatureSetTerminal         CallFeature = 0x800000
	CallFeatureSetupConf           CallFeature = 0x1000000
	CallFeatureSetupTransfer       CallFeature = 0x2000000
	CallFeatureSwapHold            CallFeature = 0x4000000
	CallFeatureUnhold              CallFeature = 0x8000000
	CallFeatureReleaseUserUserInfo CallFeature = 0x10000000
	CallFeatureSetTreatment        CallFeature = 0x20000000
	CallFeatureSetQOS              CallFeature = 0x40000000
	CallFeatureSetCallData         CallFeature = 0x80000000
)

var callFeatureWords = family[CallFeature]{kind: "LINECALLFEATURE", words: []word[CallFeature]{
	{CallFeatureAccept, "ACCEPT", Version13},
	{CallFeatureAddToConf, "ADDTOCONF", Version13},
	{CallFeatureAnswer, "ANSWER", Version13},
	{CallFeatureBlindTransfer, "BLINDTRANSFER", Version13},
	{CallFeatureCompleteCall, "COMPLETECALL", Version13},
	{CallFeatureCompleteTransf, "COMPLETETRANSF", Version13},
	{CallFeatureDial, "DIAL", Version13},
	{CallFeatureDrop, "DROP", Version13},
	{CallFeatureGatherDigits, "GATHERDIGITS", Version13},
	{CallFeatureGenerateDigits, "GENERATEDIGITS", Version13},
	{CallFeatureGenerateTone, "GENERATETONE", Version13},
	{CallFeatureHold, "HOLD", Version13},
	{CallFeatureMonitorDigits, "MONITORDIGITS", Version13},
	{CallFeatureMonitorMedia, "MONITORMEDIA", Version13},
	{CallFeatureMonitorTones, "MONITORTONES", Version13},
	{CallFeaturePark, "PARK", Version13},
	{CallFeaturePrepareAddConf, "PREPAREADDCONF", Version13},
	{CallFeatureRedirect, "REDIRECT", Version13},
	{CallFeatureRemoveFromConf, "REMOVEFROMCONF", Version13},
	{CallFeatureSecureCall, "SECURECALL", Version13},
	{CallFeatureSendUserUser, "SENDUSERUSER", Version13},
	{CallFeatureSetCallParams, "SETCALLPARAMS", Version13},
	{CallFeatureSetMediaControl, "SETMEDIACONTROL", Version13},
	{CallFeatureSetTerminal, "SETTERMINAL", Version13},
	{CallFeatureSetupConf, "SETUPCONF", Version13},
	{CallFeatureSetupTransfer, "SETUPTRANSFER", Version13},
	{CallFeatureSwapHold, "SWAPHOLD", Version13},
	{CallFeatureUnhold, "UNHOLD", Version13},
	{CallFeatureReleaseUserUserInfo, "RELEASEUSERUSERINFO", Version14},
	{CallFeatureSetTreatment, "SETTREATMENT", Version20},
	{CallFeatureSetQOS, "SETQOS", Version20},
	{CallFeatureSetCallData, "SETCALLDATA", Version20},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v CallFeature) String() string { return callFeatureWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v CallFeature) Names() []string { return callFeatureWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v CallFeature) In(ver Version) CallFeature { return callFeatureWords.in(v, ver) }

// ParseCallFeature reads what String wrote.
func ParseCallFeature(text string) (CallFeature, error) { return callFeatureWords.parse(text) }

// CallFeature2 refines CallFeature since 2.0 (LINECALLSTATUS.dwCallFeatures2).
type CallFeature2 uint32

// The LINECALLFEATURE2_* values.
const (
	CallFeature2NoHoldConference CallFeature2 = 0x1
	CallFeature2OneStepTransfer  CallFeature2 = 0x2
	CallFeature2ComplCampOn      CallFeature2 = 0x4
	CallFeature2ComplCallback    CallFeature2 = 0x8
	CallFeature2ComplIntrude     CallFeature2 = 0x10
	CallFeature2ComplMessage     CallFeature2 = 0x20
	CallFeature2TransferNorm     CallFeature2 = 0x40 // reported whenever COMPLETETRANSF is
	CallFeature2TransferConf     CallFeature2 = 0x80
	CallFeature2ParkDirect       CallFeature2 = 0x100
	CallFeature2ParkNonDirect    CallFeature2 = 0x200
)

var callFeature2Words = family[CallFeature2]{kind: "LINECALLFEATURE2", words: []word[CallFeature2]{
	{CallFeature2NoHoldConference, "NOHOLDCONFERENCE", Version20},
	{CallFeature2OneStepTransfer, "ONESTEPTRANSFER", Version20},
	{CallFeature2ComplCampOn, "COMPLCAMPON", Version20},
	{CallFeature2ComplCallback, "COMPLCALLBACK", Version20},
	{CallFeature2ComplIntrude, "COMPLINTRUDE", Version20},
	{CallFeature2ComplMessage, "COMPLMESSAGE", Version20},
	{CallFeature2TransferNorm, "TRANSFERNORM", Version20},
	{CallFeature2TransferConf, "TRANSFERCONF", Version20},
	{CallFeature2ParkDirect, "PARKDIRECT", Version20},
	{CallFeature2ParkNonDirect, "PARKNONDIRECT", Version20},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v CallFeature2) String() string { return callFeature2Words.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v CallFeature2) Names() []string { return callFeature2Words.names(v) }

// In keeps what version ver knows (rule R-25).
func (v CallFeature2) In(ver Version) CallFeature2 { return callFeature2Words.in(v, ver) }

// ParseCallFeature2 reads what String wrote.
func ParseCallFeature2(text string) (CallFeature2, error) { return callFeature2Words.parse(text) }

// LineFeature is what the line as a whole can do (dwLineFeatures).
type LineFeature uint32

// The LINEFEATURE_* values.
const (
	LineFeatureDevSpecific     LineFeature = 0x1
	LineFeatureDevSpecificFeat LineFeature = 0x2
	LineFeatureForward         LineFeature = 0x4
	LineFeatureMakeCall        LineFeature = 0x8 // in the status only while in service
	LineFeatureSetMediaControl LineFeature = 0x10
	LineFeatureSetTerminal     LineFeature = 0x20
	LineFeatureSetDevStatus    LineFeature = 0x40
	LineFeatureForwardFwd      LineFeature = 0x80
	LineFeatureForwardDND      LineFeature = 0x100
)

var lineFeatureWords = family[LineFeature]{kind: "LINEFEATURE", words: []word[LineFeature]{
	{LineFeatureDevSpecific, "DEVSPECIFIC", Version13},
	{LineFeatureDevSpecificFeat, "DEVSPECIFICFEAT", Version13},
	{LineFeatureForward, "FORWARD", Version13},
	{LineFeatureMakeCall, "MAKECALL", Version13},
	{LineFeatureSetMediaControl, "SETMEDIACONTROL", Version13},
	{LineFeatureSetTerminal, "SETTERMINAL", Version13},
	{LineFeatureSetDevStatus, "SETDEVSTATUS", Version20},
	{LineFeatureForwardFwd, "FORWARDFWD", Version20},
	{LineFeatureForwardDND, "FORWARDDND", Version20},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v LineFeature) String() string { return lineFeatureWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v LineFeature) Names() []string { return lineFeatureWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v LineFeature) In(ver Version) LineFeature { return lineFeatureWords.in(v, ver) }

// ParseLineFeature reads what String wrote.
func ParseLineFeature(text string) (LineFeature, error) { return lineFeatureWords.parse(text) }

// AddrFeature is what the address can do (dwAddressFeatures).
type AddrFeature uint32

// The LINEADDRFEATURE_* values.
const (
	AddrFeatureForward         AddrFeature = 0x1
	AddrFeatureMakeCall        AddrFeature = 0x2
	AddrFeaturePickup          AddrFeature = 0x4
	AddrFeatureSetMediaControl AddrFeature = 0x8
	AddrFeatureSetTerminal     AddrFeature = 0x10
	AddrFeatureSetupConf       AddrFeature = 0x20
	AddrFeatureUncompleteCall  AddrFeature = 0x40
	AddrFeatureUnpark          AddrFeature = 0x80
	AddrFeaturePickupHeld      AddrFeature = 0x100
	AddrFeaturePickupGroup     AddrFeature = 0x200
	AddrFeaturePickupDirect    AddrFeature = 0x400
	AddrFeaturePickupWaiting   AddrFeature = 0x800
	AddrFeatureForwardFwd      AddrFeature = 0x1000
	AddrFeatureForwardDND      AddrFeature = 0x2000
)

var addrFeatureWords = family[AddrFeature]{kind: "LINEADDRFEATURE", words: []word[AddrFeature]{
	{AddrFeatureForward, "FORWARD", Version13},
	{AddrFeatureMakeCall, "MAKECALL", Version13},
	{AddrFeaturePickup, "PICKUP", Version13},
	{AddrFeatureSetMediaControl, "SETMEDIACONTROL", Version13},
	{AddrFeatureSetTerminal, "SETTERMINAL", Version13},
	{AddrFeatureSetupConf, "SETUPCONF", Version13},
	{AddrFeatureUncompleteCall, "UNCOMPLETECALL", Version13},
	{AddrFeatureUnpark, "UNPARK", Version13},
	{AddrFeaturePickupHeld, "PICKUPHELD", Version20},
	{AddrFeaturePickupGroup, "PICKUPGROUP", Version20},
	{AddrFeaturePickupDirect, "PICKUPDIRECT", Version20},
	{AddrFeaturePickupWaiting, "PICKUPWAITING", Version20},
	{AddrFeatureForwardFwd, "FORWARDFWD", Version20},
	{AddrFeatureForwardDND, "FORWARDDND", Version20},
}}

// String gives the names without prefix joined by "|", "0" for none.
func (v AddrFeature) String() string { return addrFeatureWords.text(v) }

// Names lists the names without prefix, the lowest bit first.
func (v AddrFeature) Names() []string { return addrFeatureWords.names(v) }

// In keeps what version ver knows (rule R-25).
func (v AddrFeature) In(ver Version) AddrFeature { return addrFeatureWords.in(v, ver) }

// ParseAddrFeature reads what String wrote.
func ParseAddrFeature(text string) (AddrFeature, error) { return addrFeatureWords.parse(text) }
