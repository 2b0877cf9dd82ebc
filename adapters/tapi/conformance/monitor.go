package conformance

import (
	"fmt"
	"slices"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
)

// Monitor checks a stream of messages against the conformance rules that a stream alone can break,
// Tests, the scenario runner and the bench feed it every message in order.
type Monitor struct {
	Version spec.Version // what the stream speaks; 0 means VersionProjection
	// Mask is what the PBX lets users do at all; with DROP outside of it R-53 does not ask for it.
	Mask          spec.CallFeature
	calls         map[projection.CallKey]*watchedCall
	lines         map[string]*watchedLine
	justAnnounced projection.CallKey // announced by the last message: its LINE_CALLSTATE must follow
	pos           engine.Position
}

type watchedCall struct {
	state    spec.CallState
	mode     uint32
	sentInfo *spec.CallInfo // as of the last message that explained it
	entry    int64
	rings    int64 // the last ring count, -1 for none
	outbound bool
}

type watchedLine struct{ sentCounts projection.Counts }

// fullCaps are the capabilities of a line on a PBX that offers everything: what is sent lies within them (rule R-24).
var fullCaps = struct {
	device  spec.LineDevCaps
	address spec.AddressCaps
}{projection.DevCapsOf(&engine.LineView{}, "", ^engine.Actions(0)), projection.AddressCapsOf(&engine.LineView{}, 0, ^engine.Actions(0))}

// NewMonitor watches a stream from its beginning.
func NewMonitor() *Monitor {
	return &Monitor{Version: spec.VersionProjection, Mask: ^spec.CallFeature(0), calls: map[projection.CallKey]*watchedCall{}, lines: map[string]*watchedLine{}}
}

// NumLive gives how many calls have not had their IDLE.
func (m *Monitor) NumLive() int { return len(m.calls) }

// Unfinished lists calls that stand in DISCONNECTED: at the end of a stream there must be none (rule R-49).
func (m *Monitor) Unfinished() []string {
	var out []string
	for key, w := range m.calls {
		if w.state == spec.CallStateDisconnected {
			out = append(out, fmt.Sprintf("R-49: call %d of %s has no IDLE", key.Call, key.Line))
		}
	}
	slices.Sort(out)
	return out
}

// Observe takes the next message and gives the rules it breaks, each as "R-48: …"; nil for none.
func (m *Monitor) Observe(n projection.TAPIMessage) []string {
	var bad faults
	if n.Pos.Less(m.pos) {
		bad.add("order: position %v after %v", n.Pos, m.pos)
	}
	m.pos = n.Pos
	key := projection.CallKey{Line: n.Line, Call: n.Call}
	if m.justAnnounced != (projection.CallKey{}) {
		if n.Message != spec.MessageCallState || key != m.justAnnounced {
			bad.add("R-44: %s between NEWCALL and its CALLSTATE", n.Message)
		}
		m.justAnnounced = projection.CallKey{}
	}
	switch n.Message {
	case spec.MessageNewCall:
		m.checkNewCall(key, &n, &bad)
	case spec.MessageCallState:
		m.checkCallState(key, &n, &bad)
	case spec.MessageCallInfo:
		m.checkCallInfo(key, &n, &bad)
	case spec.MessageLineDevState:
		m.checkRing(key, &n, &bad)
	case spec.MessageAddressState:
		m.checkCounts(&n, &bad)
	case projection.MessageAsyncCompletion:
		m.checkCompletion(key, &n, &bad)
	case spec.MessageRemove:
		delete(m.lines, n.Line)
	}
	return bad
}

// CloseCall tells of a lineCloseCall: the call may be announced again, and its end is not awaited.
func (m *Monitor) CloseCall(line string, call uint32) {
	delete(m.calls, projection.CallKey{Line: line, Call: call})
	m.lineOf(line).sentCounts = m.CountsOf(line)
	m.justAnnounced = projection.CallKey{}
}

// CloseLine tells of a lineClose.
func (m *Monitor) CloseLine(line string) {
	for key := range m.calls {
		if key.Line == line {
			delete(m.calls, key)
		}
	}
	delete(m.lines, line)
	m.justAnnounced = projection.CallKey{}
}

type faults []string

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

func (m *Monitor) checkNewCall(key projection.CallKey, n *projection.TAPIMessage, bad *faults) {
	if m.calls[key] != nil {
		bad.add("R-44: call %d is announced twice", n.Call)
	}
	if n.Call == 0 || n.Record == nil {
		bad.add("R-46: NEWCALL without a call or its copy")
		return
	}
	i := n.Record.Info
	if i.Origin == 0 || i.Reason == 0 || i.MediaMode&spec.MediaModeInteractiveVoice == 0 || i.BearerMode == 0 {
		bad.add("R-46: origin, reason, media or bearer mode missing: %+v", i)
	}
	m.calls[key] = &watchedCall{sentInfo: i, rings: -1, outbound: i.Origin == spec.CallOriginOutbound}
	m.justAnnounced = key
}

// checkCompletion takes in calls that a request made: their first message is a LINE_CALLSTATE too (rule R-37).
func (m *Monitor) checkCompletion(key projection.CallKey, n *projection.TAPIMessage, bad *faults) {
	if n.Record == nil {
		return
	}
	if n.Result != spec.LineErrNone {
		bad.add("R-39: a failed request carries a call")
		return
	}
	if m.calls[key] == nil {
		m.calls[key] = &watchedCall{sentInfo: n.Record.Info, rings: -1, outbound: n.Record.Info.Origin == spec.CallOriginOutbound}
	}
}

func (m *Monitor) checkCallState(key projection.CallKey, n *projection.TAPIMessage, bad *faults) {
	w := m.calls[key]
	if w == nil {
		bad.add("R-48/R-49: call %d is not announced, or has had its IDLE", n.Call)
		return
	}
	switch {
	case n.State == w.state && (n.Mode == w.mode || !spec.Repeatable(n.State)):
		bad.add("R-48: %s twice", n.State)
	case n.State != w.state && !spec.Legal(w.state, n.State) && !isFirstOfRequest(w, n):
		bad.add("R-48: %s to %s", w.state, n.State)
	}
	if !spec.FitsDirection(w.outbound, n.State) {
		bad.add("R-47: %s on a call whose outbound is %t", n.State, w.outbound)
	}
	m.checkModes(n, bad)
	m.checkRecord(w, n, bad)
	if w.state == spec.CallStateOffering && n.State != spec.CallStateOffering {
		w.rings = -1
	}
	w.state, w.mode = n.State, n.Mode
	m.lineOf(n.Line)
	if n.State == spec.CallStateIdle {
		delete(m.calls, key)
	}
}

// firstOfRequest: a call whose handle came from a request may start as one that was announced.
func isFirstOfRequest(w *watchedCall, n *projection.TAPIMessage) bool {
	return w.state == spec.CallStateNew && spec.Legal(spec.CallStateNew, n.State)
}

func (m *Monitor) checkModes(n *projection.TAPIMessage, bad *faults) {
	if n.State == 0 || n.State&(n.State-1) != 0 {
		bad.add("R-50: state %#x is not one bit", uint32(n.State))
	}
	if n.Mode&(n.Mode-1) != 0 || n.Mode != 0 && spec.ModeText(n.State, n.Mode)[0] == '0' {
		bad.add("R-50: mode %#x of %s", n.Mode, n.State)
	}
	if spec.DowngradeStateMode(n.State, n.Mode, m.Version) != n.Mode {
		bad.add("R-25: mode %s of %s in version %s", spec.ModeText(n.State, n.Mode), n.State, m.Version)
	}
	if _, _, media := n.Params(); media == 0 {
		bad.add("R-50: no media mode")
	}
	if n.State&^fullCaps.address.CallStates != 0 {
		bad.add("R-24: %s is not in the capabilities", n.State)
	}
}

// checkRecord checks the status and info that came with a state.
func (m *Monitor) checkRecord(w *watchedCall, n *projection.TAPIMessage, bad *faults) {
	if n.Record == nil {
		bad.add("R-51: no copy")
		return
	}
	s := n.Record.Status
	if s.State != n.State || s.Mode != n.Mode {
		bad.add("R-51: status says %s, the message %s", s.State, n.State)
	}
	if at := s.StateEntry.UnixMilli(); at < w.entry {
		bad.add("R-51: the state began before the one before it")
	} else {
		w.entry = at
	}
	always := n.State != spec.CallStateIdle && n.State != spec.CallStateUnknown && (n.State != spec.CallStateOffering || n.Mode != uint32(spec.OfferingModeInactive))
	if always && m.Mask&spec.CallFeatureDrop != 0 && s.Features&spec.CallFeatureDrop == 0 {
		bad.add("R-53: no DROP in %s", n.State)
	}
	for _, p := range parties(n.Record.Info) {
		m.checkParty(p, bad)
	}
}

func parties(i *spec.CallInfo) [5]*spec.Party {
	return [...]*spec.Party{&i.CallerID, &i.CalledID, &i.ConnectedID, &i.RedirectionID, &i.RedirectingID}
}

func (m *Monitor) checkParty(p *spec.Party, bad *faults) {
	f := p.Written()
	number, name := p.Shown()
	switch {
	case f&spec.ExclusivePartyFlags != 0 && f&(f-1) != 0:
		bad.add("R-56: %s is not alone", f)
	case (f&spec.PartyFlagAddress != 0) != (number != ""), (f&spec.PartyFlagName != 0) != (name != ""):
		bad.add("R-56: %s for number %q and name %q", f, number, name)
	case f&^fullCaps.address.CallerIDFlags != 0:
		bad.add("R-24: party flags %s", f)
	}
}

func (m *Monitor) checkCallInfo(key projection.CallKey, n *projection.TAPIMessage, bad *faults) {
	w := m.calls[key]
	tapis := spec.CallInfoStateNumOwnerIncr | spec.CallInfoStateNumOwnerDecr | spec.CallInfoStateNumMonitors
	switch {
	case w == nil:
		bad.add("R-54: CALLINFO for call %d, which is not announced or has had its IDLE", n.Call)
		return
	case w.state == spec.CallStateNew:
		bad.add("R-54: CALLINFO before the first CALLSTATE")
	case n.Info == 0 || n.Info&tapis != 0:
		bad.add("R-54: bits %s", n.Info)
	case n.Info&^fullCaps.address.CallInfoStates != 0:
		bad.add("R-24: bits %s", n.Info)
	}
	if n.Record == nil {
		bad.add("R-55: no copy")
		return
	}
	if differs := w.sentInfo.Changed(n.Record.Info); differs != n.Info {
		bad.add("R-54/R-55: bits %s, but %s differ", n.Info, differs)
	}
	w.sentInfo = n.Record.Info
	for _, p := range parties(n.Record.Info) {
		m.checkParty(p, bad)
	}
}

func (m *Monitor) checkRing(key projection.CallKey, n *projection.TAPIMessage, bad *faults) {
	if n.LineState&^fullCaps.device.LineStates != 0 {
		bad.add("R-24: %s", n.LineState)
	}
	if n.LineState&spec.LineDevStateRinging == 0 {
		return
	}
	w := m.calls[key]
	if w == nil || w.state != spec.CallStateOffering || w.mode == uint32(spec.OfferingModeInactive) {
		bad.add("R-57: RINGING without a call that is OFFERING here")
		return
	}
	if n.RingMode != 1 {
		bad.add("R-57: ring mode %d", n.RingMode)
	}
	if w.rings >= 0 && int64(n.RingCount) != w.rings+1 {
		bad.add("R-57: ring count %d after %d", n.RingCount, w.rings)
	}
	w.rings = int64(n.RingCount)
}

func (m *Monitor) lineOf(key string) *watchedLine {
	l := m.lines[key]
	if l == nil {
		l = &watchedLine{}
		m.lines[key] = l
	}
	return l
}

// CountsOf is how the calls of a line stand by the messages alone.
func (m *Monitor) CountsOf(line string) projection.Counts {
	var c projection.Counts
	for key, w := range m.calls {
		if key.Line == line && w.state != spec.CallStateNew {
			c.Add(w.state)
		}
	}
	return c
}

// checkCounts is rule R-69: the counters that came with the message are those of the calls, and the bits say what changed.
func (m *Monitor) checkCounts(n *projection.TAPIMessage, bad *faults) {
	if n.AddressState&^fullCaps.address.AddressStates != 0 {
		bad.add("R-24: %s", n.AddressState)
	}
	if n.AddressState&spec.AddressStateNumCalls == 0 {
		if n.AddressState&(spec.AddressStateInUseOne|spec.AddressStateInUseZero) != 0 {
			bad.add("R-69: %s without NUMCALLS", n.AddressState)
		}
		return
	}
	l, now := m.lineOf(n.Line), m.CountsOf(n.Line)
	if now != n.Counts {
		bad.add("R-69: the line says %+v, its calls are %+v", n.Counts, now)
	}
	if now == l.sentCounts {
		bad.add("R-69: NUMCALLS, but no count changed")
	}
	zero := now.Total() == 0 && l.sentCounts.Total() > 0
	one := now.Total() > 0 && l.sentCounts.Total() == 0
	if zero != (n.AddressState&spec.AddressStateInUseZero != 0) || one != (n.AddressState&spec.AddressStateInUseOne != 0) {
		bad.add("R-69: %s from %d to %d calls", n.AddressState, l.sentCounts.Total(), now.Total())
	}
	l.sentCounts = now
}

// UnsentCounts lists lines whose counters were not told after their last change: at the end of a step there must be none.
func (m *Monitor) UnsentCounts() []string {
	var out []string
	for key, l := range m.lines {
		if now := m.CountsOf(key); now != l.sentCounts {
			out = append(out, fmt.Sprintf("R-69: %s has %+v calls, told were %+v", key, now, l.sentCounts))
		}
	}
	slices.Sort(out)
	return out
}
