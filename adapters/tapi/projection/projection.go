package projection

import (
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
	"offhook/internal/dialplan"
)

// Ringback is the setting tapi-ringback (decision B5).
type Ringback uint8

// When RINGBACK is claimed.
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
// pure function of its own view and the change: no clock, no I/O, no goroutine, so a replay tells TAPI what the live
// run told. Every line is open and one version is spoken; which of it a host hears is HostFilter's business (decision A4).
//
// What it sends never breaks the table of decision TAPI-c.2: a step the table lacks goes through a state that both sides of it allow, or is
// left out. No state comes twice, IDLE exactly once. A Projection is not safe for concurrent use.
type Projection struct {
	opt      Options
	lines    map[string]*lineView
	gone     map[string]*endedCalls         // of lines that were removed
	accepted map[uint32]events.RequestFacts // requests on their way, by id
	pos      engine.Position                // of the last change
	at       events.Millis
}

// New starts with no lines. Bridge takes it to a snapshot.
func New(o Options) *Projection {
	if !o.Version.Supported() {
		o.Version = spec.VersionProjection
	}
	return &Projection{opt: o, lines: map[string]*lineView{}, gone: map[string]*endedCalls{}, accepted: map[uint32]events.RequestFacts{}}
}

// Pos is the position of the last change.
func (p *Projection) Pos() engine.Position { return p.pos }

// At is the event time of what was applied last.
func (p *Projection) At() events.Millis { return p.at }

// Apply emits the messages of one change, in order. The Notice may be kept, its Record never changes.
func (p *Projection) Apply(c engine.Change, emit func(Notice)) {
	p.pos, p.at = c.Pos, max(p.at, c.At)
	s := step{p: p, pos: c.Pos, at: c.At, emit: emit}
	switch c.Kind {
	case engine.CallMoved:
		s.call(&c, c.To)
	case engine.CallUpdated:
		s.call(&c, c.Call.State)
	case engine.ActionsChanged:
		if l := p.lineOf(&c); l != nil {
			if k := l.find(c.Call.Number); k != nil {
				k.view.Actions = c.Call.Actions
			}
		}
	case engine.CallRang:
		s.rang(&c)
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

// step is one change on its way through the projection.
type step struct {
	p    *Projection
	pos  engine.Position
	at   events.Millis
	emit func(Notice)
	join bool // a call first heard of is announced in its state, without the states before it
	jump bool // a state that cannot be reached may be reached through UNKNOWN
}

func (s *step) send(l *lineView, n Notice) {
	n.Pos, n.At, n.Line, n.Address, n.Bridged = s.pos, s.at, l.view.Key, l.view.Address, s.join
	n.Counts = l.counts(false)
	s.emit(n)
}

// call is a change of a call: what is known of it first, then its state, then what else TAPI must hear.
func (s *step) call(c *engine.Change, to engine.State) {
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
	s.learn(l, k, c.Call)
	s.follow(l, k, to)
}

// learn takes over the engine's view; TAPI hears of it later.
func (s *step) learn(l *lineView, k *callView, v *engine.CallView) {
	answered := k.answered || v.State.Answered()
	related := k.related
	if v.Related != k.view.Related {
		related = v.Related
	}
	outbound := v.Outbound
	if k.told != nil {
		outbound = k.view.Outbound // TAPI was told the direction; it cannot turn (rule R-47)
	}
	same := k.info != nil && !k.info.Unknown && answered == k.answered && related == k.related && sameParties(&k.view, v) && !k.tapiOnly
	k.view, k.answered, k.related = *v, answered, related
	k.view.Outbound, k.tapiOnly = outbound, false
	if !same {
		s.renew(l, k)
	}
}

// renew makes the call's info anew, and keeps the old one when nothing differs.
func (s *step) renew(l *lineView, k *callView) {
	info := s.p.InfoOf(&l.view, &k.view, k.answered, k.related)
	if k.info == nil || k.info.Unknown || k.info.Changed(info) != 0 {
		k.info = info
	}
}

func sameParties(a, b *engine.CallView) bool {
	return a.Caller == b.Caller && a.Called == b.Called && a.Connected == b.Connected && a.Redirecting == b.Redirecting &&
		a.Redirection == b.Redirection && a.Reason == b.Reason && a.Outbound == b.Outbound && a.Internal == b.Internal && a.Display == b.Display
}

// follow takes the call to what the engine's state means to TAPI.
func (s *step) follow(l *lineView, k *callView, to engine.State) {
	if to == engine.Connected && k.pend && k.state == spec.CallStateOnHoldPendTransfer {
		k.pend, k.related = false, 0 // the consultation was abandoned
		s.renew(l, k)
	}
	target, ok := s.p.target(k, to)
	if !ok {
		return // nothing to show yet
	}
	if target != k.state {
		if path := s.path(k, target); path.n > 0 {
			s.walk(l, k, path)
			return
		}
	}
	if k.state != spec.CallStateNew {
		s.tell(l, k)
	}
}

// walk sends the states of a path, what became known with them, and the counters.
func (s *step) walk(l *lineView, k *callView, path route) {
	if k.state == spec.CallStateNew && !k.own {
		k.told = k.info
		n := Notice{Message: spec.MessageNewCall, Call: k.number}
		first := *k
		first.state, first.mode, first.entered = path.states[0], s.mode(k, path.states[0]), s.began(k)
		n.Record = first.record()
		s.send(l, n)
	}
	for _, state := range path.states[:path.n] {
		if state == spec.CallStateDisconnected || state == spec.CallStateIdle {
			s.tell(l, k) // nothing may follow IDLE
		}
		k.state, k.mode, k.entered = state, s.mode(k, state), s.began(k)
		s.send(l, Notice{Message: spec.MessageCallState, Call: k.number, State: k.state, Mode: k.mode, Record: k.record()})
	}
	switch k.state {
	case spec.CallStateDisconnected: // IDLE follows, and the counters behind it
	case spec.CallStateIdle:
		l.remove(k)
		s.count(l)
	default:
		s.tell(l, k)
		s.ring(l, k)
		s.count(l)
	}
}

// began is when the state to be shown began: now, or, of a call that is joined in its state, when the engine entered it;
// never before the state it follows (rule R-51).
func (s *step) began(k *callView) events.Millis {
	if s.join && k.view.Entered != 0 {
		return max(k.entered, k.view.Entered)
	}
	return max(k.entered, s.at)
}

// tell sends LINE_CALLINFO for what differs from what TAPI knows; never before the first state (rule R-54).
func (s *step) tell(l *lineView, k *callView) {
	switch {
	case k.state == spec.CallStateNew:
		return
	case k.told == nil: // a client told it in its own words, see Adopt
		k.told = k.info
		return
	}
	if bits := k.told.Changed(k.info).In(s.p.opt.Version); bits != 0 {
		s.send(l, Notice{Message: spec.MessageCallInfo, Call: k.number, Info: bits, Record: k.record()})
	}
	k.told = k.info
}

// count sends LINE_ADDRESSSTATE when the numbers of calls are not those last sent (decision B14).
func (s *step) count(l *lineView) {
	now := l.counts(false)
	if now == l.told {
		return
	}
	bits := l.told.Diff(now)
	l.told = now
	s.send(l, Notice{Message: spec.MessageAddressState, AddressState: bits})
}

// mode is the mode word of a state for this call, in the projection's version.
func (s *step) mode(k *callView, state spec.CallState) uint32 {
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
