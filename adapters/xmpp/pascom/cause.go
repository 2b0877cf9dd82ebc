package pascom

import (
	"strings"

	"offhook/events"
)

// detailMailbox is the value of eventDetails for a call to the own voice mail: a detail, not a cause (decision B17).
const detailMailbox = "mailbox"

// causes maps the words of eventDetails to causes (decision B3). The PBX documents none; these are
// the words of Asterisk's dial states and their usual variants, so that a cause is not lost if the PBX sends one. Case, blanks,
// '-' and '_' do not count. Any other word gives no cause.
var causes = map[string]events.Reason{
	"normal": events.ReasonNormal, "normalclearing": events.ReasonNormal, "answered": events.ReasonNormal,
	"cancel": events.ReasonCancelled, "canceled": events.ReasonCancelled, "cancelled": events.ReasonCancelled,
	"unavailable": events.ReasonUnavailable, "chanunavail": events.ReasonUnavailable,
	"pickup": events.ReasonPickedUp, "pickedup": events.ReasonPickedUp, "answeredelsewhere": events.ReasonPickedUp,
	"forward": events.ReasonForwarded, "forwarded": events.ReasonForwarded,
	"redirect": events.ReasonForwarded, "redirected": events.ReasonForwarded,
	"transfer": events.ReasonTransferred, "transferred": events.ReasonTransferred,
	"busy": events.ReasonBusy, "userbusy": events.ReasonBusy,
	"noanswer": events.ReasonNoAnswer, "timeout": events.ReasonNoAnswer,
	"badaddress": events.ReasonBadAddress, "unallocated": events.ReasonBadAddress,
	"invalidnumber": events.ReasonBadAddress, "wrongnumber": events.ReasonBadAddress,
	"congestion": events.ReasonCongestion,
	"reject":     events.ReasonRejected, "rejected": events.ReasonRejected,
	"decline": events.ReasonRejected, "declined": events.ReasonRejected,
	"blocked": events.ReasonBlocked, "outoforder": events.ReasonOutOfOrder,
	"dnd": events.ReasonDoNotDisturb, "donotdisturb": events.ReasonDoNotDisturb,
}

var causeNormalizer = strings.NewReplacer(" ", "", "-", "", "_", "")

func causeOf(details string) events.Reason {
	if details == "" || len(details) > 32 {
		return events.ReasonNone
	}
	return causes[causeNormalizer.Replace(strings.ToLower(trimSpace(details)))]
}
