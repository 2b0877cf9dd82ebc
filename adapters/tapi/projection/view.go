package projection

import (
	"slices"

	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
)

// lineView is a line as TAPI knows it.
type lineView struct {
	view       engine.LineView
	calls      []*callView // oldest first
	sentCounts Counts      // as of the last LINE_ADDRESSSTATE
	ended      *endedCalls
}

// endedCalls keeps the numbers of a line's last calls that went IDLE, so that a late change, a snapshot or the return of
// the line does not announce one again.
type endedCalls struct {
	numbers [256]uint32
	n       int
}

func (e *endedCalls) add(number uint32) {
	e.numbers[e.n%len(e.numbers)] = number
	e.n++
}

func (e *endedCalls) has(number uint32) bool {
	return slices.Contains(e.numbers[:min(e.n, len(e.numbers))], number)
}

// maxRemoved bounds the removed lines whose ended calls are kept.
const maxRemoved = 1024

// newLine makes a line, with its ended calls if it was removed before.
func (p *Projection) newLine(v engine.LineView) *lineView {
	l := &lineView{view: v, ended: p.removed[v.Key]}
	if l.ended == nil {
		l.ended = &endedCalls{}
	}
	delete(p.removed, v.Key)
	p.lines[v.Key] = l
	return l
}

func (p *Projection) removeLine(l *lineView) {
	delete(p.lines, l.view.Key)
	if len(p.removed) >= maxRemoved {
		clear(p.removed)
	}
	p.removed[l.view.Key] = l.ended
}

// callView is a call as TAPI knows it. state 0 means that no state was sent yet.
type callView struct {
	number          uint32
	view            engine.CallView // as of the engine's last change
	state           spec.CallState
	mode            uint32
	entered         events.Millis
	fromRequest     bool // TAPI has a handle from a request: no NEWCALL
	tapiOnly        bool // the PBX does not know the call (decision B15)
	answered        bool // the parties have talked
	pendingTransfer bool // a SetupTransfer holds it: ONHOLDPENDTRANSFER instead of ONHOLD
	related         uint32
	nextRing        uint32         // ring count of the next RINGING
	info            *spec.CallInfo // as of now
	sentInfo        *spec.CallInfo // as last sent
}

func (l *lineView) find(number uint32) *callView {
	for _, k := range l.calls {
		if k.number == number {
			return k
		}
	}
	return nil
}

func (l *lineView) add(number uint32) *callView {
	k := &callView{number: number}
	l.calls = append(l.calls, k)
	return k
}

func (l *lineView) remove(k *callView) {
	l.calls = slices.DeleteFunc(l.calls, func(o *callView) bool { return o == k })
	l.ended.add(k.number)
}

func (l *lineView) isEnded(number uint32) bool {
	return number == 0 || l.ended.has(number)
}

// counts counts the calls whose state was sent; all includes those with a completion only (rule R-38).
func (l *lineView) counts(all bool) Counts {
	var c Counts
	for _, k := range l.calls {
		if k.state != spec.CallStateNew {
			c.Add(k.state)
		} else if all && k.fromRequest {
			c.Active++
		}
	}
	return c
}

// record returns the call's record as of now, for a message.
func (k *callView) record() *CallRecord {
	f := k.features()
	s := spec.CallStatus{State: k.state, Mode: k.mode, Features: f, Features2: features2(f), StateEntry: k.entered.Time()}
	if s.State == spec.CallStateNew {
		s.State = spec.CallStateUnknown // the request has completed, and the PBX has not sent the state yet (rule R-40)
	}
	return &CallRecord{Info: k.info, Status: s}
}

// LineRecord is a line as of now: the engine's view and what GetLineDevStatus and GetAddressStatus answer.
type LineRecord struct {
	View    engine.LineView
	Counts  Counts
	Device  spec.LineDevStatus
	Address spec.AddressStatus
}

func (l *lineView) record() LineRecord {
	r := LineRecord{View: l.view, Counts: l.counts(true)}
	r.Device, r.Address = StatusOf(&l.view, r.Counts, l.ringing())
	return r
}

// StatusOf returns both status structures; the counts may be those of one host.
func StatusOf(v *engine.LineView, c Counts, ringing bool) (spec.LineDevStatus, spec.AddressStatus) {
	features := addressFeatures(v)
	d := spec.LineDevStatus{NumActiveCalls: c.Active, NumOnHoldCalls: c.OnHold, NumOnHoldPendCalls: c.OnHoldPend}
	a := spec.AddressStatus{NumActiveCalls: c.Active, NumOnHoldCalls: c.OnHold, NumOnHoldPendCalls: c.OnHoldPend, AddressFeatures: features}
	if c.Total() > 0 {
		a.NumInUse = 1
	}
	if ringing {
		d.RingMode = 1
	}
	if v.InService {
		d.DevStatusFlags = spec.DevStatusFlagConnected | spec.DevStatusFlagInService
	}
	if features&spec.AddrFeatureMakeCall != 0 {
		d.LineFeatures, d.AvailableMediaModes = spec.LineFeatureMakeCall, spec.MediaModeInteractiveVoice
	}
	return d, a
}

func (l *lineView) ringing() bool {
	return slices.ContainsFunc(l.calls, func(k *callView) bool { return k.state == spec.CallStateOffering })
}

// AddLine adds a line without a message, or replaces it without its calls.
func (p *Projection) AddLine(v engine.LineView) { p.newLine(v) }

// NumLines returns the number of lines.
func (p *Projection) NumLines() int { return len(p.lines) }

// LineView returns the engine's last view of a line; nil for an unknown one.
func (p *Projection) LineView(key string) *engine.LineView {
	if l := p.lines[key]; l != nil {
		return &l.view
	}
	return nil
}

// LineKeys lists the lines by their permanent number.
func (p *Projection) LineKeys() []string {
	keys := make([]string, 0, len(p.lines))
	for key := range p.lines {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int {
		x, y := p.lines[a].view, p.lines[b].view
		if x.Permanent != y.Permanent {
			return int(int64(x.Permanent) - int64(y.Permanent))
		}
		if a < b {
			return -1
		}
		return 1
	})
	return keys
}

// Line gives a line as of now.
func (p *Projection) Line(key string) (LineRecord, bool) {
	l := p.lines[key]
	if l == nil {
		return LineRecord{}, false
	}
	return l.record(), true
}

// Calls lists the numbers of a line's calls that are not IDLE, oldest first.
func (p *Projection) Calls(key string) []uint32 {
	l := p.lines[key]
	if l == nil {
		return nil
	}
	numbers := make([]uint32, len(l.calls))
	for i, k := range l.calls {
		numbers[i] = k.number
	}
	return numbers
}

// Call gives a call's status and info as of now; false for one that is IDLE or was never there. ActionsChanged shows
// here and in no message.
func (p *Projection) Call(key string, number uint32) (*CallRecord, bool) {
	l := p.lines[key]
	if l == nil {
		return nil, false
	}
	k := l.find(number)
	if k == nil {
		return nil, false
	}
	return k.record(), true
}
