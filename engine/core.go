package engine

import (
	"encoding/json"
	"fmt"

	"offhook/events"
	"offhook/internal/trace"
)

// OutputKind says what followed from an input.
type OutputKind uint8

// The kinds of output, in the order in which an input causes them.
const (
	OutEvent  OutputKind = iota + 1 // Event is to be journaled
	OutChange                       // Change is to be shown, once the events before it are durable
	OutSend                         // Raw is to be sent to the PBX, once the events before it are durable
	OutClose                        // the session is to be closed; Raw says why
)

// Output is one thing that followed from an input.
type Output struct {
	Kind   OutputKind
	Event  events.Event
	Change *Change
	Raw    string
}

// Core is the engine without its rim: no I/O, no clock, no goroutine. It takes the inputs of the one timeline and says
// what follows from each. The same inputs give the same outputs, always; that is what makes a replay equal a live run.
//
// An input is resolved against what is true (which call, which of the user's phones, which request), which yields
// events; each event is applied at once, which yields changes. Nothing leaves the process before the journal has the
// events: that is the caller's duty (package engine/live).
type Core struct {
	settings Settings
	dialect  Dialect
	traits   Traits
	offered  Actions // traits.Offers and what the settings add

	now         events.Millis // the time of what is being handled
	seq         uint64        // the last event's number
	input       uint64        // the number of the input being handled
	cause       events.Cause
	event       events.Event // being applied
	index       uint32       // of the next change of that event
	out         []Output
	observation Observation

	lines          map[string]*line
	linesByNumber  []*line          // by permanent number
	linesByAddress map[string]*line // by extension
	branches       branchIndex
	endedChannels  endedChannels
	pairs          map[pairKey][]*call // internal calls that were not answered yet (decision B12)
	answers        recentAnswers
	requests       map[uint32]*request
	openRequests   []*request // the same, oldest first
	seized         map[uint32]seizure
	awaitedReplies map[string]awaitedReply
	session        session
	timers         deadlines
	rebuilding     bool              // events are applied for a rebuild: no changes are made
	pendingLookups []string          // users still to be looked up
	notInRoster    []string          // keys of lines that the roster does not name; the look-up decides
	retiredIDs     map[string]uint32 // permanent ids of removed lines; a user who returns gets the same one (rule R-09)
	compactor      compactor
	nextCall       uint32
	nextLine       uint32

	lastRequest uint32 // the number of the newest request

	// Foreign counts stanzas that are not the PBX's business, Unselected events of users who are no lines here.
	Foreign, Unselected uint64
}

type channelKey struct {
	line    *line
	channel string
}

// session is the connection to the PBX as the engine knows it.
type session struct {
	number       uint32 // counts sessions; 0: none yet
	up, ready    bool
	lost         bool // down for longer than the grace time
	jid, domain  string
	commandCount uint32 // command ids given in this session
	grace        *deadline
	login        *deadline
	find         *deadline
}

// NewCore makes an engine that knows nothing yet. Feed it a start record first.
func NewCore(set Settings, d Dialect) *Core {
	set.Timers = set.Timers.withDefaults()
	if set.Source == "" {
		set.Source = d.Name()
	}
	traits := d.Traits()
	c := &Core{
		settings: set, dialect: d, traits: traits, offered: traits.Offers | set.Experimental,
		lines: map[string]*line{}, linesByAddress: map[string]*line{}, branches: newBranchIndex(),
		pairs: map[pairKey][]*call{}, requests: map[uint32]*request{}, seized: map[uint32]seizure{}, awaitedReplies: map[string]awaitedReply{}, retiredIDs: map[string]uint32{},
		endedChannels: newEndedChannels(), compactor: compactor{limit: expandedLimit},
	}
	if !set.Handshake { // a bare file or scenario: the session is there until it says otherwise
		c.session = session{number: 1, up: true, ready: true}
	}
	return c
}

// Step handles one input and returns what followed, in order. The slice is valid until the next call. A record older
// than the one before it is handled at that one's time; deadlines up to the record's time fire first (decision A2).
func (c *Core) Step(r trace.Record) []Output {
	at := max(events.Millis(r.At), c.now)
	c.out = c.out[:0]
	c.input++
	c.cause = events.Cause{Input: c.input}
	c.expireDeadlines(at)
	c.now = at
	switch r.Kind {
	case trace.In:
		c.cause.Raw = r.Raw
		c.handleStanza(r.Raw)
	case trace.Skipped:
		c.cause.Raw = r.Raw
		c.ignore("", "", r.Code, r.Text)
	case trace.Start:
		c.handleStart(r.Start)
	case trace.Up:
		c.sessionUp(r.JID, r.Domain)
	case trace.Down:
		c.sessionDown(r.Code, r.Text)
	case trace.Request:
		c.handleRequest(r.Request)
	case trace.Gap:
		c.record(events.NewSession(events.JournalGap, events.SessionFacts{Code: r.Code, Text: r.Text}))
	}
	c.compact()
	return c.out
}

// Apply takes an event of the journal as it is, without resolving anything: how a state is rebuilt. It gives the same
// changes as the live run did.
func (c *Core) Apply(e events.Event) []Output {
	c.out = c.out[:0]
	c.input = max(c.input, e.Cause().Input)
	c.now, c.seq = max(c.now, e.At()), e.Seq()
	c.apply(e)
	c.compact()
	return c.out
}

// Due is the moment of the earliest deadline; ok is false when none is armed.
func (c *Core) Due() (at events.Millis, ok bool) {
	if d := c.timers.earliest(); d != nil {
		return d.at, true
	}
	return 0, false
}

// Seq is the number of the newest event.
func (c *Core) Seq() uint64 { return c.seq }

// Now is the time of the newest input.
func (c *Core) Now() events.Millis { return c.now }

// Settings are what the engine was told, defaults filled in.
func (c *Core) Settings() Settings { return c.settings }

// record makes an event happen now.
func (c *Core) record(b events.Body) {
	c.seq++
	c.apply(events.New(c.now, c.settings.Journal, c.settings.Source, c.cause, b).Numbered(c.seq))
}

// ignore records an input that means nothing.
func (c *Core) ignore(line, channel, code, text string) {
	c.record(events.NewIgnored(line, channel, code, text))
}

// notice records what an operator must know; line is the key of the line concerned, or empty.
func (c *Core) notice(severity events.Severity, line, code, text string) {
	c.record(events.NewNotice(events.NoticeFacts{Severity: severity, Code: code, Text: text, Line: line}))
}

// addChange adds a change of the event being applied.
func (c *Core) addChange(ch Change) { c.emitChange(&ch) }

// addCallChange adds a change of a call, with the call as it is now. The two share one piece of memory.
func (c *Core) addCallChange(kind ChangeKind, k *call, from, to State, info Info) {
	if c.rebuilding {
		return
	}
	both := &struct {
		Change
		view CallView
	}{Change{Kind: kind, Line: k.line.currentView(), From: from, To: to, Info: info}, k.view}
	both.Call = &both.view
	c.emitChange(&both.Change)
}

func (c *Core) emitChange(ch *Change) {
	if c.rebuilding {
		return
	}
	ch.Pos, ch.At, ch.Event = Position{c.event.Seq(), c.index}, c.event.At(), c.event.Type()
	c.index++
	c.out = append(c.out, Output{Kind: OutChange, Change: ch})
}

// send adds a command to the PBX; one that gets a reply is entered into the table of what is waited for.
func (c *Core) send(cmd Command, w awaitedReply) {
	id := ""
	if cmd.Kind.HasReply() {
		c.session.commandCount++
		id = commandID(c.session.commandCount)
		c.awaitedReplies[id] = w
	}
	c.out = append(c.out, Output{Kind: OutSend, Raw: string(c.dialect.Encode(nil, id, cmd))})
}

// handleStart restores what a start record carries, ends requests that a restart left open, and learns the lines of the settings.
func (c *Core) handleStart(raw json.RawMessage) {
	var s startRecord
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &s); err != nil {
			c.notice(events.SeverityCritical, "", "bad-start", fmt.Sprintf("the start record is unreadable: %v", err))
			return
		}
	}
	if s.State != nil {
		c.Restore(s.State)
	}
	if s.Capture {
		return
	}
	for len(c.openRequests) > 0 {
		c.finishRequest(c.openRequests[0], events.ResultUnknown, "offhook was started again; nobody knows whether the PBX acted")
	}
	if s.State != nil && c.session.up { // the process that had it is gone
		c.sessionDown("restart", "offhook was started again")
	}
	for _, f := range c.settings.Lines {
		c.learnLine(f)
	}
	c.deselect()
}
