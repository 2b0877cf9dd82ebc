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

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		require.NoError(t, err)
	}
}

func inbound(t *testing.T, s *Server, ext string) *Call {
	t.Helper()
	c, err := s.Inbound(vogt, "Vogt Ltd", ext)
	require.NoError(t, err)
	return c
}

func TestInboundCallFieldByField(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_123)
	s := start(t, func(c *Config) { c.Now = func() time.Time { return at } })
	c := enter(t, s, "ilund", own, "journal * user")
	call := inbound(t, s, "41")
	e := c.expect("ilund ringing <- " + vogt)[0]
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

	c.success("phone", "<Offhook device='Yealink 0015650a31 [Reception]'/>")
	e = c.expect("ilund busy <- " + vogt)[0]
	require.Equal(t, "1700000000123", e.text("cmd", "ChannelEvent", "busySince"))
	must(t, call.HangupFar())
	c.expect("ilund hangup <- "+vogt, "journal ilund "+vogt+" hangup")
	require.True(t, call.Ended())
	require.Zero(t, s.Calls())
	require.ErrorIs(t, call.HangupFar(), ErrNoCall)
}

func TestInternalCallBothSidesAndSupervisor(t *testing.T) {
	s := start(t, nil)
	boss := enter(t, s, "switch", own, every)
	a := enter(t, s, "ilund", own, every) // asks for what it may not have
	b := enter(t, s, "sabe", own)
	_, err := s.Internal("41", "43")
	must(t, err, s.Answer("43"), s.HandsetHold("41"), s.HandsetUnhold("41"), s.HangupUser("43"))
	boss.expect("ilund ringing -> 43", "sabe ringing <- 41", "sabe busy <- 41", "ilund busy -> 43",
		"ilund hold -> 43", "ilund unhold -> 43", "ilund hangup -> 43", "sabe hangup <- 41")
	a.expect("ilund ringing -> 43", "ilund busy -> 43", "ilund hold -> 43", "ilund unhold -> 43", "ilund hangup -> 43")
	e := b.expect("sabe ringing <- 41", "sabe busy <- 41", "sabe hangup <- 41")
	require.Equal(t, "true", e[0].text("cmd", "ChannelEvent", "internal"))
	for _, c := range []*client{boss, a, b} {
		c.quiet()
	}
}

func TestOneEventPerSessionAndSubscriptionsChange(t *testing.T) {
	s := start(t, nil)
	c := enter(t, s, "switch", own, every, "base * user", "base * supervisor")
	second := login(t, s.Addr(), "branch", pool(t, s), "switch", loginOptions{resource: "second"})
	call := inbound(t, s, "46")
	c.expect("switch ringing <- " + vogt)
	c.quiet()
	second.quiet() // no ClientInfo yet
	require.Equal(t, "send xmppuser.ClientInfo first", second.refused("base", "<Hangup/>"))
	second.introduce()
	must(t, s.Answer("46"))
	c.expect("switch busy <- " + vogt)
	second.quiet() // subscribed to nothing
	l := second.command("event", "<AddSubscription><Subscription module='base' type='*'/></AddSubscription>").at("cmd", "SubscriptionList")
	require.Equal(t, "user", l.at("Subscription").attr("scope"))
	must(t, s.HandsetHold("46"))
	second.expect("switch hold <- " + vogt)
	second.command("event", "<RemoveSubscription><Subscription module='base' type='*' scope='user'/></RemoveSubscription>")
	must(t, call.HangupFar())
	c.expect("switch hold <- "+vogt, "switch hangup <- "+vogt)
	second.quiet()
	require.Contains(t, second.refused("event", "<AddSubscription><Subscription type='x'/></AddSubscription>"), "malformed")
}

func TestSeveralPhonesRing(t *testing.T) {
	s := start(t, nil)
	c := enter(t, s, "mroth", own, "journal * user")
	inbound(t, s, "42")
	e := c.expect("mroth ringing <- "+vogt, "mroth ringing <- "+vogt)
	require.NotEqual(t, e[0].text("cmd", "ChannelEvent", "eventId"), e[1].text("cmd", "ChannelEvent", "eventId"))
	must(t, s.AnswerOn("42", cordless))
	e = c.expect("mroth busy <- "+vogt, "mroth hangup <- "+vogt)
	require.Equal(t, cordless, e[0].text("cmd", "ChannelEvent", "device"))
	require.Equal(t, deskSnom, e[1].text("cmd", "ChannelEvent", "device"))
	c.quiet() // the loser makes no journal entry

	busy := inbound(t, s, "42")
	require.True(t, busy.Ended())
	c.expect("journal mroth " + vogt + " hangup missed")
	must(t, s.HangupUser("42"))
	c.expect("mroth hangup <- "+vogt, "journal mroth "+vogt+" hangup")

	inbound(t, s, "42")
	must(t, s.Decline("42"))
	c.expect("mroth ringing <- "+vogt, "mroth ringing <- "+vogt, "mroth hangup <- "+vogt, "mroth hangup <- "+vogt,
		"journal mroth "+vogt+" hangup missed")
}

func TestDialRemote(t *testing.T) {
	s := start(t, nil)
	must(t, s.FarAnswers("0715551200", time.Millisecond))
	c := enter(t, s, "ilund", own)
	c.success("base", "<Dial target='(0715) 55 12-00' prefix='auto'/>")
	c.expect("ilund ringing -> 0049715551200", "ilund busy -> 0049715551200")
	c.success("base", "<Hangup/>")
	c.expect("ilund hangup -> 0049715551200")

	c.success("base", "<Dial target='+44 (0) 29691 0' device='Yealink 0015650a31 [Reception]'/>")
	e := c.expect("ilund ringing -> 0044296910")[0]
	c.success("base", "<Hangup channel='"+e.text("cmd", "ChannelEvent", "eventId")+"'/>")
	c.expect("ilund hangup -> 0044296910")

	c.success("base", "<Dial target='sabe@branch'/>")
	c.expect("ilund ringing -> 43")
	must(t, s.HangupUser("41"))
	c.expect("ilund hangup -> 43")

	c.success("base", "<Dial target='*100'/>")
	e = c.expect("ilund ringing -> *100", "ilund busy -> *100")[1]
	require.Equal(t, "mailbox", e.text("cmd", "ChannelEvent", "eventDetails"))
	must(t, s.HangupUser("41"))
	c.expect("ilund hangup -> *100")

	c.success("base", "<Dial target='99'/>") // nobody has that number
	c.expect("ilund ringing -> 99", "ilund hangup -> 99")
	must(t, s.FarDeclines("*", 0))
	c.success("base", "<Dial target='0711999888'/>")
	c.expect("ilund ringing -> 0049711999888", "ilund hangup -> 0049711999888")
}

func TestDialOwnLeg(t *testing.T) {
	shown := map[OwnLegParty]string{ShowOwn: "41", ShowDialled: "0049715551200", ShowEmpty: ""}
	for shows, source := range shown {
		s := start(t, func(c *Config) { c.DialMode, c.OwnLegShows = DialOwnLeg, shows })
		c := enter(t, s, "ilund", own)
		c.success("base", "<Dial target='0715551200'/>")
		first := c.expect("ilund ringing <- " + source)[0]
		must(t, s.Answer("41"))
		second := c.expect("ilund ringing -> 0049715551200")[0]
		require.Equal(t, first.text("cmd", "ChannelEvent", "eventId"), second.text("cmd", "ChannelEvent", "eventId"))
		call, err := s.CallOf("41")
		must(t, err, call.AnswerFar())
		c.expect("ilund busy -> 0049715551200")
		must(t, call.HangupFar())
		c.expect("ilund hangup -> 0049715551200")

		c.success("base", "<Dial target='43'/>")
		c.expect("ilund ringing <- " + map[string]string{"41": "41", "0049715551200": "43"}[source])
		must(t, s.Decline("41"))
		c.take("hangup", func(e *elem) bool { return strings.HasPrefix(describe(e), "ilund hangup <-") })
		require.Zero(t, s.Calls())
	}
}

func TestDialForOthers(t *testing.T) {
	s := start(t, nil)
	boss, ida := enter(t, s, "switch", every), enter(t, s, "ilund", own)
	boss.success("base", "<Dial target='43' username='ILund'/>")
	boss.expect("ilund ringing -> 43", "sabe ringing <- 41")
	e := ida.expect("ilund ringing -> 43")[0]
	channel := e.text("cmd", "ChannelEvent", "eventId")
	require.Equal(t, "channel missing", boss.refused("base", "<Hangup/>"))
	boss.success("base", "<Hangup channel='"+channel+"'/>")
	ida.expect("ilund hangup -> 43")
	boss.success("base", "<DialFrom target='43' identity='ilund'/>")
	ida.expect("ilund ringing -> 43")

	require.Contains(t, ida.refused("base", "<Dial target='43' username='sabe'/>"), "not allowed")
	require.Equal(t, "no such channel", ida.refused("base", "<Hangup channel='SIP/x-00000001'/>"))
	require.Contains(t, boss.refused("base", "<Dial target='43' username='nobody'/>"), "no such user")
	for _, bad := range []string{"<Dial/>", "<Dial target='abc'/>", "<Dial target='43' prefix='x'/>", "<Dial target='43' device='Unknown'/>",
		"<Dial target='nobody@branch'/>", "<Dial viasetting='x'/>", "<DialFrom target='43'/>", "<Nonsense/>"} {
		require.NotEmpty(t, ida.refused("base", bad))
	}
}

func TestBlindTransfer(t *testing.T) {
	s := start(t, nil)
	boss := enter(t, s, "switch", every)
	_, err := s.Internal("43", "41")
	must(t, err, s.Answer("41"))
	boss.expect("sabe ringing -> 41", "ilund ringing <- 43", "ilund busy <- 43", "sabe busy -> 41")
	ida := enter(t, s, "ilund", own)
	channel := s.legOf(t, "41")
	ida.success("base", "<Transfer channel='"+channel+"' target='44'/>")
	boss.expect("ilund transfer <- 43", "ilund hangup <- 43", "sabe rename -> 44", "KPark ringing <- 43")
	must(t, s.Answer("44"), s.HangupUser("43"))
	boss.expect("KPark busy <- 43", "sabe hangup -> 44", "KPark hangup <- 43")
	require.Zero(t, s.Calls())

	inbound(t, s, "41")
	require.Equal(t, "Transfer not successfull", ida.refused("base", "<Transfer channel='"+s.legOf(t, "41")+"' target='44'/>"))
	must(t, s.Answer("41"), s.Blind("41", "0301234567")) // nobody inside stays
	require.Zero(t, s.Calls())
}

// legOf is the channel of the user's current call.
func (s *Server) legOf(t *testing.T, who string) string {
	t.Helper()
	c, err := s.CallOf(who)
	require.NoError(t, err)
	return c.Channel(who)
}

func TestAttendedTransferAndHoldKey(t *testing.T) {
	s := start(t, nil)
	boss := enter(t, s, "switch", every)
	ida := enter(t, s, "ilund")
	key := func(name string) string { return "<" + name + " device='Yealink 0015650a31 [Reception]'/>" }
	require.Equal(t, "no call to hold", ida.refused("phone", key("Hold")))
	inbound(t, s, "41")
	ida.success("phone", key("Offhook"))
	ida.success("phone", key("Hold"))
	require.Equal(t, "Transfer not successfull", ida.refused("phone", key("Transfer")))
	_, err := s.HandsetDial("41", "43")
	must(t, err, s.Answer("43"))
	boss.expect("ilund ringing <- "+vogt, "ilund busy <- "+vogt, "ilund hold <- "+vogt,
		"ilund ringing -> 43", "sabe ringing <- 41", "sabe busy <- 41", "ilund busy -> 43")
	ida.success("phone", key("Transfer"))
	e := boss.expect("ilund transfer <- "+vogt, "ilund transfer -> 43", "ilund hangup <- "+vogt, "ilund hangup -> 43", "sabe rename <- "+vogt)
	require.Equal(t, "false", e[4].text("cmd", "ChannelEvent", "internal"))
	require.Equal(t, "Vogt Ltd", e[4].text("cmd", "ChannelEvent", "sourceName"))
	must(t, s.HangupUser("43"))
	boss.expect("sabe hangup <- " + vogt)
	require.Zero(t, s.Calls())
}

func TestConference(t *testing.T) {
	s := start(t, nil)
	ida := enter(t, s, "ilund", own)
	inbound(t, s, "41")
	must(t, s.Answer("41"))
	_, err := s.HandsetDial("41", "43")
	must(t, err, s.Answer("43"))
	ida.expect("ilund ringing <- "+vogt, "ilund busy <- "+vogt, "ilund hold <- "+vogt, "ilund ringing -> 43", "ilund busy -> 43")
	ida.success("phone", "<Conference device='Yealink 0015650a31 [Reception]'/>")
	ida.expect("ilund unhold <- " + vogt)
	ida.success("phone", "<Hangup device='Yealink 0015650a31 [Reception]'/>")
	ida.take("both end", func(e *elem) bool { return describe(e) == "ilund hangup <- "+vogt })
	ida.expect("ilund hangup -> 43")
	require.Zero(t, s.Calls())
}

func TestPickup(t *testing.T) {
	s := start(t, nil)
	ida := enter(t, s, "ilund", own, "base PickupEvent user")
	kim := enter(t, s, "kpark", own, "base PickupEvent user")
	boss := enter(t, s, "switch")
	inbound(t, s, "44")
	ida.expect("pickup ringing KPark 44 " + vogt)
	kim.expect("KPark ringing <- " + vogt)
	require.Contains(t, ida.refused("base", "<Pickup target='43'/>"), "nothing rings")
	require.Contains(t, ida.refused("base", "<Pickup target='45'/>"), "pickup group")
	ida.success("base", "<Pickup target='44'/>")
	ida.expect("ilund busy <- "+vogt, "pickup gone KPark 44 "+vogt)
	kim.expect("KPark hangup <- " + vogt)
	kim.quiet()
	must(t, s.HangupUser("41"))
	ida.expect("ilund hangup <- " + vogt)

	inbound(t, s, "43")
	kim.expect("pickup ringing sabe 43 " + vogt)
	boss.success("base", "<Pickup target='43' username='kpark'/>")
	kim.expect("KPark busy <- "+vogt, "pickup gone sabe 43 "+vogt)
}

func TestRedirect(t *testing.T) {
	s := start(t, nil)
	boss := enter(t, s, "switch", every, "journal * supervisor")
	_, err := s.Internal("43", "41")
	must(t, err, s.Redirect("41", "44"), s.Answer("44"), s.HangupUser("44"))
	e := boss.expect("sabe ringing -> 41", "ilund ringing <- 43", "ilund redirect <- 43", "ilund hangup <- 43",
		"journal ilund 43 redirect missed", "sabe rename -> 44", "KPark ringing <- 43", "KPark busy <- 43", "sabe busy -> 44",
		"sabe hangup -> 44", "journal sabe 44 hangup", "KPark hangup <- 43", "journal KPark 43 hangup")
	require.Equal(t, "44", e[2].text("cmd", "ChannelEvent", "targetNumber"))
}

func TestQueueRingsItsMembers(t *testing.T) {
	s := start(t, nil)
	boss := enter(t, s, "switch", every)
	sabe := enter(t, s, "sabe", "queue * user")
	inbound(t, s, "60")
	e := boss.expect("sabe ringing <- "+vogt, "KPark ringing <- "+vogt)
	require.Equal(t, "60", e[0].text("cmd", "ChannelEvent", "targetNumber"))
	must(t, s.Answer("44"), s.HangupUser("44"))
	boss.expect("KPark busy <- "+vogt, "sabe hangup <- "+vogt, "KPark hangup <- "+vogt)
	sabe.success("queue", "<AgentPause queue='support' reason='1'/>")
	m := sabe.take("state", func(e *elem) bool { return e.at("cmd", "QueueMemberState").XMLName.Local != "" }).at("cmd", "QueueMemberState")
	require.Equal(t, "true", m.attr("paused"))
	inbound(t, s, "60")
	boss.expect("KPark ringing <- " + vogt)
	boss.quiet()
}

func TestRenameAndTimeout(t *testing.T) {
	s := start(t, func(c *Config) { c.RingTimeout = 5 * time.Millisecond })
	ida := enter(t, s, "ilund", own, "journal * user")
	inbound(t, s, "41")
	ida.expect("ilund ringing <- "+vogt, "ilund hangup <- "+vogt, "journal ilund "+vogt+" hangup missed")

	s = start(t, nil)
	ida = enter(t, s, "ilund", own)
	call := inbound(t, s, "41")
	require.ErrorIs(t, call.RenameFar("1", "x"), ErrNoCall)
	must(t, s.Answer("41"), call.RenameFar("00497115550198", "Accounts"))
	e := ida.expect("ilund ringing <- "+vogt, "ilund busy <- "+vogt, "ilund rename <- 00497115550198")
	require.Equal(t, "Accounts", e[2].text("cmd", "ChannelEvent", "sourceName"))
}

func TestWireSwitches(t *testing.T) {
	s := start(t, func(c *Config) {
		c.Wire = Wire{Username: UsernameAttribute, ChannelPrefix: "PJSIP", OmitDevice: true, FarRinging: true, RefChannel: true}
	})
	ida := enter(t, s, "ilund", own)
	_, err := s.Internal("41", "43")
	must(t, err, s.Answer("43"))
	e := ida.expect(" ringing -> 43", " ringing -> 43", " busy -> 43")[2].at("cmd", "ChannelEvent")
	require.Equal(t, "ilund", e.attr("username"))
	require.Equal(t, "PJSIP/yl0A31-00000001", e.text("eventId"))
	require.Equal(t, "PJSIP/snB2F9-00000002", e.text("refChannel"))
	require.Empty(t, e.at("device").XMLName.Local)
}

func TestVerbsRefuseWhatCannotBe(t *testing.T) {
	s := start(t, nil)
	for _, err := range []error{s.Answer("41"), s.Decline("41"), s.HangupUser("41"), s.HandsetHold("41"), s.HandsetUnhold("41"),
		s.Blind("41", "43"), s.Redirect("41", "43"), s.CompleteTransfer("41"), s.Conference("41"), s.Pickup("41", "44")} {
		require.ErrorIs(t, err, ErrNoCall)
	}
	_, err := s.Inbound("1", "", "999")
	require.ErrorIs(t, err, ErrNoSuchUser)
	_, err = s.HandsetDial("41", "what?")
	require.ErrorContains(t, err, "invalid number")
	require.ErrorIs(t, s.Answer("nobody"), ErrNoSuchUser)
	inbound(t, s, "41")
	must(t, s.Answer("41"))
	busy, err := s.Internal("43", "41")
	must(t, err)
	require.True(t, busy.Ended())
}
