package changejson

import (
	"encoding/json"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/trace"
)

// Kind says what changed.
type Kind string

// The kinds.
const (
	CallState       Kind = "call.state"       // the call's state is another one: from, to
	CallInfo        Kind = "call.info"        // who takes part, or what is known of them, changed
	CallActions     Kind = "call.actions"     // what may be done with the call changed
	CallRing        Kind = "call.ring"        // the call goes on ringing
	LineAdded       Kind = "line.added"       // the line became known
	LineChanged     Kind = "line.changed"     // something of the line changed
	LineRemoved     Kind = "line.removed"     // the line is gone
	RequestAccepted Kind = "request.accepted" // a request was journaled
	RequestFinished Kind = "request.finished" // a request has its outcome
	InputIgnored    Kind = "input.ignored"    // an input meant nothing
	NoticeRaised    Kind = "notice.raised"    // an operator must know something
	SnapshotKind    Kind = "snapshot"         // all lines and calls as of a position
)

// Position is a change's place in the stream: the number of the event that made it, and its index among the changes of
// that event, from 0.
type Position struct {
	Event uint64 `json:"event"`
	Index uint32 `json:"index"`
}

// Change is one thing that is different now. A key that is absent means none or not known.
type Change struct {
	Kind     Kind     `json:"kind"`
	Source   string   `json:"source,omitempty"` // the PBX
	Position Position `json:"position"`
	At       string   `json:"at"`              // RFC 3339, UTC, milliseconds
	Event    string   `json:"event,omitempty"` // the event that made the change, such as call.held.v1

	Line    *Line    `json:"line,omitempty"`
	Call    *Call    `json:"call,omitempty"`
	From    string   `json:"from,omitempty"`    // call.state: the state before
	To      string   `json:"to,omitempty"`      // call.state: the state now
	Changed []string `json:"changed,omitempty"` // call.state and call.info: the parts of the call that became known or changed

	Request  *Request `json:"request,omitempty"`
	Severity string   `json:"severity,omitempty"` // notice.raised: info, warning or critical
	Code     string   `json:"code,omitempty"`     // input.ignored and notice.raised: a stable word
	Text     string   `json:"text,omitempty"`     // the same for people
	Channel  string   `json:"channel,omitempty"`  // input.ignored: the branch concerned
}

// Line is a line as of a change.
type Line struct {
	Key        string   `json:"key"`     // the user's name, case-folded
	User       string   `json:"user"`    // the PBX's spelling
	Name       string   `json:"name"`    // the user's full name
	Address    string   `json:"address"` // usually the extension
	ID         uint32   `json:"id"`      // permanent
	Supervisor bool     `json:"supervisor,omitempty"`
	InService  bool     `json:"inService"`
	Phone      string   `json:"phone"` // unknown, free, in-call or gone
	Devices    []Device `json:"devices,omitempty"`
	Actions    []string `json:"actions"`
	Pickups    int      `json:"pickups,omitempty"` // calls at colleagues that may be picked up
}

// Device is a phone of a line's user.
type Device struct {
	Name         string   `json:"name"`
	Kind         string   `json:"kind,omitempty"`
	Roaming      bool     `json:"roaming,omitempty"`
	Capabilities []string `json:"capabilities,omitempty"`
}

// Party is one side of a call.
type Party struct {
	Number string `json:"number,omitempty"`
	Name   string `json:"name,omitempty"`
}

// Call is a call as of a change. Key it by line and id: both lines of an internal call have the same id.
type Call struct {
	ID          uint32   `json:"id"`
	Line        string   `json:"line"` // the line's key
	State       string   `json:"state"`
	Direction   string   `json:"direction"` // inbound or outbound
	Internal    bool     `json:"internal,omitempty"`
	Began       string   `json:"began,omitempty"`
	Entered     string   `json:"entered,omitempty"`   // when the state began
	TalkSince   string   `json:"talkSince,omitempty"` // when the parties began to talk
	Caller      *Party   `json:"caller,omitempty"`
	Called      *Party   `json:"called,omitempty"`
	Connected   *Party   `json:"connected,omitempty"`   // the far party, once answered
	Redirecting *Party   `json:"redirecting,omitempty"` // who sent the call on
	Redirection *Party   `json:"redirection,omitempty"` // where it was sent on to
	Reason      string   `json:"reason,omitempty"`      // why it came
	Cause       string   `json:"cause,omitempty"`       // why it ended
	Display     string   `json:"display,omitempty"`     // a queue's name, a label
	Channel     string   `json:"channel,omitempty"`     // the PBX's name of the branch that the last event came from
	Actions     []string `json:"actions"`
	Request     uint32   `json:"request,omitempty"` // the request that made it
	Related     uint32   `json:"related,omitempty"` // the other call of a consultation
	Stale       bool     `json:"stale,omitempty"`   // nothing was heard of it since the session was lost
}

// Request is a request, with its result once it is finished.
type Request struct {
	ID        uint32 `json:"id"`
	Kind      string `json:"kind"`
	Line      string `json:"line,omitempty"` // the line's key
	Call      uint32 `json:"call,omitempty"`
	Other     uint32 `json:"other,omitempty"`
	Number    string `json:"number,omitempty"`
	Queued    bool   `json:"queued,omitempty"` // it waits for the session
	Frontend  string `json:"frontend,omitempty"`
	Principal string `json:"principal,omitempty"`
	Ref       uint32 `json:"ref,omitempty"`
	Result    string `json:"result,omitempty"` // request.finished: ok, failed, …
	Text      string `json:"text,omitempty"`   // request.finished: the result for people
}

// Snapshot is everything that is true as of a position.
type Snapshot struct {
	Kind     Kind     `json:"kind"`
	Source   string   `json:"source,omitempty"`
	Position Position `json:"position"`
	At       string   `json:"at"` // when the last change up to there happened
	Lines    []Line   `json:"lines"`
	Calls    []Call   `json:"calls"` // those that have not ended
}

// Encoder makes the objects for one PBX.
type Encoder struct {
	Source string // the PBX's name; empty leaves the key out
}

var kinds = map[engine.ChangeKind]Kind{engine.CallMoved: CallState, engine.CallUpdated: CallInfo, engine.ActionsChanged: CallActions,
	engine.CallRang: CallRing, engine.LineUpdated: LineChanged, engine.LineGone: LineRemoved, engine.RequestAccepted: RequestAccepted,
	engine.RequestEnded: RequestFinished, engine.InputIgnored: InputIgnored, engine.NoticeRaised: NoticeRaised}

// Change is the object of one change.
func (e Encoder) Change(c *engine.Change) Change {
	o := Change{Kind: kinds[c.Kind], Source: e.Source, Position: Position{c.Pos.Seq, c.Pos.Index}, At: trace.FormatTime(int64(c.At)),
		Changed: c.Info.Names(), Code: c.Code, Text: c.Text, Channel: c.Channel}
	if c.Event != events.TypeNone {
		o.Event = c.Event.String()
	}
	if c.Line != nil {
		l := line(c.Line)
		o.Line = &l
	}
	if c.Call != nil {
		k := call(c.Call)
		o.Call = &k
	}
	switch c.Kind {
	case engine.CallMoved:
		o.From, o.To = c.From.String(), c.To.String()
	case engine.LineUpdated:
		if c.LineWas == nil {
			o.Kind = LineAdded
		}
	case engine.RequestAccepted:
		f := &c.Request
		o.Request = &Request{ID: f.ID, Kind: f.Kind.String(), Line: f.Line, Call: f.Call, Other: f.Other, Number: f.Number, Queued: f.Queued,
			Frontend: f.Frontend, Principal: f.Principal, Ref: f.Ref}
	case engine.RequestEnded:
		f := &c.Finished
		o.Request = &Request{ID: f.ID, Kind: f.Kind.String(), Line: f.Line, Call: f.Call, Result: f.Result.String(), Text: f.Text,
			Frontend: f.Frontend, Principal: f.Principal, Ref: f.Ref}
	case engine.NoticeRaised:
		o.Severity = c.Severity.String()
	}
	return o
}

// Snapshot is the object of a snapshot.
func (e Encoder) Snapshot(s *engine.Snapshot) Snapshot {
	o := Snapshot{Kind: SnapshotKind, Source: e.Source, Position: Position{s.Pos.Seq, s.Pos.Index}, At: trace.FormatTime(int64(s.At)),
		Lines: make([]Line, len(s.Lines)), Calls: make([]Call, len(s.Calls))}
	for i := range s.Lines {
		o.Lines[i] = line(&s.Lines[i])
	}
	for i := range s.Calls {
		o.Calls[i] = call(&s.Calls[i])
	}
	return o
}

// AppendChange appends one change as a JSON object without a newline.
func (e Encoder) AppendChange(b []byte, c *engine.Change) []byte { return appendJSON(b, e.Change(c)) }

// AppendSnapshot appends a snapshot as a JSON object without a newline.
func (e Encoder) AppendSnapshot(b []byte, s *engine.Snapshot) []byte {
	return appendJSON(b, e.Snapshot(s))
}

func appendJSON(b []byte, v any) []byte {
	out, err := json.Marshal(v)
	if err != nil {
		panic("changejson: " + err.Error()) // plain structs always marshal
	}
	return append(b, out...)
}

func line(v *engine.LineView) Line {
	l := Line{Key: v.Key, User: v.User, Name: v.Name, Address: v.Address, ID: v.Permanent, Supervisor: v.Supervisor, InService: v.InService,
		Phone: v.Phone.String(), Actions: names(v.Actions), Pickups: v.Offers}
	for _, d := range v.Devices {
		l.Devices = append(l.Devices, Device{Name: d.Name, Kind: d.Kind, Roaming: d.Roaming, Capabilities: d.Capabilities})
	}
	return l
}

func call(v *engine.CallView) Call {
	k := Call{ID: v.Number, Line: v.Line, State: v.State.String(), Direction: "inbound", Internal: v.Internal, Began: moment(v.Began),
		Entered: moment(v.Entered), TalkSince: moment(v.TalkSince), Caller: party(v.Caller), Called: party(v.Called), Connected: party(v.Connected),
		Redirecting: party(v.Redirecting), Redirection: party(v.Redirection), Display: v.Display, Channel: v.Channel, Actions: names(v.Actions),
		Request: v.Request, Related: v.Related, Stale: v.Stale}
	if v.Outbound {
		k.Direction = "outbound"
	}
	if v.Reason != events.ReasonNone {
		k.Reason = v.Reason.String()
	}
	if v.Cause != events.ReasonNone {
		k.Cause = v.Cause.String()
	}
	return k
}

func names(a engine.Actions) []string {
	if a == 0 {
		return []string{}
	}
	return a.Names()
}

func party(p events.Party) *Party {
	if p == (events.Party{}) {
		return nil
	}
	return &Party{p.Number, p.Name}
}

func moment(m events.Millis) string {
	if m == 0 {
		return ""
	}
	return trace.FormatTime(int64(m))
}
