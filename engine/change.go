package engine

import "offhook/events"

// Position is a place in the stream of changes: the number of the event and the change's index among those of that
// event, from 0. Positions are ordered and never reused (decision A5).
type Position struct {
	Seq   uint64
	Index uint32
}

// Less orders positions.
func (p Position) Less(o Position) bool {
	return p.Seq < o.Seq || p.Seq == o.Seq && p.Index < o.Index
}

// ChangeKind says what changed.
type ChangeKind uint8

// The kinds of change. The comment names the fields of Change that are set besides Pos, At and Event.
const (
	CallMoved       ChangeKind = iota + 1 // Call, From, To, Info (what else became known with it)
	CallUpdated                           // Call, Info: who takes part changed, the state did not
	ActionsChanged                        // Call: only what may be done with it changed, through another call
	LineUpdated                           // Line, and LineWas for what differs; a new line has LineWas nil
	LineGone                              // Line
	RequestAccepted                       // Request: it was journaled; a Dial, Pickup or Seize has its call number now
	RequestEnded                          // Finished
	InputIgnored                          // Code, Text, Channel, Raw: an input that meant nothing
	CallRang                              // Call: it goes on ringing, and a ring cycle is over (decision B14)
	NoticeRaised                          // Severity, Code, Text, and Line where one is concerned: what an operator must know
)

// Info is a set of parts of a call that became known or changed, one bit per LINECALLINFOSTATE bit that offhook sends.
type Info uint16

// The parts of a call.
const (
	InfoCaller Info = 1 << iota
	InfoCalled
	InfoConnected
	InfoRedirecting
	InfoRedirection
	InfoReason
	InfoOrigin
	InfoDisplay
	InfoRelated
)

var infoNames = [...]string{"caller", "called", "connected", "redirecting", "redirection", "reason", "origin", "display", "related"}

// Names lists the parts in the order of their bits.
func (i Info) Names() []string {
	var names []string
	for n, name := range infoNames {
		if i&(1<<n) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// Change is one thing that is different now; frontends read changes. The views in it are immutable copies.
type Change struct {
	Kind  ChangeKind
	Pos   Position
	At    events.Millis
	Event events.Type // the type of the event that made the change

	Line     *LineView // set on every change that concerns a line
	LineWas  *LineView
	Call     *CallView
	From, To State
	Info     Info

	Request  events.RequestFacts
	Finished events.FinishedFacts

	Severity                 events.Severity
	Code, Text, Channel, Raw string
}

// LineView is a line as of a change.
type LineView struct {
	Key        string // the user's name, case-folded
	User       string // the PBX's spelling
	Name       string
	Address    string // the extension
	Permanent  uint32 // from 1, never reused
	Supervisor bool
	InService  bool
	Phone      events.PhoneState
	Devices    []events.Device // shared, never changed
	Actions    Actions         // ActDial, ActPickup: what the line can do now
	Offers     int             // calls ringing at colleagues that may be picked up
}

// CallView is a call as of a change.
type CallView struct {
	Line        string // the line's key
	Number      uint32 // dwCallID
	State       State
	Outbound    bool
	Internal    bool
	Began       events.Millis // first heard of
	Entered     events.Millis // when State began
	TalkSince   events.Millis
	Caller      events.Party
	Called      events.Party
	Connected   events.Party // the far party, once answered
	Redirecting events.Party // who sent it on
	Redirection events.Party // where it was sent on to
	Reason      events.Reason
	Cause       events.Reason // why it ended; set when State is Disconnected or Idle
	Display     string
	Channel     string // the branch the last event came from
	Actions     Actions
	Request     uint32 // the request that made it; 0 for a call begun elsewhere
	Related     uint32 // the other call of a consultation
	Stale       bool   // nothing was heard of it since the session was lost
}

// Snapshot is everything that is true as of a position.
type Snapshot struct {
	Pos   Position
	At    events.Millis // the time of the last change up to there
	Lines []LineView
	Calls []CallView // those that are not idle
}
