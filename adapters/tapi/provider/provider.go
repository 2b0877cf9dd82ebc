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
	// Ask hands a request to the engine, as live.Asker does, and returns its request id. It is called without any lock
	// held; changes that follow from the request may come through Feed before Ask returns. An error means that nothing
	// happened. dialled is the number as the program dialled it, for the engine's barring rules; they refuse with errors of
	// package dialplan.
	Ask func(q events.RequestFacts, dialled string) (id uint32, err error)
	// Frontend is the name of the frontend that makes the requests; requests of others do not concern the host.
	Frontend string
	// NextRef numbers the requests of several providers under one name; nil means the host's own request ids.
	NextRef func() uint32
}

// Provider is TSPI as Go values, without I/O: what one host (a DLL behind frames, or a test that plays tapisrv) may
// call, and the messages it gets. The caller's loop:
//
//	p.Deliver(change)             // for each change, or p.Feed
//	for m, ok := p.Next(); ok; …  // hand each message to the host, one at a time, holding no lock
//
// GetCallStatus and GetCallInfo answer from the last message that Next returned (decision A5). Functions are named
// after TSPI's, take handles and return LINEERR codes; asynchronous ones return the request id or a negative code, as
// TSPI does (decision TAPI-b.2). All methods may be called at the same time.
type Provider struct {
	cfg Config

	mu          sync.Mutex
	proj        *projection.Projection
	filter      *projection.HostFilter
	devices     map[uint32]string // device id to line key; "" once the line was removed
	byLine      map[string]uint32
	initialized bool
	lines       handles[openLine]
	calls       handles[hostedCall]
	open        map[string]*openLine
	byCall      map[projection.CallKey]*hostedCall
	pending     map[uint32]*pendingRequest // requests without an outcome, by ref (events.Asker.Ref)
	pendingByID map[uint32]*pendingRequest // the same by request id, once the engine has accepted them
	queued      []HostMessage
	toAnnounce  []string // lines whose existing calls are to be announced
	serviceLost map[string]bool
}

type openLine struct {
	handle        uint32
	key           string
	device        uint32
	version       spec.Version
	mediaModes    spec.MediaMode
	addressStates spec.AddressState
	sentCounts    projection.Counts // as of the last LINE_ADDRESSSTATE that Next returned
}

type hostedCall struct {
	handle      uint32
	line        *openLine
	number      uint32                 // 0 until the request was accepted
	record      *projection.CallRecord // as delivered
	announced   bool                   // announced, or its request completed
	stateSent   bool                   // Next has returned a LINE_CALLSTATE
	failed      bool                   // its request failed: only CloseCall is legal (rule R-39)
	appSpecific uint32                 // SetAppSpecific
}

// pendingRequest is a request without an outcome.
type pendingRequest struct {
	ref         uint32 // the frontend's number, events.Asker.Ref
	id          uint32 // the request id; 0 until it is known
	hostRequest uint32 // TAPI's DRV_REQUESTID
	kind        events.RequestKind
	line        *openLine
	call        *hostedCall // the call it concerns
	made        *hostedCall // the call it makes
	completed   bool        // completed already by CloseCall or Close
}

// HostMessage is one callback to the host: LINEEVENT, or ASYNC_COMPLETION of HostRequest with Notice.Result.
type HostMessage struct {
	projection.TAPIMessage
	HDLine      uint32 // HDRVLINE, 0 where LINEEVENT has no line
	HDCall      uint32 // HDRVCALL; of NEWCALL it goes into p1; of a completion the call it made
	HostRequest uint32
	Device      uint32 // REMOVE: the device id; CREATE: the temporary id
}

// New makes a provider without lines; Bridge and Deliver add them.
func New(c Config) *Provider {
	return &Provider{cfg: c, proj: projection.New(c.Projection), filter: projection.NewHostFilter(), devices: map[uint32]string{},
		byLine: map[string]uint32{}, open: map[string]*openLine{}, byCall: map[projection.CallKey]*hostedCall{},
		pending: map[uint32]*pendingRequest{}, pendingByID: map[uint32]*pendingRequest{}, serviceLost: map[string]bool{}}
}

// Deliver feeds a change and returns all messages to the host, in order.
func (p *Provider) Deliver(c engine.Change) []HostMessage {
	p.Feed(c)
	return p.Drain()
}

// Drain calls Next until the queue is empty and returns the messages.
func (p *Provider) Drain() []HostMessage {
	var all []HostMessage
	for m, ok := p.Next(); ok; m, ok = p.Next() {
		all = append(all, m)
	}
	return all
}

// Feed takes a change in; Next returns the messages that follow from it.
func (p *Provider) Feed(c engine.Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch c.Kind {
	case engine.RequestAccepted:
		if a := p.pending[c.Request.Ref]; a != nil && c.Request.Frontend == p.cfg.Frontend {
			p.setRequestID(a, c.Request.ID)
		}
		p.setCallNumber(&c.Request)
	case engine.LineUpdated:
		p.trackLine(c.Line)
	}
	p.proj.Apply(c, p.filterMessage)
	switch c.Kind {
	case engine.RequestEnded:
		p.requestEnded(c.Finished.ID, c.Finished.Result == events.ResultOK)
	case engine.ActionsChanged:
		p.refreshFeatures(projection.CallKey{Line: c.Call.Line, Call: c.Call.Number})
	}
}

// setRequestID stores the request id that the engine gave; the completion passes to the host from now on.
func (p *Provider) setRequestID(a *pendingRequest, id uint32) {
	a.id = id
	p.pendingByID[id] = a
	p.filter.ExpectCompletion(id, a.made != nil)
}

// removeRequest removes a request from both maps.
func (p *Provider) removeRequest(a *pendingRequest) {
	delete(p.pending, a.ref)
	if p.pendingByID[a.id] == a {
		delete(p.pendingByID, a.id)
		p.filter.IgnoreCompletion(a.id)
	}
}

// requestEnded removes a request. Of a call that a failed request would have made only the handle stays.
func (p *Provider) requestEnded(id uint32, ok bool) {
	a := p.pendingByID[id]
	if a != nil {
		p.removeRequest(a)
	}
	if a == nil || ok || a.made == nil || a.made.number == 0 {
		return
	}
	if key := (projection.CallKey{Line: a.line.key, Call: a.made.number}); p.byCall[key] == a.made {
		delete(p.byCall, key)
	}
	p.filter.ForgetCall(a.line.key, a.made.number)
}

// Bridge brings the host to a snapshot (decision A5). Pending requests complete: with success if the snapshot holds the
// call that they made, else with OPERATIONFAILED, since their outcome was missed.
func (p *Provider) Bridge(snap engine.Snapshot) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range snap.Lines {
		p.trackLine(&snap.Lines[i])
	}
	made := map[uint32]*engine.CallView{}
	for i := range snap.Calls {
		if v := &snap.Calls[i]; v.Request != 0 {
			made[v.Request] = v
		}
	}
	for _, ref := range slices.Sorted(maps.Keys(p.pending)) {
		a, result := p.pending[ref], events.ResultUnknown
		if p.pendingByID[a.id] != a {
			if a.id == 0 { // Ask has not returned yet: any number that no other request has
				a.id = ref | 1<<31
			}
			p.setRequestID(a, a.id)
		}
		id := a.id
		if v := made[id]; v != nil && a.made != nil && a.line.key == v.Line {
			p.setCallNumber(&events.RequestFacts{ID: id, Kind: a.kind, Line: v.Line, Call: v.Number})
			p.proj.Apply(engine.Change{Kind: engine.RequestAccepted, Pos: p.proj.Pos(), At: p.proj.At(),
				Request: events.RequestFacts{ID: id, Kind: a.kind, Line: v.Line, Call: v.Number, Number: v.Called.Number}}, p.filterMessage)
			result = events.ResultOK
		}
		p.proj.Apply(engine.Change{Kind: engine.RequestEnded, Pos: p.proj.Pos(), At: p.proj.At(),
			Finished: events.FinishedFacts{ID: id, Kind: a.kind, Line: a.line.key, Result: result}}, p.filterMessage)
		p.requestEnded(id, result == events.ResultOK)
	}
	p.proj.Bridge(snap, p.filterMessage)
}

// trackLine announces a new line by LINE_CREATE once the host has called Init, and notes lines that went out of service.
func (p *Provider) trackLine(v *engine.LineView) {
	was, known := p.proj.Line(v.Key)
	if known && was.View.InService && !v.InService {
		p.serviceLost[v.Key] = true
	} else if v.InService {
		delete(p.serviceLost, v.Key)
	}
	if _, has := p.byLine[v.Key]; p.initialized && !known && !has {
		p.queued = append(p.queued, HostMessage{TAPIMessage: projection.TAPIMessage{Message: spec.MessageCreate, Line: v.Key, Address: v.Address}, Device: v.Permanent})
	}
}

// setCallNumber gives the call that a request makes the engine's call number.
func (p *Provider) setCallNumber(q *events.RequestFacts) {
	a := p.pendingByID[q.ID]
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
	if a.completed {
		p.filter.CloseCall(a.line.key, number)
		return
	}
	p.byCall[projection.CallKey{Line: a.line.key, Call: number}] = a.made
}

func (p *Provider) filterMessage(n projection.TAPIMessage) { p.filter.Filter(n, p.queueMessage) }

// queueMessage adds the handles to a message and queues it.
func (p *Provider) queueMessage(n projection.TAPIMessage) {
	m := HostMessage{TAPIMessage: n}
	l := p.open[n.Line]
	if l != nil {
		m.HDLine = l.handle
	}
	key := projection.CallKey{Line: n.Line, Call: n.Call}
	switch n.Message {
	case projection.MessageAsyncCompletion:
		a := p.pendingByID[n.Request]
		if a == nil || a.completed {
			return
		}
		m.HostRequest = a.hostRequest
		if a.made != nil {
			m.HDCall = a.made.handle
		}
	case spec.MessageNewCall:
		if l == nil {
			return
		}
		c := &hostedCall{line: l, number: n.Call}
		if c.handle = p.calls.add(c); c.handle == 0 {
			p.filter.DeclineCall(n.Line, n.Call)
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
		delete(p.serviceLost, n.Line)
	}
	p.queued = append(p.queued, m)
}

// Next returns the next message and makes its record the host's copy; false when there is none. Calls that existed when a
// line was opened are announced by the first Next after lineOpen has returned (rule R-12).
func (p *Provider) Next() (HostMessage, bool) { return p.next(false) }

func (p *Provider) next(images bool) (HostMessage, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, key := range p.toAnnounce {
		p.filter.Announce(key, p.queueMessage)
	}
	p.toAnnounce = p.toAnnounce[:0]
	for len(p.queued) > 0 {
		m := p.queued[0]
		p.queued[0] = HostMessage{}
		if p.queued = p.queued[1:]; len(p.queued) == 0 {
			p.queued = nil
		}
		if c := p.calls.get(m.HDCall); c != nil {
			c.markDelivered(&m)
		}
		if m.Message == MessageImages && !images {
			continue
		}
		if m.Message != spec.MessageAddressState || m.AddressState&spec.AddressStateNumCalls == 0 || p.updateCounts(&m) {
			return m, true
		}
	}
	return HostMessage{}, false
}

// updateCounts sets a LINE_ADDRESSSTATE's counters to those of this moment: the host may have closed or declined calls
// while the message waited (rule R-69). False when no counter differs from those last sent.
func (p *Provider) updateCounts(m *HostMessage) bool {
	o := p.open[m.Line]
	if o == nil {
		return false
	}
	before := o.sentCounts
	o.sentCounts = p.counts(o)
	m.Counts, m.AddressState = o.sentCounts, before.Diff(o.sentCounts)&o.addressStates
	return m.AddressState != 0
}

// counts counts the calls that the host has, in the states last sent.
func (p *Provider) counts(o *openLine) projection.Counts {
	var c projection.Counts
	p.calls.each(func(k *hostedCall) {
		if k.line == o && k.stateSent {
			c.Add(k.record.Status.State)
		}
	})
	return c
}

// markDelivered takes over what a message that Next returns says about the call.
func (c *hostedCall) markDelivered(m *HostMessage) {
	switch m.Message {
	case MessageImages:
	case projection.MessageAsyncCompletion:
		c.announced, c.failed = m.Result == spec.LineErrNone, m.Result != spec.LineErrNone
	default:
		c.announced = true
	}
	c.stateSent = c.stateSent || m.Message == spec.MessageCallState
	if m.Record != nil {
		c.record = m.Record
	}
}

// DeclineCall removes a call because TAPI left the HTAPICALL of its NEWCALL 0: nothing more follows for it (rule R-45).
func (p *Provider) DeclineCall(call uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.calls.get(call); c != nil {
		p.removeCall(c)
		p.filter.DeclineCall(c.line.key, c.number)
	}
}

// removeCall removes a call's handle and its queued messages, except completions.
func (p *Provider) removeCall(c *hostedCall) {
	p.calls.remove(c.handle)
	if key := (projection.CallKey{Line: c.line.key, Call: c.number}); p.byCall[key] == c {
		delete(p.byCall, key)
	}
	c.line.sentCounts = p.counts(c.line)
	p.queued = slices.DeleteFunc(p.queued, func(m HostMessage) bool {
		rings := m.Message == spec.MessageLineDevState && m.Line == c.line.key && m.Call == c.number && c.number != 0
		return rings || m.HDCall == c.handle && m.Message != projection.MessageAsyncCompletion
	})
}
