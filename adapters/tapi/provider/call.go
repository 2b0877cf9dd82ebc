package provider

import (
	"slices"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
)

// call finds a live handle.
func (p *Provider) call(handle uint32) (*hostedCall, spec.LineErr) {
	c := p.calls.get(handle)
	if c == nil || c.dead {
		return nil, spec.LineErrInvalCallHandle
	}
	return c, spec.LineErrNone
}

// info is LINECALLINFO as delivered, with what belongs to this host.
func (c *hostedCall) info() spec.CallInfo {
	x := *c.record.Info
	x.LineDeviceID, x.AppSpecific = c.line.device, c.app
	return x
}

// GetCallInfo is lineGetCallInfo, from the last message the host was given (decision A5).
func (p *Provider) GetCallInfo(call uint32, buf []byte) spec.LineErr {
	x, v, err := p.CallInfo(call)
	if err != spec.LineErrNone {
		return err
	}
	return x.Encode(buf, v)
}

// CallInfo is what GetCallInfo writes, and the version of the line.
func (p *Provider) CallInfo(call uint32) (spec.CallInfo, spec.Version, spec.LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, err := p.call(call)
	if err != spec.LineErrNone {
		return spec.CallInfo{}, 0, err
	}
	return c.info(), c.line.version, spec.LineErrNone
}

// GetCallStatus is lineGetCallStatus, from the last message the host was given.
func (p *Provider) GetCallStatus(call uint32, buf []byte) spec.LineErr {
	x, v, err := p.CallStatus(call)
	if err != spec.LineErrNone {
		return err
	}
	return x.Encode(buf, v)
}

// CallStatus is what GetCallStatus writes, and the version of the line.
func (p *Provider) CallStatus(call uint32) (spec.CallStatus, spec.Version, spec.LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, err := p.call(call)
	if err != spec.LineErrNone {
		return spec.CallStatus{}, 0, err
	}
	return c.record.Status, c.line.version, spec.LineErrNone
}

// Images are the copies that go to the host with a message: the call's status and info, encoded for its line; nil for a
// message without a call. A call from before a restart, of which nothing is known, has no info: the host keeps its copy.
func (p *Provider) Images(m *HostMessage) []spec.Image {
	if m.Record == nil || m.HDCall == 0 {
		return nil
	}
	p.mu.Lock()
	c := p.calls.get(m.HDCall)
	if c == nil {
		p.mu.Unlock()
		return nil
	}
	seen := hostedCall{record: m.Record, line: c.line, app: c.app}
	v := c.line.version
	p.mu.Unlock()
	if m.Record.Info.Unknown {
		return []spec.Image{m.Record.Status.Image(v)}
	}
	info := seen.info()
	return []spec.Image{m.Record.Status.Image(v), info.Image(v)}
}

// GetCallIDs is lineGetCallIDs.
func (p *Provider) GetCallIDs(call uint32) (address, id, related uint32, err spec.LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, err := p.call(call)
	if err != spec.LineErrNone {
		return 0, 0, 0, err
	}
	return 0, c.record.Info.CallID, c.record.Info.RelatedCallID, spec.LineErrNone
}

// GetCallAddressID is lineGetCallAddressID: 0.
func (p *Provider) GetCallAddressID(call uint32) (uint32, spec.LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.call(call)
	return 0, err
}

// SetAppSpecific is lineSetAppSpecific: kept for the host, and told back by LINE_CALLINFO if it differs (rule R-65).
func (p *Provider) SetAppSpecific(call, value uint32) spec.LineErr {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, err := p.call(call)
	if err != spec.LineErrNone || c.app == value {
		return err
	}
	c.app = value
	if !c.real || c.record.Status.State == spec.CallStateIdle || c.record.Status.State == spec.CallStateNew {
		return spec.LineErrNone
	}
	n := projection.Notice{Message: spec.MessageCallInfo, Info: spec.CallInfoStateAppSpecific, Line: c.line.key, Call: c.number, Record: c.latest(p),
		Pos: p.proj.Pos(), At: p.proj.At()}
	if r, ok := p.proj.Line(c.line.key); ok {
		n.Address = r.View.Address
	}
	if c.number == 0 || p.byCall[projection.CallKey{Line: c.line.key, Call: c.number}] != c {
		return spec.LineErrNone // its IDLE is on its way already
	}
	p.out = append(p.out, HostMessage{Notice: n, HDLine: c.line.handle, HDCall: c.handle})
	return spec.LineErrNone
}

// latest is the copy of the last message about the call that waits in the queue, or the delivered one.
func (c *hostedCall) latest(p *Provider) *projection.CallRecord {
	for i := len(p.out) - 1; i >= 0; i-- {
		if p.out[i].HDCall == c.handle && p.out[i].Record != nil {
			return p.out[i].Record
		}
	}
	return c.record
}

// SetMediaMode is lineSetMediaMode. Voice is the one mode offered, so there is nothing that could change.
func (p *Provider) SetMediaMode(call uint32, media spec.MediaMode) spec.LineErr {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.call(call)
	switch {
	case err != spec.LineErrNone:
		return err
	case media != spec.MediaModeInteractiveVoice:
		return spec.LineErrInvalMediaMode
	}
	return spec.LineErrNone
}

// CloseCall is lineCloseCall: legal in any state, hangs up nothing. The completions it returns are to be delivered before
// it returns to TAPI; nothing about the call follows (rules ). It answers success for a call whose request
// failed (rule R-39).
func (p *Provider) CloseCall(call uint32) ([]HostMessage, spec.LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.calls.get(call)
	if c == nil {
		return nil, spec.LineErrInvalCallHandle
	}
	ids := p.asksOf(c)
	done := p.abort(func(a *asking) bool { return a.call == c || a.made == c },
		func(m *HostMessage) bool { return m.HDCall == call || slices.Contains(ids, m.HostRequest) })
	if p.byCall[projection.CallKey{Line: c.line.key, Call: c.number}] == c { // else it is over, or not known yet
		p.filter.CloseCall(c.line.key, c.number)
	}
	p.forget(c)
	return done, spec.LineErrNone
}

// asksOf lists the host's request ids on the call whose completion waits in the queue.
func (p *Provider) asksOf(c *hostedCall) []uint32 {
	var ids []uint32
	for _, m := range p.out {
		if m.Message == projection.MessageAsyncCompletion && m.Line == c.line.key && m.Call == c.number && c.number != 0 {
			ids = append(ids, m.HostRequest)
		}
	}
	return ids
}
