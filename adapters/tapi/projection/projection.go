package projection

import (
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
	"offhook/internal/dialplan"
)

// Ringback is the setting tapi-ringback (decision B5).
type Ringback uint8

// When RINGBACK is sent.
const (
	RingbackVendor   Ringback = iota // with the first sign of an outbound call, as the vendor's driver does
	RingbackEvidence                 // when the PBX says that the far end rings
)

// Options are the projection's settings. The zero value is the default.
type Options struct {
	Version  spec.Version  // 0 means VersionProjection (decision A4)
	Ringback Ringback      // decision B5
	Numbers  dialplan.Plan // decision B16; only the inbound half is used here
}

// Projection turns changes of the engine into messages to TAPI (decision TAPI-f.2 under decisions B1 to B18). It is a
// pure function of its own view and the change: no clock, no I/O, no goroutine, so a replay sends the messages of the
// live run. Every line counts as open, in one version; HostFilter selects what a host gets (decision A4).
//
// The states it sends follow the table of decision TAPI-c.2: a step that the table lacks goes through a state between, or is
// left out. No state comes twice, IDLE exactly once. A Projection is not safe for concurrent use.
type Projection struct {
	opt      Options
	lines    map[string]*lineView
	removed  map[string]*endedCalls         // of removed lines, by key
	accepted map[uint32]events.RequestFacts // requests without an outcome, by request id
	pos      engine.Position                // of the last change
	at       events.Millis
}

// New makes a projection without lines. Bridge brings it to a snapshot.
func New(o Options) *Projection {
	if !o.Version.Supported() {
		o.Version = spec.VersionProjection
	}
	return &Projection{opt: o, lines: map[string]*lineView{}, removed: map[string]*endedCalls{}, accepted: map[uint32]events.RequestFacts{}}
}

// Pos returns the position of the last change.
func (p *Projection) Pos() engine.Position { return p.pos }

// At returns the event time of the last change.
func (p *Projection) At() events.Millis { return p.at }

// Apply emits the messages of one change, in order. The receiver may keep a message: its Record never changes.
func (p *Projection) Apply(c engine.Change, emit func(TAPIMessage)) {
	p.pos, p.at = c.Pos, max(p.at, c.At)
	s := step{p: p, pos: c.Pos, at: c.At, emit: emit}
	switch c.Kind {
	case engine.CallMoved:
		s.callChanged(&c, c.To)
	case engine.CallUpdated:
		s.callChanged(&c, c.Call.State)
	case engine.ActionsChanged:
		if l := p.lineOf(&c); l != nil {
			if k := l.find(c.Call.Number); k != nil {
				k.view.Actions = c.Call.Actions
			}
		}
	case engine.CallRang:
		s.callRang(&c)
	case engine.LineUpdated:
		s.lineUpdated(c.Line)
	case engine.LineGone:
		s.lineGone(c.Line.Key)
	case engine.RequestAccepted:
		p.accepted[c.Request.ID] = c.Request
	case engine.RequestEnded:
		s.requestEnded(c.Finished)
	}
}

// lineOf finds the change's line, or makes it when a call comes before its line's own change.
func (p *Projection) lineOf(c *engine.Change) *lineView {
	key := ""
	switch {
	case c.Line != nil:
		key = c.Line.Key
	case c.Call != nil:
		key = c.Call.Line
	}
	if key == "" {
		return nil
	}
	l := p.lines[key]
	if l == nil {
		v := engine.LineView{Key: key, InService: true}
		if c.Line != nil {
			v = *c.Line
		}
		l = p.newLine(v)
	}
	return l
}

// step is the projection's work on one change or snapshot.
type step struct {
	p          *Projection
	pos        engine.Position
	at         events.Millis
	emit       func(TAPIMessage)
	bridging   bool // a new call is announced in its present state, without the states before it
	viaUnknown bool // a state that has no legal path may be reached through UNKNOWN
}

func (s *step) send(l *lineView, n TAPIMessage) {
	n.Pos, n.At, n.Line, n.Address, n.Bridged = s.pos, s.at, l.view.Key, l.view.Address, s.bridging
	n.Counts = l.counts(false)
	s.emit(n)
}

// callChanged takes over a change of a call: first the view, then the state and what else TAPI must get.
func (s *step) callChanged(c *engine.Change, to engine.State) {
	l := s.p.lineOf(c)
	if l == nil {
		return
	}
	k := l.find(c.Call.Number)
	if k == nil {
		if !to.Live() || l.isEnded(c.Call.Number) {
			return
		}
		k = l.add(c.Call.Number)
	}
	s.updateView(l, k, c.Call)
	s.showState(l, k, to)
}

// updateView takes over the engine's view and sends nothing; showState does.
func (s *step) updateView(l *lineView, k *callView, v *engine.CallView) {
	answered := k.answered || v.State.Answered()
	related := k.related
	if v.Related != k.view.Related {
		related = v.Related
	}
	outbound := v.Outbound
	if k.sentInfo != nil {
		outbound = k.view.Outbound // TAPI knows the direction; it cannot change (rule R-47)
	}
	same := k.info != nil && !k.info.Unknown && answered == k.answered && related == k.related && sameParties(&k.view, v) && !k.tapiOnly
	k.view, k.answered, k.related = *v, answered, related
	k.view.Outbound, k.tapiOnly = outbound, false
	if !same {
		s.updateInfo(l, k)
	}
}

// updateInfo makes the call's info again, and keeps the old one when nothing differs.
func (s *step) updateInfo(l *lineView, k *callView) {
	info := s.p.InfoOf(&l.view, &k.view, k.answered, k.related)
	if k.info == nil || k.info.Unknown || k.info.Changed(info) != 0 {
		k.info = info
	}
}

func sameParties(a, b *engine.CallView) bool {
	return a.Caller == b.Caller && a.Called == b.Called && a.Connected == b.Connected && a.Redirecting == b.Redirecting &&
		a.Redirection == b.Redirection && a.Reason == b.Reason && a.Outbound == b.Outbound && a.Internal == b.Internal && a.Display == b.Display
}

// showState sends the TAPI state of the engine's state, or a LINE_CALLINFO when the state stays.
func (s *step) showState(l *lineView, k *callView, to engine.State) {
	if to == engine.Connected && k.pendingTransfer && k.state == spec.CallStateOnHoldPendTransfer {
		k.pendingTransfer, k.related = false, 0 // the consultation was abandoned
		s.updateInfo(l, k)
	}
	target, ok := s.p.targetState(k, to)
	if !ok {
		return // nothing to show yet
	}
	if target != k.state {
		if path := s.pathTo(k, target); path.n > 0 {
			s.sendStates(l, k, path)
			return
		}
	}
	if k.state != spec.CallStateNew {
		s.sendCallInfo(l, k)
	}
}

// sendStates sends the states of a path, the call's new info, and the counters.
func (s *step) sendStates(l *lineView, k *callView, path statePath) {
	if k.state == spec.CallStateNew && !k.fromRequest {
		k.sentInfo = k.info
		n := TAPIMessage{Message: spec.MessageNewCall, Call: k.number}
		first := *k
		first.state, first.mode, first.entered = path.states[0], s.modeOf(k, path.states[0]), s.stateEntry(k)
		n.Record = first.record()
		s.send(l, n)
	}
	for _, state := range path.states[:path.n] {
		if state == spec.CallStateDisconnected || state == spec.CallStateIdle {
			s.sendCallInfo(l, k) // nothing may follow IDLE
		}
		k.state, k.mode, k.entered = state, s.modeOf(k, state), s.stateEntry(k)
		s.send(l, TAPIMessage{Message: spec.MessageCallState, Call: k.number, State: k.state, Mode: k.mode, Record: k.record()})
	}
	switch k.state {
	case spec.CallStateDisconnected: // IDLE follows, and the counters after it
	case spec.CallStateIdle:
		l.remove(k)
		s.sendCounts(l)
	default:
		s.sendCallInfo(l, k)
		s.sendFirstRing(l, k)
		s.sendCounts(l)
	}
}

// stateEntry returns when the state to be sent began: now, or, while bridging, when the engine entered it; never before the
// state before it (rule R-51).
func (s *step) stateEntry(k *callView) events.Millis {
	if s.bridging && k.view.Entered != 0 {
		return max(k.entered, k.view.Entered)
	}
	return max(k.entered, s.at)
}

// sendCallInfo sends LINE_CALLINFO for what differs from the info last sent; never before the first state (rule R-54).
func (s *step) sendCallInfo(l *lineView, k *callView) {
	switch {
	case k.state == spec.CallStateNew:
		return
	case k.sentInfo == nil: // an adopted call whose info is not known, see Adopt
		k.sentInfo = k.info
		return
	}
	if bits := k.sentInfo.Changed(k.info).In(s.p.opt.Version); bits != 0 {
		s.send(l, TAPIMessage{Message: spec.MessageCallInfo, Call: k.number, Info: bits, Record: k.record()})
	}
	k.sentInfo = k.info
}

// sendCounts sends LINE_ADDRESSSTATE when the counters differ from those last sent (decision B14).
func (s *step) sendCounts(l *lineView) {
	now := l.counts(false)
	if now == l.sentCounts {
		return
	}
	bits := l.sentCounts.Diff(now)
	l.sentCounts = now
	s.send(l, TAPIMessage{Message: spec.MessageAddressState, AddressState: bits})
}

// modeOf returns the mode word of a state for this call, in the projection's version.
func (s *step) modeOf(k *callView, state spec.CallState) uint32 {
	var m uint32
	switch state {
	case spec.CallStateOffering:
		m = uint32(spec.OfferingModeActive)
	case spec.CallStateDialTone:
		m = uint32(spec.DialToneModeNormal)
	case spec.CallStateBusy:
		m = uint32(spec.BusyModeStation)
	case spec.CallStateConnected:
		m = uint32(spec.ConnectedModeActive)
	case spec.CallStateDisconnected:
		m = uint32(disconnectMode(k.view.Cause, k.view.Outbound, k.answered))
	}
	return spec.DowngradeStateMode(state, m, s.p.opt.Version)
}
