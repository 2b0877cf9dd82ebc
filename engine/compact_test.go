package engine

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/internal/trace"
)

// TestCompactingChangesNothing: an engine that parks whatever it can says the same as one that never parks.
func TestCompactingChangesNothing(t *testing.T) {
	parked := 0
	for seed := uint64(1); seed <= 10; seed++ {
		keeps, parks := randomCore(), randomCore()
		parks.compactor.limit = 0
		for i, r := range random(seed, 4_000) {
			var want, got []string
			for _, o := range keeps.Step(r) {
				want = append(want, tell(o))
			}
			for _, o := range parks.Step(r) {
				got = append(got, tell(o))
			}
			require.Equal(t, want, got, "seed %d, input %d: %+v", seed, i, r)
			for _, l := range parks.linesByNumber {
				for _, k := range l.calls {
					if k.body == nil {
						parked++
					}
				}
			}
			if i%500 == 0 {
				require.JSONEq(t, image(t, keeps), image(t, parks))
				require.Equal(t, keeps.Snapshot(), parks.Snapshot())
			}
		}
		parks.consistent(t)
		require.Less(t, len(parks.compactor.expanded), 300, "ended calls stay")
	}
	require.Greater(t, parked, 1000, "nothing was parked")
}

func image(t *testing.T, c *Core) string {
	b, err := json.Marshal(c.Image())
	require.NoError(t, err)
	return string(b)
}

// TestParkedText: every field of a call comes back, and a parked call knows its channels.
func TestParkedText(t *testing.T) {
	c := randomCore()
	l := &line{view: LineView{Key: "ida"}, compactor: &c.compactor}
	for _, times := range [][2]events.Millis{{0, 0}, {5_000, 4_000}, {3_000, 9_000}} {
		b := &body{line: l, stateBeforeUnknown: Held, heardInSession: 3, transferSeen: 11, redirectSeen: 12, dropRequest: 7,
			branches: []branch{{channel: "SIP/a-1", device: "Desk", answered: true}, {channel: "SIP/b-2", ownRing: true, hangupSent: true}},
			view: CallView{Line: "ida", Number: 300, State: Connected, Outbound: true, Stale: true, Began: 4_000, Entered: times[0],
				TalkSince: times[1], Caller: events.Party{Number: "41", Name: "Ida"}, Called: events.Party{Number: "0711"},
				Connected: events.Party{Number: "0711", Name: "Jörg"}, Redirection: events.Party{Number: "41", Name: "Ida"},
				Reason: events.ReasonDirect, Display: "Support", Channel: "SIP/a-1", Actions: 1<<9 | 1, Request: 1 << 30, Related: 2}}
		k := &call{number: 300, body: b}
		k.compact()
		require.Nil(t, k.body)
		require.True(t, k.hasChannel("SIP/b-2"))
		require.False(t, k.hasChannel("SIP/b"))
		require.Nil(t, k.body, "asking does not wake it")
		c.compactor.expand(l, k)
		require.Equal(t, b, k.body)
	}
}

// BenchmarkParked is an event for a call that is parked, and for one that is not.
func BenchmarkParked(b *testing.B) {
	for _, limit := range []int{0, 1 << 30} {
		b.Run(map[bool]string{true: "parked", false: "whole"}[limit == 0], func(b *testing.B) {
			c := randomCore()
			c.compactor.limit = limit
			c.Step(trace.Record{Kind: trace.In, At: 1, Raw: "ringing user=ida ch=a1 dev=D from=0711 to=41"})
			c.Step(trace.Record{Kind: trace.In, At: 2, Raw: "busy user=ida ch=a1 dev=D from=0711 to=41"})
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				c.Step(trace.Record{Kind: trace.In, At: int64(i + 3), Raw: fmt.Sprint([]string{"hold", "unhold"}[i%2], " user=ida ch=a1 dev=D from=0711 to=41")})
			}
		})
	}
}
