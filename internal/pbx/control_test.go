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
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.ServeControl(ctx, l) }()
	t.Cleanup(func() { cancel(); must(t, <-ended) })
	return func() *controlClient {
		conn, err := net.Dial("tcp", l.Addr().String())
		must(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		return &controlClient{t, conn, bufio.NewReader(conn)}
	}
}

// ask sends a line and gives the answer's first line and the others.
func (c *controlClient) ask(line string) (string, []string) {
	_, err := fmt.Fprintln(c.conn, line)
	must(c.t, err)
	return c.answer()
}

func (c *controlClient) answer() (string, []string) {
	var lines []string
	for {
		l, err := c.in.ReadString('\n')
		must(c.t, err)
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

func (c *controlClient) ok(line string) []string {
	c.t.Helper()
	first, rest := c.ask(line)
	require.Equal(c.t, "ok", first, line)
	return rest
}

func TestControlActsAndTellsWhatCame(t *testing.T) {
	s := start(t, nil)
	c := startControl(t, s)()
	ida := enter(t, s, "ilund", own)
	require.Equal(t, []string{` xmppuser.ClientInfo by="ilund"`}, trimAttrs(c.ok("commands"))[:1])
	c.ok(`inbound 00497115550199 "Vogt Ltd" -> 41`)
	ida.expect("ilund ringing <- 00497115550199")
	ida.success("base", "<Hangup channel='"+s.legOf(t, "41")+"'/>")
	c.ok("wait command base.Hangup")
	lines := c.ok("commands")
	require.Len(t, lines, 1)
	require.Contains(t, lines[0], ` base.Hangup by="ilund" channel="SIP/`)
	require.Empty(t, c.ok("commands"))
	require.Contains(t, c.ok("users"), ` jvogel 45 "Jörg Vogel"`)
	require.Empty(t, c.ok("quit"))
	_, err := c.in.ReadByte()
	require.Error(t, err, "the connection ends")
}

// trimAttrs cuts the attributes behind by= off.
func trimAttrs(lines []string) []string {
	for i, l := range lines {
		if words := strings.SplitN(l, " ", 4); len(words) == 4 {
			lines[i] = strings.Join(words[:3], " ")
		}
	}
	return lines
}

func TestControlRefuses(t *testing.T) {
	c := startControl(t, start(t, nil))()
	for line, want := range map[string]string{
		"answer 41":            "pbx: no such call",
		"answer":               "write: answer EXT",
		"dance 41":             `unknown verb "dance"`,
		"user x secret=secret": "describes an office",
		"office default":       "describes an office",
		"at 1s drop-link":      "no meaning here",
		`say "open`:            "quote",
		"# nothing":            "nothing to do",
		"load 100000":          "at most",
		"all dance":            "write all answer",
	} {
		first, rest := c.ask(line)
		require.True(t, strings.HasPrefix(first, "error "), "%s: %s", line, first)
		require.Contains(t, first, want, line)
		require.Empty(t, rest)
	}
	_, err := fmt.Fprintln(c.conn, "say "+strings.Repeat("x", controlLine))
	must(t, err)
	first, _ := c.answer()
	require.Contains(t, first, "error a line of more than")
}

func TestControlStaysOnTheMachine(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	must(t, err)
	require.ErrorIs(t, start(t, nil).ServeControl(t.Context(), l), ErrControl)
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
}

func TestControlTurnsTheMultitudeAway(t *testing.T) {
	connect := startControl(t, start(t, nil))
	var kept []*controlClient
	for range controlClients {
		c := connect()
		c.ok("users")
		kept = append(kept, c)
	}
	first, _ := connect().answer()
	require.Equal(t, "error too many connections", first)
	kept[0].ok("users")
}

func TestLoadOfALargeOffice(t *testing.T) {
	sc, err := ParseScript(strings.NewReader("office generated 500"))
	must(t, err)
	cfg, err := sc.Config()
	must(t, err)
	require.Len(t, cfg.Users, 500)
	require.Equal(t, "2007", cfg.Users[6].Extension)
	s := start(t, func(c *Config) { *c = cfg })
	c := startControl(t, s)()
	require.Len(t, c.ok("users"), 500)
	c.ok("load 500")
	require.Equal(t, 500, s.Calls())
	c.ok("all answer")
	busy := 0
	for _, who := range s.logins() {
		must(t, s.verb(who, func(u *user) error {
			if u.current() != nil && u.current().state == legUp {
				busy++
			}
			return nil
		}))
	}
	require.Equal(t, 500, busy)
	c.ok("all hangup")
	require.Zero(t, s.Calls())

	_, err = ParseScript(strings.NewReader("office generated 5001"))
	require.ErrorContains(t, err, "at most 5000")
}

func TestAnOfficeLineStandsAboveUserLines(t *testing.T) {
	for text, want := range map[string]int{
		"user anna ext=91": 1, "office default\nuser anna ext=91": 7, "user anna ext=91\noffice default": 7,
		"office empty\nuser anna ext=91": 1, "office generated 9\nuser anna ext=91": 10, "": 6,
	} {
		sc, err := ParseScript(strings.NewReader(text))
		must(t, err)
		cfg, err := sc.Config()
		must(t, err)
		require.Len(t, cfg.Users, want, text)
	}
}
