package pbx

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUserInfo(t *testing.T) {
	s := startServer(t, nil)
	c := loginTo(t, s.Addr(), "branch", certPool(t, s), "jvogel", loginOptions{})
	u := c.sendClientInfo(own)
	require.Equal(t, "jvogel", u.attr("name"))
	require.Equal(t, "Jörg Vogel", u.text("Identity", "db_003use_bez"))
	require.Equal(t, "45", u.text("Identity", "db_009ext_extension"))
	require.Equal(t, "true", u.text("Identity", "db_003use_enabled"))
	require.Equal(t, "Store", u.at("RoleList", "Role").attr("name"))
	require.Empty(t, u.at("RoleList", "Role").Kids, "a role without RoletypeList")
	d := u.at("LocationList", "Location", "DeviceEntry", "Phonedevice")
	require.Equal(t, "Ascom 00013e11d0 [Store]", d.attr("name"))
	require.Len(t, d.at("capabilities").Kids, 2)
	require.Equal(t, "ChannelEvent", u.at("SubscriptionList", "Subscription").attr("type"))
	require.Equal(t, "device cannot hold", c.requireFailure("phone", "<Hold device='Ascom 00013e11d0 [Store]'/>"))
	require.Equal(t, "no such device", c.requireFailure("phone", "<Hold device='Yealink 0015650a31 [Reception]'/>"))

	find := func(c *client, jid string) *xmlElement {
		return c.command("xmppuser", "<FindUserInfo jid='"+jid+"'/>").at("cmd")
	}
	require.Equal(t, "Subscription", find(c, "").at("UserInfo", "SubscriptionList", "Subscription").XMLName.Local)
	require.Empty(t, find(c, "jvogel@branch").at("UserInfo", "SubscriptionList").XMLName.Local)
	require.Contains(t, find(c, "ilund").text("Failure", "message"), "not allowed")

	boss := loginTo(t, s.Addr(), "branch", certPool(t, s), "switch", loginOptions{})
	require.Equal(t, "xmpp.supervisor", boss.sendClientInfo().at("RoleList", "Role", "RoletypeList", "Roletype").attr("name"))
	require.Equal(t, "KPark", find(boss, "kpark@branch").at("UserInfo").attr("name"))
	require.Equal(t, "Subscription", find(boss, "jvogel@branch/test").at("UserInfo", "SubscriptionList", "Subscription").XMLName.Local)
	require.Equal(t, "no such user", find(boss, "kpark@elsewhere").text("Failure", "message"))
}

func TestOtherCommands(t *testing.T) {
	s := startServer(t, nil)
	c, boss := loginClient(t, s, "sabe", "location * user", "monitor * user"), loginClient(t, s, "switch")
	startInbound(t, s, "43")
	requireNoErrors(t, s.Answer("43"))
	channel := s.channelOf(t, "43")
	c.requireSuccess("monitor", "<Start channel='"+channel+"'/>")
	c.awaitStanza("record event", func(e *xmlElement) bool { return e.at("cmd", "RecordEvent").attr("eventType") == "start" })
	requireNoErrors(t, s.HangupUser("43"))
	startInbound(t, s, "43")
	requireNoErrors(t, s.Decline("43"))

	l := c.command("journal", "<FindOwn limit='1'/>").at("cmd", "JournalList")
	require.Len(t, l.Kids, 1)
	require.Equal(t, "0", l.at("JournalEntry").text("duration"), "newest first, and missed")
	require.Len(t, c.command("journal", "<FindOwn/>").at("cmd", "JournalList").Kids, 2)
	require.Len(t, boss.command("journal", "<FindByIdentity identity='sabe'/>").at("cmd", "JournalList").Kids, 2)
	require.NotEmpty(t, c.requireFailure("journal", "<FindByIdentity identity='ilund'/>"))
	require.Equal(t, "invalid limit", c.requireFailure("journal", "<FindOwn limit='-1'/>"))

	p := c.command("phonebook", "<FindAll/>").at("cmd", "PhonebookList")
	require.Len(t, p.Kids, 6)
	require.Equal(t, "Ida Lund", p.at("PhonebookEntry").text("id"))
	require.Equal(t, "011account", p.at("PhonebookEntry").text("type"))
	require.Len(t, c.command("phonebook", "<Find query='vogel'/>").at("cmd", "PhonebookList").Kids, 1)

	loc := c.command("location", "<Find/>").at("cmd")
	require.Equal(t, "base", loc.attr("module"))
	require.Len(t, loc.at("LocationList").Kids, 6)
	c.requireSuccess("location", "<RelocateUser location='Meeting 2'/>")
	e := c.awaitStanza("move", func(e *xmlElement) bool { return e.at("cmd", "SetLocation").attr("eventType") == "login" })
	require.Equal(t, "Meeting 2", e.at("cmd", "SetLocation", "LocationList", "Location").attr("name"))
	c.requireSuccess("location", "<LogoutUser/>")

	q := c.command("queue", "<FindOwnState/>").at("cmd", "QueueStates", "QueueState")
	require.Equal(t, "q_1@branch", q.attr("jid"))
	require.Equal(t, "Support", c.command("queue", "<FindQueueState name='support'/>").at("cmd", "QueueState").attr("name"))
	for _, ask := range []string{"AgentLogout", "AgentLogin", "AgentPause", "AgentUnpause"} {
		c.requireSuccess("queue", "<"+ask+" queue='Support'/>")
		require.NotEmpty(t, boss.requireFailure("queue", "<"+ask+" queue='Support'/>"))
	}
	require.Equal(t, "43", c.command("redirect", "<FindOwn/>").at("cmd", "RedirectEntry").text("source"))
	require.NotEmpty(t, c.command("mobile", "<PrepareDial device='x' target='1'/>").at("cmd", "ReadyToDial").attr("gateway"))
	require.Equal(t, "CustomData", c.command("xmppuser", "<FindCustomData/>").at("cmd", "CustomData").XMLName.Local)
	require.Equal(t, "Dates", c.command("archive", "<FindDates limit='3'/>").at("cmd", "Dates").XMLName.Local)
	require.Equal(t, "no such record", c.requireFailure("monitor", "<FindRecord recordId='x'/>"))
	require.Equal(t, "unknown command base.Fly", c.requireFailure("base", "<Fly/>"))
}

func TestAttributeFilter(t *testing.T) {
	s := startServer(t, nil)
	c := loginClient(t, s, "sabe")
	c.command("event", "<AddSubscription><Subscription module='queue' type='*'><AttributeFilter name='queue' equals='Sales'/></Subscription></AddSubscription>")
	c.requireSuccess("queue", "<AgentPause queue='Support'/>")
	c.command("event", "<AddSubscription><Subscription module='queue' type='QueueMemberState'><AttributeFilter name='queue' equals='Support'/></Subscription></AddSubscription>")
	c.requireSuccess("queue", "<AgentUnpause queue='Support'/>")
	e := c.awaitStanza("state", func(e *xmlElement) bool { return e.at("cmd", "QueueMemberState").XMLName.Local != "" })
	require.Equal(t, "false", e.at("cmd", "QueueMemberState").attr("paused"))
	c.requireNoEvent()
}

func TestWaitCommandGivesEachOnce(t *testing.T) {
	s := startServer(t, nil)
	c := loginClient(t, s, "ilund")
	for _, target := range []string{"43", "44"} {
		c.requireSuccess("base", "<Dial target='"+target+"'/>")
		k, err := s.WaitCommand(testContext(t), "base.Dial")
		require.NoError(t, err)
		require.Equal(t, target, k.Attrs["target"])
		require.Equal(t, "ilund", k.User)
		require.Equal(t, "ilund@branch/test", k.From)
		require.Equal(t, `<Dial target="`+target+`"/>`, k.Raw)
	}
	require.Len(t, s.Commands(), 3)
	require.Equal(t, "xmppuser.ClientInfo", s.Commands()[0].Name)
}
