package pbx

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// controlClient speaks the control protocol.
type controlClient struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func startControl(t *testing.T, s *Server) (connect func() *controlClient) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	requireNoErrors(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.ServeControl(ctx, l) }()
	t.Cleanup(func() { cancel(); requireNoErrors(t, <-ended) })
	return func() *controlClient {
		conn, err := net.Dial("tcp", l.Addr().String())
		requireNoErrors(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		return &controlClient{t, conn, bufio.NewReader(conn)}
	}
}

// request sends a line and returns the response's first line and the others.
func (c *controlClient) request(line string) (string, []string) {
	_, err := fmt.Fprintln(c.conn, line)
	requireNoErrors(c.t, err)
	return c.readResponse()
}

func (c *controlClient) readResponse() (string, []string) {
	var lines []string
	for {
		l, err := c.in.ReadString('\n')
		requireNoErrors(c.t, err)
		l = strings.TrimSuffix(l, "\n")
		if l == "" {
			return lines[0], lines[1:]
		}
		if len(lines) > 0 {
			require.Equal(c.t, " ", l[:1])
		}
		lines = append(lines, l)
	}
}

func (c *controlClient) requireOK(line string) []string {
	c.t.Helper()
	first, rest := c.request(line)
	require.Equal(c.t, "ok", first, line)
	return rest
}

func TestControlActionsAndCommands(t *testing.T) {
	s := startServer(t, nil)
	c := startControl(t, s)()
	ida := loginClient(t, s, "ilund", own)
	require.Equal(t, []string{` xmppuser.ClientInfo by="ilund"`}, trimAttrs(c.requireOK("commands"))[:1])
	c.requireOK(`inbound 00497115550199 "Vogt Ltd" -> 41`)
	ida.requireEvents("ilund ringing <- 00497115550199")
	ida.requireSuccess("base", "<Hangup channel='"+s.channelOf(t, "41")+"'/>")
	c.requireOK("wait command base.Hangup")
	lines := c.requireOK("commands")
	require.Len(t, lines, 1)
	require.Contains(t, lines[0], ` base.Hangup by="ilund" channel="SIP/`)
	require.Empty(t, c.requireOK("commands"))
	require.Contains(t, c.requireOK("users"), ` jvogel 45 "Jörg Vogel"`)
	require.Empty(t, c.requireOK("quit"))
	_, err := c.in.ReadByte()
	require.Error(t, err, "the connection ends")
}

// trimAttrs removes the attributes after by=.
func trimAttrs(lines []string) []string {
	for i, l := range lines {
		if words := strings.SplitN(l, " ", 4); len(words) == 4 {
			lines[i] = strings.Join(words[:3], " ")
		}
	}
	return lines
}

func TestControlRefuses(t *testing.T) {
	c := startControl(t, startServer(t, nil))()
	for line, want := range map[string]string{
		"answer 41":            "pbx: no such call",
		"answer":               "write: answer EXT",
		"dance 41":             `unknown verb "dance"`,
		"user x secret=secret": "is a setup line",
		"office default":       "is a setup line",
		"at 1s drop-link":      "not allowed here",
		`say "open`:            "quotation mark",
		"# nothing":            "the line has no action",
		"load 100000":          "at most",
		"all dance":            "write all answer",
	} {
		first, rest := c.request(line)
		require.True(t, strings.HasPrefix(first, "error "), "%s: %s", line, first)
		require.Contains(t, first, want, line)
		require.Empty(t, rest)
	}
	_, err := fmt.Fprintln(c.conn, "say "+strings.Repeat("x", maxControlLine))
	requireNoErrors(t, err)
	first, _ := c.readResponse()
	require.Contains(t, first, "error a line of more than")
}

func TestControlNeedsLoopback(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	requireNoErrors(t, err)
	require.ErrorIs(t, startServer(t, nil).ServeControl(t.Context(), l), ErrControl)
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestControlLimitsConnections(t *testing.T) {
	connect := startControl(t, startServer(t, nil))
	var kept []*controlClient
	for range maxControlClients {
		c := connect()
		c.requireOK("users")
		kept = append(kept, c)
	}
	first, _ := connect().readResponse()
	require.Equal(t, "error too many connections", first)
	kept[0].requireOK("users")
}

func TestLoadOfALargeOffice(t *testing.T) {
	sc, err := ParseScript(strings.NewReader("office generated 500"))
	requireNoErrors(t, err)
	cfg, err := sc.Config()
	requireNoErrors(t, err)
	require.Len(t, cfg.Users, 500)
	require.Equal(t, "2007", cfg.Users[6].Extension)
	s := startServer(t, func(c *Config) { *c = cfg })
	c := startControl(t, s)()
	require.Len(t, c.requireOK("users"), 500)
	c.requireOK("load 500")
	require.Equal(t, 500, s.Calls())
	c.requireOK("all answer")
	busy := 0
	for _, who := range s.logins() {
		requireNoErrors(t, s.withUser(who, func(u *user) error {
			if u.currentBranch() != nil && u.currentBranch().state == branchTalking {
				busy++
			}
			return nil
		}))
	}
	require.Equal(t, 500, busy)
	c.requireOK("all hangup")
	require.Zero(t, s.Calls())

	_, err = ParseScript(strings.NewReader("office generated 5001"))
	require.ErrorContains(t, err, "at most 5000")
}

func TestOfficeLineOverridesUserLines(t *testing.T) {
	for text, want := range map[string]int{
		"user anna ext=91": 1, "office default\nuser anna ext=91": 7, "user anna ext=91\noffice default": 7,
		"office empty\nuser anna ext=91": 1, "office generated 9\nuser anna ext=91": 10, "": 6,
	} {
		sc, err := ParseScript(strings.NewReader(text))
		requireNoErrors(t, err)
		cfg, err := sc.Config()
		requireNoErrors(t, err)
		require.Len(t, cfg.Users, want, text)
	}
}
