package events_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/events/journaltest"
)

func TestEventsNeverChange(t *testing.T) {
	facts := events.CallFacts{Line: "anna", Call: 1, Source: events.Party{Number: "10"}}
	call := events.NewCall(events.CallHeld, facts)
	facts.Line, facts.Source.Number = "bert", "99"
	handed := call.Facts()
	handed.Line, handed.Source.Number = "carl", "98"
	require.Equal(t, "anna", call.Line())
	require.Equal(t, "10", call.Facts().Source.Number)

	phones := events.LineFacts{Line: "anna", Devices: []events.Device{{Name: "desk", Capabilities: []string{"dial"}}}}
	line := events.NewLine(events.LineLearned, phones)
	want := line.Facts()
	phones.Devices[0].Name, phones.Devices[0].Capabilities[0] = "mobile", "none"
	given := line.Facts()
	given.Devices[0].Name, given.Devices[0].Capabilities[0] = "softphone", "hold"
	require.Equal(t, want, line.Facts())
	require.Equal(t, "desk", want.Devices[0].Name)
	require.Equal(t, "dial", want.Devices[0].Capabilities[0])

	e := events.New(5, "j", "pbx", events.Cause{Raw: "<a/>"}, line)
	cause := e.Cause()
	cause.Raw = "<b/>"
	require.Equal(t, uint64(9), e.Numbered(9).Seq())
	require.Zero(t, e.Seq())
	require.Equal(t, "<a/>", e.Cause().Raw)
}

func TestDecodedEventsOwnTheirText(t *testing.T) {
	for _, typ := range events.Types() {
		want := journaltest.Event(typ, "j", 3, "raw")
		b := want.AppendBinary(nil)
		got, _, err := events.Decode(b, "raw")
		require.NoError(t, err)
		clear(b)
		requireSame(t, want, got)
	}
}

func TestMillis(t *testing.T) {
	m := events.MillisOf(time.Date(2024, 2, 29, 23, 59, 59, 999_999_999, time.FixedZone("x", 3600)))
	require.Equal(t, "2024-02-29T22:59:59.999Z", m.Time().Format(time.RFC3339Nano))
	require.Equal(t, 1500*time.Millisecond, m.Add(1500*time.Millisecond+999).Sub(m))
}

func TestFields(t *testing.T) {
	show := func(e events.Event) string {
		var s string
		for _, f := range e.AppendFields(nil) {
			v := f.Key + "=" + f.Value
			if f.Unquoted {
				v += "!"
			}
			s += v + " "
		}
		return s
	}
	for typ, want := range map[events.Type]string{
		events.CallHeld: "line=anna call=4294967295! channel=SIP/7-0001 device=Tischgerät 7 outbound=true! internal=true! " +
			"from=10 fromName=Anna Ö. to=20 toName=Bert via=30 viaName=Queue display=mailbox " +
			"talkSince=2023-11-14T22:13:20.123Z reason=pickup cause=no-answer request=8! refChannel=SIP/8-0002 ",
		events.LineLearned: "line=anna user=Anna name=Anna Österberg address=10 permanent=77! supervisor=true! " +
			"device=Desk caps=dial,hold device=Mobile ",
		events.LinePhoneChanged:  "line=anna state=in-call ",
		events.LinePickupOffered: "line=anna colleague=bert number=12 from=+49301 fromName=Zoë ",
		events.SessionDown:       "jid=anna@pbx/offhook domain=pbx code=reset text=lost ",
		events.InputIgnored:      "line=anna channel=SIP/7 code=stranger text=no such user ",
		events.NoticeRaised:      "severity=warning code=user-unknown text=no such user line=anna ",
		events.RequestIssued:     "line=anna call=4! request=9! kind=setup-transfer number=*21# other=5! queued=true! frontend=tapi principal=outlook.exe ref=70! ",
		events.RequestFinished:   "line=anna call=4! request=9! result=bad-address text=invalid frontend=tapi principal=outlook.exe ref=70! ",
		events.TimerFired:        "line=anna call=4! timer=grace request=9! ",
	} {
		require.Equal(t, want, show(journaltest.Event(typ, "j", 1, "")), typ)
	}
	bare := events.New(0, "", "", events.Cause{}, events.NewCall(events.CallHeld, events.CallFacts{}))
	require.Empty(t, bare.AppendFields(nil))
}

func TestCheckNumbers(t *testing.T) {
	batch := journaltest.Batch("j", 4, 3)
	require.NoError(t, events.CheckNumbers(4, batch))
	require.ErrorIs(t, events.CheckNumbers(5, batch), events.ErrConflict)
	batch[2] = batch[2].Numbered(7)
	require.ErrorIs(t, events.CheckNumbers(4, batch), events.ErrConflict)
	require.ErrorContains(t, events.CheckNumbers(0, []events.Event{{}}), "has no body")
}

func TestSameEvents(t *testing.T) {
	a, b := journaltest.Batch("j", 1, 3), journaltest.Batch("j", 1, 3)
	require.True(t, events.SameEvents(a, b))
	require.False(t, events.SameEvents(a, b[:2]))
	e := b[1]
	b[1] = events.New(e.At(), e.Journal(), e.Source(), events.Cause{Raw: "other", Input: e.Cause().Input}, e.Body()).Numbered(e.Seq())
	require.False(t, events.SameEvents(a, b))
}
