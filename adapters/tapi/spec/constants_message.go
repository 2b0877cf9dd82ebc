package spec

import "fmt"

// Message is the number of a LINE_* message a provider sends through LINEEVENT
// (decision TAPI-b.5).
type Message uint32

// The LINE_* messages of the provider's side.
const (
	MessageAddressState           Message = 0  // p1 address id, p2 AddressState
	MessageCallInfo               Message = 1  // p1 CallInfoState
	MessageCallState              Message = 2  // p1 one CallState, p2 its mode, p3 MediaMode
	MessageClose                  Message = 3  // the line must be closed
	MessageDevSpecific            Message = 4  //
	MessageDevSpecificFeature     Message = 5  //
	MessageGatherDigits           Message = 6  // p1 GatherTerm, p2 end-to-end id, p3 tick count
	MessageGenerate               Message = 7  // p1 GenerateTerm, p2 end-to-end id, p3 tick count
	MessageLineDevState           Message = 8  // p1 LineDevState; RINGING: p2 ring mode, p3 ring count
	MessageMonitorDigits          Message = 9  //
	MessageMonitorMedia           Message = 10 //
	MessageMonitorTone            Message = 11 //
	MessageCreate                 Message = 19 // p1 HPROVIDER, p2 temporary id
	MessageRemove                 Message = 25 // p1 device id
	MessageNewCall                Message = 500
	MessageCallDevSpecific        Message = 501
	MessageCallDevSpecificFeature Message = 502
	MessageCreateDialogInstance   Message = 503
	MessageSendDialogInstanceData Message = 504
)

var messageNames = []struct {
	value Message
	name  string
}{
	{MessageAddressState, "ADDRESSSTATE"},
	{MessageCallInfo, "CALLINFO"},
	{MessageCallState, "CALLSTATE"},
	{MessageClose, "CLOSE"},
	{MessageDevSpecific, "DEVSPECIFIC"},
	{MessageDevSpecificFeature, "DEVSPECIFICFEATURE"},
	{MessageGatherDigits, "GATHERDIGITS"},
	{MessageGenerate, "GENERATE"},
	{MessageLineDevState, "LINEDEVSTATE"},
	{MessageMonitorDigits, "MONITORDIGITS"},
	{MessageMonitorMedia, "MONITORMEDIA"},
	{MessageMonitorTone, "MONITORTONE"},
	{MessageCreate, "CREATE"},
	{MessageRemove, "REMOVE"},
	{MessageNewCall, "NEWCALL"},
	{MessageCallDevSpecific, "CALLDEVSPECIFIC"},
	{MessageCallDevSpecificFeature, "CALLDEVSPECIFICFEATURE"},
	{MessageCreateDialogInstance, "CREATEDIALOGINSTANCE"},
	{MessageSendDialogInstanceData, "SENDDIALOGINSTANCEDATA"},
}

// String gives the name without the LINE_ prefix.
func (m Message) String() string {
	for _, w := range messageNames {
		if w.value == m {
			return w.name
		}
	}
	return fmt.Sprintf("0x%X", uint32(m))
}

// ParseMessage reads what String wrote.
func ParseMessage(name string) (Message, error) {
	for _, w := range messageNames {
		if w.name == name {
			return w.value, nil
		}
	}
	if v, ok := parseHex(name); ok {
		return Message(v), nil
	}
	return 0, fmt.Errorf("spec: %w: %q is not a LINE_ message; write it without prefix, as CALLSTATE", ErrUnknownName, name)
}
