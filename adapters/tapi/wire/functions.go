package wire

import (
	"fmt"

	"offhook/adapters/tapi/spec"
)

// Function is the code of one TSPI export in Request and Reply. Codes are
// never reused.
type Function uint16

// The codes: line functions from 1, provider functions from 129.
const (
	FuncLineAnswer                    Function = 1
	FuncLineBlindTransfer             Function = 2
	FuncLineClose                     Function = 3
	FuncLineCloseCall                 Function = 4
	FuncLineCompleteTransfer          Function = 5
	FuncLineConditionalMediaDetection Function = 6
	FuncLineDial                      Function = 7
	FuncLineDrop                      Function = 8
	FuncLineGenerateDigits            Function = 9
	FuncLineGetAddressCaps            Function = 10
	FuncLineGetAddressID              Function = 11
	FuncLineGetAddressStatus          Function = 12
	FuncLineGetCallAddressID          Function = 13
	FuncLineGetCallIDs                Function = 14
	FuncLineGetCallInfo               Function = 15
	FuncLineGetCallStatus             Function = 16
	FuncLineGetDevCaps                Function = 17
	FuncLineGetDevConfig              Function = 18
	FuncLineGetExtensionID            Function = 19
	FuncLineGetIcon                   Function = 20
	FuncLineGetID                     Function = 21
	FuncLineGetLineDevStatus          Function = 22
	FuncLineGetNumAddressIDs          Function = 23
	FuncLineHold                      Function = 24
	FuncLineMakeCall                  Function = 25
	FuncLineNegotiateTSPIVersion      Function = 26
	FuncLineOpen                      Function = 27
	FuncLinePickup                    Function = 28
	FuncLineRedirect                  Function = 29
	FuncLineSetAppSpecific            Function = 30
	FuncLineSetDefaultMediaDetection  Function = 31
	FuncLineSetDevConfig              Function = 32
	FuncLineSetMediaMode              Function = 33
	FuncLineSetStatusMessages         Function = 34
	FuncLineSetupTransfer             Function = 35
	FuncLineSwapHold                  Function = 36
	FuncLineUnhold                    Function = 37

	FuncProviderConfig            Function = 129
	FuncProviderCreateLineDevice  Function = 130
	FuncProviderEnumDevices       Function = 131
	FuncProviderGenericDialogData Function = 132
	FuncProviderInit              Function = 133
	FuncProviderInstall           Function = 134
	FuncProviderRemove            Function = 135
	FuncProviderShutdown          Function = 136
	FuncProviderUIIdentify        Function = 137
)

// Form says how a function answers and what its request needs.
type Form uint8

// The forms of TSPI functions.
const (
	FormSync    Form = iota // the Reply is the answer
	FormAsync               // the Reply takes or refuses, a Completion follows
	FormNewCall             // asynchronous and makes a call: Values[0] of the Reply is its HDRVCALL
)

type functionSpec struct {
	code    Function
	name    string // of the export, without TSPI_
	form    Form
	request string // members of Request
	reply   string // members of Reply on success
}

// functionTable is the class B and S exports of decision TAPI-a.2 and
// lineGetCallIDs. v0 to v3 are Values.
var functionTable = []functionSpec{
	{FuncLineAnswer, "lineAnswer", FormAsync, "call, block user-user", ""},
	{FuncLineBlindTransfer, "lineBlindTransfer", FormAsync, "call, text destination, v0 country", ""},
	{FuncLineClose, "lineClose", FormSync, "line", ""},
	{FuncLineCloseCall, "lineCloseCall", FormSync, "call", ""},
	{FuncLineCompleteTransfer, "lineCompleteTransfer", FormAsync, "call, other consult call, v0 TransferMode", "v0 HDRVCALL of the conference, 0 for none"},
	{FuncLineConditionalMediaDetection, "lineConditionalMediaDetection", FormSync, "line, v0 MediaMode, block LINECALLPARAMS", ""},
	{FuncLineDial, "lineDial", FormAsync, "call, text destination, v0 country", ""},
	{FuncLineDrop, "lineDrop", FormAsync, "call, block user-user", ""},
	{FuncLineGenerateDigits, "lineGenerateDigits", FormSync, "call, v0 end-to-end id, v1 DigitMode, v2 duration ms, text digits", ""},
	{FuncLineGetAddressCaps, "lineGetAddressCaps", FormSync, "device id, v0 address id, v1 version, v2 extension version", "image LINEADDRESSCAPS"},
	{FuncLineGetAddressID, "lineGetAddressID", FormSync, "line, v0 AddressMode, text address", "v0 address id"},
	{FuncLineGetAddressStatus, "lineGetAddressStatus", FormSync, "line, v0 address id", "image LINEADDRESSSTATUS"},
	{FuncLineGetCallAddressID, "lineGetCallAddressID", FormSync, "call", "v0 address id"},
	{FuncLineGetCallIDs, "lineGetCallIDs", FormSync, "call", "v0 address id, v1 call id, v2 related call id"},
	{FuncLineGetCallInfo, "lineGetCallInfo", FormSync, "call", "image LINECALLINFO"},
	{FuncLineGetCallStatus, "lineGetCallStatus", FormSync, "call", "image LINECALLSTATUS"},
	{FuncLineGetDevCaps, "lineGetDevCaps", FormSync, "device id, v0 version, v1 extension version", "image LINEDEVCAPS"},
	{FuncLineGetDevConfig, "lineGetDevConfig", FormSync, "device id, text device class", "image VARSTRING"},
	{FuncLineGetExtensionID, "lineGetExtensionID", FormSync, "device id, v0 version", "v0 to v3 the four words"},
	{FuncLineGetIcon, "lineGetIcon", FormSync, "device id, text device class", ""},
	{FuncLineGetID, "lineGetID", FormSync, "line, call, v0 address id, v1 CallSelect, text device class", "image VARSTRING"},
	{FuncLineGetLineDevStatus, "lineGetLineDevStatus", FormSync, "line", "image LINEDEVSTATUS"},
	{FuncLineGetNumAddressIDs, "lineGetNumAddressIDs", FormSync, "line", "v0 number"},
	{FuncLineHold, "lineHold", FormAsync, "call", ""},
	{FuncLineMakeCall, "lineMakeCall", FormNewCall, "line, text destination, v0 country, block LINECALLPARAMS", "v0 HDRVCALL"},
	{FuncLineNegotiateTSPIVersion, "lineNegotiateTSPIVersion", FormSync, "device id, v0 low, v1 high", "v0 version"},
	{FuncLineOpen, "lineOpen", FormSync, "device id, v0 version", "v0 HDRVLINE"},
	{FuncLinePickup, "linePickup", FormNewCall, "line, v0 address id, text destination, group", "v0 HDRVCALL"},
	{FuncLineRedirect, "lineRedirect", FormAsync, "call, text destination, v0 country", ""},
	{FuncLineSetAppSpecific, "lineSetAppSpecific", FormSync, "call, v0 value", "image LINECALLINFO"},
	{FuncLineSetDefaultMediaDetection, "lineSetDefaultMediaDetection", FormSync, "line, v0 MediaMode", ""},
	{FuncLineSetDevConfig, "lineSetDevConfig", FormSync, "device id, block configuration, text device class", ""},
	{FuncLineSetMediaMode, "lineSetMediaMode", FormSync, "call, v0 MediaMode", "image LINECALLINFO"},
	{FuncLineSetStatusMessages, "lineSetStatusMessages", FormSync, "line, v0 LineDevState, v1 AddressState", ""},
	{FuncLineSetupTransfer, "lineSetupTransfer", FormNewCall, "call, block LINECALLPARAMS", "v0 HDRVCALL of the consult call"},
	{FuncLineSwapHold, "lineSwapHold", FormAsync, "call active, other held", ""},
	{FuncLineUnhold, "lineUnhold", FormAsync, "call", ""},
	{FuncProviderConfig, "providerConfig", FormSync, "v0 permanent provider id", ""},
	{FuncProviderCreateLineDevice, "providerCreateLineDevice", FormSync, "v0 temporary id, device id", ""},
	{FuncProviderEnumDevices, "providerEnumDevices", FormSync, "v0 permanent provider id", "v0 number of lines, v1 of phones"},
	{FuncProviderGenericDialogData, "providerGenericDialogData", FormSync, "v0 object id, v1 object type, block bytes", "block bytes"},
	{FuncProviderInit, "providerInit", FormSync, "v0 version, v1 permanent provider id, v2 first device id, v3 number of lines", "block permanent line ids (4 each), in the order of the devices"},
	{FuncProviderInstall, "providerInstall", FormSync, "v0 permanent provider id", ""},
	{FuncProviderRemove, "providerRemove", FormSync, "v0 permanent provider id", ""},
	{FuncProviderShutdown, "providerShutdown", FormSync, "v0 version, v1 permanent provider id", ""},
	{FuncProviderUIIdentify, "providerUIIdentify", FormSync, "", "answered in the DLL"},
}

func (f Function) spec() (functionSpec, bool) {
	for _, s := range functionTable {
		if s.code == f {
			return s, true
		}
	}
	return functionSpec{}, false
}

// String gives the export's name without TSPI_.
func (f Function) String() string {
	if s, ok := f.spec(); ok {
		return s.name
	}
	return fmt.Sprintf("function %d", uint16(f))
}

// Form says whether a Completion follows a Reply of success.
func (f Function) Form() Form {
	s, _ := f.spec()
	return s.form
}

// Functions lists every function that has a code, in the order of the codes.
func Functions() []Function {
	out := make([]Function, 0, len(functionTable))
	for _, s := range functionTable {
		out = append(out, s.code)
	}
	return out
}

// ParseFunction reads what String wrote.
func ParseFunction(name string) (Function, error) {
	for _, s := range functionTable {
		if s.name == name {
			return s.code, nil
		}
	}
	return 0, fmt.Errorf("wire: %w: %q is not a TSPI function; write it without TSPI_, as lineMakeCall", spec.ErrUnknownName, name)
}
