package projection

import (
	"strings"

	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
)

// anonymous are the words PBXes put where a withheld number would stand.
var anonymous = map[string]bool{"anonymous": true, "restricted": true, "withheld": true, "private": true, "unknown": true, "unavailable": true}

// InfoOf is LINECALLINFO for what the engine knows of a call (decision TAPI-c.4). answered says that the parties have
// talked, which is when the connected party can be known.
func (p *Projection) InfoOf(line *engine.LineView, v *engine.CallView, answered bool, related uint32) *spec.CallInfo {
	x := spec.NewCallInfo()
	x.CallID, x.RelatedCallID = v.Number, related
	x.CallStates = callStates
	x.Origin = spec.DowngradeOrigin(originOf(v), p.opt.Version)
	x.Reason = spec.DowngradeReason(reasonOf(v.Reason), p.opt.Version)
	x.Display = v.Display
	caller, called, redirecting, redirection := v.Caller, v.Called, v.Redirecting, v.Redirection
	us := events.Party{Number: line.Address, Name: line.Name}
	if v.Reason == events.ReasonPickup {
		redirecting, redirection = orElse(redirecting, called), orElse(redirection, us)
	}
	if v.Outbound {
		caller = orElse(caller, us)
	} else {
		called = orElse(called, us)
	}
	x.CallerID = p.party(caller)
	pickingUp := v.Reason == events.ReasonPickup && v.State == engine.Dialing // not withheld: not known yet
	if !v.Outbound && !pickingUp && withheld(caller) {
		x.CallerID = spec.Party{Flags: spec.PartyFlagBlocked}
	}
	x.CalledID, x.RedirectingID, x.RedirectionID = p.party(called), p.party(redirecting), p.party(redirection)
	if answered {
		x.ConnectedID = p.party(v.Connected)
		if !v.Outbound && withheld(v.Connected) {
			x.ConnectedID = spec.Party{Flags: spec.PartyFlagBlocked}
		}
	}
	return &x
}

// party presents a party (decision B16): rules and form of the number, and no name that only repeats the number.
func (p *Projection) party(e events.Party) spec.Party {
	if anonymous[strings.ToLower(e.Number)] {
		e.Number = ""
	}
	number := e.Number
	if number != "" {
		number = p.opt.Numbers.Present(number)
	}
	name := e.Name
	if sameNumber(name, e.Number) || sameNumber(name, number) {
		name = ""
	}
	return spec.Party{Number: number, Name: name}
}

// sameNumber says whether a name is nothing but the number, however it is spaced.
func sameNumber(name, number string) bool {
	if name == number {
		return true
	}
	if name == "" || number == "" || strings.Trim(name, "+0123456789*# ()-/.") != "" {
		return false
	}
	return onlyDial(name) == onlyDial(number)
}

func onlyDial(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '*' || r == '#' || r == '+' {
			return r
		}
		return -1
	}, s)
}

// withheld says whether a far party did not want to be known (decision B16).
func withheld(e events.Party) bool { return e.Number == "" || anonymous[strings.ToLower(e.Number)] }

func orElse(p, other events.Party) events.Party {
	if p == (events.Party{}) {
		return other
	}
	return p
}

func originOf(v *engine.CallView) spec.CallOrigin {
	switch {
	case v.Outbound:
		return spec.CallOriginOutbound
	case v.Internal:
		return spec.CallOriginInternal
	}
	return spec.CallOriginExternal
}

// reasonOf is dwReason. That a call was forwarded here is known, why it was is not: REDIRECT claims no cause.
func reasonOf(r events.Reason) spec.CallReason {
	switch r {
	case events.ReasonPickup:
		return spec.CallReasonPickup
	case events.ReasonForwardedHere:
		return spec.CallReasonRedirect
	case events.ReasonTransferHere:
		return spec.CallReasonTransfer
	}
	return spec.CallReasonDirect
}

// disconnectModes is the one table from causes to LINEDISCONNECTMODE (decision B3).
var disconnectModes = map[events.Reason]spec.DisconnectMode{
	events.ReasonNormal: spec.DisconnectModeNormal, events.ReasonCancelled: spec.DisconnectModeCancelled,
	events.ReasonUnavailable: spec.DisconnectModeUnavail, events.ReasonPickedUp: spec.DisconnectModePickup,
	events.ReasonForwarded: spec.DisconnectModeForwarded, events.ReasonBusy: spec.DisconnectModeBusy,
	events.ReasonNoAnswer: spec.DisconnectModeNoAnswer, events.ReasonBadAddress: spec.DisconnectModeBadAddress,
	events.ReasonCongestion: spec.DisconnectModeCongestion, events.ReasonRejected: spec.DisconnectModeReject,
	events.ReasonBlocked: spec.DisconnectModeBlocked, events.ReasonOutOfOrder: spec.DisconnectModeOutOfOrder,
	events.ReasonDoNotDisturb: spec.DisconnectModeDoNotDisturb, events.ReasonLost: spec.DisconnectModeUnavail,
	events.ReasonExpired: spec.DisconnectModeUnavail, events.ReasonDirectionChanged: spec.DisconnectModeNormal,
	events.ReasonDropped: spec.DisconnectModeNormal, events.ReasonTransferred: spec.DisconnectModeNormal,
}

// disconnectMode falls back to what decision B3 says of a hangup without evidence.
func disconnectMode(cause events.Reason, outbound, answered bool) spec.DisconnectMode {
	if m, ok := disconnectModes[cause]; ok {
		return m
	}
	switch {
	case answered:
		return spec.DisconnectModeNormal
	case outbound:
		return spec.DisconnectModeUnavail
	}
	return spec.DisconnectModeCancelled
}

// resultOf is the completion's code for how a request ended (decision TAPI-c.6).
func resultOf(k events.RequestKind, r events.Result) spec.LineErr {
	switch r {
	case events.ResultOK:
		return spec.LineErrNone
	case events.ResultFailed:
		if k == events.Dial {
			return spec.LineErrCallUnavail
		}
	case events.ResultInvalidState:
		return spec.LineErrInvalCallState
	case events.ResultInvalidLine:
		return spec.LineErrInvalLineState
	case events.ResultInvalidCall:
		return spec.LineErrInvalCallHandle
	case events.ResultUnavailable:
		return spec.LineErrOperationUnavail
	case events.ResultBusy, events.ResultNoResource:
		return spec.LineErrResourceUnavail
	case events.ResultBadAddress:
		return spec.LineErrInvalAddress
	}
	return spec.LineErrOperationFailed
}
