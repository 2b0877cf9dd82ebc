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
	set    Settings
	dia    Dialect
	traits Traits
	offers Actions // traits.Offers and what the settings add

	now   events.Millis // the time of what is being handled
	seq   uint64        // the last event's number
	input uint64        // the number of the input being handled
	cause events.Cause
	event events.Event // being applied
	index uint32       // of the next change of that event
	out   []Output
	obs   Observation

	lines    map[string]*line
	order    []*line          // by permanent number
	address  map[string]*line // by extension
	channels branchIndex
	closed   closedChannels
	pairs    map[pairKey][]*call // internal calls that nobody answered yet (decision B12)
	answered recentAnswers
	requests map[uint32]*request
	open     []*request // the same, oldest first
	seized   map[uint32]seizure
	iqs      map[string]waiting
	session  session
	timers   deadlines
	silent   bool              // a rebuild, whose changes nobody reads
	lookups  []string          // users still to be looked up
	absent   []string          // keys of lines that the roster does not name; the look-up decides
	retired  map[string]uint32 // permanent ids of removed lines: who returns has his again (rule R-09)
	lot      lot
	nextCall uint32
	nextLine uint32

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
	number      uint32 // counts sessions; 0: none yet
	up, ready   bool
	lost        bool // down for longer than the grace time
	jid, domain string
	iqs         uint32 // command ids given in this session
	grace       *deadline
	login       *deadline
	find        *deadline
}

// NewCore makes an engine that knows nothing yet. Feed it a start record first.
func NewCore(set Settings, d Dialect) *Core {
	set.Timers = set.Timers.withDefaults()
	if set.Source == "" {
		set.Source = d.Name()
	}
	traits := d.Traits()
	c := &Core{
		set: set, dia: d, traits: traits, offers: traits.Offers | set.Experimental,
		lines: map[string]*line{}, address: map[string]*line{}, channels: newBranchIndex(),
		pairs: map[pairKey][]*call{}, requests: map[uint32]*request{}, seized: map[uint32]seizure{}, iqs: map[string]waiting{}, retired: map[string]uint32{},
		closed: newClosedChannels(), lot: lot{limit: awakeLimit},
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
	c.fire(at)
	c.now = at
	switch r.Kind {
	case trace.In:
		c.cause.Raw = r.Raw
		c.stanza(r.Raw)
	case trace.Skipped:
		c.cause.Raw = r.Raw
		c.ignore("", "", r.Code, r.Text)
	case trace.Start:
		c.start(r.Start)
	case trace.Up:
		c.sessionUp(r.JID, r.Domain)
	case trace.Down:
		c.sessionDown(r.Code, r.Text)
	case trace.Request:
		c.ask(r.Request)
	case trace.Gap:
		c.record(events.NewSession(events.JournalGap, events.SessionFacts{Code: r.Code, Text: r.Text}))
	}
	c.park()
	return c.out
}

// Apply takes an event of the journal as it is, without resolving anything: how a state is rebuilt. It gives the same
// changes as the live run did.
func (c *Core) Apply(e events.Event) []Output {
	c.out = c.out[:0]
	c.input = max(c.input, e.Cause().Input)
	c.now, c.seq = max(c.now, e.At()), e.Seq()
	c.apply(e)
	c.park()
	return c.out
}

// Due is the moment of the earliest deadline; ok is false when none is armed.
func (c *Core) Due() (at events.Millis, ok bool) {
	if d := c.timers.due(); d != nil {
		return d.at, true
	}
	return 0, false
}

// Seq is the number of the newest event.
func (c *Core) Seq() uint64 { return c.seq }

// Now is the time of the newest input.
func (c *Core) Now() events.Millis { return c.now }

// Settings are what the engine was told, defaults filled in.
func (c *Core) Settings() Settings { return c.set }

// record makes an event happen now.
func (c *Core) record(b events.Body) {
	c.seq++
	c.apply(events.New(c.now, c.set.Journal, c.set.Source, c.cause, b).Numbered(c.seq))
}

// ignore records an input that means nothing.
func (c *Core) ignore(line, channel, code, text string) {
	c.record(events.NewIgnored(line, channel, code, text))
}

// notice records what an operator must know; line is the key of the line concerned, or empty.
func (c *Core) notice(severity events.Severity, line, code, text string) {
	c.record(events.NewNotice(events.NoticeFacts{Severity: severity, Code: code, Text: text, Line: line}))
}

// change adds a change of the event being applied.
func (c *Core) change(ch Change) { c.tell(&ch) }

// callChange adds a change of a call, with the call as it is now. The two share one piece of memory.
func (c *Core) callChange(kind ChangeKind, k *call, from, to State, info Info) {
	if c.silent {
		return
	}
	both := &struct {
		Change
		view CallView
	}{Change{Kind: kind, Line: k.line.snapshot(), From: from, To: to, Info: info}, k.view}
	both.Call = &both.view
	c.tell(&both.Change)
}

func (c *Core) tell(ch *Change) {
	if c.silent {
		return
	}
	ch.Pos, ch.At, ch.Event = Position{c.event.Seq(), c.index}, c.event.At(), c.event.Type()
	c.index++
	c.out = append(c.out, Output{Kind: OutChange, Change: ch})
}

// send adds a command to the PBX; one that gets a reply is entered into the table of what is waited for.
func (c *Core) send(cmd Command, w waiting) {
	id := ""
	if cmd.Kind.HasReply() {
		c.session.iqs++
		id = commandID(c.session.iqs)
		c.iqs[id] = w
	}
	c.out = append(c.out, Output{Kind: OutSend, Raw: string(c.dia.Encode(nil, id, cmd))})
}

// start restores what a start record carries, ends requests that a restart left open, and learns the lines of the settings.
func (c *Core) start(raw json.RawMessage) {
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
	for len(c.open) > 0 {
		c.finish(c.open[0], events.ResultUnknown, "offhook was started again; nobody knows whether the PBX acted")
	}
	if s.State != nil && c.session.up { // the process that had it is gone
		c.sessionDown("restart", "offhook was started again")
	}
	for _, f := range c.set.Lines {
		c.learn(f)
	}
	c.deselect()
}
