package pbx

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ErrControl is wrapped by the error of ServeControl for a listener that it refuses.
var ErrControl = errors.New("pbx: control")

const (
	maxControlLine      = 64 << 10         // bytes of a request
	controlWriteTimeout = 10 * time.Second // for a response that the client does not read
	maxControlClients   = 32               // at a time
)

// ServeControl lets programs control the PBX over TCP, on a loopback address only. Each line that they send is one action
// line of a script (see the package documentation), without `at`; or `commands`, which lists the commands received since
// the last `commands`; or `users`; or `quit`. The response is `ok` or `error TEXT`, then lines that begin with a blank, then
// an empty line. ServeControl returns when ctx ends or l is closed, after it has closed all connections.
func (s *Server) ServeControl(ctx context.Context, l net.Listener) error {
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		_ = l.Close()
		return fmt.Errorf("%w: %s is not a loopback address; a client may do anything, so use 127.0.0.1", ErrControl, l.Addr())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	context.AfterFunc(ctx, func() { _ = l.Close() })
	c := &controlServer{s: s, slots: make(chan struct{}, maxControlClients)}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return nil
			}
			return fmt.Errorf("%w: %w", ErrControl, err)
		}
		wg.Go(func() { c.serve(ctx, conn) })
	}
}

// controlServer is the state that the connections of one ServeControl share.
type controlServer struct {
	s              *Server
	slots          chan struct{}
	mu             sync.Mutex
	listedCommands int // how many commands were listed so far
}

func (c *controlServer) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	default:
		c.respond(conn, nil, errors.New("too many connections"))
		return
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	in := bufio.NewScanner(conn)
	in.Buffer(nil, maxControlLine)
	for in.Scan() {
		text := strings.TrimSpace(in.Text())
		if text == "" {
			continue
		}
		if text == "quit" {
			c.respond(conn, nil, nil)
			return
		}
		lines, err := c.perform(ctx, text)
		if c.respond(conn, lines, err) != nil {
			return
		}
	}
	if errors.Is(in.Err(), bufio.ErrTooLong) {
		c.respond(conn, nil, fmt.Errorf("a line of more than %d bytes", maxControlLine))
	}
}

// respond writes the response to a request.
func (c *controlServer) respond(conn net.Conn, lines []string, err error) error {
	var b strings.Builder
	b.WriteString("ok\n")
	if err != nil {
		b.Reset()
		b.WriteString("error " + replaceControls(err.Error()) + "\n")
	}
	for _, l := range lines {
		b.WriteString(" " + replaceControls(l) + "\n")
	}
	b.WriteByte('\n')
	_ = conn.SetWriteDeadline(time.Now().Add(controlWriteTimeout))
	_, err = io.WriteString(conn, b.String())
	return err
}

// perform carries out one request.
func (c *controlServer) perform(ctx context.Context, text string) ([]string, error) {
	switch text {
	case "commands":
		return c.commands(), nil
	case "users":
		return c.users(), nil
	}
	run, err := parseAction(text)
	if err != nil {
		return nil, err
	}
	return nil, run(ctx, &scriptRun{s: c.s, out: io.Discard, speed: 1, start: time.Now()})
}

// parseAction reads a line with one action.
func parseAction(text string) (action, error) {
	words, err := splitWords(text)
	switch {
	case err != nil:
		return nil, err
	case len(words) == 0:
		return nil, errors.New("the line has no action")
	case setupVerbs[words[0]] != nil:
		return nil, fmt.Errorf("%q is a setup line; this PBX is running already", words[0])
	}
	var sc Script
	if err := sc.parseLine(1, text); err != nil {
		return nil, err
	}
	if sc.lines[0].at >= 0 {
		return nil, errors.New("a time is not allowed here; leave `at` out")
	}
	return sc.lines[0].run, nil
}

// commands lists the commands received since its last call: name, login of the session, attributes.
func (c *controlServer) commands() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var l []Command
	l, c.listedCommands = c.s.commandsSince(c.listedCommands)
	lines := make([]string, len(l))
	for i, k := range l {
		words := []string{k.Name, "by=" + strconv.Quote(k.User)}
		for name, value := range k.Attrs {
			words = append(words, name+"="+strconv.Quote(value))
		}
		slices.Sort(words[2:])
		lines[i] = strings.Join(words, " ")
	}
	return lines
}

func (c *controlServer) users() []string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	var lines []string
	for _, u := range c.s.userList {
		lines = append(lines, fmt.Sprintf("%s %s %s", u.Login, u.Extension, strconv.Quote(u.Name)))
	}
	return lines
}
