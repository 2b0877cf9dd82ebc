package tapitest

import (
	"fmt"
	"math/rand/v2"

	"offhook/engine"
	"offhook/events"
)

// Storm makes changes no engine would make: any state after any other, on several lines, with requests that nobody
// made. The projection must stay legal all the same.
type Storm struct {
	Rand  *rand.Rand
	Seq   uint64 // of the last change
	Calls []*engine.CallView
	Next  uint32 // the last number a call or request was given
	Lines []engine.LineView
}

// NewStorm makes one that does the same for the same seed.
func NewStorm(seed uint64) *Storm {
	s := &Storm{Rand: rand.New(rand.NewPCG(seed, 41))}
	for i := range 3 {
		s.Lines = append(s.Lines, engine.LineView{Key: fmt.Sprintf("u%d", i), Address: fmt.Sprint(40 + i), Name: "N", Permanent: uint32(i + 1), InService: true, Actions: AllActions})
	}
	return s
}

var someParties = []events.Party{{}, {Number: "42", Name: "Bo"}, {Number: "0301"}, {Number: "anonymous"}, {Name: "Nobody"}, {Number: "7", Name: "7"}}

func (s *Storm) party() events.Party { return someParties[s.Rand.IntN(len(someParties))] }

func (s *Storm) line() *engine.LineView { return &s.Lines[s.Rand.IntN(len(s.Lines))] }

func (s *Storm) view() *engine.CallView {
	if len(s.Calls) == 0 || s.Rand.IntN(12) == 0 {
		s.Next++
		v := &engine.CallView{Line: s.line().Key, Number: s.Next, Outbound: s.Rand.IntN(2) == 0, Internal: s.Rand.IntN(2) == 0, Actions: AllActions}
		s.Calls = append(s.Calls, v)
		if len(s.Calls) > 20 {
			s.Calls = s.Calls[1:]
		}
	}
	return s.Calls[s.Rand.IntN(len(s.Calls))]
}

func (s *Storm) touch(v *engine.CallView) {
	for _, p := range [...]*events.Party{&v.Caller, &v.Called, &v.Connected, &v.Redirecting, &v.Redirection} {
		if s.Rand.IntN(6) == 0 {
			*p = s.party()
		}
	}
	if s.Rand.IntN(8) == 0 {
		v.Reason = []events.Reason{events.ReasonDirect, events.ReasonPickup, events.ReasonTransferHere, events.ReasonForwardedHere}[s.Rand.IntN(4)]
	}
	if s.Rand.IntN(20) == 0 {
		v.Related = uint32(s.Rand.IntN(5))
	}
	v.Cause = events.Reason(s.Rand.IntN(40))
}

// Changes are those of one event.
func (s *Storm) Changes() []engine.Change {
	s.Seq++
	c := engine.Change{Pos: engine.Position{Seq: s.Seq}, At: events.Millis(s.Seq * 100)}
	l := s.line()
	switch n := s.Rand.IntN(20); {
	case n < 12:
		return s.moves(c)
	case n < 14:
		v := s.view()
		if c.Kind = engine.CallRang; s.Rand.IntN(3) > 0 {
			c.Kind = engine.CallUpdated
			s.touch(v)
		}
		w := *v
		c.Call, c.From, c.To = &w, v.State, v.State
	case n == 14:
		l.InService, l.Offers = s.Rand.IntN(2) == 0, s.Rand.IntN(2)
		w := *l
		c.Kind, c.Line = engine.LineUpdated, &w
	case n == 15 && s.Rand.IntN(20) == 0:
		w := *l
		c.Kind, c.Line = engine.LineGone, &w
	case n < 18:
		kinds := []events.RequestKind{events.Dial, events.PickupCall, events.Seize, events.SetupTransfer, events.Drop}
		s.Next++
		q := events.RequestFacts{ID: uint32(s.Rand.IntN(8) + 1), Kind: kinds[s.Rand.IntN(len(kinds))], Line: l.Key, Call: s.Next, Other: s.Next + 1, Number: "42"}
		if len(s.Calls) > 0 && (q.Kind == events.Drop || q.Kind == events.SetupTransfer) {
			q.Call = s.Calls[s.Rand.IntN(len(s.Calls))].Number
		}
		s.Next++
		c.Kind, c.Request = engine.RequestAccepted, q
	default:
		kinds := []events.RequestKind{events.Dial, events.Drop, events.SetupTransfer}
		c.Kind = engine.RequestEnded
		c.Finished = events.FinishedFacts{ID: uint32(s.Rand.IntN(8) + 1), Kind: kinds[s.Rand.IntN(3)], Line: l.Key, Call: s.Next - min(s.Next, uint32(s.Rand.IntN(40))), Result: events.Result(s.Rand.IntN(3) / 2)}
	}
	return []engine.Change{c}
}

func (s *Storm) moves(c engine.Change) []engine.Change {
	v := s.view()
	s.touch(v)
	from := v.State
	v.State = engine.State(s.Rand.IntN(int(engine.Unknown)) + 1)
	v.Entered = c.At
	w := *v
	c.Kind, c.Call, c.From, c.To = engine.CallMoved, &w, from, v.State
	if v.State != engine.Disconnected {
		return []engine.Change{c}
	}
	d := c
	idle := w
	idle.State, v.State = engine.Idle, engine.Idle
	d.Call, d.From, d.To, d.Pos.Index = &idle, engine.Disconnected, engine.Idle, 1
	return []engine.Change{c, d}
}

// Snapshot is the state after the changes so far.
func (s *Storm) Snapshot() engine.Snapshot {
	snap := engine.Snapshot{Pos: engine.Position{Seq: s.Seq, Index: 1}, Lines: s.Lines}
	for _, v := range s.Calls {
		if v.State.Live() {
			snap.Calls = append(snap.Calls, *v)
		}
	}
	return snap
}
