package wire

import (
	"fmt"

	"offhook/adapters/tapi/spec"
)

// Bounds of frame members.
const (
	MaxLiveLines = 1024 // lines in one hello
	MaxLiveCalls = 1536 // calls in one hello
	maxID        = 64   // journal id and product, bytes
	MaxErrorText = 255
)

// Position is a place in the stream of messages: the number of the event that
// caused it and the message's index among those of that event (decision A5).
type Position struct {
	Seq   uint64
	Index uint32
}

// Before reports whether p comes earlier than q.
func (p Position) Before(q Position) bool {
	return p.Seq < q.Seq || p.Seq == q.Seq && p.Index < q.Index
}

// String gives "seq.index".
func (p Position) String() string { return fmt.Sprintf("%d.%d", p.Seq, p.Index) }

func (p *Position) fields(c *codec) {
	c.u64("position seq", &p.Seq)
	c.u32("position index", &p.Index)
}

// Hello is the first frame of a connection, from the DLL. After a break it
// carries what TAPI holds: the place reached, every device with its line, open
// or not, and every live call. The daemon takes over ids and handles.
type Hello struct {
	WireLow, WireHigh uint8 // wire versions the DLL speaks
	Bits              uint8 // 32 or 64
	Process           uint32
	Product           string   // name and version of the DLL, at most 64 bytes
	Journal           string   // journal id of the last welcome, "" at first
	Delivered         Position // of the last message handed to TAPI, zero at first
	Provider          ProviderState
	Lines             []LiveLine
	Calls             []LiveCall
	More              bool // another Hello follows with further lines and calls
}

// ProviderState is what providerInit was told; all 0 before it.
type ProviderState struct {
	Initialized bool
	Version     spec.Version
	PermanentID uint32 // permanent provider id
	LineBase    uint32 // first device id
	NumLines    uint32
}

// LiveLine is a device that TAPI knows, with its line.
type LiveLine struct {
	Line          uint32 // HDRVLINE, 0 while it is not open; the rest but the ids is 0 then
	DeviceID      uint32
	PermanentID   uint32 // permanent line id
	Version       spec.Version
	MediaModes    spec.MediaMode // of SetDefaultMediaDetection
	LineStates    spec.LineDevState
	AddressStates spec.AddressState
	InService     bool // what TAPI was last told of an open line
}

// LiveCall is a call that TAPI has a handle of, as last delivered.
type LiveCall struct {
	Line   uint32 // HDRVLINE
	Call   uint32 // HDRVCALL
	CallID uint32 // dwCallID
	State  spec.CallState
	Mode   uint32
}

// Resume says how a connection goes on.
type Resume uint8

// The ways to go on.
const (
	ResumeFresh   Resume = 0 // nothing was open
	ResumeGapless Resume = 1 // the next notification follows Delivered directly
	ResumeBridged Resume = 2 // the difference follows first, its frames marked Bridging
)

// Welcome answers Hello.
type Welcome struct {
	Wire      uint8 // the version chosen
	Resume    Resume
	Heartbeat uint32 // ms; silence of three times this long ends the connection
	Journal   string
	Position  Position // where the stream stands now
}

// Reply answers a Request; its frame carries the request's id. Of asynchronous
// functions Result is LineErrNone when the request was taken: the DLL then
// returns the request id, and a Completion follows.
type Reply struct {
	Function Function
	Result   spec.LineErr
	Values   [4]uint32 // see the table of functions
	Block    []byte    // bytes going back, nil for none
	Images   []spec.Image
}

// Completion is one ASYNC_COMPLETION. Of a function that made a call it
// carries the call's status and info, which answer from now on (rule R-40).
type Completion struct {
	Position  Position
	RequestID uint32
	Result    spec.LineErr
	Call      uint32 // HDRVCALL the images belong to, 0 for none
	Images    []spec.Image
}

// Notification is one LINEEVENT with its position and, of a call, the status
// and info as of this very message: the DLL makes them the delivered copy
// before it calls TAPI (decision A5).
type Notification struct {
	Position Position
	Bridging bool
	Message  spec.Message
	Line     uint32 // HDRVLINE, 0 where LINEEVENT has none
	Call     uint32 // HDRVCALL, 0 where LINEEVENT has none; of NEWCALL in P1
	P1       uint64
	P2       uint64
	P3       uint64
	Images   []spec.Image
}

// NewCallAnswer tells whether TAPI took an announced call (rule R-45).
type NewCallAnswer struct {
	Call     uint32 // HDRVCALL
	Accepted bool
}

// Heartbeat keeps a quiet connection alive; it is not answered.
type Heartbeat struct{ Tick uint64 }

// Code says why a side ends the connection.
type Code uint16

// The reasons to end a connection.
const (
	CodeBadFrame   Code = 1 // a frame could not be read
	CodeBadVersion Code = 2 // no common wire version
	CodeOutOfOrder Code = 3 // a frame that is not allowed here
	CodeTooSlow    Code = 4 // fell out of the ring; connect again for the difference
	CodeStopping   Code = 5 // the daemon stops
	CodeTaken      Code = 6 // another connection speaks for this provider
	CodeTimeout    Code = 7 // silence
)

// Error is the last frame of a side that gives up.
type Error struct {
	Code Code
	Text string // for the log, at most 255 bytes
}

// Error makes a received Error an error.
func (e *Error) Error() string {
	return fmt.Sprintf("wire: peer ended the connection: %d %s", e.Code, e.Text)
}

// Kind is KindHello.
func (*Hello) Kind() Kind { return KindHello }

// Kind is KindWelcome.
func (*Welcome) Kind() Kind { return KindWelcome }

// Kind is KindReply.
func (*Reply) Kind() Kind { return KindReply }

// Kind is KindCompletion.
func (*Completion) Kind() Kind { return KindCompletion }

// Kind is KindNotification.
func (*Notification) Kind() Kind { return KindNotification }

// Kind is KindNewCallAnswer.
func (*NewCallAnswer) Kind() Kind { return KindNewCallAnswer }

// Kind is KindHeartbeat.
func (*Heartbeat) Kind() Kind { return KindHeartbeat }

// Kind is KindError.
func (*Error) Kind() Kind { return KindError }
