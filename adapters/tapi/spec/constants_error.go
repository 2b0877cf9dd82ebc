package spec

import (
	"fmt"
	"math"
)

// LineErr is the LONG that a TSPI function returns or a completion carries:
// 0 for success, else one negative LINEERR_* (decision TAPI-c.6). It is an
// error whose text is its name; use Err where a nil error means success.
type LineErr int32

const lineErrBase = math.MinInt32

// LineErrNone is success.
const LineErrNone LineErr = 0

// The LINEERR_* values.
const (
	LineErrAllocated              LineErr = lineErrBase + 0x1 // second lineOpen of an open device
	LineErrBadDeviceID            LineErr = lineErrBase + 0x2 // device id never given to us
	LineErrBearerModeUnavail      LineErr = lineErrBase + 0x3 // bearer is not VOICE
	LineErrCallUnavail            LineErr = lineErrBase + 0x5 // no free appearance, or the PBX refused before dialling
	LineErrCompletionOverrun      LineErr = lineErrBase + 0x6
	LineErrConferenceFull         LineErr = lineErrBase + 0x7
	LineErrDialBilling            LineErr = lineErrBase + 0x8 // "$" in the address
	LineErrDialDialTone           LineErr = lineErrBase + 0x9 // "W" in the address
	LineErrDialPrompt             LineErr = lineErrBase + 0xa // "?" in the address
	LineErrDialQuiet              LineErr = lineErrBase + 0xb // "@" in the address
	LineErrIncompatibleAPIVersion LineErr = lineErrBase + 0xc // the version ranges do not meet
	LineErrIncompatibleExtVersion LineErr = lineErrBase + 0xd
	LineErrIniFileCorrupt         LineErr = lineErrBase + 0xe
	LineErrInUse                  LineErr = lineErrBase + 0xf  // the single call of the line is taken
	LineErrInvalAddress           LineErr = lineErrBase + 0x10 // destination empty after clean-up or malformed
	LineErrInvalAddressID         LineErr = lineErrBase + 0x11
	LineErrInvalAddressMode       LineErr = lineErrBase + 0x12
	LineErrInvalAddressState      LineErr = lineErrBase + 0x13
	LineErrInvalAppHandle         LineErr = lineErrBase + 0x14
	LineErrInvalAppName           LineErr = lineErrBase + 0x15
	LineErrInvalBearerMode        LineErr = lineErrBase + 0x16
	LineErrInvalCallComplMode     LineErr = lineErrBase + 0x17
	LineErrInvalCallHandle        LineErr = lineErrBase + 0x18 // HDRVCALL unknown or closed
	LineErrInvalCallParams        LineErr = lineErrBase + 0x19 // LINECALLPARAMS inconsistent
	LineErrInvalCallPrivilege     LineErr = lineErrBase + 0x1a
	LineErrInvalCallSelect        LineErr = lineErrBase + 0x1b
	LineErrInvalCallState         LineErr = lineErrBase + 0x1c // command not legal in this call state
	LineErrInvalCallStateList     LineErr = lineErrBase + 0x1d
	LineErrInvalCard              LineErr = lineErrBase + 0x1e
	LineErrInvalCompletionID      LineErr = lineErrBase + 0x1f
	LineErrInvalConfCallHandle    LineErr = lineErrBase + 0x20
	LineErrInvalConsultCallHandle LineErr = lineErrBase + 0x21
	LineErrInvalCountryCode       LineErr = lineErrBase + 0x22
	LineErrInvalDeviceClass       LineErr = lineErrBase + 0x23
	LineErrInvalDeviceHandle      LineErr = lineErrBase + 0x24
	LineErrInvalDialParams        LineErr = lineErrBase + 0x25
	LineErrInvalDigitList         LineErr = lineErrBase + 0x26
	LineErrInvalDigitMode         LineErr = lineErrBase + 0x27
	LineErrInvalDigits            LineErr = lineErrBase + 0x28
	LineErrInvalExtVersion        LineErr = lineErrBase + 0x29
	LineErrInvalGroupID           LineErr = lineErrBase + 0x2a
	LineErrInvalLineHandle        LineErr = lineErrBase + 0x2b // HDRVLINE unknown or closed
	LineErrInvalLineState         LineErr = lineErrBase + 0x2c // line out of service or not connected to the PBX
	LineErrInvalLocation          LineErr = lineErrBase + 0x2d
	LineErrInvalMediaList         LineErr = lineErrBase + 0x2e
	LineErrInvalMediaMode         LineErr = lineErrBase + 0x2f // media not offered
	LineErrInvalMessageID         LineErr = lineErrBase + 0x30
	LineErrInvalParam             LineErr = lineErrBase + 0x32 // anything else malformed
	LineErrInvalParkID            LineErr = lineErrBase + 0x33
	LineErrInvalParkMode          LineErr = lineErrBase + 0x34
	LineErrInvalPointer           LineErr = lineErrBase + 0x35 // NULL where a pointer is needed
	LineErrInvalPrivSelect        LineErr = lineErrBase + 0x36
	LineErrInvalRate              LineErr = lineErrBase + 0x37
	LineErrInvalRequestMode       LineErr = lineErrBase + 0x38
	LineErrInvalTerminalID        LineErr = lineErrBase + 0x39
	LineErrInvalTerminalMode      LineErr = lineErrBase + 0x3a
	LineErrInvalTimeout           LineErr = lineErrBase + 0x3b
	LineErrInvalTone              LineErr = lineErrBase + 0x3c
	LineErrInvalToneList          LineErr = lineErrBase + 0x3d
	LineErrInvalToneMode          LineErr = lineErrBase + 0x3e
	LineErrInvalTransferMode      LineErr = lineErrBase + 0x3f
	LineErrLineMapperFailed       LineErr = lineErrBase + 0x40
	LineErrNoConference           LineErr = lineErrBase + 0x41
	LineErrNoDevice               LineErr = lineErrBase + 0x42 // the device existed and is removed
	LineErrNoDriver               LineErr = lineErrBase + 0x43
	LineErrNoMem                  LineErr = lineErrBase + 0x44
	LineErrNoRequest              LineErr = lineErrBase + 0x45
	LineErrNotOwner               LineErr = lineErrBase + 0x46
	LineErrNotRegistered          LineErr = lineErrBase + 0x47
	LineErrOperationFailed        LineErr = lineErrBase + 0x48 // attempted and failed, or aborted by a close
	LineErrOperationUnavail       LineErr = lineErrBase + 0x49 // never available on this line
	LineErrRateUnavail            LineErr = lineErrBase + 0x4a
	LineErrResourceUnavail        LineErr = lineErrBase + 0x4b // temporarily out of something
	LineErrRequestOverrun         LineErr = lineErrBase + 0x4c
	LineErrStructureTooSmall      LineErr = lineErrBase + 0x4d // dwTotalSize is less than the fixed part
	LineErrTargetNotFound         LineErr = lineErrBase + 0x4e
	LineErrTargetSelf             LineErr = lineErrBase + 0x4f
	LineErrUninitialized          LineErr = lineErrBase + 0x50
	LineErrUserUserInfoTooBig     LineErr = lineErrBase + 0x51
	LineErrReinit                 LineErr = lineErrBase + 0x52
	LineErrAddressBlocked         LineErr = lineErrBase + 0x53
	LineErrBillingRejected        LineErr = lineErrBase + 0x54
	LineErrInvalFeature           LineErr = lineErrBase + 0x55
	LineErrNoMultipleInstance     LineErr = lineErrBase + 0x56
	LineErrInvalAgentID           LineErr = lineErrBase + 0x57
	LineErrInvalAgentGroup        LineErr = lineErrBase + 0x58
	LineErrInvalPassword          LineErr = lineErrBase + 0x59
	LineErrInvalAgentState        LineErr = lineErrBase + 0x5a
	LineErrInvalAgentActivity     LineErr = lineErrBase + 0x5b
	LineErrDialVoiceDetect        LineErr = lineErrBase + 0x5c
	LineErrUserCancelled          LineErr = lineErrBase + 0x5d
	LineErrInvalAddressType       LineErr = lineErrBase + 0x5e
	LineErrInvalAgentSessionState LineErr = lineErrBase + 0x5f
	LineErrDisconnected           LineErr = lineErrBase + 0x60
	LineErrServiceNotRunning      LineErr = lineErrBase + 0x61
)

var lineErrNames = []struct {
	value LineErr
	name  string
}{
	{LineErrNone, "0"},
	{LineErrAllocated, "ALLOCATED"},
	{LineErrBadDeviceID, "BADDEVICEID"},
	{LineErrBearerModeUnavail, "BEARERMODEUNAVAIL"},
	{LineErrCallUnavail, "CALLUNAVAIL"},
	{LineErrCompletionOverrun, "COMPLETIONOVERRUN"},
	{LineErrConferenceFull, "CONFERENCEFULL"},
	{LineErrDialBilling, "DIALBILLING"},
	{LineErrDialDialTone, "DIALDIALTONE"},
	{LineErrDialPrompt, "DIALPROMPT"},
	{LineErrDialQuiet, "DIALQUIET"},
	{LineErrIncompatibleAPIVersion, "INCOMPATIBLEAPIVERSION"},
	{LineErrIncompatibleExtVersion, "INCOMPATIBLEEXTVERSION"},
	{LineErrIniFileCorrupt, "INIFILECORRUPT"},
	{LineErrInUse, "INUSE"},
	{LineErrInvalAddress, "INVALADDRESS"},
	{LineErrInvalAddressID, "INVALADDRESSID"},
	{LineErrInvalAddressMode, "INVALADDRESSMODE"},
	{LineErrInvalAddressState, "INVALADDRESSSTATE"},
	{LineErrInvalAppHandle, "INVALAPPHANDLE"},
	{LineErrInvalAppName, "INVALAPPNAME"},
	{LineErrInvalBearerMode, "INVALBEARERMODE"},
	{LineErrInvalCallComplMode, "INVALCALLCOMPLMODE"},
	{LineErrInvalCallHandle, "INVALCALLHANDLE"},
	{LineErrInvalCallParams, "INVALCALLPARAMS"},
	{LineErrInvalCallPrivilege, "INVALCALLPRIVILEGE"},
	{LineErrInvalCallSelect, "INVALCALLSELECT"},
	{LineErrInvalCallState, "INVALCALLSTATE"},
	{LineErrInvalCallStateList, "INVALCALLSTATELIST"},
	{LineErrInvalCard, "INVALCARD"},
	{LineErrInvalCompletionID, "INVALCOMPLETIONID"},
	{LineErrInvalConfCallHandle, "INVALCONFCALLHANDLE"},
	{LineErrInvalConsultCallHandle, "INVALCONSULTCALLHANDLE"},
	{LineErrInvalCountryCode, "INVALCOUNTRYCODE"},
	{LineErrInvalDeviceClass, "INVALDEVICECLASS"},
	{LineErrInvalDeviceHandle, "INVALDEVICEHANDLE"},
	{LineErrInvalDialParams, "INVALDIALPARAMS"},
	{LineErrInvalDigitList, "INVALDIGITLIST"},
	{LineErrInvalDigitMode, "INVALDIGITMODE"},
	{LineErrInvalDigits, "INVALDIGITS"},
	{LineErrInvalExtVersion, "INVALEXTVERSION"},
	{LineErrInvalGroupID, "INVALGROUPID"},
	{LineErrInvalLineHandle, "INVALLINEHANDLE"},
	{LineErrInvalLineState, "INVALLINESTATE"},
	{LineErrInvalLocation, "INVALLOCATION"},
	{LineErrInvalMediaList, "INVALMEDIALIST"},
	{LineErrInvalMediaMode, "INVALMEDIAMODE"},
	{LineErrInvalMessageID, "INVALMESSAGEID"},
	{LineErrInvalParam, "INVALPARAM"},
	{LineErrInvalParkID, "INVALPARKID"},
	{LineErrInvalParkMode, "INVALPARKMODE"},
	{LineErrInvalPointer, "INVALPOINTER"},
	{LineErrInvalPrivSelect, "INVALPRIVSELECT"},
	{LineErrInvalRate, "INVALRATE"},
	{LineErrInvalRequestMode, "INVALREQUESTMODE"},
	{LineErrInvalTerminalID, "INVALTERMINALID"},
	{LineErrInvalTerminalMode, "INVALTERMINALMODE"},
	{LineErrInvalTimeout, "INVALTIMEOUT"},
	{LineErrInvalTone, "INVALTONE"},
	{LineErrInvalToneList, "INVALTONELIST"},
	{LineErrInvalToneMode, "INVALTONEMODE"},
	{LineErrInvalTransferMode, "INVALTRANSFERMODE"},
	{LineErrLineMapperFailed, "LINEMAPPERFAILED"},
	{LineErrNoConference, "NOCONFERENCE"},
	{LineErrNoDevice, "NODEVICE"},
	{LineErrNoDriver, "NODRIVER"},
	{LineErrNoMem, "NOMEM"},
	{LineErrNoRequest, "NOREQUEST"},
	{LineErrNotOwner, "NOTOWNER"},
	{LineErrNotRegistered, "NOTREGISTERED"},
	{LineErrOperationFailed, "OPERATIONFAILED"},
	{LineErrOperationUnavail, "OPERATIONUNAVAIL"},
	{LineErrRateUnavail, "RATEUNAVAIL"},
	{LineErrResourceUnavail, "RESOURCEUNAVAIL"},
	{LineErrRequestOverrun, "REQUESTOVERRUN"},
	{LineErrStructureTooSmall, "STRUCTURETOOSMALL"},
	{LineErrTargetNotFound, "TARGETNOTFOUND"},
	{LineErrTargetSelf, "TARGETSELF"},
	{LineErrUninitialized, "UNINITIALIZED"},
	{LineErrUserUserInfoTooBig, "USERUSERINFOTOOBIG"},
	{LineErrReinit, "REINIT"},
	{LineErrAddressBlocked, "ADDRESSBLOCKED"},
	{LineErrBillingRejected, "BILLINGREJECTED"},
	{LineErrInvalFeature, "INVALFEATURE"},
	{LineErrNoMultipleInstance, "NOMULTIPLEINSTANCE"},
	{LineErrInvalAgentID, "INVALAGENTID"},
	{LineErrInvalAgentGroup, "INVALAGENTGROUP"},
	{LineErrInvalPassword, "INVALPASSWORD"},
	{LineErrInvalAgentState, "INVALAGENTSTATE"},
	{LineErrInvalAgentActivity, "INVALAGENTACTIVITY"},
	{LineErrDialVoiceDetect, "DIALVOICEDETECT"},
	{LineErrUserCancelled, "USERCANCELLED"},
	{LineErrInvalAddressType, "INVALADDRESSTYPE"},
	{LineErrInvalAgentSessionState, "INVALAGENTSESSIONSTATE"},
	{LineErrDisconnected, "DISCONNECTED"},
	{LineErrServiceNotRunning, "SERVICE_NOT_RUNNING"},
}

// Name gives the name without prefix, "0" for success, and the hexadecimal
// value of a code that has no name (device-specific ones start at 0xC0000000).
func (e LineErr) Name() string {
	for _, w := range lineErrNames {
		if w.value == e {
			return w.name
		}
	}
	return fmt.Sprintf("0x%08X", uint32(e))
}

// Error is the name with its TAPI prefix.
func (e LineErr) Error() string {
	if e == LineErrNone {
		return "spec: success"
	}
	return "spec: LINEERR_" + e.Name()
}

// Err turns success into nil.
func (e LineErr) Err() error {
	if e == LineErrNone {
		return nil
	}
	return e
}

// ParseLineErr reads what Name wrote.
func ParseLineErr(name string) (LineErr, error) {
	for _, w := range lineErrNames {
		if w.name == name {
			return w.value, nil
		}
	}
	if hex, ok := parseHex(name); ok && int32(hex) < 0 {
		return LineErr(int32(hex)), nil
	}
	return 0, fmt.Errorf("spec: %w: %q is not a LINEERR name; write it without prefix, as OPERATIONFAILED, or 0", ErrUnknownName, name)
}
