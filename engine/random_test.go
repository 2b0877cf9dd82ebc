package engine

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/internal/trace"
)

// random makes a timeline of n inputs that a PBX gone mad and hasty users could give.
func random(seed uint64, n int) []trace.Record {
	r := rand.New(rand.NewPCG(seed, 1))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	users := []string{"ida", "kim", "zoe"}
	numbers := map[string]string{"ida": "41", "kim": "44", "zoe": "49"}
	at := int64(1_000_000)
	all := []trace.Record{{Kind: trace.Start, At: at}}
	up := true
	for i := 1; i < n; i++ {
		at += int64(r.IntN(400))
		if r.IntN(200) == 0 {
			at += int64(r.IntN(130_000))
		}
		u := users[r.IntN(3)]
		rec := trace.Record{Kind: trace.In, At: at}
		switch r.IntN(40) {
		case 0:
			up = !up
			rec.Kind = map[bool]trace.Kind{true: trace.Up, false: trace.Down}[up]
			rec.JID, rec.Domain = "ida@x/y", "x"
		case 1:
			rec.Kind = trace.Timer
		case 2:
			rec.Raw = pick("free", "incall", "gone") + " user=" + u
		case 3:
			rec.Raw = pick("offer", "offergone") + " user=" + u + " colleague=kim number=44 from=" + pick("0711", "0712")
		case 4, 5, 6, 7:
			rec.Kind = trace.Request
			kinds := []events.RequestKind{events.Dial, events.Answer, events.Drop, events.Hold, events.Unhold, events.PickupCall,
				events.BlindTransfer, events.SetupTransfer, events.CompleteTransfer, events.Seize, events.Conference, events.Redirect, events.SwapHold}
			rec.Request = &trace.RequestRecord{ID: uint32(i), Name: kinds[r.IntN(len(kinds))].String(), Line: u,
				Call: uint32(r.IntN(i/20 + 2)), Other: uint32(r.IntN(i/20 + 2)), Number: pick("0711", "44", "")}
		case 8, 9, 10, 11:
			rec.Raw = fmt.Sprintf("%s id=oh-%d", pick("ok", "fail"), r.IntN(60))
		case 12:
			rec.Raw = pick("", "nonsense", "chat", "entry user="+u+" number=0711")
		default:
			from, to, out := pick("0711", "0712", "41", "", "44"), numbers[u], ""
			if r.IntN(2) == 0 {
				from, to, out = numbers[u], pick("0711", "0712", "44", "49"), " out"
			}
			if from != "" {
				from = " from=" + from
			}
			kind := pick("ringing", "ringing", "ringing", "busy", "busy", "hold", "unhold", "rename", "transfer", "redirect", "hangup", "hangup", "hangup")
			rec.Raw = fmt.Sprintf("%s user=%s ch=%s%d dev=%s%s to=%s%s%s", kind, u, u, r.IntN(8), pick("D", "E"), from, to, out, pick("", " int", " since"))
		}
		all = append(all, rec)
	}
	return all
}

func randomCore() *Core { return randomCoreOf(plain{}) }

func randomCoreOf(d Dialect) *Core {
	return NewCore(Settings{Journal: "test", Learn: true, Timers: Timers{RingCycle: 11 * time.Second}}, d)
}

// TestRandomStreams: whatever comes, nothing panics, calls move only as the table says, and idle comes once.
func TestRandomStreams(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		c := randomCoreOf(plain{byChannel: seed%2 == 0})
		state := map[[2]any]State{}
		done := map[uint32]bool{}
		for _, r := range random(seed, 10_000) {
			before := c.Seq()
			for _, o := range c.Step(r) {
				if o.Kind == OutEvent {
					before++
					require.Equal(t, before, o.Event.Seq(), "events are dense")
				}
				if o.Kind != OutChange {
					continue
				}
				switch ch := o.Change; ch.Kind {
				case CallMoved:
					key := [2]any{ch.Call.Line, ch.Call.Number}
					require.Equal(t, state[key], ch.From, "seed %d: %s", seed, tell(o))
					require.NotEqual(t, ch.From, ch.To)
					require.Equal(t, ch.To, ch.Call.State)
					state[key] = ch.To
				case RequestEnded:
					require.False(t, done[ch.Finished.ID], "request %d ended twice", ch.Finished.ID)
					done[ch.Finished.ID] = true
				case CallUpdated:
					require.NotZero(t, ch.Info)
				}
			}
			require.Equal(t, before, c.Seq())
		}
		c.consistent(t)
		for k := 0; k < 100; k++ { // every request has its outcome, every ringing call its end, after a while
			c.Step(trace.Record{Kind: trace.Timer, At: int64(c.now) + 10_000})
		}
		require.Empty(t, c.openRequests)
		for _, l := range c.linesByNumber {
			for _, call := range l.expandAll(l.calls) {
				require.NotContains(t, []State{Offering, Dialing}, call.view.State, "a stuck call: %+v", call)
			}
		}
	}
}

// consistent checks that the tables agree with each other.
func (c *Core) consistent(t *testing.T) {
	n := 0
	for _, l := range c.linesByNumber {
		for _, k := range l.calls {
			whole := k.readBody(l)
			require.True(t, whole.view.State.Live(), "%s", whole.view.State)
			for _, b := range whole.branches {
				require.Same(t, k, c.branches.get(l, b.channel))
				n++
			}
		}
	}
	require.Equal(t, n, c.branches.n, "channels of calls that are gone")
}

// TestJournalAloneGivesTheSameChanges: the events of a run, applied to a new engine, move it the same way.
func TestJournalAloneGivesTheSameChanges(t *testing.T) {
	for seed := uint64(1); seed <= 5; seed++ {
		d := plain{byChannel: seed%2 == 0}
		live, again := randomCoreOf(d), randomCoreOf(d)
		for i, r := range random(seed, 3_000) {
			out := append([]Output(nil), live.Step(r)...)
			var want, got []string
			for _, o := range out {
				if o.Kind == OutChange {
					want = append(want, tell(o)+fmt.Sprint(o.Change.Pos))
				}
			}
			for _, o := range out {
				if o.Kind != OutEvent {
					continue
				}
				for _, p := range again.Apply(o.Event) {
					if p.Kind == OutChange {
						got = append(got, tell(p)+fmt.Sprint(p.Change.Pos))
					}
				}
			}
			require.Equal(t, want, got, "seed %d, input %d: %+v", seed, i, r)
		}
	}
}

// TestRestoredEngineGoesOnTheSame: an image taken at any moment, restored into a new engine, gives the same outputs.
func TestRestoredEngineGoesOnTheSame(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		all := random(seed, 1_200)
		cut := 100 + int(seed*50)
		d := plain{byChannel: seed%4 == 0}
		a := randomCoreOf(d)
		for _, r := range all[:cut] {
			a.Step(r)
		}
		start := a.StartRecord(a.Now(), true)
		line := start.Append(nil)
		back, err := trace.Parse(line)
		require.NoError(t, err)
		set, err := SettingsOf(back)
		require.NoError(t, err)
		b := NewCore(set, d)
		require.Empty(t, b.Step(back))
		first, err := json.Marshal(a.Image())
		require.NoError(t, err)
		for i, r := range all[cut:] {
			var want, got []string
			for _, o := range a.Step(r) {
				want = append(want, tell(o))
			}
			for _, o := range b.Step(r) {
				got = append(got, tell(o))
			}
			require.Equal(t, want, got, "seed %d, input %d: %+v\nimage %s", seed, i, r, first)
		}
	}
}

func FuzzTimeline(f *testing.F) {
	f.Add(uint64(1), uint16(200))
	f.Fuzz(func(t *testing.T, seed uint64, n uint16) {
		c := randomCore()
		for _, r := range random(seed, int(n%2000)+2) {
			c.Step(r)
		}
		c.consistent(t)
	})
}
