package pbx

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	vogt     = "00497115550199"
	deskSnom = "Snom 000413b207 [Desk+1]"
	cordless = "Gigaset 7c2f80c9e1 [Cordless]"
)

func requireNoErrors(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		require.NoError(t, err)
	}
}

func startInbound(t *testing.T, s *Server, ext string) *Call {
	t.Helper()
	c, err := s.Inbound(vogt, "Vogt Ltd", ext)
	require.NoError(t, err)
	return c
}

func TestInboundCallFieldByField(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_123)
	s := startServer(t, func(c *Config) { c.Now = func() time.Time { return at } })
	c := loginClient(t, s, "ilund", own, "journal * user")
	call := startInbound(t, s, "41")
	e := c.requireEvents("ilund ringing <- " + vogt)[0]
	require.Equal(t, "pbx.branch", e.attr("from"))
	require.Equal(t, "ilund@branch/test", e.attr("to"))
	require.Equal(t, "base", e.at("cmd").attr("module"))
	var names []string
	fields := map[string]string{}
	for _, k := range e.at("cmd", "ChannelEvent").Kids {
		names = append(names, k.XMLName.Local)
		fields[k.XMLName.Local] = k.text()
	}
	require.Equal(t, strings.Fields("eventType eventId eventDetails outbound internal sourceName sourceNumber sourceCallerIdName "+
		"targetName targetCallerIdName targetNumber busySince refChannel device fromName fromNumber username"), names)
	require.Equal(t, map[string]string{
		"eventType": "ringing", "eventId": "SIP/yl0A31-00000001", "eventDetails": "", "outbound": "false", "internal": "false",
		"sourceName": "Vogt Ltd", "sourceNumber": vogt, "sourceCallerIdName": "", "targetName": "Ida Lund", "targetCallerIdName": "",
		"targetNumber": "41", "busySince": "0", "refChannel": "", "device": "Yealink 0015650a31 [Reception]",
		"fromName": "", "fromNumber": "", "username": "ilund",
	}, fields)
	require.Equal(t, "SIP/yl0A31-00000001", call.Channel("41"))

	c.requireSuccess("phone", "<Offhook device='Yealink 0015650a31 [Reception]'/>")
	e = c.requireEvents("ilund busy <- " + vogt)[0]
	require.Equal(t, "1700000000123", e.text("cmd", "ChannelEvent", "busySince"))
	requireNoErrors(t, call.HangupFar())
	c.requireEvents("ilund hangup <- "+vogt, "journal ilund "+vogt+" hangup")
	require.True(t, call.Ended())
	require.Zero(t, s.Calls())
	require.ErrorIs(t, call.HangupFar(), ErrNoCall)
}

func TestInternalCallBothSidesAndSupervisor(t *testing.T) {
	s := startServer(t, nil)
	boss := loginClient(t, s, "switch", own, every)
	a := loginClient(t, s, "ilund", own, every) // subscribes to events that it may not get
	b := loginClient(t, s, "sabe", own)
	_, err := s.Internal("41", "43")
	requireNoErrors(t, err, s.Answer("43"), s.HandsetHold("41"), s.HandsetUnhold("41"), s.HangupUser("43"))
	boss.requireEvents("ilund ringing -> 43", "sabe ringing <- 41", "sabe busy <- 41", "ilund busy -> 43",
		"ilund hold -> 43", "ilund unhold -> 43", "ilund hangup -> 43", "sabe hangup <- 41")
	a.requireEvents("ilund ringing -> 43", "ilund busy -> 43", "ilund hold -> 43", "ilund unhold -> 43", "ilund hangup -> 43")
	e := b.requireEvents("sabe ringing <- 41", "sabe busy <- 41", "sabe hangup <- 41")
	require.Equal(t, "true", e[0].text("cmd", "ChannelEvent", "internal"))
	for _, c := range []*client{boss, a, b} {
		c.requireNoEvent()
	}
}

func TestOneEventPerSessionAndSubscriptionsChange(t *testing.T) {
	s := startServer(t, nil)
	c := loginClient(t, s, "switch", own, every, "base * user", "base * supervisor")
	second := loginTo(t, s.Addr(), "branch", certPool(t, s), "switch", loginOptions{resource: "second"})
	call := startInbound(t, s, "46")
	c.requireEvents("switch ringing <- " + vogt)
	c.requireNoEvent()
	second.requireNoEvent() // ClientInfo was not sent yet
	require.Equal(t, "send xmppuser.ClientInfo first", second.requireFailure("base", "<Hangup/>"))
	second.sendClientInfo()
	requireNoErrors(t, s.Answer("46"))
	c.requireEvents("switch busy <- " + vogt)
	second.requireNoEvent() // subscribed to nothing
	l := second.command("event", "<AddSubscription><Subscription module='base' type='*'/></AddSubscription>").at("cmd", "SubscriptionList")
	require.Equal(t, "user", l.at("Subscription").attr("scope"))
	requireNoErrors(t, s.HandsetHold("46"))
	second.requireEvents("switch hold <- " + vogt)
	second.command("event", "<RemoveSubscription><Subscription module='base' type='*' scope='user'/></RemoveSubscription>")
	requireNoErrors(t, call.HangupFar())
	c.requireEvents("switch hold <- "+vogt, "switch hangup <- "+vogt)
	second.requireNoEvent()
	require.Contains(t, second.requireFailure("event", "<AddSubscription><Subscription type='x'/></AddSubscription>"), "malformed")
}

func TestSeveralPhonesRing(t *testing.T) {
	s := startServer(t, nil)
	c := loginClient(t, s, "mroth", own, "journal * user")
	startInbound(t, s, "42")
	e := c.requireEvents("mroth ringing <- "+vogt, "mroth ringing <- "+vogt)
	require.NotEqual(t, e[0].text("cmd", "ChannelEvent", "eventId"), e[1].text("cmd", "ChannelEvent", "eventId"))
	requireNoErrors(t, s.AnswerOn("42", cordless))
	e = c.requireEvents("mroth busy <- "+vogt, "mroth hangup <- "+vogt)
	require.Equal(t, cordless, e[0].text("cmd", "ChannelEvent", "device"))
	require.Equal(t, deskSnom, e[1].text("cmd", "ChannelEvent", "device"))
	c.requireNoEvent() // the branch that did not answer makes no call record

	busy := startInbound(t, s, "42")
	require.True(t, busy.Ended())
	c.requireEvents("journal mroth " + vogt + " hangup missed")
	requireNoErrors(t, s.HangupUser("42"))
	c.requireEvents("mroth hangup <- "+vogt, "journal mroth "+vogt+" hangup")

	startInbound(t, s, "42")
	requireNoErrors(t, s.Decline("42"))
	c.requireEvents("mroth ringing <- "+vogt, "mroth ringing <- "+vogt, "mroth hangup <- "+vogt, "mroth hangup <- "+vogt,
		"journal mroth "+vogt+" hangup missed")
}

func TestDialRemote(t *testing.T) {
	s := startServer(t, nil)
	requireNoErrors(t, s.FarAnswers("0715551200", time.Millisecond))
	c := loginClient(t, s, "ilund", own)
	c.requireSuccess("base", "<Dial target='(0715) 55 12-00' prefix='auto'/>")
	c.requireEvents("ilund ringing -> 0049715551200", "ilund busy -> 0049715551200")
	c.requireSuccess("base", "<Hangup/>")
	c.requireEvents("ilund hangup -> 0049715551200")

	c.requireSuccess("base", "<Dial target='+44 (0) 29691 0' device='Yealink 0015650a31 [Reception]'/>")
	e := c.requireEvents("ilund ringing -> 0044296910")[0]
	c.requireSuccess("base", "<Hangup channel='"+e.text("cmd", "ChannelEvent", "eventId")+"'/>")
	c.requireEvents("ilund hangup -> 0044296910")

	c.requireSuccess("base", "<Dial target='sabe@branch'/>")
	c.requireEvents("ilund ringing -> 43")
	requireNoErrors(t, s.HangupUser("41"))
	c.requireEvents("ilund hangup -> 43")

	c.requireSuccess("base", "<Dial target='*100'/>")
	e = c.requireEvents("ilund ringing -> *100", "ilund busy -> *100")[1]
	require.Equal(t, "mailbox", e.text("cmd", "ChannelEvent", "eventDetails"))
	requireNoErrors(t, s.HangupUser("41"))
	c.requireEvents("ilund hangup -> *100")

	c.requireSuccess("base", "<Dial target='99'/>") // the number does not exist
	c.requireEvents("ilund ringing -> 99", "ilund hangup -> 99")
	requireNoErrors(t, s.FarDeclines("*", 0))
	c.requireSuccess("base", "<Dial target='0711999888'/>")
	c.requireEvents("ilund ringing -> 0049711999888", "ilund hangup -> 0049711999888")
}

func TestDialOwnPhone(t *testing.T) {
	shown := map[OwnPhoneParty]string{ShowOwn: "41", ShowDialled: "0049715551200", ShowEmpty: ""}
	for shows, source := range shown {
		s := startServer(t, func(c *Config) { c.DialMode, c.OwnPhoneShows = DialOwnPhone, shows })
		c := loginClient(t, s, "ilund", own)
		c.requireSuccess("base", "<Dial target='0715551200'/>")
		first := c.requireEvents("ilund ringing <- " + source)[0]
		requireNoErrors(t, s.Answer("41"))
		second := c.requireEvents("ilund ringing -> 0049715551200")[0]
		require.Equal(t, first.text("cmd", "ChannelEvent", "eventId"), second.text("cmd", "ChannelEvent", "eventId"))
		call, err := s.CallOf("41")
		requireNoErrors(t, err, call.AnswerFar())
		c.requireEvents("ilund busy -> 0049715551200")
		requireNoErrors(t, call.HangupFar())
		c.requireEvents("ilund hangup -> 0049715551200")

		c.requireSuccess("base", "<Dial target='43'/>")
		c.requireEvents("ilund ringing <- " + map[string]string{"41": "41", "0049715551200": "43"}[source])
		requireNoErrors(t, s.Decline("41"))
		c.awaitStanza("hangup", func(e *xmlElement) bool { return strings.HasPrefix(describe(e), "ilund hangup <-") })
		require.Zero(t, s.Calls())
	}
}

func TestDialForOthers(t *testing.T) {
	s := startServer(t, nil)
	boss, ida := loginClient(t, s, "switch", every), loginClient(t, s, "ilund", own)
	boss.requireSuccess("base", "<Dial target='43' username='ILund'/>")
	boss.requireEvents("ilund ringing -> 43", "sabe ringing <- 41")
	e := ida.requireEvents("ilund ringing -> 43")[0]
	channel := e.text("cmd", "ChannelEvent", "eventId")
	require.Equal(t, "channel missing", boss.requireFailure("base", "<Hangup/>"))
	boss.requireSuccess("base", "<Hangup channel='"+channel+"'/>")
	ida.requireEvents("ilund hangup -> 43")
	boss.requireSuccess("base", "<DialFrom target='43' identity='ilund'/>")
	ida.requireEvents("ilund ringing -> 43")

	require.Contains(t, ida.requireFailure("base", "<Dial target='43' username='sabe'/>"), "not allowed")
	require.Equal(t, "no such channel", ida.requireFailure("base", "<Hangup channel='SIP/x-00000001'/>"))
	require.Contains(t, boss.requireFailure("base", "<Dial target='43' username='nobody'/>"), "no such user")
	for _, bad := range []string{"<Dial/>", "<Dial target='abc'/>", "<Dial target='43' prefix='x'/>", "<Dial target='43' device='Unknown'/>",
		"<Dial target='nobody@branch'/>", "<Dial viasetting='x'/>", "<DialFrom target='43'/>", "<Nonsense/>"} {
		require.NotEmpty(t, ida.requireFailure("base", bad))
	}
}

func TestBlindTransfer(t *testing.T) {
	s := startServer(t, nil)
	boss := loginClient(t, s, "switch", every)
	_, err := s.Internal("43", "41")
	requireNoErrors(t, err, s.Answer("41"))
	boss.requireEvents("sabe ringing -> 41", "ilund ringing <- 43", "ilund busy <- 43", "sabe busy -> 41")
	ida := loginClient(t, s, "ilund", own)
	channel := s.channelOf(t, "41")
	ida.requireSuccess("base", "<Transfer channel='"+channel+"' target='44'/>")
	boss.requireEvents("ilund transfer <- 43", "ilund hangup <- 43", "sabe rename -> 44", "KPark ringing <- 43")
	requireNoErrors(t, s.Answer("44"), s.HangupUser("43"))
	boss.requireEvents("KPark busy <- 43", "sabe hangup -> 44", "KPark hangup <- 43")
	require.Zero(t, s.Calls())

	startInbound(t, s, "41")
	require.Equal(t, "Transfer not successfull", ida.requireFailure("base", "<Transfer channel='"+s.channelOf(t, "41")+"' target='44'/>"))
	requireNoErrors(t, s.Answer("41"), s.Blind("41", "0301234567")) // both sides are outside
	require.Zero(t, s.Calls())
}

// channelOf returns the channel of the user's current call.
func (s *Server) channelOf(t *testing.T, who string) string {
	t.Helper()
	c, err := s.CallOf(who)
	require.NoError(t, err)
	return c.Channel(who)
}

func TestAttendedTransferAndHoldKey(t *testing.T) {
	s := startServer(t, nil)
	boss := loginClient(t, s, "switch", every)
	ida := loginClient(t, s, "ilund")
	key := func(name string) string { return "<" + name + " device='Yealink 0015650a31 [Reception]'/>" }
	require.Equal(t, "no call to hold", ida.requireFailure("phone", key("Hold")))
	startInbound(t, s, "41")
	ida.requireSuccess("phone", key("Offhook"))
	ida.requireSuccess("phone", key("Hold"))
	require.Equal(t, "Transfer not successfull", ida.requireFailure("phone", key("Transfer")))
	_, err := s.HandsetDial("41", "43")
	requireNoErrors(t, err, s.Answer("43"))
	boss.requireEvents("ilund ringing <- "+vogt, "ilund busy <- "+vogt, "ilund hold <- "+vogt,
		"ilund ringing -> 43", "sabe ringing <- 41", "sabe busy <- 41", "ilund busy -> 43")
	ida.requireSuccess("phone", key("Transfer"))
	e := boss.requireEvents("ilund transfer <- "+vogt, "ilund transfer -> 43", "ilund hangup <- "+vogt, "ilund hangup -> 43", "sabe rename <- "+vogt)
	require.Equal(t, "false", e[4].text("cmd", "ChannelEvent", "internal"))
	require.Equal(t, "Vogt Ltd", e[4].text("cmd", "ChannelEvent", "sourceName"))
	requireNoErrors(t, s.HangupUser("43"))
	boss.requireEvents("sabe hangup <- " + vogt)
	require.Zero(t, s.Calls())
}

func TestConference(t *testing.T) {
	s := startServer(t, nil)
	ida := loginClient(t, s, "ilund", own)
	startInbound(t, s, "41")
	requireNoErrors(t, s.Answer("41"))
	_, err := s.HandsetDial("41", "43")
	requireNoErrors(t, err, s.Answer("43"))
	ida.requireEvents("ilund ringing <- "+vogt, "ilund busy <- "+vogt, "ilund hold <- "+vogt, "ilund ringing -> 43", "ilund busy -> 43")
	ida.requireSuccess("phone", "<Conference device='Yealink 0015650a31 [Reception]'/>")
	ida.requireEvents("ilund unhold <- " + vogt)
	ida.requireSuccess("phone", "<Hangup device='Yealink 0015650a31 [Reception]'/>")
	ida.awaitStanza("both end", func(e *xmlElement) bool { return describe(e) == "ilund hangup <- "+vogt })
	ida.requireEvents("ilund hangup -> 43")
	require.Zero(t, s.Calls())
}

func TestPickup(t *testing.T) {
	s := startServer(t, nil)
	ida := loginClient(t, s, "ilund", own, "base PickupEvent user")
	kim := loginClient(t, s, "kpark", own, "base PickupEvent user")
	boss := loginClient(t, s, "switch")
	startInbound(t, s, "44")
	ida.requireEvents("pickup ringing KPark 44 " + vogt)
	kim.requireEvents("KPark ringing <- " + vogt)
	require.Contains(t, ida.requireFailure("base", "<Pickup target='43'/>"), "nothing rings")
	require.Contains(t, ida.requireFailure("base", "<Pickup target='45'/>"), "pickup group")
	ida.requireSuccess("base", "<Pickup target='44'/>")
	ida.requireEvents("ilund busy <- "+vogt, "pickup gone KPark 44 "+vogt)
	kim.requireEvents("KPark hangup <- " + vogt)
	kim.requireNoEvent()
	requireNoErrors(t, s.HangupUser("41"))
	ida.requireEvents("ilund hangup <- " + vogt)

	startInbound(t, s, "43")
	kim.requireEvents("pickup ringing sabe 43 " + vogt)
	boss.requireSuccess("base", "<Pickup target='43' username='kpark'/>")
	kim.requireEvents("KPark busy <- "+vogt, "pickup gone sabe 43 "+vogt)
}

func TestRedirect(t *testing.T) {
	s := startServer(t, nil)
	boss := loginClient(t, s, "switch", every, "journal * supervisor")
	_, err := s.Internal("43", "41")
	requireNoErrors(t, err, s.Redirect("41", "44"), s.Answer("44"), s.HangupUser("44"))
	e := boss.requireEvents("sabe ringing -> 41", "ilund ringing <- 43", "ilund redirect <- 43", "ilund hangup <- 43",
		"journal ilund 43 redirect missed", "sabe rename -> 44", "KPark ringing <- 43", "KPark busy <- 43", "sabe busy -> 44",
		"sabe hangup -> 44", "journal sabe 44 hangup", "KPark hangup <- 43", "journal KPark 43 hangup")
	require.Equal(t, "44", e[2].text("cmd", "ChannelEvent", "targetNumber"))
}

func TestQueueRingsItsMembers(t *testing.T) {
	s := startServer(t, nil)
	boss := loginClient(t, s, "switch", every)
	sabe := loginClient(t, s, "sabe", "queue * user")
	startInbound(t, s, "60")
	e := boss.requireEvents("sabe ringing <- "+vogt, "KPark ringing <- "+vogt)
	require.Equal(t, "60", e[0].text("cmd", "ChannelEvent", "targetNumber"))
	requireNoErrors(t, s.Answer("44"), s.HangupUser("44"))
	boss.requireEvents("KPark busy <- "+vogt, "sabe hangup <- "+vogt, "KPark hangup <- "+vogt)
	sabe.requireSuccess("queue", "<AgentPause queue='support' reason='1'/>")
	m := sabe.awaitStanza("state", func(e *xmlElement) bool { return e.at("cmd", "QueueMemberState").XMLName.Local != "" }).at("cmd", "QueueMemberState")
	require.Equal(t, "true", m.attr("paused"))
	startInbound(t, s, "60")
	boss.requireEvents("KPark ringing <- " + vogt)
	boss.requireNoEvent()
}

func TestRenameAndTimeout(t *testing.T) {
	s := startServer(t, func(c *Config) { c.RingTimeout = 5 * time.Millisecond })
	ida := loginClient(t, s, "ilund", own, "journal * user")
	startInbound(t, s, "41")
	ida.requireEvents("ilund ringing <- "+vogt, "ilund hangup <- "+vogt, "journal ilund "+vogt+" hangup missed")

	s = startServer(t, nil)
	ida = loginClient(t, s, "ilund", own)
	call := startInbound(t, s, "41")
	require.ErrorIs(t, call.RenameFar("1", "x"), ErrNoCall)
	requireNoErrors(t, s.Answer("41"), call.RenameFar("00497115550198", "Accounts"))
	e := ida.requireEvents("ilund ringing <- "+vogt, "ilund busy <- "+vogt, "ilund rename <- 00497115550198")
	require.Equal(t, "Accounts", e[2].text("cmd", "ChannelEvent", "sourceName"))
}

func TestWireSwitches(t *testing.T) {
	s := startServer(t, func(c *Config) {
		c.Wire = Wire{Username: UsernameAttribute, ChannelPrefix: "PJSIP", OmitDevice: true, FarRinging: true, RefChannel: true}
	})
	ida := loginClient(t, s, "ilund", own)
	_, err := s.Internal("41", "43")
	requireNoErrors(t, err, s.Answer("43"))
	e := ida.requireEvents(" ringing -> 43", " ringing -> 43", " busy -> 43")[2].at("cmd", "ChannelEvent")
	require.Equal(t, "ilund", e.attr("username"))
	require.Equal(t, "PJSIP/yl0A31-00000001", e.text("eventId"))
	require.Equal(t, "PJSIP/snB2F9-00000002", e.text("refChannel"))
	require.Empty(t, e.at("device").XMLName.Local)
}

func TestMethodsRefuseImpossibleActions(t *testing.T) {
	s := startServer(t, nil)
	for _, err := range []error{s.Answer("41"), s.Decline("41"), s.HangupUser("41"), s.HandsetHold("41"), s.HandsetUnhold("41"),
		s.Blind("41", "43"), s.Redirect("41", "43"), s.CompleteTransfer("41"), s.Conference("41"), s.Pickup("41", "44")} {
		require.ErrorIs(t, err, ErrNoCall)
	}
	_, err := s.Inbound("1", "", "999")
	require.ErrorIs(t, err, ErrNoSuchUser)
	_, err = s.HandsetDial("41", "what?")
	require.ErrorContains(t, err, "invalid number")
	require.ErrorIs(t, s.Answer("nobody"), ErrNoSuchUser)
	startInbound(t, s, "41")
	requireNoErrors(t, s.Answer("41"))
	busy, err := s.Internal("43", "41")
	requireNoErrors(t, err)
	require.True(t, busy.Ended())
}
