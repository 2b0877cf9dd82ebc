package provider

import (
	"maps"
	"slices"
	"sync"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
)

// Config is what a Provider needs from outside.
type Config struct {
	Projection projection.Options
	Source     string         // names the PBX: part of the permanent line GUID, and shown as the switch
	Offers     engine.Actions // what the PBX can do at all (decision B11)
	// Ask takes a request into the timeline, as live.Asker does, and returns the engine's number of it. It is called
	// without any lock held; what follows from the request may come through Feed before Ask returns. An error means that
	// nothing happened. dialled is the number as the
	// program dialled it, for the engine's barring rules, whose refusals are errors of package dialplan.
	Ask func(q events.RequestFacts, dialled string) (id uint32, err error)
	// Frontend is the name under which Ask asks; requests of others do not concern the host.
	Frontend string
	// NextRef numbers the requests of several providers under one name; nil means the host's own request ids.
	NextRef func() uint32
}

// Provider is TSPI as Go values, without I/O: what one host (a DLL behind frames, or a test that plays tapisrv) may
// call, and what it is to hear. The caller's loop:
//
//	p.Deliver(change)             // for each change, or p.Feed
//	for m, ok := p.Next(); ok; …  // hand each message to the host, one at a time, holding no lock
//
// GetCallStatus and GetCallInfo answer from the last message that Next gave out (decision A5). Functions are named
// after TSPI's, take handles and return LINEERR codes; asynchronous ones return the request id or a negative code, as
// TSPI does (decision TAPI-b.2). All methods may be called at the same time.
type Provider struct {
	cfg Config

	mu      sync.Mutex
	proj    *projection.Projection
	filter  *projection.HostFilter
	devices map[uint32]string // device id to line key; "" once the line was removed
	byLine  map[string]uint32
	started bool
	lines   handles[openLine]
	calls   handles[hostedCall]
	open    map[string]*openLine
	byCall  map[projection.CallKey]*hostedCall
	asks    map[uint32]*asking // requests without an outcome, by our own number (events.Asker.Ref)
	byID    map[uint32]*asking // the same, by the engine's number, once it is known to be in the timeline
	out     []HostMessage
	late    []string // lines whose existing calls are to be announced
	lost    map[string]bool
}

type openLine struct {
	handle  uint32
	key     string
	device  uint32
	version spec.Version
	media   spec.MediaMode
	states  spec.AddressState
	told    projection.Counts // as of the last LINE_ADDRESSSTATE that was given out
}

type hostedCall struct {
	handle uint32
	line   *openLine
	number uint32                 // 0 until the request was accepted
	record *projection.CallRecord // as delivered
	real   bool                   // announced, or its request completed
	said   bool                   // a LINE_CALLSTATE was given out
	dead   bool                   // its request failed: only CloseCall is left (rule R-39)
	app    uint32                 // SetAppSpecific
}

// asking is a request on its way.
type asking struct {
	ref    uint32 // our own number
	id     uint32 // the engine's; 0 until it is known
	host   uint32 // TAPI's
	kind   events.RequestKind
	line   *openLine
	call   *hostedCall // the call it concerns
	made   *hostedCall // the call it makes
	closed bool        // completed already by CloseCall or Close
}

// HostMessage is one callback to the host: LINEEVENT, or ASYNC_COMPLETION of HostRequest with Notice.Result.
type HostMessage struct {
	projection.Notice
	HDLine      uint32 // HDRVLINE, 0 where LINEEVENT has no line
	HDCall      uint32 // HDRVCALL; of NEWCALL it goes into p1; of a completion the call it made
	HostRequest uint32
	Device      uint32 // REMOVE: the device id; CREATE: the temporary id
}

// New starts with no lines; Bridge or Deliver brings them.
func New(c Config) *Provider {
	return &Provider{cfg: c, proj: projection.New(c.Projection), filter: projection.NewHostFilter(), devices: map[uint32]string{},
		byLine: map[string]uint32{}, open: map[string]*openLine{}, byCall: map[projection.CallKey]*hostedCall{},
		asks: map[uint32]*asking{}, byID: map[uint32]*asking{}, lost: map[string]bool{}}
}

// Deliver takes a change in and gives everything the host is to hear now, in order.
func (p *Provider) Deliver(c engine.Change) []HostMessage {
	p.Feed(c)
	return p.Drain()
}

// Drain is Next until there is nothing left.
func (p *Provider) Drain() []HostMessage {
	var all []HostMessage
	for m, ok := p.Next(); ok; m, ok = p.Next() {
		all = append(all, m)
	}
	return all
}

// Feed takes a change in; Next gives out what follows from it.
func (p *Provider) Feed(c engine.Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch c.Kind {
	case engine.RequestAccepted:
		if a := p.asks[c.Request.Ref]; a != nil && c.Request.Frontend == p.cfg.Frontend {
			p.known(a, c.Request.ID)
		}
		p.bind(&c.Request)
	case engine.LineUpdated:
		p.lineKnown(c.Line)
	}
	p.proj.Apply(c, p.notice)
	switch c.Kind {
	case engine.RequestEnded:
		p.ended(c.Finished.ID, c.Finished.Result == events.ResultOK)
	case engine.ActionsChanged:
		p.refresh(projection.CallKey{Line: c.Call.Line, Call: c.Call.Number})
	}
}

// known enters a request under the number that the engine gave it; its completion passes to the host from now on.
func (p *Provider) known(a *asking, id uint32) {
	a.id = id
	p.byID[id] = a
	p.filter.Asked(id, a.made != nil)
}

// withdraw takes a request off the lists.
func (p *Provider) withdraw(a *asking) {
	delete(p.asks, a.ref)
	if p.byID[a.id] == a {
		delete(p.byID, a.id)
		p.filter.Forget(a.id)
	}
}

// ended takes a request off the list; what a failed one would have made is forgotten but for its handle.
func (p *Provider) ended(id uint32, ok bool) {
	a := p.byID[id]
	if a != nil {
		p.withdraw(a)
	}
	if a == nil || ok || a.made == nil || a.made.number == 0 {
		return
	}
	if key := (projection.CallKey{Line: a.line.key, Call: a.made.number}); p.byCall[key] == a.made {
		delete(p.byCall, key)
	}
	p.filter.Dismiss(a.line.key, a.made.number)
}

// Bridge takes the host to a snapshot (decision A5). Requests of which the gap swallowed the end complete with
// OPERATIONFAILED, those that made a call that is in the snapshot with success.
func (p *Provider) Bridge(snap engine.Snapshot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range snap.Lines {
		p.lineKnown(&snap.Lines[i])
	}
	made := map[uint32]*engine.CallView{}
	for i := range snap.Calls {
		if v := &snap.Calls[i]; v.Request != 0 {
			made[v.Request] = v
		}
	}
	for _, ref := range slices.Sorted(maps.Keys(p.asks)) {
		a, result := p.asks[ref], events.ResultUnknown
		if p.byID[a.id] != a {
			if a.id == 0 { // Ask has not returned yet: any number that is nobody else's
				a.id = ref | 1<<31
			}
			p.known(a, a.id)
		}
		id := a.id
		if v := made[id]; v != nil && a.made != nil && a.line.key == v.Line {
			p.bind(&events.RequestFacts{ID: id, Kind: a.kind, Line: v.Line, Call: v.Number})
			p.proj.Apply(engine.Change{Kind: engine.RequestAccepted, Pos: p.proj.Pos(), At: p.proj.At(),
				Request: events.RequestFacts{ID: id, Kind: a.kind, Line: v.Line, Call: v.Number, Number: v.Called.Number}}, p.notice)
			result = events.ResultOK
		}
		p.proj.Apply(engine.Change{Kind: engine.RequestEnded, Pos: p.proj.Pos(), At: p.proj.At(),
			Finished: events.FinishedFacts{ID: id, Kind: a.kind, Line: a.line.key, Result: result}}, p.notice)
		p.ended(id, result == events.ResultOK)
	}
	p.proj.Bridge(snap, p.notice)
}

// lineKnown watches for new lines, which get a device id by LINE_CREATE once the host is running, and for lost ones.
func (p *Provider) lineKnown(v *engine.LineView) {
	was, known := p.proj.Line(v.Key)
	if known && was.View.InService && !v.InService {
		p.lost[v.Key] = true
	} else if v.InService {
		delete(p.lost, v.Key)
	}
	if _, has := p.byLine[v.Key]; p.started && !known && !has {
		p.out = append(p.out, HostMessage{Notice: projection.Notice{Message: spec.MessageCreate, Line: v.Key, Address: v.Address}, Device: v.Permanent})
	}
}

// bind gives a call its number as soon as the engine did.
func (p *Provider) bind(q *events.RequestFacts) {
	a := p.byID[q.ID]
	if a == nil || a.made == nil {
		return
	}
	number := q.Call
	if q.Kind == events.SetupTransfer {
		number = q.Other
	}
	if a.made.number == 0 {
		a.made.number = number
	}
	if a.closed {
		p.filter.CloseCall(a.line.key, number)
		return
	}
	p.byCall[projection.CallKey{Line: a.line.key, Call: number}] = a.made
}

func (p *Provider) notice(n projection.Notice) { p.filter.Take(n, p.queue) }

// queue gives a message its handles.
func (p *Provider) queue(n projection.Notice) {
	m := HostMessage{Notice: n}
	l := p.open[n.Line]
	if l != nil {
		m.HDLine = l.handle
	}
	key := projection.CallKey{Line: n.Line, Call: n.Call}
	switch n.Message {
	case projection.MessageAsyncCompletion:
		a := p.byID[n.Request]
		if a == nil || a.closed {
			return
		}
		m.HostRequest = a.host
		if a.made != nil {
			m.HDCall = a.made.handle
		}
	case spec.MessageNewCall:
		if l == nil {
			return
		}
		c := &hostedCall{line: l, number: n.Call}
		if c.handle = p.calls.add(c); c.handle == 0 {
			p.filter.Decline(n.Line, n.Call)
			return
		}
		p.byCall[key], m.HDCall = c, c.handle
	case spec.MessageCallState, spec.MessageCallInfo:
		c := p.byCall[key]
		if c == nil {
			return
		}
		m.HDCall = c.handle
		if n.State == spec.CallStateIdle {
			delete(p.byCall, key)
		}
	case spec.MessageRemove:
		m.HDLine, m.Device = 0, p.byLine[n.Line]
		p.devices[m.Device] = ""
		delete(p.byLine, n.Line)
		delete(p.lost, n.Line)
	}
	p.out = append(p.out, m)
}

// Next gives out the next message, and makes what it carries the host's copy; false when there is none. Calls that
// existed when a line was opened come first with the Next after lineOpen has returned (rule R-12).
func (p *Provider) Next() (HostMessage, bool) { return p.next(false) }

func (p *Provider) next(images bool) (HostMessage, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, key := range p.late {
		p.filter.Announce(key, p.queue)
	}
	p.late = p.late[:0]
	for len(p.out) > 0 {
		m := p.out[0]
		p.out[0] = HostMessage{}
		if p.out = p.out[1:]; len(p.out) == 0 {
			p.out = nil
		}
		if c := p.calls.get(m.HDCall); c != nil {
			c.delivered(&m)
		}
		if m.Message == MessageImages && !images {
			continue
		}
		if m.Message != spec.MessageAddressState || m.AddressState&spec.AddressStateNumCalls == 0 || p.recount(&m) {
			return m, true
		}
	}
	return HostMessage{}, false
}

// recount makes the counters those of this moment: the host may have closed or declined calls while the message waited
// (rule R-69). False when nothing is left to be said.
func (p *Provider) recount(m *HostMessage) bool {
	o := p.open[m.Line]
	if o == nil {
		return false
	}
	was := o.told
	o.told = p.counts(o)
	m.Counts, m.AddressState = o.told, was.Diff(o.told)&o.states
	return m.AddressState != 0
}

// counts are the calls the host has, in the states it was told.
func (p *Provider) counts(o *openLine) projection.Counts {
	var c projection.Counts
	p.calls.each(func(k *hostedCall) {
		if k.line == o && k.said {
			c.Add(k.record.Status.State)
		}
	})
	return c
}

func (c *hostedCall) delivered(m *HostMessage) {
	switch m.Message {
	case MessageImages:
	case projection.MessageAsyncCompletion:
		c.real, c.dead = m.Result == spec.LineErrNone, m.Result != spec.LineErrNone
	default:
		c.real = true
	}
	c.said = c.said || m.Message == spec.MessageCallState
	if m.Record != nil {
		c.record = m.Record
	}
}

// Declined says that TAPI left the HTAPICALL of a NEWCALL 0: nothing more follows for it (rule R-45).
func (p *Provider) Declined(call uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.calls.get(call); c != nil {
		p.forget(c)
		p.filter.Decline(c.line.key, c.number)
	}
}

// forget takes a call from the host: its handle, and what is queued about it besides completions.
func (p *Provider) forget(c *hostedCall) {
	p.calls.remove(c.handle)
	if key := (projection.CallKey{Line: c.line.key, Call: c.number}); p.byCall[key] == c {
		delete(p.byCall, key)
	}
	c.line.told = p.counts(c.line)
	p.out = slices.DeleteFunc(p.out, func(m HostMessage) bool {
		rings := m.Message == spec.MessageLineDevState && m.Line == c.line.key && m.Call == c.number && c.number != 0
		return rings || m.HDCall == c.handle && m.Message != projection.MessageAsyncCompletion
	})
}
