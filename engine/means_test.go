package engine

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/internal/trace"
)

// newChannelDesk is a desk at a PBX that acts on calls by their channels.
func newChannelDesk(t *testing.T, change ...func(*Settings)) *desk {
	d := newDesk(t, change...)
	d.core = NewCore(d.core.Settings(), plain{byChannel: true})
	d.feed(trace.Record{Kind: trace.Start})
	return d
}

// can is what may be done with a call.
func (d *desk) can(call uint32) string {
	return strings.Join(d.core.lines["ida"].call(call).view.Actions.Names(), ",")
}

func TestHoldByChannel(t *testing.T) {
	d := newChannelDesk(t)
	d.in("busy user=ida ch=A dev=D from=0711 to=41")
	require.Equal(t, []string{"41/2 null -> connected"}, d.in("busy user=ida ch=B dev=D from=0712 to=41"))
	require.Equal(t, "drop,hold,blind-transfer,setup-transfer", d.can(1), "two calls on one device")
	require.Equal(t, []string{"send hold id=oh-1 ch=A"}, d.ask(events.Hold, 1, ""))
	require.Equal(t, []string{"send hold id=oh-2 ch=A"}, d.ask(events.Hold, 1, ""), "no key is in flight")
	require.Equal(t, []string{"ended 1 ok"}, d.in("ok id=oh-1"))
	require.Equal(t, []string{"ended 2 ok", "41/1 connected -> held"}, d.in("hold user=ida ch=A dev=D from=0711 to=41"))
	require.Equal(t, "drop,unhold,complete-transfer,conference", d.can(1))
	require.Equal(t, "drop,hold,blind-transfer,setup-transfer,complete-transfer,conference", d.can(2))
	require.Equal(t, []string{"send retrieve id=oh-3 ch=A"}, d.ask(events.Unhold, 1, ""))
	require.Equal(t, []string{"ended 3 failed"}, d.in("fail id=oh-3"))
	require.Empty(t, d.core.timers.first[timerHoldKey])
	d.wait(6)
	for _, l := range d.core.linesByNumber {
		require.Empty(t, l.keysInFlight)
	}
}

func TestHoldByChannelNeedsAConfirmedCall(t *testing.T) {
	d := newChannelDesk(t)
	d.in("busy user=ida ch=A dev=D from=0711 to=41")
	d.feed(trace.Record{Kind: trace.Down})
	d.feed(trace.Record{Kind: trace.Up, JID: "ida@x/y", Domain: "x"})
	require.Equal(t, "drop,blind-transfer", d.can(1), "this session has not heard of it")
	require.Equal(t, []string{"ended 1 invalid-state"}, d.ask(events.Hold, 1, ""))
	d.in("rename user=ida ch=A dev=D from=0711 fromName=Vogt to=41")
	require.Equal(t, "drop,hold,blind-transfer,setup-transfer", d.can(1))
}

// TestPairsByChannel: any held and any talking call of the line can be joined, on whatever devices.
func TestPairsByChannel(t *testing.T) {
	d := newChannelDesk(t)
	d.in("hold user=ida ch=A dev=D from=0711 to=41")
	d.in("hold user=ida ch=B dev=E from=0712 to=41")
	require.NotContains(t, d.can(1), "transfer", "both are held")
	d.in("busy user=ida ch=C dev=E from=0713 to=41")
	ask := func(kind events.RequestKind, call, other uint32) []string {
		d.req++
		return quiet(d.feed(trace.Record{Kind: trace.Request, Request: &trace.RequestRecord{ID: d.req, Name: kind.String(), Line: "ida", Call: call, Other: other}}))
	}
	require.Equal(t, []string{"ended 1 invalid-call"}, ask(events.CompleteTransfer, 3, 0), "which of the two held calls?")
	require.Equal(t, []string{"ended 2 invalid-call"}, ask(events.CompleteTransfer, 1, 2), "both are held")
	require.Equal(t, []string{"send conference id=oh-1 ch=B other=C"}, ask(events.Conference, 2, 3))
	require.Equal(t, []string{"send conference id=oh-2 ch=A other=C"}, ask(events.Conference, 1, 0), "the only talking one")
	require.Equal(t, []string{"send complete id=oh-3 ch=A other=C"}, ask(events.CompleteTransfer, 1, 3))
	require.Equal(t, []string{"ended 5 ok"}, d.in("ok id=oh-3"))
	require.Equal(t, []string{"41/1 held -> idle transferred"}, d.in("hangup user=ida ch=A"))
	require.Equal(t, []string{"41/3 connected -> idle transferred"}, d.in("hangup user=ida ch=C"))
}

func TestAnswerByChannel(t *testing.T) {
	d := newChannelDesk(t)
	d.in("ringing user=ida ch=B dev=E from=0711 to=41")
	d.in("ringing user=ida ch=A dev=D from=0711 to=41")
	d.in("ringing user=ida ch=C from=0712 to=41")
	require.Equal(t, []string{"send answer id=oh-1 ch=A"}, d.ask(events.Answer, 1, ""), "two calls ring; the first of the user's devices")
	require.Equal(t, []string{"send answer id=oh-2 ch=C"}, d.ask(events.Answer, 2, ""), "without a device")
}

// TestNoHangupKey: a refused hang-up is not tried with a key where the PBX has none.
func TestNoHangupKey(t *testing.T) {
	d := newChannelDesk(t)
	d.in("busy user=ida ch=A dev=D from=0711 to=41")
	require.Equal(t, []string{"send hangup id=oh-1 ch=A"}, d.ask(events.Drop, 1, ""))
	require.Empty(t, d.in("fail id=oh-1 text=no"))
	require.Equal(t, []string{"ended 1 failed"}, d.wait(2.1))
}

// TestNoRole: where no role is needed, none is missed.
func TestNoRole(t *testing.T) {
	supervisor := func(s *Settings) {
		*s = Settings{Journal: "test", User: "switch", Supervisor: true, Users: []string{"kim"}, Handshake: true}
	}
	up := trace.Record{Kind: trace.Up, JID: "switch@x/y", Domain: "x"}
	for _, d := range []*desk{newDesk(t, supervisor), newChannelDesk(t, supervisor)} {
		d.feed(up)
		got := d.in("user id=oh-1 user=switch ext=90")
		require.Equal(t, "send find id=oh-2 number=kim", got[len(got)-1])
		require.Equal(t, d.core.traits.NeedsRole != "", len(got) == 2, "%v", got)
	}
}

// TestCommandIDs: an id of ours is known again, and no other.
func TestCommandIDs(t *testing.T) {
	for _, id := range []string{commandID(1), commandID(1<<32 - 1)} {
		require.True(t, isCommandID(id), id)
	}
	for _, id := range []string{"", "oh-", "oh-s-1", "oh", "x-1", "OH-1"} {
		require.False(t, isCommandID(id), id)
	}
}
