package pbx

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLoginMechanisms(t *testing.T) {
	s := startServer(t, nil)
	for _, m := range []string{ScramSHA256, ScramSHA1, Plain} {
		c := loginTo(t, s.Addr(), "branch", certPool(t, s), "ILUND", loginOptions{mechanism: m, resource: m})
		require.Equal(t, "ilund@branch/"+m, c.jid)
		require.Equal(t, "result", c.iq("set", "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>").attr("type"))
	}
	require.Len(t, s.Sessions(), 3)
}

func TestLoginRefusals(t *testing.T) {
	s := startServer(t, func(c *Config) {
		c.Mechanisms = []string{ScramSHA256, Plain}
		c.Users[4].Disabled = true
	})
	tests := []struct{ mechanism, user, password, want string }{
		{ScramSHA256, "ilund", "wrong", "not-authorized"},
		{Plain, "ilund", "wrong", "not-authorized"},
		{Plain, "nobody", DefaultPassword, "not-authorized"},
		{ScramSHA256, "q_1", "", "not-authorized"},
		{ScramSHA256, "jvogel", DefaultPassword, "account-disabled"},
		{ScramSHA1, "ilund", DefaultPassword, "invalid-mechanism"},
		{"DIGEST-MD5", "ilund", DefaultPassword, "invalid-mechanism"},
	}
	for _, tt := range tests {
		c, err := dialTest(s.Addr(), "branch")
		require.NoError(t, err)
		f, err := c.secure("branch", certPool(t, s))
		require.NoError(t, err)
		require.Len(t, f.at("mechanisms").Kids, 2)
		r, err := c.auth(tt.mechanism, tt.user, tt.password)
		require.NoError(t, err)
		require.Equal(t, "failure", r.XMLName.Local)
		require.Equal(t, tt.want, r.Kids[0].XMLName.Local, "%+v", tt)
		_ = c.conn.Close()
	}
}

func TestLoginOnlyInsideTLS(t *testing.T) {
	s := startServer(t, nil)
	c, err := dialTest(s.Addr(), "branch")
	require.NoError(t, err)
	f, err := c.open("branch")
	require.NoError(t, err)
	require.Empty(t, f.at("mechanisms").XMLName.Local)
	r, err := c.auth(Plain, "ilund", DefaultPassword)
	require.NoError(t, err)
	require.Equal(t, "policy-violation", r.Kids[0].XMLName.Local)
}

func TestWrongDomain(t *testing.T) {
	s := startServer(t, nil)
	c, err := dialTest(s.Addr(), "elsewhere")
	require.NoError(t, err)
	e, err := c.open("127.0.0.1") // the host is not the domain
	require.NoError(t, err)
	require.Equal(t, "host-unknown", e.Kids[0].XMLName.Local)
}

func TestConflictEndsTheOlderSession(t *testing.T) {
	s := startServer(t, nil)
	old := loginClient(t, s, "ilund")
	loginClient(t, s, "ilund")
	e := old.awaitStanza("stream error", func(e *xmlElement) bool { return e.XMLName.Local == "error" })
	require.Equal(t, "conflict", e.Kids[0].XMLName.Local)
	old.awaitEnd()
	require.Equal(t, []string{"ilund@branch/test"}, s.Sessions())
}

func TestGracefulEnd(t *testing.T) {
	s := startServer(t, nil)
	c := loginClient(t, s, "ilund")
	require.NoError(t, c.write("</stream:stream>"))
	c.awaitEnd()
	require.NoError(t, s.WaitLogout(testContext(t), "ilund"))

	c = loginClient(t, s, "ilund")
	s.EndStreams("")
	c.awaitEnd()
	require.EqualError(t, c.ended, "stream closed")

	c = loginClient(t, s, "ilund")
	require.NoError(t, s.Close())
	e := c.awaitStanza("stream error", func(e *xmlElement) bool { return e.XMLName.Local == "error" })
	require.Equal(t, "system-shutdown", e.Kids[0].XMLName.Local)
	require.ErrorIs(t, s.Answer("41"), ErrClosed)
}

func TestHostileStreams(t *testing.T) {
	s := startServer(t, func(c *Config) { c.MaxStanza = 10_000 })
	tests := []struct{ name, input, want string }{
		{"broken XML", "<iq><oops</iq>", "not-well-formed"},
		{"too large", "<message><body>" + strings.Repeat("x", 20_000), "policy-violation"},
		{"too deep", strings.Repeat("<a>", 100), "policy-violation"},
		{"doctype", "<!DOCTYPE a []><iq/>", "restricted-xml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := loginClient(t, s, "ilund")
			require.NoError(t, c.write(tt.input))
			e := c.awaitStanza("stream error", func(e *xmlElement) bool { return e.XMLName.Local == "error" })
			require.Equal(t, tt.want, e.Kids[0].XMLName.Local)
			c.awaitEnd()
		})
	}
}

func TestStandardQueries(t *testing.T) {
	s := startServer(t, nil)
	c := loginClient(t, s, "ilund")
	require.Equal(t, "result", c.iq("get", "<ping xmlns='urn:xmpp:ping'/>").attr("type"))
	require.NotEmpty(t, c.iq("get", "<query xmlns='jabber:iq:version'/>").text("query", "name"))
	require.Equal(t, "server", c.iq("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>").at("query", "identity").attr("category"))
	require.Equal(t, "pbx.branch", c.iq("get", "<query xmlns='http://jabber.org/protocol/disco#items'/>").at("query", "item").attr("jid"))
	e := c.iq("get", "<vCard xmlns='vcard-temp'/>")
	require.Equal(t, "error", e.attr("type"))
	require.Equal(t, "service-unavailable", e.at("error").Kids[0].XMLName.Local)
	require.Equal(t, "bad-request", c.iq("set", "<cmd xmlns='http://www.pascom.net/mobydick' module='base'><Dial target='42'/></cmd>").at("error").Kids[0].XMLName.Local)

	r := c.iq("get", "<query xmlns='jabber:iq:roster'/>").at("query")
	var jids []string
	for _, k := range r.Kids {
		jids = append(jids, k.attr("jid"))
	}
	require.Equal(t, []string{"mroth@branch", "sabe@branch", "kpark@branch", "jvogel@branch", "switch@branch", "q_1@branch"}, jids)
}

func TestPing(t *testing.T) {
	s := startServer(t, nil)
	loginClient(t, s, "ilund")
	require.NoError(t, s.Ping(testContext(t), "ilund"))
	require.Error(t, s.Ping(testContext(t), "sabe"))

	s = startServer(t, func(c *Config) { c.PingEvery, c.PingTimeout = 1e6, 50e6 }) // 1 ms, 50 ms
	c := loginClient(t, s, "ilund")
	c.mu.Lock()
	c.ignorePings = true
	c.mu.Unlock()
	c.awaitStanza("stream error", func(e *xmlElement) bool {
		return e.XMLName.Local == "error" && e.Kids[0].XMLName.Local == "connection-timeout"
	})
}

func TestPresence(t *testing.T) {
	s := startServer(t, nil)
	c := loginClient(t, s, "ilund", own)
	phone := func(who, kind, show string) {
		t.Helper()
		c.awaitStanza("presence of "+who, func(e *xmlElement) bool {
			return e.XMLName.Local == "presence" && e.attr("from") == who+"@branch/phone" && e.attr("type") == kind && e.text("show") == show
		})
	}
	require.NoError(t, s.SetPhone("45", PhoneOff))
	require.NoError(t, c.write("<presence><priority>-128</priority></presence>"))
	phone("sabe", "", "")
	phone("jvogel", "unavailable", "")
	call, err := s.HandsetDial("43", "0301234567")
	require.NoError(t, err)
	phone("sabe", "", "dnd")
	require.NoError(t, call.HangupFar())
	phone("sabe", "", "")
	require.NoError(t, s.SetPhone("45", PhoneAuto))
	phone("jvogel", "", "")
	require.Error(t, s.SetPhone("45", "asleep"))
}

func TestChatDelivery(t *testing.T) {
	s := startServer(t, nil)
	driver := loginClient(t, s, "ilund")
	require.NoError(t, driver.write("<presence><priority>-128</priority></presence>"))
	person := loginTo(t, s.Addr(), "branch", certPool(t, s), "ilund", loginOptions{resource: "chat"})
	require.NoError(t, person.write("<presence/>"))
	person.iq("get", "<ping xmlns='urn:xmpp:ping'/>")
	other := loginClient(t, s, "sabe")
	spoof := "<cmd xmlns='http://www.pascom.net/mobydick' module='base'><ChannelEvent><eventType>hangup</eventType></ChannelEvent></cmd>"
	require.NoError(t, other.write("<message to='ilund@branch' type='chat' from='pbx.branch'><body>hi &amp; bye</body></message>"))
	require.NoError(t, other.write("<message to='"+driver.jid+"'>"+spoof+"</message>"))
	m := person.awaitStanza("chat", func(e *xmlElement) bool { return e.XMLName.Local == "message" })
	require.Equal(t, "sabe@branch/test", m.attr("from"))
	require.Equal(t, "hi & bye", m.text("body"))
	m = driver.awaitStanza("spoofed event", func(e *xmlElement) bool { return e.XMLName.Local == "message" })
	require.Equal(t, "sabe@branch/test", m.attr("from"))
	require.Equal(t, "hangup", m.text("cmd", "ChannelEvent", "eventType"))
}
