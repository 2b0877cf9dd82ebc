package provider

import (
	"errors"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/engine/live"
	"offhook/events"
	"offhook/internal/dialplan"
)

// checkedRequest is a request that passed its checks: its kind, the calls it concerns and the call it makes.
type checkedRequest struct {
	kind      events.RequestKind
	line      *openLine
	call      *hostedCall
	other     *hostedCall
	makesCall bool
	number    dialNumber
	info      *spec.CallInfo // of the call it makes, until it is known
}

// startRequest registers a request and hands it to the engine. It returns the host's request id, or a negative code when
// nothing was begun. p.mu is held on entry and on return, but not while Config.Ask runs.
func (p *Provider) startRequest(host uint32, w checkedRequest) (made uint32, result int32) {
	if host == 0 || host > 0x7fffffff {
		return 0, int32(spec.LineErrInvalParam)
	}
	ref := host
	if p.cfg.NextRef != nil {
		ref = p.cfg.NextRef()
	}
	if p.pending[ref] != nil {
		return 0, int32(spec.LineErrInvalParam)
	}
	a := &pendingRequest{ref: ref, hostRequest: host, kind: w.kind, line: w.line, call: w.call}
	q := events.RequestFacts{Kind: w.kind, Line: w.line.key, Number: w.number.sent,
		Asker: events.Asker{Frontend: p.cfg.Frontend, Ref: ref}} // TAPI does not say which program makes the request
	if w.call != nil {
		q.Call = w.call.number
	}
	if w.other != nil {
		q.Other = w.other.number
	}
	if w.makesCall {
		status := spec.CallStatus{State: spec.CallStateUnknown, StateEntry: p.proj.At().Time()}
		a.made = &hostedCall{line: w.line, record: &projection.CallRecord{Info: w.info, Status: status}}
		if a.made.handle = p.calls.add(a.made); a.made.handle == 0 {
			return 0, int32(spec.LineErrNoMem)
		}
		made = a.made.handle
	}
	p.pending[ref] = a
	p.mu.Unlock()
	id, err := uint32(0), errNoAsk
	if p.cfg.Ask != nil {
		id, err = p.cfg.Ask(q, w.number.dialled)
	}
	p.mu.Lock()
	if a.id == 0 {
		a.id = id
	}
	if err == nil || a.completed || p.pending[ref] != a {
		return made, int32(host)
	}
	p.removeRequest(a)
	if a.made != nil {
		p.removeCall(a.made)
	}
	switch {
	case errors.Is(err, live.ErrOverloaded):
		return 0, int32(spec.LineErrResourceUnavail)
	case errors.Is(err, dialplan.ErrBarred), errors.Is(err, dialplan.ErrTooOften):
		return 0, int32(DialError(err))
	}
	return 0, int32(spec.LineErrOperationFailed)
}

var errNoAsk = errors.New("provider: requests cannot be made; set Config.Ask")

// checkInService refuses requests on a line that has gone out of service. Before the first login requests are taken and
// wait in the engine (rule R-42, decision B13).
func (p *Provider) checkInService(o *openLine) spec.LineErr {
	if p.serviceLost[o.key] {
		return spec.LineErrInvalLineState
	}
	return spec.LineErrNone
}

// callWithFeature finds a call and checks that it has the feature: OPERATIONUNAVAIL if the PBX never offers it,
// INVALCALLSTATE if the call's state does not (rule R-52).
func (p *Provider) callWithFeature(handle uint32, f spec.CallFeature) (*hostedCall, spec.LineErr) {
	c, err := p.call(handle)
	switch {
	case err != spec.LineErrNone:
		return nil, err
	case projection.CallFeaturesOffered(p.cfg.Offers)&f != f:
		return nil, spec.LineErrOperationUnavail
	case c.record.Status.Features&f != f || c.number == 0:
		return nil, spec.LineErrInvalCallState
	}
	return c, p.checkInService(c.line)
}

func (p *Provider) requestOnCall(req, call uint32, f spec.CallFeature, kind events.RequestKind) int32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, err := p.callWithFeature(call, f)
	if err != spec.LineErrNone {
		return int32(err)
	}
	_, result := p.startRequest(req, checkedRequest{kind: kind, line: c.line, call: c})
	return result
}

// Answer is lineAnswer.
func (p *Provider) Answer(req, call uint32) int32 {
	return p.requestOnCall(req, call, spec.CallFeatureAnswer, events.Answer)
}

// Hold is lineHold.
func (p *Provider) Hold(req, call uint32) int32 {
	return p.requestOnCall(req, call, spec.CallFeatureHold, events.Hold)
}

// Unhold is lineUnhold.
func (p *Provider) Unhold(req, call uint32) int32 {
	return p.requestOnCall(req, call, spec.CallFeatureUnhold, events.Unhold)
}

// Drop is lineDrop. On a call in DISCONNECTED it completes at once, since IDLE follows anyway (decision TAPI-b.4); a call
// whose request has just completed can be dropped before its first state.
func (p *Provider) Drop(req, call uint32) int32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, err := p.call(call)
	switch {
	case err != spec.LineErrNone:
		return int32(err)
	case !c.announced || c.number == 0 || c.record.Status.State == spec.CallStateIdle:
		return int32(spec.LineErrInvalCallState)
	case req == 0 || req > 0x7fffffff:
		return int32(spec.LineErrInvalParam)
	case c.record.Status.State == spec.CallStateDisconnected, p.byCall[projection.CallKey{Line: c.line.key, Call: c.number}] != c:
		p.queued = append(p.queued, HostMessage{TAPIMessage: projection.TAPIMessage{Message: projection.MessageAsyncCompletion, Line: c.line.key, Call: c.number, Request: req,
			Kind: events.Drop, Pos: p.proj.Pos(), At: p.proj.At()}, HDLine: c.line.handle, HostRequest: req})
		return int32(req)
	}
	stateless := c.record.Status.State == spec.CallStateUnknown && c.record.Status.Features&spec.CallFeatureDrop == 0
	if c.record.Status.Features&spec.CallFeatureDrop == 0 && !stateless {
		return int32(spec.LineErrOperationUnavail)
	}
	if err := p.checkInService(c.line); err != spec.LineErrNone {
		return int32(err)
	}
	_, result := p.startRequest(req, checkedRequest{kind: events.Drop, line: c.line, call: c})
	return result
}

// dialNumber is a number to dial: as the program dialled it, cleaned, and as the PBX gets it.
type dialNumber struct{ dialled, sent string }

// numberToDial cleans a number and applies the dial plan (decision B16, rule R-41).
func (p *Provider) numberToDial(text string) (dialNumber, spec.LineErr) {
	number, err := dialplan.Clean(text)
	if err != nil {
		return dialNumber{}, DialError(err)
	}
	return dialNumber{dialled: number, sent: p.cfg.Projection.Numbers.Dial(number)}, spec.LineErrNone
}

// DialError returns the LINEERR code of an error of package dialplan (decision TAPI-b.3).
func DialError(err error) spec.LineErr {
	switch err {
	case nil:
		return spec.LineErrNone
	case dialplan.ErrWaitForDialTone:
		return spec.LineErrDialDialTone
	case dialplan.ErrWaitForQuiet:
		return spec.LineErrDialQuiet
	case dialplan.ErrBillingTone:
		return spec.LineErrDialBilling
	case dialplan.ErrPrompt:
		return spec.LineErrDialPrompt
	case dialplan.ErrBarred:
		return spec.LineErrAddressBlocked
	case dialplan.ErrTooOften:
		return spec.LineErrResourceUnavail
	}
	return spec.LineErrInvalAddress
}

func (p *Provider) requestWithNumber(req, call uint32, f spec.CallFeature, kind events.RequestKind, text string) int32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, err := p.callWithFeature(call, f)
	if err != spec.LineErrNone {
		return int32(err)
	}
	number, err := p.numberToDial(text)
	if err != spec.LineErrNone {
		return int32(err)
	}
	_, result := p.startRequest(req, checkedRequest{kind: kind, line: c.line, call: c, number: number})
	return result
}

// Dial is lineDial, on a call that has its dial tone (decision B15).
func (p *Provider) Dial(req, call uint32, text string) int32 {
	return p.requestWithNumber(req, call, spec.CallFeatureDial, events.Dial, text)
}

// BlindTransfer is lineBlindTransfer.
func (p *Provider) BlindTransfer(req, call uint32, text string) int32 {
	return p.requestWithNumber(req, call, spec.CallFeatureBlindTransfer, events.BlindTransfer, text)
}

// Redirect is lineRedirect.
func (p *Provider) Redirect(req, call uint32, text string) int32 {
	return p.requestWithNumber(req, call, spec.CallFeatureRedirect, events.Redirect, text)
}

// SwapHold is lineSwapHold.
func (p *Provider) SwapHold(req, active, held uint32) int32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requestOnTwoCalls(req, active, held, spec.CallFeatureSwapHold, events.SwapHold)
}

// CompleteTransfer is lineCompleteTransfer; the mode CONFERENCE is not offered.
func (p *Provider) CompleteTransfer(req, call, consult uint32, mode spec.TransferMode) int32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if mode != spec.TransferModeTransfer {
		return int32(spec.LineErrInvalTransferMode)
	}
	return p.requestOnTwoCalls(req, call, consult, spec.CallFeatureCompleteTransf, events.CompleteTransfer)
}

func (p *Provider) requestOnTwoCalls(req, first, second uint32, f spec.CallFeature, kind events.RequestKind) int32 {
	c, err := p.callWithFeature(first, f)
	if err != spec.LineErrNone {
		return int32(err)
	}
	o, err := p.call(second)
	if err != spec.LineErrNone || o == c || o.line != c.line || o.number == 0 {
		return int32(spec.LineErrInvalConsultCallHandle)
	}
	if o.record.Status.Features&f == 0 {
		return int32(spec.LineErrInvalCallState)
	}
	_, result := p.startRequest(req, checkedRequest{kind: kind, line: c.line, call: c, other: o})
	return result
}

// infoOfNewCall returns LINECALLINFO of a call that is being made: GetCallInfo may come before the request has its outcome.
func (p *Provider) infoOfNewCall(l *engine.LineView, outbound bool, reason events.Reason, called string) *spec.CallInfo {
	v := engine.CallView{Outbound: outbound, Reason: reason, State: engine.Dialing, Called: events.Party{Number: called}}
	return p.proj.InfoOf(l, &v, false, 0)
}

// MakeCall is lineMakeCall. A nil or empty destination gives a call with dial tone, on which lineDial may follow. call is the
// HDRVCALL when the result is the request id. params is LINECALLPARAMS, nil for NULL.
func (p *Provider) MakeCall(req, line uint32, text *string, params []byte) (call uint32, result int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, l, err := p.line(line)
	if err != spec.LineErrNone {
		return 0, int32(err)
	}
	if err := p.checkCallParams(o, l, params); err != spec.LineErrNone {
		return 0, int32(err)
	}
	if !p.isOffered(engine.ActDial) {
		return 0, int32(spec.LineErrOperationUnavail)
	}
	if err := p.checkInService(o); err != spec.LineErrNone {
		return 0, int32(err)
	}
	w := checkedRequest{kind: events.Seize, line: o, makesCall: true}
	if text != nil && *text != "" {
		w.kind = events.Dial
		if w.number, err = p.numberToDial(*text); err != spec.LineErrNone {
			return 0, int32(err)
		}
	}
	w.info = p.infoOfNewCall(l, true, events.ReasonDirect, w.number.sent)
	return p.startRequest(req, w)
}

// checkCallParams checks LINECALLPARAMS (rule R-26, decision TAPI-b.3).
func (p *Provider) checkCallParams(o *openLine, l *engine.LineView, params []byte) spec.LineErr {
	x, err := spec.DecodeCallParams(params, o.version)
	if err != spec.LineErrNone {
		return err
	}
	if err := x.Check(); err != spec.LineErrNone {
		return err
	}
	if x.AddressMode == spec.AddressModeDialableAddr && x.OrigAddress != l.Address {
		return spec.LineErrInvalAddress
	}
	return spec.LineErrNone
}

// SetupTransfer is lineSetupTransfer: it holds the call and makes a consultation call with dial tone.
func (p *Provider) SetupTransfer(req, call uint32, params []byte) (consult uint32, result int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, err := p.callWithFeature(call, spec.CallFeatureSetupTransfer)
	if err != spec.LineErrNone {
		return 0, int32(err)
	}
	_, l, err := p.line(c.line.handle)
	if err != spec.LineErrNone {
		return 0, int32(err)
	}
	if err := p.checkCallParams(c.line, l, params); err != spec.LineErrNone {
		return 0, int32(err)
	}
	w := checkedRequest{kind: events.SetupTransfer, line: c.line, call: c, makesCall: true, info: p.infoOfNewCall(l, true, events.ReasonDirect, "")}
	return p.startRequest(req, w)
}

// Pickup is linePickup of the call that rings at a number. Groups have no number at the PBX, so they cannot be named.
func (p *Provider) Pickup(req, line, address uint32, text, group string) (call uint32, result int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, l, err := p.line(line)
	switch {
	case err != spec.LineErrNone:
		return 0, int32(err)
	case address != 0:
		return 0, int32(spec.LineErrInvalAddressID)
	case !p.isOffered(engine.ActPickup):
		return 0, int32(spec.LineErrOperationUnavail)
	case group != "":
		return 0, int32(spec.LineErrInvalGroupID)
	}
	w := checkedRequest{kind: events.PickupCall, line: o, makesCall: true}
	if w.number, err = p.numberToDial(text); err != spec.LineErrNone {
		return 0, int32(err)
	}
	if err := p.checkInService(o); err != spec.LineErrNone {
		return 0, int32(err)
	}
	w.info = p.infoOfNewCall(l, false, events.ReasonPickup, w.number.sent)
	return p.startRequest(req, w)
}
