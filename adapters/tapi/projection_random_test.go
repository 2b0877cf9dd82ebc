package tapi

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/engine"
	"offhook/events"
)

// storm makes changes no engine would make: any state after any other, on several lines, with requests that nobody
// made. The projection must stay legal all the same.
type storm struct {
	r     *rand.Rand
	seq   uint64
	calls []*engine.CallView
	next  uint32
	lines []engine.LineView
}

func newStorm(seed uint64) *storm {
	s := &storm{r: rand.New(rand.NewPCG(seed, 41))}
	for i := range 3 {
		s.lines = append(s.lines, engine.LineView{Key: fmt.Sprintf("u%d", i), Address: fmt.Sprint(40 + i), Name: "N", Permanent: uint32(i + 1), InService: true, Actions: allActions})
	}
	return s
}

var someParties = []events.Party{{}, {Number: "42", Name: "Bo"}, {Number: "0301"}, {Number: "anonymous"}, {Name: "Nobody"}, {Number: "7", Name: "7"}}

func (s *storm) party() events.Party { return someParties[s.r.IntN(len(someParties))] }

func (s *storm) line() *engine.LineView { return &s.lines[s.r.IntN(len(s.lines))] }

func (s *storm) view() *engine.CallView {
	if len(s.calls) == 0 || s.r.IntN(12) == 0 {
		s.next++
		v := &engine.CallView{Line: s.line().Key, Number: s.next, Outbound: s.r.IntN(2) == 0, Internal: s.r.IntN(2) == 0, Actions: allActions}
		s.calls = append(s.calls, v)
		if len(s.calls) > 20 {
			s.calls = s.calls[1:]
		}
	}
	return s.calls[s.r.IntN(len(s.calls))]
}

func (s *storm) touch(v *engine.CallView) {
	for _, p := range [...]*events.Party{&v.Caller, &v.Called, &v.Connected, &v.Redirecting, &v.Redirection} {
		if s.r.IntN(6) == 0 {
			*p = s.party()
		}
	}
	if s.r.IntN(8) == 0 {
		v.Reason = []events.Reason{events.ReasonDirect, events.ReasonPickup, events.ReasonTransferHere, events.ReasonForwardedHere}[s.r.IntN(4)]
	}
	if s.r.IntN(20) == 0 {
		v.Related = uint32(s.r.IntN(5))
	}
	v.Cause = events.Reason(s.r.IntN(40))
}

// changes are those of one event.
func (s *storm) changes() []engine.Change {
	s.seq++
	c := engine.Change{Pos: engine.Position{Seq: s.seq}, At: events.Millis(s.seq * 100)}
	l := s.line()
	switch n := s.r.IntN(20); {
	case n < 12:
		return s.moves(c)
	case n < 14:
		v := s.view()
		if c.Kind = engine.CallRang; s.r.IntN(3) > 0 {
			c.Kind = engine.CallUpdated
			s.touch(v)
		}
		w := *v
		c.Call, c.From, c.To = &w, v.State, v.State
	case n == 14:
		l.InService, l.Offers = s.r.IntN(2) == 0, s.r.IntN(2)
		w := *l
		c.Kind, c.Line = engine.LineUpdated, &w
	case n == 15 && s.r.IntN(20) == 0:
		w := *l
		c.Kind, c.Line = engine.LineGone, &w
	case n < 18:
		kinds := []events.RequestKind{events.Dial, events.PickupCall, events.Seize, events.SetupTransfer, events.Drop}
		s.next++
		q := events.RequestFacts{ID: uint32(s.r.IntN(8) + 1), Kind: kinds[s.r.IntN(len(kinds))], Line: l.Key, Call: s.next, Other: s.next + 1, Number: "42"}
		if len(s.calls) > 0 && (q.Kind == events.Drop || q.Kind == events.SetupTransfer) {
			q.Call = s.calls[s.r.IntN(len(s.calls))].Number
		}
		s.next++
		c.Kind, c.Request = engine.RequestAccepted, q
	default:
		kinds := []events.RequestKind{events.Dial, events.Drop, events.SetupTransfer}
		c.Kind = engine.RequestEnded
		c.Finished = events.FinishedFacts{ID: uint32(s.r.IntN(8) + 1), Kind: kinds[s.r.IntN(3)], Line: l.Key, Call: s.next - min(s.next, uint32(s.r.IntN(40))), Result: events.Result(s.r.IntN(3) / 2)}
	}
	return []engine.Change{c}
}

func (s *storm) moves(c engine.Change) []engine.Change {
	v := s.view()
	s.touch(v)
	from := v.State
	v.State = engine.State(s.r.IntN(int(engine.Unknown)) + 1)
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

func (s *storm) snapshot() engine.Snapshot {
	snap := engine.Snapshot{Pos: engine.Position{Seq: s.seq, Index: 1}, Lines: s.lines}
	for _, v := range s.calls {
		if v.State.Live() {
			snap.Calls = append(snap.Calls, *v)
		}
	}
	return snap
}

// watch checks every message, and counts IDLE by itself.
func watch(t *testing.T, m *Monitor, idles map[string]int) func(Notice) {
	return func(n Notice) {
		for _, bad := range m.Observe(n) {
			t.Fatalf("%s: %s", n, bad)
		}
		if n.Message == MessageCallState && n.State == CallStateIdle {
			key := fmt.Sprint(n.Line, "/", n.Call)
			if idles[key]++; idles[key] > 1 {
				t.Fatalf("%s: IDLE twice", n)
			}
		}
	}
}

func TestRandomChangesStayLegal(t *testing.T) {
	for seed, o := range []Options{{}, {Ringback: RingbackEvidence}, {Version: Version13}, {Version: Version20}} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s, p, m := newStorm(uint64(seed)), NewProjection(o), NewMonitor()
			m.Version = p.opt.Version
			emit := watch(t, m, map[string]int{})
			for range 25000 { // of four options: 100,000 a run
				for _, c := range s.changes() {
					p.Apply(c, emit)
				}
				if bad := append(m.Settled(), m.Unfinished()...); bad != nil {
					t.Fatal(bad)
				}
			}
			require.NotZero(t, m.pos.Seq)
		})
	}
}

// TestBridgeFromAnyViewToAnySnapshot lets the projection fall behind again and again; afterwards its calls are the
// snapshot's, and no rule was broken on the way.
func TestBridgeFromAnyViewToAnySnapshot(t *testing.T) {
	s, p, m := newStorm(7), NewProjection(Options{}), NewMonitor()
	emit := watch(t, m, map[string]int{})
	for round := range 3000 {
		for range s.r.IntN(12) {
			for _, c := range s.changes() {
				p.Apply(c, emit)
			}
		}
		for range s.r.IntN(30) {
			s.changes() // missed
		}
		snap := s.snapshot()
		p.Bridge(snap, emit)
		if bad := append(m.Settled(), m.Unfinished()...); bad != nil {
			t.Fatal(round, bad)
		}
		agree(t, p, snap)
	}
}

// agree checks that every call TAPI sees is in the snapshot and shown in its state.
func agree(t *testing.T, p *Projection, snap engine.Snapshot) {
	t.Helper()
	for _, v := range snap.Calls {
		l := p.lines[v.Line]
		k := l.find(v.Number)
		if k == nil {
			require.True(t, l.isEnded(v.Number), "call %d of %s is missing", v.Number, v.Line)
			continue
		}
		want, ok := p.target(k, v.State)
		if ok && FitsDirection(k.view.Outbound, want) {
			require.Equal(t, want, k.state, "call %d is %s at the PBX", v.Number, v.State)
		}
	}
	n := 0
	for _, key := range p.LineKeys() {
		n += len(p.Calls(key))
	}
	require.LessOrEqual(t, n, len(snap.Calls))
}

// TestBridgeIsSilentWhenNothingDiffers: the difference of a view to itself is nothing.
func TestBridgeIsSilentWhenNothingDiffers(t *testing.T) {
	w := newWorld(t, Options{})
	w.talk()
	w.call(2, engine.Held, outbound)
	w.out = nil
	snap := engine.Snapshot{Pos: engine.Position{Seq: w.seq}, Lines: []engine.LineView{w.line}, Calls: []engine.CallView{*w.calls[1], *w.calls[2]}}
	w.p.Bridge(snap, w.take)
	w.want("")
}

// TestBridgeAfterRestart is kill -9 of the daemon: a fresh projection takes over what the client saw.
func TestBridgeAfterRestart(t *testing.T) {
	for _, c := range []struct {
		name string
		seen Seen
		now  []engine.CallView
		want string
	}{
		{"still talking", Seen{Call: 1, State: CallStateConnected, Mode: 1}, []engine.CallView{{Line: "ilund", Number: 1, State: engine.Connected}},
			""},
		{"held meanwhile", Seen{Call: 1, State: CallStateConnected, Mode: 1}, []engine.CallView{{Line: "ilund", Number: 1, State: engine.Held}}, "CALLSTATE call=1 ONHOLD\nADDRESSSTATE NUMCALLS"},
		{"gone", Seen{Call: 1, State: CallStateConnected, Mode: 1}, nil, "CALLSTATE call=1 DISCONNECTED UNAVAIL" + over},
		{"gone while it stood in DISCONNECTED", Seen{Call: 1, State: CallStateDisconnected, Mode: 1}, nil, over},
		{"only TAPI knew it", Seen{Call: 1, State: CallStateDialTone, Mode: 1, Outbound: true}, nil, over},
		{"idle already", Seen{Call: 1, State: CallStateIdle}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, Options{})
			w.p, w.m = NewProjection(Options{}), nil
			w.p.Adopt(ida, c.seen)
			w.p.Bridge(engine.Snapshot{Pos: engine.Position{Seq: 9}, Lines: []engine.LineView{ida}, Calls: c.now}, func(n Notice) { w.out = append(w.out, n.String()) })
			w.want(c.want)
		})
	}
}

func BenchmarkApply(b *testing.B) {
	p := NewProjection(Options{})
	line := ida
	views := [2]engine.CallView{{Line: "ilund", Number: 1, State: engine.Connected, Actions: allActions}, {Line: "ilund", Number: 1, State: engine.Held, Actions: allActions}}
	inbound(&views[0])
	inbound(&views[1])
	states := [2]engine.State{engine.Connected, engine.Held}
	n := 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.Apply(engine.Change{Kind: engine.CallMoved, Line: &line, Call: &views[i%2], From: states[(i+1)%2], To: states[i%2]}, func(Notice) { n++ })
	}
	if n == 0 {
		b.Fatal("nothing was said")
	}
}
