package projection_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/conformance"
	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
)

// watch checks every message, and counts IDLE by itself.
func watch(t *testing.T, m *conformance.Monitor, idles map[string]int) func(projection.TAPIMessage) {
	return func(n projection.TAPIMessage) {
		for _, bad := range m.Observe(n) {
			t.Fatalf("%s: %s", n, bad)
		}
		if n.Message == spec.MessageCallState && n.State == spec.CallStateIdle {
			key := fmt.Sprint(n.Line, "/", n.Call)
			if idles[key]++; idles[key] > 1 {
				t.Fatalf("%s: IDLE twice", n)
			}
		}
	}
}

func TestRandomChangesStayLegal(t *testing.T) {
	for seed, o := range []projection.Options{{}, {Ringback: projection.RingbackEvidence}, {Version: spec.Version13}, {Version: spec.Version20}} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s, p, m := tapitest.NewStorm(uint64(seed)), projection.New(o), conformance.NewMonitor()
			if m.Version = o.Version; m.Version == 0 {
				m.Version = spec.VersionProjection
			}
			ends := map[string]int{}
			emit := watch(t, m, ends)
			for range 25000 { // of four options: 100,000 a run
				for _, c := range s.Changes() {
					p.Apply(c, emit)
				}
				if bad := append(m.UnsentCounts(), m.Unfinished()...); bad != nil {
					t.Fatal(bad)
				}
			}
			require.NotEmpty(t, ends)
		})
	}
}

// TestBridgeFromAnyViewToAnySnapshot lets the projection fall behind again and again; afterwards its calls are the
// snapshot's, and no rule was broken on the way.
func TestBridgeFromAnyViewToAnySnapshot(t *testing.T) {
	s, p, m := tapitest.NewStorm(7), projection.New(projection.Options{}), conformance.NewMonitor()
	emit := watch(t, m, map[string]int{})
	for round := range 3000 {
		for range s.Rand.IntN(12) {
			for _, c := range s.Changes() {
				p.Apply(c, emit)
			}
		}
		for range s.Rand.IntN(30) {
			s.Changes() // missed
		}
		snap := s.Snapshot()
		p.Bridge(snap, emit)
		if bad := append(m.UnsentCounts(), m.Unfinished()...); bad != nil {
			t.Fatal(round, bad)
		}
		agree(t, p, snap)
	}
}

// agree checks that every call TAPI sees is in the snapshot and shown in its state.
func agree(t *testing.T, p *projection.Projection, snap engine.Snapshot) {
	t.Helper()
	for _, v := range snap.Calls {
		shown, want := projection.Compare(p, &v)
		switch {
		case shown == spec.CallStateIdle:
		case want != 0:
			require.Equal(t, want, shown, "call %d of %s is %s at the PBX", v.Number, v.Line, v.State)
		default:
			_, known := p.Call(v.Line, v.Number)
			require.True(t, known, "call %d of %s is missing", v.Number, v.Line)
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
	w := newWorld(t, projection.Options{})
	w.talk()
	w.call(2, engine.Held, tapitest.Outbound)
	w.out = nil
	snap := engine.Snapshot{Pos: engine.Position{Seq: w.seq}, Lines: []engine.LineView{w.line}, Calls: []engine.CallView{*w.calls[1], *w.calls[2]}}
	w.p.Bridge(snap, w.take)
	w.want("")
}

// TestBridgeAfterRestart is kill -9 of the daemon: a fresh projection takes over what the client saw.
func TestBridgeAfterRestart(t *testing.T) {
	for _, c := range []struct {
		name string
		seen projection.AdoptedCall
		now  []engine.CallView
		want string
	}{
		{"still talking", projection.AdoptedCall{Call: 1, State: spec.CallStateConnected, Mode: 1}, []engine.CallView{{Line: "ilund", Number: 1, State: engine.Connected}},
			""},
		{"held meanwhile", projection.AdoptedCall{Call: 1, State: spec.CallStateConnected, Mode: 1}, []engine.CallView{{Line: "ilund", Number: 1, State: engine.Held}}, "CALLSTATE call=1 ONHOLD\nADDRESSSTATE NUMCALLS"},
		{"gone", projection.AdoptedCall{Call: 1, State: spec.CallStateConnected, Mode: 1}, nil, "CALLSTATE call=1 DISCONNECTED UNAVAIL" + over},
		{"gone while it stood in DISCONNECTED", projection.AdoptedCall{Call: 1, State: spec.CallStateDisconnected, Mode: 1}, nil, over},
		{"only TAPI knew it", projection.AdoptedCall{Call: 1, State: spec.CallStateDialTone, Mode: 1, Outbound: true}, nil, over},
		{"idle already", projection.AdoptedCall{Call: 1, State: spec.CallStateIdle}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, projection.Options{})
			w.p, w.m = projection.New(projection.Options{}), nil
			w.p.Adopt(tapitest.Ida, c.seen)
			w.p.Bridge(engine.Snapshot{Pos: engine.Position{Seq: 9}, Lines: []engine.LineView{tapitest.Ida}, Calls: c.now}, func(n projection.TAPIMessage) { w.out = append(w.out, n.String()) })
			w.want(c.want)
		})
	}
}

func BenchmarkApply(b *testing.B) {
	p := projection.New(projection.Options{})
	line := tapitest.Ida
	views := [2]engine.CallView{{Line: "ilund", Number: 1, State: engine.Connected, Actions: tapitest.AllActions}, {Line: "ilund", Number: 1, State: engine.Held, Actions: tapitest.AllActions}}
	tapitest.Inbound(&views[0])
	tapitest.Inbound(&views[1])
	states := [2]engine.State{engine.Connected, engine.Held}
	n := 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.Apply(engine.Change{Kind: engine.CallMoved, Line: &line, Call: &views[i%2], From: states[(i+1)%2], To: states[i%2]}, func(projection.TAPIMessage) { n++ })
	}
	if n == 0 {
		b.Fatal("nothing was said")
	}
}
