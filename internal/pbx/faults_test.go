package pbx

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDropAllResets(t *testing.T) {
	s := startServer(t, nil)
	c := loginClient(t, s, "ilund", own)
	call := startInbound(t, s, "41")
	requireNoErrors(t, s.Answer("41"))
	c.requireEvents("ilund ringing <- "+vogt, "ilund busy <- "+vogt)
	s.DropAll()
	c.awaitEnd()
	require.ErrorContains(t, c.ended, "reset")
	requireNoErrors(t, s.WaitLogout(testContext(t), "ilund"))
	require.False(t, call.Ended(), "calls go on")
	c = loginClient(t, s, "ilund", own)
	c.requireNoEvent() // a new session sees a call in progress only at its next event
	requireNoErrors(t, call.HangupFar())
	c.requireEvents("ilund hangup <- " + vogt)
}

func TestFreeze(t *testing.T) {
	s := startServer(t, nil)
	c := loginClient(t, s, "ilund", own)
	s.Freeze()
	requireNoErrors(t, c.write("<iq type='get' id='frozen'><cmd xmlns='http://www.pascom.net/mobydick' module='base'><Dial target='43'/></cmd></iq>"))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := s.WaitCommand(ctx, "base.Dial")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	startInbound(t, s, "41")
	c.mu.Lock()
	require.Empty(t, c.stanzas)
	c.mu.Unlock()
	s.Thaw()
	c.requireEvents("ilund ringing <- " + vogt)
	_, err = s.WaitCommand(testContext(t), "base.Dial")
	requireNoErrors(t, err)
}

func TestReplyFaults(t *testing.T) {
	s := startServer(t, nil)
	c := loginClient(t, s, "ilund", own)
	s.FailNext("base.Hangup", "")
	s.ErrorNext("base.Dial", "remote-server-timeout")
	e := c.command("base", "<Dial target='43'/>")
	require.Equal(t, "error", e.attr("type"))
	require.Equal(t, "remote-server-timeout", e.at("error").Kids[0].XMLName.Local)
	require.Zero(t, s.Calls())
	c.requireSuccess("base", "<Dial target='43'/>")
	c.requireEvents("ilund ringing -> 43")
	require.Equal(t, "base.Hangup not successfull", c.requireFailure("base", "<Hangup/>"))
	s.LoseReplies(1)
	requireNoErrors(t, c.write("<iq type='get' id='lost'><cmd xmlns='http://www.pascom.net/mobydick' module='base'><Hangup/></cmd></iq>"))
	c.requireEvents("ilund hangup -> 43")
	c.requireNoEvent()
	require.Nil(t, c.iqs["lost"])

	s.DelayReplies(20 * time.Millisecond)
	began := time.Now()
	c.requireSuccess("base", "<Dial target='43'/>")
	require.GreaterOrEqual(t, time.Since(began), 20*time.Millisecond)
	s.DelayReplies(0)
	c.requireSuccess("base", "<Hangup/>")
}

func TestDelayedRepliesKeepTheirOrder(t *testing.T) {
	s := startServer(t, nil)
	c := loginClient(t, s, "ilund")
	s.DelayReplies(5 * time.Millisecond)
	var order []string
	for i := range 20 {
		if i == 10 {
			s.DelayReplies(0)
		}
		c.mu.Lock()
		requireNoErrors(t, c.write(fmt.Sprintf("<iq type='get' id='d%02d'><cmd xmlns='http://www.pascom.net/mobydick' module='phonebook'><Find query='zz'/></cmd></iq>", i)))
		c.mu.Unlock()
	}
	seen := map[string]bool{}
	c.awaitCondition("twenty replies", func() bool {
		for i := range 20 {
			if id := fmt.Sprintf("d%02d", i); c.iqs[id] != nil && !seen[id] {
				seen[id] = true
				order = append(order, id)
			}
		}
		return len(order) == 20
	})
	require.IsIncreasing(t, order)
}

func TestRefusals(t *testing.T) {
	s := startServer(t, nil)
	s.RefuseLogins(true)
	c, err := dialTest(s.Addr(), "branch")
	requireNoErrors(t, err)
	defer func() { _ = c.conn.Close() }()
	_, err = c.secure("branch", certPool(t, s))
	requireNoErrors(t, err)
	for range maxLoginTries {
		r, err := c.auth(Plain, "ilund", DefaultPassword)
		requireNoErrors(t, err)
		require.Equal(t, "not-authorized", r.Kids[0].XMLName.Local)
	}
	e, err := c.read()
	requireNoErrors(t, err)
	require.Equal(t, "policy-violation", e.Kids[0].XMLName.Local)
	s.RefuseLogins(false)

	requireNoErrors(t, s.RefuseConnections(true), s.RefuseConnections(true))
	_, err = net.DialTimeout("tcp", s.Addr(), patience)
	require.Error(t, err)
	requireNoErrors(t, s.RefuseConnections(false))
	loginClient(t, s, "ilund")
}

func TestStalls(t *testing.T) {
	for _, p := range []StallPoint{StallHeader, StallTLS, StallSASL, StallBind} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			s := startServer(t, nil)
			s.Stall(p)
			c, err := dialTest(s.Addr(), "branch")
			requireNoErrors(t, err)
			defer func() { _ = c.conn.Close() }()
			short := func() { _ = c.conn.SetDeadline(time.Now().Add(100 * time.Millisecond)) }
			if p == StallHeader || p == StallTLS {
				short()
			}
			if _, err = c.secure("branch", certPool(t, s)); err == nil {
				if p == StallSASL {
					short()
				}
				_, err = c.auth(Plain, "ilund", DefaultPassword)
			}
			if err == nil {
				_, err = c.open("branch")
				requireNoErrors(t, err, c.write("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"))
				short()
				_, err = c.read()
			}
			var timeout net.Error
			require.ErrorAs(t, err, &timeout)
			require.True(t, timeout.Timeout())
		})
	}
}

func TestRawAndEmit(t *testing.T) {
	s := startServer(t, nil)
	c := loginClient(t, s, "ilund")
	requireNoErrors(t, s.RawTo("ilund", "<message from='pbx.branch'><odd xmlns='x'/></message>"))
	c.awaitStanza("raw stanza", func(e *xmlElement) bool { return e.at("odd").XMLName.Space == "x" })
	const n = 5000
	requireNoErrors(t, s.Flood("ilund", n))
	last := fmt.Sprint("Flood ", n-1)
	c.awaitCondition(last, func() bool {
		return len(c.stanzas) > 0 && c.stanzas[len(c.stanzas)-1].text("cmd", "ChannelEvent", "sourceName") == last
	})
	c.mu.Lock()
	require.Len(t, c.stanzas, n)
	for i, e := range c.stanzas {
		require.Equal(t, fmt.Sprint("Flood ", i), e.text("cmd", "ChannelEvent", "sourceName"))
	}
	c.mu.Unlock()
	require.Error(t, s.Emit("sabe", 1, func(int) []byte { return nil }))
	require.Error(t, s.RawTo("sabe", ""))
}

func TestClientThatDoesNotReadIsCutOff(t *testing.T) {
	s := startServer(t, nil)
	c, err := dialTest(s.Addr(), "branch")
	requireNoErrors(t, err)
	defer func() { _ = c.conn.Close() }()
	reader := loginClient(t, s, "sabe")
	s.Freeze() // nothing is written, so the queue grows
	big := "<message><body>" + strings.Repeat("x", 1<<20) + "</body></message>"
	for range 40 {
		requireNoErrors(t, s.RawTo("sabe", big))
	}
	s.Thaw()
	reader.awaitEnd()
}

func TestBadConfigs(t *testing.T) {
	tests := map[string]func(*Config){
		"no domain":        func(c *Config) { c.Domain = "" },
		"odd mechanism":    func(c *Config) { c.Mechanisms = []string{"CRAM-MD5"} },
		"login twice":      func(c *Config) { c.Users[1].Login = "ILUND" },
		"extension twice":  func(c *Config) { c.Users[1].Extension = "41" },
		"queue as user":    func(c *Config) { c.Users[1].Login = "q_5" },
		"queue name":       func(c *Config) { c.Queues[0].Login = "support" },
		"stranger":         func(c *Config) { c.PickupGroups["front"] = []string{"nobody"} },
		"device twice":     func(c *Config) { c.Users[1].Devices[1].Name = c.Users[1].Devices[0].Name },
		"unusable login":   func(c *Config) { c.Users[1].Login = "a b" },
		"queue's stranger": func(c *Config) { c.Queues[0].Members = []string{"nobody"} },
	}
	for name, change := range tests {
		cfg := DefaultOffice()
		change(&cfg)
		_, err := Start(cfg)
		require.ErrorIs(t, err, ErrConfig, name)
	}
}

func TestCloseInTheMiddleOfLogins(t *testing.T) {
	s := startServer(t, nil)
	roots := certPool(t, s)
	began := make(chan struct{}, 8)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c, err := dialTest(s.Addr(), "branch")
			began <- struct{}{}
			if err != nil {
				return
			}
			defer func() { _ = c.conn.Close() }()
			if _, err := c.secure("branch", roots); err == nil {
				_, _ = c.auth(ScramSHA256, "ilund", DefaultPassword)
			}
		})
	}
	<-began
	requireNoErrors(t, s.Close())
	wg.Wait()
	require.Empty(t, s.Sessions())
	_, err := s.Inbound("1", "", "41")
	require.ErrorIs(t, err, ErrClosed)
}

func TestCloseWhileFrozen(t *testing.T) {
	s := startServer(t, nil)
	c := loginClient(t, s, "ilund")
	s.Freeze()
	requireNoErrors(t, s.Close())
	c.awaitEnd()
}
