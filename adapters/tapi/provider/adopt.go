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
// their handles. It is for a fresh Provider, which it takes to the snapshot by the bridging difference; Next gives it
// out. Lines the PBX no longer has are closed and removed, calls that are gone get their one IDLE. Handles that cannot
// be are left out; using them gives INVALLINEHANDLE and INVALCALLHANDLE.
func (p *Provider) Adopt(h *wire.Hello, snap engine.Snapshot) {
	p.mu.Lock()
	byPermanent := map[uint32]engine.LineView{}
	for _, v := range snap.Lines {
		byPermanent[v.Permanent] = v
		p.proj.AddLine(v)
	}
	if h.Provider.Initialized {
		p.started = true
		p.adoptDevices(h, byPermanent)
	}
	for _, live := range h.Lines {
		p.adoptLine(&live, h.Calls, byPermanent, snap.Calls)
	}
	p.mu.Unlock()
	p.Bridge(snap)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.infoFirst()
	for key, c := range p.byCall { // what no message told anew counts as delivered
		if r, ok := p.proj.Call(key.Line, key.Call); ok && c.real && r.Status.State == c.record.Status.State {
			c.record = r
			p.queueImages(c, r) // the host's copies are from before the break
		}
	}
}

// infoFirst lets the host see what is known of its calls now, in the states it knows, before the bridging difference: only the
// host can say what that changes of what it told (rule R-55).
func (p *Provider) infoFirst() {
	rest := p.out
	p.out = nil
	for key, c := range p.byCall {
		if r, ok := p.proj.Call(key.Line, key.Call); ok && c.real && !r.Info.Unknown {
			p.queueImages(c, &projection.CallRecord{Info: r.Info, Status: c.record.Status})
		}
	}
	slices.SortFunc(p.out, func(a, b HostMessage) int { return cmp.Compare(a.HDCall, b.HDCall) })
	p.out = append(p.out, rest...)
}

// permanents are the permanent line ids of the first devices, in order, as the host needs them to tell the next daemon.
func (p *Provider) permanents(base, lines uint32) []byte {
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

// adoptDevices gives the lines the ids they have, and the others, in order, what is left of the first ids. A device
// whose line is gone gets a stand-in, which the bridging difference closes and removes.
func (p *Provider) adoptDevices(h *wire.Hello, lines map[uint32]engine.LineView) {
	for _, live := range h.Lines {
		v, ok := lines[live.PermanentID]
		if !ok {
			v = standIn(&live)
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
			p.out = append(p.out, HostMessage{Notice: projection.Notice{Message: spec.MessageCreate, Line: key, Address: v.Address}, Device: v.Permanent})
			continue
		}
		p.devices[id], p.byLine[key] = key, id
	}
}

// helloOutbound is the mode of a live call that has no state yet and was made by the host.
const helloOutbound = 1

// standIn is a line that was removed meanwhile.
func standIn(live *wire.LiveLine) engine.LineView {
	return engine.LineView{Key: fmt.Sprintf("removed line %d", live.PermanentID), Permanent: live.PermanentID}
}

func (p *Provider) adoptLine(live *wire.LiveLine, calls []wire.LiveCall, lines map[uint32]engine.LineView, now []engine.CallView) {
	if live.Line == 0 {
		return
	}
	v, ok := lines[live.PermanentID]
	if !ok {
		v = standIn(live)
	}
	v.InService = live.InService // as TAPI knows it; the bridging difference tells what is true
	o := &openLine{handle: live.Line, key: v.Key, device: live.DeviceID, version: live.Version, media: live.MediaModes, states: live.AddressStates}
	if !live.Version.Supported() || p.open[v.Key] != nil || !p.lines.adopt(live.Line, o) {
		return
	}
	p.open[v.Key] = o
	var seen []projection.Seen
	for _, c := range calls {
		if c.Line != live.Line || c.CallID == 0 || c.State == spec.CallStateIdle {
			continue
		}
		s := projection.Seen{Call: c.CallID, State: c.State, Mode: c.Mode, Outbound: spec.FitsDirection(true, c.State) && !spec.FitsDirection(false, c.State)}
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
		k := &hostedCall{handle: c.Call, line: o, number: c.CallID, real: true, said: true, record: &projection.CallRecord{Info: &info, Status: spec.CallStatus{State: c.State, Mode: c.Mode}}}
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
	o.told = p.counts(o)
	p.late = append(p.late, v.Key)
}
