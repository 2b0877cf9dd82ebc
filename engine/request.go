package engine

import (
	"fmt"
	"math"

	"offhook/events"
	"offhook/internal/trace"
)

// request is one that has no outcome yet.
type request struct {
	facts      events.RequestFacts
	line       *line
	at         events.Millis
	sent       bool
	unanswered int // commands without an answer
	deadline   *deadline
}

// seizure is a call number given to a frontend's own call, of which the PBX knows nothing yet (decision B15).
type seizure struct {
	line *line
	of   uint32 // the call it consults about, 0 for none
}

// awaitedReply is an entry of the table of commands without a reply: what the reply is for.
type awaitedReply struct {
	Request uint32 // 0: not for a request
	Login   bool
	Find    string // the user looked up
	Roster  bool
}

// handleRequest takes a request into the timeline: it is journaled, checked, and sent or queued or refused.
func (c *Core) handleRequest(r *trace.RequestRecord) {
	kind, ok := events.RequestKindNamed(r.Name)
	id := r.ID
	if id == 0 {
		id = c.nextRequestID()
	}
	switch {
	case !ok:
		c.ignore("", "", "bad-request", "there is no request "+r.Name)
		return
	case c.requests[id] != nil:
		c.ignore("", "", "bad-request", fmt.Sprintf("request %s has the id %d of one that is open", r.Name, id))
		return
	}
	f := events.RequestFacts{ID: id, Kind: kind, Line: Key(r.Line), Call: r.Call, Other: r.Other, Number: r.Number,
		Asker: events.Asker{Frontend: r.Frontend, Principal: r.Principal, Ref: r.Ref}}
	l := c.lines[f.Line]
	if l == nil {
		l = c.linesByAddress[r.Line]
	}
	if l != nil {
		f.Line = l.view.Key
		c.giveNumber(l, &f)
		f.Queued = c.mustQueue(l, f.Kind)
	}
	c.record(events.NewRequest(events.RequestIssued, f))
	q := c.requests[f.ID]
	if l == nil {
		c.finishRequest(q, events.ResultInvalidLine, "no line "+r.Line)
		return
	}
	if q.facts.Queued {
		return
	}
	c.performRequest(q)
}

// nextRequestID is the number behind the newest request's; never 0.
func (c *Core) nextRequestID() uint32 {
	if c.lastRequest == math.MaxUint32 {
		return 1
	}
	return c.lastRequest + 1
}

// LastRequestID is the number of the newest request of the journal, 0 before the first (decision A3).
func (c *Core) LastRequestID() uint32 { return c.lastRequest }

// giveNumber gives a request's new call its number; a Dial on a seized or consult call has one.
func (c *Core) giveNumber(l *line, f *events.RequestFacts) {
	switch f.Kind {
	case events.Dial:
		if f.Call == 0 || c.seized[f.Call].line != l {
			f.Call = c.nextCallNumber()
		}
	case events.PickupCall, events.Seize:
		f.Call = c.nextCallNumber()
	case events.SetupTransfer:
		f.Other = c.nextCallNumber()
	}
}

// mustQueue says whether a request waits for the session. What acts on a call's state never waits: the state it was
// meant for may be another one then (decision B13).
func (c *Core) mustQueue(l *line, k events.RequestKind) bool {
	if c.session.ready || c.session.lost || k == events.Seize {
		return false
	}
	return !holds(k)
}

// holds says whether a request holds or retrieves a call.
func holds(k events.RequestKind) bool {
	return k == events.Hold || k == events.Unhold || k == events.SetupTransfer
}

// finishRequest gives a request its one outcome.
func (c *Core) finishRequest(q *request, r events.Result, text string) {
	c.record(events.NewFinished(events.FinishedFacts{ID: q.facts.ID, Kind: q.facts.Kind, Line: q.facts.Line, Call: q.facts.Call, Result: r, Text: text, Asker: q.facts.Asker}))
}

// nextCallNumber gives the next call number; never 0 (decision A3). The event that it is given with moves the counter (raiseCallCounter).
func (c *Core) nextCallNumber() uint32 { return max(1, c.nextCall+1) }
