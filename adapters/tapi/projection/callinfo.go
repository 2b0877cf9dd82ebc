package projection

import (
	"strings"

	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
)

// anonymous are the words that PBXs write in place of a withheld number.
var anonymous = map[string]bool{"anonymous": true, "restricted": true, "withheld": true, "private": true, "unknown": true, "unavailable": true}

// InfoOf returns LINECALLINFO for the engine's view of a call (decision TAPI-c.4). answered says that the parties have
// talked: only then is the connected party known.
func (p *Projection) InfoOf(line *engine.LineView, v *engine.CallView, answered bool, related uint32) *spec.CallInfo {
	x := spec.NewCallInfo()
	x.CallID, x.RelatedCallID = v.Number, related
	x.CallStates = callStates
	x.Origin = spec.DowngradeOrigin(originOf(v), p.opt.Version)
	x.Reason = spec.DowngradeReason(reasonOf(v.Reason), p.opt.Version)
	x.Display = v.Display
	caller, called, redirecting, redirection := v.Caller, v.Called, v.Redirecting, v.Redirection
	own := events.Party{Number: line.Address, Name: line.Name}
	if v.Reason == events.ReasonPickup {
		redirecting, redirection = orElse(redirecting, called), orElse(redirection, own)
	}
	if v.Outbound {
		caller = orElse(caller, own)
	} else {
		called = orElse(called, own)
	}
	x.CallerID = p.party(caller)
	pickingUp := v.Reason == events.ReasonPickup && v.State == engine.Dialing // not withheld: not known yet
	if !v.Outbound && !pickingUp && isWithheld(caller) {
		x.CallerID = spec.Party{Flags: spec.PartyFlagBlocked}
	}
	x.CalledID, x.RedirectingID, x.RedirectionID = p.party(called), p.party(redirecting), p.party(redirection)
	if answered {
		x.ConnectedID = p.party(v.Connected)
		if !v.Outbound && isWithheld(v.Connected) {
			x.ConnectedID = spec.Party{Flags: spec.PartyFlagBlocked}
		}
	}
	return &x
}

// party returns a party as TAPI shows it (decision B16): the number by the dial plan, and no name that only repeats the number.
func (p *Projection) party(e events.Party) spec.Party {
	if anonymous[strings.ToLower(e.Number)] {
		e.Number = ""
	}
	number := e.Number
	if number != "" {
		number = p.opt.Numbers.Present(number)
	}
	name := e.Name
	if repeatsNumber(name, e.Number) || repeatsNumber(name, number) {
		name = ""
	}
	return spec.Party{Number: number, Name: name}
}

// repeatsNumber says whether a name is only the number, with or without separators.
func repeatsNumber(name, number string) bool {
	if name == number {
		return true
	}
	if name == "" || number == "" || strings.Trim(name, "+0123456789*# ()-/.") != "" {
		return false
	}
	return dialCharacters(name) == dialCharacters(number)
}

func dialCharacters(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '*' || r == '#' || r == '+' {
			return r
		}
		return -1
	}, s)
}

// isWithheld says whether the far party withholds its number (decision B16).
func isWithheld(e events.Party) bool { return e.Number == "" || anonymous[strings.ToLower(e.Number)] }

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

// reasonOf returns dwReason. A call that was forwarded here gets REDIRECT, which names no cause, since the cause is not known.
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

// disconnectModes maps causes to LINEDISCONNECTMODE (decision B3).
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

// disconnectMode returns the mode of a cause; without a known cause it follows decision B3.
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

// resultOf returns the completion's code for a request's outcome (decision TAPI-c.6).
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
