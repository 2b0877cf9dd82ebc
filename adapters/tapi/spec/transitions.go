package spec

// columns is the order of the columns, and after NEW of the rows, of legalTable.
var columns = [...]CallState{
	CallStateOffering,
	CallStateAccepted,
	CallStateDialTone,
	CallStateDialing,
	CallStateProceeding,
	CallStateRingback,
	CallStateBusy,
	CallStateSpecialInfo,
	CallStateConnected,
	CallStateOnHold,
	CallStateConferenced,
	CallStateOnHoldPendConf,
	CallStateOnHoldPendTransfer,
	CallStateDisconnected,
	CallStateIdle,
	CallStateUnknown,
}

// legalTable is the table of decision TAPI-c.2. Y is allowed by the strict
// table, y by Microsoft's function pages or the practice of other providers,
// '=' is the state itself (only with another mode word), '.' is refused.
var legalTable = [...]string{
	"YyYYYYy.YYy....y", // New
	"=Y......Y....YYy", // Offering
	".=......Y....Yyy", // Accepted
	"..=Yyy..Y....yYy", // DialTone
	"...=YYYyy....yYy", // Dialing
	"....=YYyY.Y..yYy", // Proceeding
	".....=y.Y.Y..yYy", // Ringback
	"......=.y....yYy", // Busy
	".......=.....yyy", // SpecialInfo
	"........=YYYYYYy", // Connected
	"........Y=YyyYYy", // OnHold
	"........YY=..YYy", // Conferenced
	"........Yyy=.YYy", // OnHoldPendConf
	"........YyY.=YYy", // OnHoldPendTransfer
	".............=Y.", // Disconnected
	"..............=.", // Idle
	"yyyyyyyyyyyyyyy=", // Unknown
}

// CallStateNew stands for "no call yet" in Legal: the row of first states of
// an announced call.
const CallStateNew CallState = 0

// Legal reports whether LINE_CALLSTATE may take a call from one state to
// another (decision TAPI-c.2, rule R-48). The same state twice is not legal
// here; a repeat with another mode word is for the caller to allow, see
// Repeatable.
func Legal(from, to CallState) bool {
	c := cell(from, to)
	return c == 'Y' || c == 'y'
}

// LegalStrict reports whether the strict table has the step as well, without
// the steps known from practice only.
func LegalStrict(from, to CallState) bool { return cell(from, to) == 'Y' }

// Repeatable reports whether a state may be sent again with another mode word.
// DISCONNECTED and IDLE are said once (decision A5, rule R-49).
func Repeatable(s CallState) bool {
	return cell(s, s) == '=' && s != CallStateIdle && s != CallStateDisconnected
}

func cell(from, to CallState) byte {
	row, column := 0, columnOf(to)
	if from != CallStateNew {
		row = columnOf(from) + 1
		if row == 0 {
			return '.'
		}
	}
	if column < 0 {
		return '.'
	}
	return legalTable[row][column]
}

func columnOf(s CallState) int {
	for i, c := range columns {
		if c == s {
			return i
		}
	}
	return -1
}

// FitsDirection keeps outbound calls out of inbound states and the other way round (rule R-47).
func FitsDirection(outbound bool, s CallState) bool {
	switch s {
	case CallStateOffering, CallStateAccepted:
		return !outbound
	case CallStateDialTone, CallStateDialing, CallStateProceeding, CallStateRingback, CallStateBusy:
		return outbound
	}
	return true
}
