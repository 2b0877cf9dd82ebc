package provider

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/adapters/tapi/wire"
	"offhook/engine"
)

// Adopt takes over what a host holds from an earlier daemon (decision A5): device ids, open lines and live calls with
// their handles. It is for a new Provider and brings it to the snapshot; Next returns the messages of the bridging
// difference. Lines that the PBX no longer has are closed and removed, calls that have ended get one IDLE. Impossible
// handles are left out; using one gives INVALLINEHANDLE or INVALCALLHANDLE.
func (p *Provider) Adopt(h *wire.Hello, snap engine.Snapshot) {
	p.mu.Lock()
	byPermanent := map[uint32]engine.LineView{}
	for _, v := range snap.Lines {
		byPermanent[v.Permanent] = v
		p.proj.AddLine(v)
	}
	if h.Provider.Initialized {
		p.initialized = true
		p.adoptDevices(h, byPermanent)
	}
	for _, live := range h.Lines {
		p.adoptLine(&live, h.Calls, byPermanent, snap.Calls)
	}
	p.mu.Unlock()
	p.Bridge(snap)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queueInfosFirst()
	for key, c := range p.byCall { // a call without a message in the bridging difference counts as delivered
		if r, ok := p.proj.Call(key.Line, key.Call); ok && c.announced && r.Status.State == c.record.Status.State {
			c.record = r
			p.queueImages(c, r) // the host's copies are older than the connection
		}
	}
}

// queueInfosFirst puts new copies of the host's calls, in the states the host knows, before the bridging difference: only the
// host can compare them with what it told its programs (rule R-55).
func (p *Provider) queueInfosFirst() {
	rest := p.queued
	p.queued = nil
	for key, c := range p.byCall {
		if r, ok := p.proj.Call(key.Line, key.Call); ok && c.announced && !r.Info.Unknown {
			p.queueImages(c, &projection.CallRecord{Info: r.Info, Status: c.record.Status})
		}
	}
	slices.SortFunc(p.queued, func(a, b HostMessage) int { return cmp.Compare(a.HDCall, b.HDCall) })
	p.queued = append(p.queued, rest...)
}

// permanentIDs returns the permanent line ids of the first devices, in order. The host sends them to the next daemon in hello.
func (p *Provider) permanentIDs(base, lines uint32) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := make([]byte, 0, 4*len(p.devices))
	for i := range min(lines, uint32(len(p.devices))) {
		l := p.proj.LineView(p.devices[base+i])
		if l == nil {
			return nil
		}
		b = binary.LittleEndian.AppendUint32(b, l.Permanent)
	}
	return b
}

// adoptDevices keeps the device ids of the lines that have one and gives the other lines, in order, the free ids of
// providerInit. A device whose line was removed gets a removedLine, which the bridging difference closes and removes.
func (p *Provider) adoptDevices(h *wire.Hello, lines map[uint32]engine.LineView) {
	for _, live := range h.Lines {
		v, ok := lines[live.PermanentID]
		if !ok {
			v = removedLine(&live)
			p.proj.AddLine(v)
		}
		p.devices[live.DeviceID], p.byLine[v.Key] = v.Key, live.DeviceID
	}
	id := h.Provider.LineBase
	for _, key := range p.proj.LineKeys() {
		if _, has := p.byLine[key]; has {
			continue
		}
		for p.devices[id] != "" {
			id++
		}
		if id-h.Provider.LineBase >= h.Provider.NumLines {
			v := p.proj.LineView(key)
			p.queued = append(p.queued, HostMessage{TAPIMessage: projection.TAPIMessage{Message: spec.MessageCreate, Line: key, Address: v.Address}, Device: v.Permanent})
			continue
		}
		p.devices[id], p.byLine[key] = key, id
	}
}

// helloOutbound is the mode in hello of a live call that has no state yet and that the host made.
const helloOutbound = 1

// removedLine makes a line that the PBX removed while no daemon was connected.
func removedLine(live *wire.LiveLine) engine.LineView {
	return engine.LineView{Key: fmt.Sprintf("removed line %d", live.PermanentID), Permanent: live.PermanentID}
}

func (p *Provider) adoptLine(live *wire.LiveLine, calls []wire.LiveCall, lines map[uint32]engine.LineView, now []engine.CallView) {
	if live.Line == 0 {
		return
	}
	v, ok := lines[live.PermanentID]
	if !ok {
		v = removedLine(live)
	}
	v.InService = live.InService // as TAPI knows it; the bridging difference brings the present state
	o := &openLine{handle: live.Line, key: v.Key, device: live.DeviceID, version: live.Version, mediaModes: live.MediaModes, addressStates: live.AddressStates}
	if !live.Version.Supported() || p.open[v.Key] != nil || !p.lines.adopt(live.Line, o) {
		return
	}
	p.open[v.Key] = o
	var seen []projection.AdoptedCall
	for _, c := range calls {
		if c.Line != live.Line || c.CallID == 0 || c.State == spec.CallStateIdle {
			continue
		}
		s := projection.AdoptedCall{Call: c.CallID, State: c.State, Mode: c.Mode, Outbound: spec.FitsDirection(true, c.State) && !spec.FitsDirection(false, c.State)}
		if c.State == spec.CallStateNew {
			s.Mode, s.Outbound = 0, c.Mode == helloOutbound
		}
		for i := range now {
			if now[i].Line == v.Key && now[i].Number == c.CallID {
				s.Outbound = now[i].Outbound
			}
		}
		info := spec.NewCallInfo()
		info.CallID, info.Unknown = c.CallID, true
		k := &hostedCall{handle: c.Call, line: o, number: c.CallID, announced: true, stateSent: true, record: &projection.CallRecord{Info: &info, Status: spec.CallStatus{State: c.State, Mode: c.Mode}}}
		if p.calls.adopt(c.Call, k) {
			p.byCall[projection.CallKey{Line: v.Key, Call: c.CallID}] = k
			seen = append(seen, s)
		}
	}
	p.proj.Adopt(v, seen...)
	p.filter.Adopt(v.Key, live.Version, seen...)
	p.filter.StatusMessages(v.Key, live.LineStates, live.AddressStates)
	for _, s := range seen {
		if r, ok := p.proj.Call(v.Key, s.Call); ok {
			p.byCall[projection.CallKey{Line: v.Key, Call: s.Call}].record = r
		}
	}
	o.sentCounts = p.counts(o)
	p.toAnnounce = append(p.toAnnounce, v.Key)
}
