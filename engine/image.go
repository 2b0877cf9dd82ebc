package engine

import (
	"encoding/json"
	"maps"
	"slices"

	"offhook/events"
	"offhook/internal/trace"
)

// ImageFormat is the version of the image's form; another one is not restored but rebuilt from the journal.
const ImageFormat = 1

// startRecord is the content of a trace's start record.
type startRecord struct {
	Settings Settings `json:"settings"`
	State    *Image   `json:"state,omitempty"`
	// Capture marks a capture begun in mid-run: the state goes on as it is. Otherwise offhook was started then.
	Capture bool `json:"capture,omitempty"`
}

// Image is everything an engine knows, for snapshots (decision A10) and for a capture begun in mid-run (decision A1).
type Image struct {
	Format             int
	Seq, Input         uint64
	Now                events.Millis
	NextCall, NextLine uint32
	LastRequest        uint32 `json:",omitempty"`
	Session            imageSession
	Lines              []imageLine             `json:",omitempty"`
	Calls              []imageCall             `json:",omitempty"`
	Requests           []imageRequest          `json:",omitempty"`
	IQs                map[string]awaitedReply `json:",omitempty"`
	Seized             []imageSeizure          `json:",omitempty"`
	Closed             []imageClosed           `json:",omitempty"`
	Answered           []imageAnswer           `json:",omitempty"`
	Lookups            []string                `json:",omitempty"`
	Absent             []string                `json:",omitempty"`
	Retired            map[string]uint32       `json:",omitempty"`
	Deadlines          []imageDeadline         `json:",omitempty"`
}

type imageSession struct {
	Number          uint32
	Up, Ready, Lost bool
	JID, Domain     string
	IQs             uint32
}

type imageLine struct {
	View     LineView
	Offers   []events.PickupFacts        `json:",omitempty"`
	Deferred map[string]events.CallFacts `json:",omitempty"`
	Guessed  bool                        `json:",omitempty"`
}

type imageCall struct {
	View            CallView
	Branches        []imageBranch `json:",omitempty"`
	Before          State
	Session         uint32
	Moved, Diverted events.Millis
	Drop            dropPhase
	DropBy          uint32
	Source, Target  string // paired under
}

type imageBranch struct {
	Channel, Device       string
	Own, Answered, HungUp bool
	Session               uint32
}

type imageRequest struct {
	Facts events.RequestFacts
	At    events.Millis
	Sent  bool
	Open  int
}

type imageSeizure struct {
	Number uint32
	Line   string
	Of     uint32
}

type imageClosed struct {
	Line, Channel string
	Until         events.Millis
}

type imageAnswer struct {
	Source string
	At     events.Millis
	Line   string
	Call   uint32
}

type imageDeadline struct {
	Kind    string
	At      events.Millis
	Line    string `json:",omitempty"`
	Call    uint32 `json:",omitempty"`
	Request uint32 `json:",omitempty"`
	Channel string `json:",omitempty"`
	By      uint32 `json:",omitempty"`
}

// Image is everything the engine knows now.
func (c *Core) Image() *Image {
	s := &c.session
	m := &Image{Format: ImageFormat, Seq: c.seq, Input: c.input, Now: c.now, NextCall: c.nextCall, NextLine: c.nextLine, LastRequest: c.lastRequest,
		Session: imageSession{s.number, s.up, s.ready, s.lost, s.jid, s.domain, s.commandCount}, IQs: maps.Clone(c.awaitedReplies), Lookups: slices.Clone(c.pendingLookups),
		Absent: slices.Clone(c.notInRoster), Retired: maps.Clone(c.retiredIDs)}
	for _, l := range c.linesByNumber {
		il := imageLine{View: l.view, Offers: slices.Clone(l.pickups), Deferred: map[string]events.CallFacts{}, Guessed: l.ownerGuessed}
		for ch, h := range l.heldBack {
			il.Deferred[ch] = h.facts
		}
		m.Lines = append(m.Lines, il)
		for _, k := range l.calls {
			m.Calls = append(m.Calls, k.readBody(l).image())
		}
	}
	for _, q := range c.openRequests {
		m.Requests = append(m.Requests, imageRequest{q.facts, q.at, q.sent, q.unanswered})
	}
	for _, n := range slices.Sorted(maps.Keys(c.seized)) {
		m.Seized = append(m.Seized, imageSeizure{n, c.seized[n].line.view.Key, c.seized[n].of})
	}
	for _, e := range c.endedChannels.queue {
		if c.endedChannels.until[e.key] == e.until {
			m.Closed = append(m.Closed, imageClosed{e.key.line.view.Key, e.key.channel, e.until})
		}
	}
	for _, a := range c.answers.queue {
		m.Answered = append(m.Answered, imageAnswer{a.source, a.at, a.line, a.call})
	}
	m.Deadlines = c.timers.image()
	return m
}

func (k *body) image() imageCall {
	i := imageCall{View: k.view, Before: k.stateBeforeUnknown, Session: k.heardInSession, Moved: k.transferSeen, Diverted: k.redirectSeen, Drop: k.drop,
		DropBy: k.dropRequest, Source: k.pairedAs.source, Target: k.pairedAs.target}
	for _, b := range k.branches {
		i.Branches = append(i.Branches, imageBranch{b.channel, b.device, b.ownRing, b.answered, b.hangupSent, b.heardInSession})
	}
	return i
}

func (t *deadlines) image() []imageDeadline {
	var all []imageDeadline
	for _, first := range t.first {
		for d := first; d != nil; d = d.next {
			f := d.facts()
			all = append(all, imageDeadline{f.Name, d.at, f.Line, f.Call, f.Request, d.channel, d.pressedBy})
		}
	}
	return all
}

// Bytes is the image in the form that [ReadImage] takes.
func (m *Image) Bytes() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic("engine: " + err.Error()) // plain structs always marshal
	}
	return b
}

// ReadImage reads an image of this program's format; nil for anything else.
func ReadImage(b []byte) *Image {
	var m Image
	if json.Unmarshal(b, &m) != nil || m.Format != ImageFormat {
		return nil
	}
	return &m
}

// StartRecord is the record a trace begins with: the settings, and the state unless the engine is new. capture says
// that the engine goes on; otherwise the record means that offhook was started with this state.
func (c *Core) StartRecord(at events.Millis, capture bool) trace.Record {
	s := startRecord{Settings: c.settings, Capture: capture}
	if c.seq > 0 {
		s.State = c.Image()
	}
	raw, err := json.Marshal(s)
	if err != nil {
		panic("engine: " + err.Error()) // plain structs always marshal
	}
	return trace.Record{Kind: trace.Start, At: int64(at), Start: raw}
}

// SettingsOf reads the settings out of a start record.
func SettingsOf(r trace.Record) (Settings, error) {
	var s startRecord
	err := json.Unmarshal(r.Start, &s)
	return s.Settings, err
}
