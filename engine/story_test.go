package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/internal/trace"
)

// A story is steps and what followed from each; the scenario files of fixtures/ tell the same through TAPI.
func TestStories(t *testing.T) {
	type step struct {
		do   func(*desk) []string
		want []string
	}
	in := func(raw string, want ...string) step {
		return step{func(d *desk) []string { return d.in(raw) }, want}
	}
	wait := func(s float64, want ...string) step {
		return step{func(d *desk) []string { return d.wait(s) }, want}
	}
	ask := func(k events.RequestKind, call uint32, number string, want ...string) step {
		return step{func(d *desk) []string { return d.ask(k, call, number) }, want}
	}
	down := func(want ...string) step {
		return step{func(d *desk) []string { return quiet(d.feed(trace.Record{Kind: trace.Down, Code: "reset"})) }, want}
	}
	up := func(want ...string) step {
		return step{func(d *desk) []string {
			return quiet(d.feed(trace.Record{Kind: trace.Up, JID: "ida@x/y", Domain: "x"}))
		}, want}
	}
	const ring = "ringing user=ida ch=A dev=D from=0711 to=41"
	stories := map[string][]step{
		"inbound answered and ended": {
			in(ring, "41/1 null -> offering"),
			in("busy user=ida ch=A dev=D from=0711 to=41 since", "41/1 offering -> connected"),
			in("hangup user=ida ch=A", "41/1 connected -> disconnected normal", "41/1 disconnected -> idle normal"),
			in("hangup user=ida ch=A", "ignored after-idle"),
			wait(31),
			in("hangup user=ida ch=A", "ignored unknown-channel"),
		},
		"two phones ring, one answers": {
			in(ring, "41/1 null -> offering"),
			in("ringing user=ida ch=B dev=E from=0711 to=41"),
			in("busy user=ida ch=B dev=E from=0711 to=41", "41/1 offering -> connected"),
			in("hangup user=ida ch=A dev=D"),
			in("hangup user=ida ch=B", "41/1 connected -> disconnected normal", "41/1 disconnected -> idle normal"),
		},
		"a second call of the same caller is no branch": {
			in(ring, "41/1 null -> offering"),
			in("ringing user=ida ch=B dev=D from=0711 to=41", "41/2 null -> offering"),
			in("hangup user=ida ch=A", "41/1 offering -> disconnected cancelled", "41/1 disconnected -> idle cancelled"),
		},
		"withheld numbers never join": {
			in("ringing user=ida ch=A dev=D to=41", "41/1 null -> offering"),
			in("ringing user=ida ch=B dev=E to=41", "41/2 null -> offering"),
		},
		"late branches do not join": {
			in(ring, "41/1 null -> offering"),
			wait(3),
			in("ringing user=ida ch=B dev=E from=0711 to=41", "41/2 null -> offering"),
		},
		"outbound from the handset": {
			in("ringing user=ida ch=A dev=D from=41 to=0711 out", "41/1 null -> proceeding"),
			in("ringing user=ida ch=A dev=D from=41 to=0711 out", "41/1 proceeding -> ringback"),
			in("busy user=ida ch=A dev=D from=41 to=0711 out", "41/1 ringback -> connected"),
			in("hold user=ida ch=A dev=D from=41 to=0711 out", "41/1 connected -> held"),
			in("hold user=ida ch=A dev=D from=41 to=0711 out", "ignored no-change"),
			in("unhold user=ida ch=A dev=D from=41 to=0711 out", "41/1 held -> connected"),
			in("hangup user=ida ch=A dev=D out", "41/1 connected -> disconnected normal", "41/1 disconnected -> idle normal"),
		},
		"outbound that nobody answers": {
			in("ringing user=ida ch=A dev=D from=41 to=0711 out", "41/1 null -> proceeding"),
			in("hangup user=ida ch=A dev=D out", "41/1 proceeding -> disconnected unavailable", "41/1 disconnected -> idle unavailable"),
		},
		"first seen in mid-life": {
			in("rename user=ida ch=A dev=D from=0711 to=41 since", "41/1 null -> connected"),
			in("hold user=ida ch=B dev=E from=0712 to=41", "41/2 null -> held"),
			in("unhold user=ida ch=C dev=E from=0713 to=41", "41/3 null -> connected"),
			in("transfer user=ida ch=X dev=E", "ignored unknown-channel"),
			in("redirect user=ida ch=X dev=E", "ignored unknown-channel"),
		},
		"dial, the reply first": {
			ask(events.Dial, 0, "0711", "send dial id=oh-1 number=0711"),
			in("ok id=oh-1", "ended 1 ok", "41/1 null -> dialing"),
			in("ringing user=ida ch=A dev=D from=41 to=0711 out", "41/1 dialing -> proceeding"),
			in("busy user=ida ch=A dev=D from=41 to=0711 out", "41/1 proceeding -> connected"),
		},
		"dial, the event first": {
			ask(events.Dial, 0, "0711", "send dial id=oh-1 number=0711"),
			in("ringing user=ida ch=A dev=D from=41 to=0711 out", "ended 1 ok", "41/1 null -> dialing", "41/1 dialing -> proceeding"),
			in("ok id=oh-1"),
		},
		"dial by the own phone's ring (R-73)": {
			ask(events.Dial, 0, "0711", "send dial id=oh-1 number=0711"),
			in("ok id=oh-1", "ended 1 ok", "41/1 null -> dialing"),
			in("ringing user=ida ch=A dev=D from=0711 to=41"),
			in("busy user=ida ch=A dev=D from=0711 to=41", "ignored own-ring"),
			in("ringing user=ida ch=A dev=D from=41 to=0711 out", "41/1 dialing -> proceeding"),
		},
		"dial refused": {
			ask(events.Dial, 0, "0711", "send dial id=oh-1 number=0711"),
			in("fail id=oh-1 text=no", "ended 1 failed"),
		},
		"dial without any word": {
			ask(events.Dial, 0, "0711", "send dial id=oh-1 number=0711"),
			wait(11, "ended 1 timeout"),
			in("ok id=oh-1"),
			in("ringing user=ida ch=A dev=D from=41 to=0711 out", "41/2 null -> proceeding"),
		},
		"dial accepted, then nothing": {
			ask(events.Dial, 0, "0711", "send dial id=oh-1 number=0711"),
			in("ok id=oh-1", "ended 1 ok", "41/1 null -> dialing"),
			wait(61, "41/1 dialing -> disconnected unavailable", "41/1 disconnected -> idle unavailable"),
		},
		"two dials are told apart by their numbers": {
			ask(events.Dial, 0, "0711", "send dial id=oh-1 number=0711"),
			ask(events.Dial, 0, "0812", "send dial id=oh-2 number=0812"),
			in("ringing user=ida ch=B dev=D from=41 to=0049812 out", "ended 2 ok", "41/2 null -> dialing", "41/2 dialing -> proceeding"),
			in("ringing user=ida ch=A dev=E from=41 to=0049711 out", "ended 1 ok", "41/1 null -> dialing", "41/1 dialing -> proceeding"),
		},
		"answer, proved by the event": {
			in(ring, "41/1 null -> offering"),
			ask(events.Answer, 1, "", "send offhook id=oh-1 dev=D"),
			in("busy user=ida ch=A dev=D from=0711 to=41", "ended 1 ok", "41/1 offering -> connected"),
		},
		"answer is not possible while two calls ring": {
			in(ring, "41/1 null -> offering"),
			in("ringing user=ida ch=B dev=D from=0712 to=41", "41/2 null -> offering"),
			ask(events.Answer, 1, "", "ended 1 invalid-state"),
		},
		"drop rejects an offering call": {
			in(ring, "41/1 null -> offering"),
			ask(events.Drop, 1, "", "send hangup id=oh-1 ch=A"),
			in("ok id=oh-1", "ended 1 ok"),
			in("hangup user=ida ch=A", "41/1 offering -> idle dropped"),
		},
		"drop taken, no hangup comes": {
			in(ring, "41/1 null -> offering"),
			ask(events.Drop, 1, "", "send hangup id=oh-1 ch=A"),
			in("ok id=oh-1", "ended 1 ok"),
			wait(11, "41/1 offering -> idle dropped"),
		},
		"drop refused, yet it worked": {
			in(ring, "41/1 null -> offering"),
			ask(events.Drop, 1, "", "send hangup id=oh-1 ch=A"),
			in("fail id=oh-1"),
			in("hangup user=ida ch=A", "ended 1 ok", "41/1 offering -> idle dropped"),
		},
		"drop refused, the phone's own key, refused too": {
			in(ring, "41/1 null -> offering"),
			ask(events.Drop, 1, "", "send hangup id=oh-1 ch=A"),
			in("fail id=oh-1"),
			wait(2.1, "send phone-hangup id=oh-2 dev=D"),
			in("fail id=oh-2", "ended 1 failed"),
			in("busy user=ida ch=A dev=D from=0711 to=41", "41/1 offering -> connected"),
		},
		"drop before a channel is known": {
			ask(events.Dial, 0, "0711", "send dial id=oh-1 number=0711"),
			in("ok id=oh-1", "ended 1 ok", "41/1 null -> dialing"),
			ask(events.Drop, 1, ""),
			in("ringing user=ida ch=A dev=D from=41 to=0711 out", "41/1 dialing -> proceeding", "send hangup id=oh-2 ch=A"),
			in("hangup user=ida ch=A out", "ended 2 ok", "41/1 proceeding -> idle dropped"),
		},
		"hold is a toggle: one key in flight": {
			in("busy user=ida ch=A dev=D from=0711 to=41", "41/1 null -> connected"),
			ask(events.Hold, 1, "", "send hold id=oh-1 dev=D"),
			ask(events.Hold, 1, "", "ended 2 invalid-state"),
			in("ok id=oh-1", "ended 1 ok"),
			ask(events.Hold, 1, "", "ended 3 invalid-state"),
			in("hold user=ida ch=A dev=D from=0711 to=41", "41/1 connected -> held"),
			ask(events.Unhold, 1, "", "send hold id=oh-2 dev=D"),
			in("unhold user=ida ch=A dev=D from=0711 to=41", "ended 4 ok", "41/1 held -> connected"),
		},
		"hold with two calls on the phone is not offered": {
			in("busy user=ida ch=A dev=D from=0711 to=41", "41/1 null -> connected"),
			in("hold user=ida ch=B dev=D from=0712 to=41", "41/2 null -> held"),
			ask(events.Hold, 1, "", "ended 1 invalid-state"),
			ask(events.CompleteTransfer, 2, "", "send transfer-key id=oh-1 dev=D"),
			in("ok id=oh-1", "ended 2 ok"),
			in("hangup user=ida ch=B", "41/2 held -> idle transferred"),
		},
		"a transfer moves the peer (decision B8)": {
			in("busy user=ida ch=A dev=D from=0711 to=41", "41/1 null -> connected"),
			in("rename user=ida ch=A dev=D from=43 to=41", "41/1 info 101101 caller=43 connected=43 redirecting=0711 redirection= reason=transfer"),
			in("rename user=ida ch=A dev=D from=43 to=41", "ignored no-change"),
			in("rename user=ida ch=A dev=D from=43 fromName=Kim to=41", "41/1 info 1 caller=43 connected=43 redirecting=0711 redirection= reason=transfer"),
		},
		"own transfer": {
			in("busy user=ida ch=A dev=D from=0711 to=41", "41/1 null -> connected"),
			in("transfer user=ida ch=A dev=D from=0711 to=41"),
			in("hangup user=ida ch=A", "41/1 connected -> idle transferred"),
		},
		"redirected away": {
			in(ring, "41/1 null -> offering"),
			in("redirect user=ida ch=A dev=D from=0711 to=43", "41/1 info 10000 caller=0711 connected= redirecting= redirection=43 reason=direct"),
			in("hangup user=ida ch=A", "41/1 offering -> disconnected forwarded", "41/1 disconnected -> idle forwarded"),
		},
		"a ring from the own number is held back (decision B6)": {
			in("ringing user=ida ch=A dev=D from=41 to=0711"),
			in("ringing user=ida ch=A dev=D from=41 to=0711 out", "41/1 null -> proceeding"),
		},
		"a ring from the own number that stays inbound": {
			in("ringing user=ida ch=A dev=D from=41 to=41"),
			wait(3.1, "41/1 null -> offering"),
		},
		"an offered call turns outbound": {
			in(ring, "41/1 null -> offering"),
			in("ringing user=ida ch=A dev=D from=41 to=0711 out", "41/1 offering -> disconnected turned-outbound", "41/1 disconnected -> idle turned-outbound", "41/2 null -> proceeding"),
		},
		"nobody answers for two minutes": {
			in(ring, "41/1 null -> offering"),
			wait(121, "41/1 offering -> disconnected expired", "41/1 disconnected -> idle expired"),
		},
		"a short loss is invisible": {
			in("busy user=ida ch=A dev=D from=0711 to=41", "41/1 null -> connected"),
			down(), wait(2), up(),
			in("busy user=ida ch=A dev=D from=0711 to=41"),
			in("hangup user=ida ch=A", "41/1 connected -> disconnected normal", "41/1 disconnected -> idle normal"),
		},
		"a long loss, the call goes on": {
			in("busy user=ida ch=A dev=D from=0711 to=41", "41/1 null -> connected"),
			down(),
			wait(6, "line 41 service=false phone=unknown offers=0", "41/1 connected -> unknown"),
			up("line 41 service=true phone=unknown offers=0"),
			in("incall user=ida", "line 41 service=true phone=in-call offers=0", "41/1 unknown -> connected"),
		},
		"a long loss, the call ended meanwhile": {
			in("busy user=ida ch=A dev=D from=0711 to=41", "41/1 null -> connected"),
			down(),
			wait(6, "line 41 service=false phone=unknown offers=0", "41/1 connected -> unknown"),
			up("line 41 service=true phone=unknown offers=0"),
			in("free user=ida", "line 41 service=true phone=free offers=0"),
			wait(3.1, "41/1 unknown -> disconnected lost", "41/1 disconnected -> idle lost"),
		},
		"the same caller's other call was answered": {
			in(ring, "41/1 null -> offering"),
			in("ringing user=ida ch=B dev=D from=0711 to=41", "41/2 null -> offering"),
			in("busy user=ida ch=B dev=D from=0711 to=41", "41/2 offering -> connected"),
			in("hangup user=ida ch=A", "41/1 offering -> disconnected picked-up", "41/1 disconnected -> idle picked-up"),
		},
		"a phone that is free without a session ends no call": {
			in("busy user=ida ch=A dev=D from=0711 to=41", "41/1 null -> connected"),
			down(),
			in("free user=ida", "line 41 service=true phone=free offers=0"),
			wait(3.5),
			wait(1.5, "line 41 service=false phone=free offers=0", "41/1 connected -> unknown"),
		},
		"a hold key needs the session's word of the call": { // a bare file's calls may be older than its session
			in("busy user=ida ch=A dev=D from=0711 to=41", "41/1 null -> connected"),
			up(),
			ask(events.Hold, 1, "", "ended 1 invalid-state"),
			in("rename user=ida ch=A dev=D from=0711 fromName=Vogt to=41", "41/1 info 1 caller=0711 connected=0711 redirecting= redirection= reason=none"),
			ask(events.Hold, 1, "", "send hold id=oh-1 dev=D"),
		},
		"a consultation that fails gives its number back": {
			in("busy user=ida ch=A dev=D from=0711 to=41", "41/1 null -> connected"),
			ask(events.SetupTransfer, 1, "", "send hold id=oh-1 dev=D"),
			in("fail id=oh-1 text=no", "ended 1 failed"),
			ask(events.Dial, 2, "0812", "send dial id=oh-2 number=0812"),
			in("ok id=oh-2", "ended 2 ok", "41/3 null -> dialing"),
		},
		"loss with a request under way and one waiting": {
			ask(events.Dial, 0, "0711", "send dial id=oh-1 number=0711"),
			down("ended 1 lost"),
			ask(events.Dial, 0, "0712"),
			up("send dial id=oh-1 number=0712"),
			in("ok id=oh-1", "ended 2 ok", "41/2 null -> dialing"),
		},
		"seize, then dial": {
			ask(events.Seize, 0, "", "ended 1 ok"),
			ask(events.Dial, 1, "0711", "send dial id=oh-1 number=0711"),
			in("ok id=oh-1", "ended 2 ok", "41/1 null -> dialing"),
		},
		"seize, then drop": {
			ask(events.Seize, 0, "", "ended 1 ok"),
			ask(events.Drop, 1, "", "ended 2 ok"),
		},
		"pickup": {
			in("offer user=ida colleague=kim number=44 from=0711", "line 41 service=true phone=unknown offers=1"),
			ask(events.PickupCall, 0, "44", "send pickup id=oh-1 number=44"),
			in("ok id=oh-1", "ended 1 ok", "41/1 null -> dialing"),
			in("busy user=ida ch=A dev=D from=0711 to=44", "41/1 dialing -> connected"),
			in("offergone user=ida colleague=kim number=44", "line 41 service=true phone=unknown offers=0"),
		},
	}
	for name, steps := range stories {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			for i, s := range steps {
				got := s.do(d)
				if len(s.want) == 0 {
					require.Empty(t, got, "step %d", i+1)
				} else {
					require.Equal(t, s.want, got, "step %d", i+1)
				}
			}
		})
	}
}

func TestAnsweredElsewhere(t *testing.T) {
	d := newDesk(t)
	d.in("ringing user=ida ch=A dev=D from=0711 to=41")
	d.in("ringing user=kim ch=B dev=K from=0711 to=44")
	d.in("busy user=kim ch=B dev=K from=0711 to=44")
	require.Equal(t, []string{"41/1 offering -> disconnected picked-up", "41/1 disconnected -> idle picked-up"}, d.in("hangup user=ida ch=A"))
}

// TestOwnAnswerIsNoEvidence: a call that was answered, lost, and rings once more was answered by nobody else.
func TestOwnAnswerIsNoEvidence(t *testing.T) {
	d := newDesk(t, func(s *Settings) { s.Timers = Timers{SessionGrace: time.Second, Evidence: time.Minute} })
	d.in("busy user=ida ch=A dev=D from=0711 to=41")
	d.feed(trace.Record{Kind: trace.Down})
	d.wait(2)
	d.feed(trace.Record{Kind: trace.Up, JID: "ida@x/y", Domain: "x"})
	require.Equal(t, []string{"41/1 unknown -> offering"}, d.in("ringing user=ida ch=A dev=D from=0711 to=41"))
	require.Equal(t, []string{"41/1 offering -> disconnected cancelled", "41/1 disconnected -> idle cancelled"}, d.in("hangup user=ida ch=A"))
}

// TestTheOtherSideIsNotOneself: both sides of an internal call have one number; that the caller's side was answered says
// that somebody else took it.
func TestTheOtherSideIsNotOneself(t *testing.T) {
	d := newDesk(t)
	d.in("ringing user=ida ch=A dev=D from=41 to=44 out int")
	require.Equal(t, []string{"line 44 service=true phone=unknown offers=0", "44/1 null -> offering"}, d.in("ringing user=kim ch=B dev=K from=41 to=44 int"))
	d.in("busy user=ida ch=A dev=D from=41 to=44 out int")
	require.Equal(t, []string{"44/1 offering -> disconnected picked-up", "44/1 disconnected -> idle picked-up"}, d.in("hangup user=kim ch=B"))
}

func TestSidesOfAnInternalCallShareTheirNumber(t *testing.T) {
	d := newDesk(t)
	require.Equal(t, []string{"41/1 null -> proceeding"}, d.in("ringing user=ida ch=A dev=D from=41 to=44 out int"))
	require.Equal(t, []string{"line 44 service=true phone=unknown offers=0", "44/1 null -> offering"}, d.in("ringing user=kim ch=B dev=K from=41 to=44 int"))
}

func TestSupervisorLogin(t *testing.T) {
	d := newDesk(t, func(s *Settings) {
		*s = Settings{Journal: "test", User: "switch", Supervisor: true, Users: []string{"Ida", "kim"}, Handshake: true}
	})
	up := trace.Record{Kind: trace.Up, JID: "switch@x/y", Domain: "x"}
	require.Equal(t, []string{"send login id=oh-1", "send presence"}, d.feed(up))
	require.Equal(t, []string{"send find id=oh-2 number=Ida"}, d.in("user id=oh-1 user=switch ext=90 boss"))
	require.Equal(t, []string{"line 41 service=true phone=unknown offers=0"}, d.in("user id=oh-2 user=Ida ext=41"))
	require.Equal(t, []string{"send find id=oh-3 number=kim"}, d.wait(0.1))
	require.Equal(t, []string{"notice warning user-unknown"}, d.in("fail id=oh-3 text=no"))
	require.Empty(t, d.in("ringing user=zoe ch=A from=0711 to=49"))
	require.EqualValues(t, 1, d.core.Unselected)
	require.Equal(t, []string{"41/1 null -> offering"}, d.in("ringing user=IDA ch=A dev=D from=0711 to=41"))
	require.Equal(t, []string{"send hangup id=oh-4 user=Ida ch=A"}, d.ask(events.Drop, 1, ""))
}

// lastIQ is the number of the newest question to the PBX.
func lastIQ(d *desk) string { return fmt.Sprint(d.core.session.commandCount) }

// TestLinesThatAreNoLongerSelected: after a restart with other settings, the journal's line of somebody else is taken away with
// its calls, and who is selected again has his permanent id again.
func TestLinesThatAreNoLongerSelected(t *testing.T) {
	supervisor := func(users ...string) func(*Settings) {
		return func(s *Settings) {
			*s = Settings{Journal: "test", User: "switch", Supervisor: true, Users: users, Handshake: true}
		}
	}
	d := newDesk(t, supervisor("ida", "kim"))
	d.feed(trace.Record{Kind: trace.Up, JID: "switch@x/y", Domain: "x"})
	d.in("user id=oh-1 user=switch ext=90 boss")
	d.in("user id=oh-2 user=ida ext=41")
	d.wait(0.1)
	d.in("user id=oh-3 user=kim ext=44")
	d.in("ringing user=ida ch=A dev=D from=0711 to=41")

	again := newDesk(t, supervisor("kim"))
	again.core.Restore(d.core.Image())
	require.Equal(t, []string{"41/1 offering -> disconnected unavailable", "41/1 disconnected -> idle unavailable", "line gone 41"},
		again.feed(trace.Record{Kind: trace.Start}))
	require.Empty(t, again.core.lines["ida"])

	back := newDesk(t, supervisor("ida", "kim"))
	back.core.Restore(again.core.Image())
	back.feed(trace.Record{Kind: trace.Start})
	back.feed(trace.Record{Kind: trace.Up, JID: "switch@x/y", Domain: "x"})
	back.in("user id=oh-" + lastIQ(back) + " user=switch ext=90 boss")
	back.in("user id=oh-" + lastIQ(back) + " user=ida ext=41")
	require.EqualValues(t, 1, back.core.lines["ida"].view.Permanent)
	require.EqualValues(t, 2, back.core.lines["kim"].view.Permanent)
}

// TestLinesThatThePBXNoLongerKnows: a line that the roster does not name is looked up, and goes when there is no such user.
func TestLinesThatThePBXNoLongerKnows(t *testing.T) {
	d := newDesk(t, func(s *Settings) {
		*s = Settings{Journal: "test", User: "switch", Supervisor: true, Users: []string{"all"}, Handshake: true}
	})
	login := func() {
		d.feed(trace.Record{Kind: trace.Up, JID: "switch@x/y", Domain: "x"})
		d.in("user id=oh-1 user=switch ext=90 boss")
	}
	login()
	d.in("users id=oh-2 text=ida,kim")
	d.in("user id=oh-3 user=ida ext=41")
	d.wait(0.1)
	d.in("user id=oh-4 user=kim ext=44")
	d.feed(trace.Record{Kind: trace.Down})
	login()
	require.Equal(t, []string{"send find id=oh-3 number=ida"}, d.in("users id=oh-2 text=ida"))
	d.in("user id=oh-3 user=ida ext=41")
	require.Equal(t, []string{"send find id=oh-4 number=kim"}, d.wait(0.1))
	require.Equal(t, []string{"line gone 44"}, d.in("fail id=oh-4 text=no"))
	require.NotNil(t, d.core.lines["ida"])
}

func TestLoginIsGivenUpAfterItsDeadline(t *testing.T) {
	d := newDesk(t, func(s *Settings) { s.Learn, s.Handshake, s.User = false, true, "ida" })
	d.feed(trace.Record{Kind: trace.Up, JID: "ida@x/y", Domain: "x"})
	require.Equal(t, []string{"notice warning login-unanswered", "close login-unanswered"}, d.wait(11))
}
