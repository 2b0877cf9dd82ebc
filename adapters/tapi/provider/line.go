package provider

import (
	"slices"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
)

// InitializeNegotiation is the device id of the negotiation for the provider as a whole.
const InitializeNegotiation uint32 = 0xFFFFFFFF

// Negotiate is lineNegotiateTSPIVersion (rules ).
func (p *Provider) Negotiate(device uint32, lo, hi spec.Version) (spec.Version, spec.LineErr) {
	if device != InitializeNegotiation {
		p.mu.Lock()
		_, err := p.device(device)
		p.mu.Unlock()
		if err != spec.LineErrNone {
			return 0, err
		}
	}
	return spec.Negotiate(lo, hi)
}

// EnumDevices is providerEnumDevices: the lines that are known now, and no phones (rule R-04).
func (p *Provider) EnumDevices() (lines, phones uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return uint32(p.proj.NumLines()), 0
}

// Init is providerInit: the first lines, by permanent number, get the device ids from base on; lines that were learned
// after the enumeration follow by LINE_CREATE. A second Init changes nothing (rule R-08).
func (p *Provider) Init(base, lines uint32) spec.LineErr {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.initialized {
		return spec.LineErrNone
	}
	p.initialized = true
	for i, key := range p.proj.LineKeys() {
		if uint32(i) < lines {
			p.devices[base+uint32(i)], p.byLine[key] = key, base+uint32(i)
			continue
		}
		v := p.proj.LineView(key)
		p.queued = append(p.queued, HostMessage{TAPIMessage: projection.TAPIMessage{Message: spec.MessageCreate, Line: key, Address: v.Address}, Device: v.Permanent})
	}
	return spec.LineErrNone
}

// CreateDevice is providerCreateLineDevice: it sets the device id of a line announced by LINE_CREATE; TAPI may choose any
// free id above the others (rule R-71).
func (p *Provider) CreateDevice(temporary, device uint32) spec.LineErr {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, taken := p.devices[device]; taken {
		return spec.LineErrBadDeviceID
	}
	for _, key := range p.proj.LineKeys() {
		if p.proj.LineView(key).Permanent == temporary {
			if _, has := p.byLine[key]; has {
				return spec.LineErrAllocated
			}
			p.devices[device], p.byLine[key] = key, device
			return spec.LineErrNone
		}
	}
	return spec.LineErrNoDevice
}

// Shutdown is providerShutdown: it closes everything and discards the queue; the lines stay known, so that Init may
// follow again (rule R-06). Requests that the engine has accepted go on at the PBX.
func (p *Provider) Shutdown() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key := range p.open {
		p.filter.Close(key)
	}
	for id := range p.pendingByID {
		p.filter.IgnoreCompletion(id)
	}
	p.initialized, p.queued, p.toAnnounce = false, nil, nil
	p.lines, p.calls = handles[openLine]{slots: emptySlots(p.lines.slots), free: allSlotsFree(len(p.lines.slots))}, handles[hostedCall]{slots: emptySlots(p.calls.slots), free: allSlotsFree(len(p.calls.slots))}
	clear(p.devices)
	clear(p.byLine)
	clear(p.open)
	clear(p.byCall)
	clear(p.pending)
	clear(p.pendingByID)
}

// emptySlots keeps the generations, so that no handle from before a Shutdown is given again after it.
func emptySlots[T any](slots []slot[T]) []slot[T] {
	for i := range slots {
		slots[i].value = nil
	}
	return slots
}

func allSlotsFree(n int) []uint16 {
	free := make([]uint16, n)
	for i := range free {
		free[i] = uint16(i)
	}
	return free
}

// device finds a line by its id: BADDEVICEID for one never given, NODEVICE for one whose line was removed.
func (p *Provider) device(id uint32) (*engine.LineView, spec.LineErr) {
	key, given := p.devices[id]
	if !given {
		return nil, spec.LineErrBadDeviceID
	}
	if l := p.proj.LineView(key); l != nil {
		return l, spec.LineErrNone
	}
	return nil, spec.LineErrNoDevice
}

func (p *Provider) line(handle uint32) (*openLine, *engine.LineView, spec.LineErr) {
	o := p.lines.get(handle)
	if o == nil {
		return nil, nil, spec.LineErrInvalLineHandle
	}
	l := p.proj.LineView(o.key)
	if l == nil {
		return o, nil, spec.LineErrNoDevice
	}
	return o, l, spec.LineErrNone
}

// Open is lineOpen: it does not wait for the PBX. Calls that exist are announced later (rule R-12).
func (p *Provider) Open(device uint32, v spec.Version) (uint32, spec.LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, err := p.device(device)
	switch {
	case err != spec.LineErrNone:
		return 0, err
	case !v.Supported():
		return 0, spec.LineErrIncompatibleAPIVersion
	case p.open[l.Key] != nil:
		return 0, spec.LineErrAllocated
	}
	o := &openLine{key: l.Key, device: device, version: v, addressStates: ^spec.AddressState(0)}
	if o.handle = p.lines.add(o); o.handle == 0 {
		return 0, spec.LineErrNoMem
	}
	p.open[o.key] = o
	p.filter.Open(o.key, v)
	p.toAnnounce = append(p.toAnnounce, o.key)
	return o.handle, spec.LineErrNone
}

// Close is lineClose: the caller delivers the returned completions before the function returns to TAPI; nothing about
// the line follows, and calls at the PBX go on (rule R-61).
func (p *Provider) Close(line uint32) ([]HostMessage, spec.LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.lines.get(line)
	if o == nil {
		return nil, spec.LineErrInvalLineHandle
	}
	done := p.abortRequests(func(a *pendingRequest) bool { return a.line == o }, func(m *HostMessage) bool { return m.HDLine == line })
	p.calls.each(func(c *hostedCall) {
		if c.line == o {
			p.removeCall(c)
		}
	})
	p.queued = slices.DeleteFunc(p.queued, func(m HostMessage) bool { return m.HDLine == line })
	p.toAnnounce = slices.DeleteFunc(p.toAnnounce, func(key string) bool { return key == o.key })
	p.filter.Close(o.key)
	p.lines.remove(line)
	delete(p.open, o.key)
	return done, spec.LineErrNone
}

// abortRequests ends requests with OPERATIONFAILED and returns their completions, after those that wait in the queue with
// their own result.
func (p *Provider) abortRequests(concerns func(*pendingRequest) bool, isQueued func(*HostMessage) bool) []HostMessage {
	var done []HostMessage
	p.queued = slices.DeleteFunc(p.queued, func(m HostMessage) bool {
		take := m.Message == projection.MessageAsyncCompletion && isQueued(&m)
		if take {
			done = append(done, m)
		}
		return take
	})
	var open []*pendingRequest
	for _, a := range p.pending {
		if !a.completed && concerns(a) {
			open = append(open, a)
		}
	}
	slices.SortFunc(open, func(a, b *pendingRequest) int { return int(int64(a.ref) - int64(b.ref)) })
	for _, a := range open {
		a.completed = true
		p.filter.IgnoreCompletion(a.id)
		done = append(done, HostMessage{TAPIMessage: projection.TAPIMessage{Message: projection.MessageAsyncCompletion, Line: a.line.key, Request: a.id, Kind: a.kind,
			Result: spec.LineErrOperationFailed, Pos: p.proj.Pos(), At: p.proj.At()}, HDLine: a.line.handle, HostRequest: a.hostRequest})
	}
	return done
}

// status returns a line's status as this host knows it: with its own calls, as delivered (rule R-38).
func (p *Provider) status(line uint32) (spec.LineDevStatus, spec.AddressStatus, spec.Version, spec.LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, l, err := p.line(line)
	if err != spec.LineErrNone {
		return spec.LineDevStatus{}, spec.AddressStatus{}, 0, err
	}
	var c projection.Counts
	ringing := false
	p.calls.each(func(k *hostedCall) {
		if k.line == o && k.announced && k.record != nil {
			c.Add(k.record.Status.State)
			ringing = ringing || k.record.Status.State == spec.CallStateOffering
		}
	})
	d, a := projection.StatusOf(l, c, ringing)
	return d, a, o.version, spec.LineErrNone
}

// GetLineDevStatus is lineGetLineDevStatus.
func (p *Provider) GetLineDevStatus(line uint32, buf []byte) spec.LineErr {
	d, _, v, err := p.status(line)
	if err != spec.LineErrNone {
		return err
	}
	return d.Encode(buf, v)
}

// GetAddressStatus is lineGetAddressStatus for the one address, 0.
func (p *Provider) GetAddressStatus(line, address uint32, buf []byte) spec.LineErr {
	_, a, v, err := p.status(line)
	switch {
	case err != spec.LineErrNone:
		return err
	case address != 0:
		return spec.LineErrInvalAddressID
	}
	return a.Encode(buf, v)
}

// GetNumAddressIDs is lineGetNumAddressIDs: one.
func (p *Provider) GetNumAddressIDs(line uint32) (uint32, spec.LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _, err := p.line(line)
	return 1, err
}

// GetAddressID is lineGetAddressID: 0 for the line's extension.
func (p *Provider) GetAddressID(line uint32, mode spec.AddressMode, text string) (uint32, spec.LineErr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, l, err := p.line(line)
	switch {
	case err != spec.LineErrNone:
		return 0, err
	case mode != spec.AddressModeDialableAddr:
		return 0, spec.LineErrInvalAddressMode
	case text == "" || text != l.Address:
		return 0, spec.LineErrInvalAddress
	}
	return 0, spec.LineErrNone
}

// SetStatusMessages is lineSetStatusMessages.
func (p *Provider) SetStatusMessages(line uint32, states spec.LineDevState, addresses spec.AddressState) spec.LineErr {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, _, err := p.line(line)
	if err != spec.LineErrNone {
		return err
	}
	o.addressStates = addresses
	p.filter.StatusMessages(o.key, states, addresses)
	return spec.LineErrNone
}

// isOffered says whether the PBX has the actions at all.
func (p *Provider) isOffered(a engine.Actions) bool { return p.cfg.Offers.Has(a) }
