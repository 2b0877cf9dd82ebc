package tapi

import "slices"

// call finds a live handle.
func (p *Provider) call(handle uint32) (*hostedCall, LineErr) {
	c := p.calls.get(handle)
	if c == nil || c.dead {
		return nil, LineErrInvalCallHandle
	}
	return c, LineErrNone
}

// info is LINECALLINFO as delivered, with what belongs to this host.
func (c *hostedCall) info() CallInfo {
	x := *c.record.Info
	x.LineDeviceID, x.AppSpecific = c.line.device, c.app
	return x
}

// GetCallInfo is lineGetCallInfo, from the last message the host was given (decision A5).
func (p *Provider) GetCallInfo(call uint32, buf []byte) LineErr {
	x, v, err := p.CallInfo(call)
	if err != LineErrNone {
		return err
	}
	return x.Encode(buf, v)
}

// CallInfo is what GetCallInfo writes, and the version of the line.
func (p *Provider) CallInfo(call uint32) (CallInfo, Version, LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, err := p.call(call)
	if err != LineErrNone {
		return CallInfo{}, 0, err
	}
	return c.info(), c.line.version, LineErrNone
}

// GetCallStatus is lineGetCallStatus, from the last message the host was given.
func (p *Provider) GetCallStatus(call uint32, buf []byte) LineErr {
	x, v, err := p.CallStatus(call)
	if err != LineErrNone {
		return err
	}
	return x.Encode(buf, v)
}

// CallStatus is what GetCallStatus writes, and the version of the line.
func (p *Provider) CallStatus(call uint32) (CallStatus, Version, LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, err := p.call(call)
	if err != LineErrNone {
		return CallStatus{}, 0, err
	}
	return c.record.Status, c.line.version, LineErrNone
}

// Images are the copies that go to the host with a message: the call's status and info, encoded for its line; nil for a
// message without a call. A call from before a restart, of which nothing is known, has no info: the host keeps its copy.
func (p *Provider) Images(m *HostMessage) []Image {
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
		return []Image{m.Record.Status.Image(v)}
	}
	info := seen.info()
	return []Image{m.Record.Status.Image(v), info.Image(v)}
}

// GetCallIDs is lineGetCallIDs.
func (p *Provider) GetCallIDs(call uint32) (address, id, related uint32, err LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, err := p.call(call)
	if err != LineErrNone {
		return 0, 0, 0, err
	}
	return 0, c.record.Info.CallID, c.record.Info.RelatedCallID, LineErrNone
}

// GetCallAddressID is lineGetCallAddressID: 0.
func (p *Provider) GetCallAddressID(call uint32) (uint32, LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.call(call)
	return 0, err
}

// SetAppSpecific is lineSetAppSpecific: kept for the host, and told back by LINE_CALLINFO if it differs (rule R-65).
func (p *Provider) SetAppSpecific(call, value uint32) LineErr {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, err := p.call(call)
	if err != LineErrNone || c.app == value {
		return err
	}
	c.app = value
	if !c.real || c.record.Status.State == CallStateIdle || c.record.Status.State == CallStateNew {
		return LineErrNone
	}
	n := Notice{Message: MessageCallInfo, Info: CallInfoStateAppSpecific, Line: c.line.key, Call: c.number, Record: c.latest(p),
		Pos: p.proj.Pos(), At: p.proj.At()}
	if r, ok := p.proj.Line(c.line.key); ok {
		n.Address = r.View.Address
	}
	if c.number == 0 || p.byCall[CallKey{c.line.key, c.number}] != c {
		return LineErrNone // its IDLE is on its way already
	}
	p.out = append(p.out, HostMessage{Notice: n, HDLine: c.line.handle, HDCall: c.handle})
	return LineErrNone
}

// latest is the copy of the last message about the call that waits in the queue, or the delivered one.
func (c *hostedCall) latest(p *Provider) *CallRecord {
	for i := len(p.out) - 1; i >= 0; i-- {
		if p.out[i].HDCall == c.handle && p.out[i].Record != nil {
			return p.out[i].Record
		}
	}
	return c.record
}

// SetMediaMode is lineSetMediaMode. Voice is the one mode offered, so there is nothing that could change.
func (p *Provider) SetMediaMode(call uint32, media MediaMode) LineErr {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.call(call)
	switch {
	case err != LineErrNone:
		return err
	case media != MediaModeInteractiveVoice:
		return LineErrInvalMediaMode
	}
	return LineErrNone
}

// CloseCall is lineCloseCall: legal in any state, hangs up nothing. The completions it returns are to be delivered before
// it returns to TAPI; nothing about the call follows (rules ). It answers success for a call whose request
// failed (rule R-39).
func (p *Provider) CloseCall(call uint32) ([]HostMessage, LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.calls.get(call)
	if c == nil {
		return nil, LineErrInvalCallHandle
	}
	ids := p.asksOf(c)
	done := p.abort(func(a *asking) bool { return a.call == c || a.made == c },
		func(m *HostMessage) bool { return m.HDCall == call || slices.Contains(ids, m.HostRequest) })
	if p.byCall[CallKey{c.line.key, c.number}] == c { // else it is over, or not known yet
		p.filter.CloseCall(c.line.key, c.number)
	}
	p.forget(c)
	return done, LineErrNone
}

// asksOf lists the host's request ids on the call whose completion waits in the queue.
func (p *Provider) asksOf(c *hostedCall) []uint32 {
	var ids []uint32
	for _, m := range p.out {
		if m.Message == MessageAsyncCompletion && m.Line == c.line.key && m.Call == c.number && c.number != 0 {
			ids = append(ids, m.HostRequest)
		}
	}
	return ids
}
