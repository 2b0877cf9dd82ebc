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

// ErrControl is wrapped by ServeControl's error for a listener it does not serve.
var ErrControl = errors.New("pbx: control")

const (
	controlLine    = 64 << 10         // bytes of a request
	controlWrite   = 10 * time.Second // for an answer that is not read
	controlClients = 32               // at a time
)

// ServeControl lets programs act on the PBX over TCP, on a loopback address only: each line they send is one action
// line of a script (see the package documentation), without `at`; or `commands`, which lists the commands received
// since it was asked last; or `users`; or `quit`. The answer is `ok` or `error TEXT`, then lines that begin with a blank, then
// an empty line. It returns when ctx ends or l is closed, with all connections ended.
func (s *Server) ServeControl(ctx context.Context, l net.Listener) error {
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		_ = l.Close()
		return fmt.Errorf("%w: %s is not a loopback address; whoever connects may do anything, so use 127.0.0.1", ErrControl, l.Addr())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	context.AfterFunc(ctx, func() { _ = l.Close() })
	c := &controls{s: s, places: make(chan struct{}, controlClients)}
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

// controls is what the connections of one ServeControl share.
type controls struct {
	s      *Server
	places chan struct{}
	mu     sync.Mutex
	told   int // how many commands were listed
}

func (c *controls) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	default:
		c.answer(conn, nil, errors.New("too many connections"))
		return
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	in := bufio.NewScanner(conn)
	in.Buffer(nil, controlLine)
	for in.Scan() {
		text := strings.TrimSpace(in.Text())
		if text == "" {
			continue
		}
		if text == "quit" {
			c.answer(conn, nil, nil)
			return
		}
		lines, err := c.do(ctx, text)
		if c.answer(conn, lines, err) != nil {
			return
		}
	}
	if errors.Is(in.Err(), bufio.ErrTooLong) {
		c.answer(conn, nil, fmt.Errorf("a line of more than %d bytes", controlLine))
	}
}

// answer writes what came of a request.
func (c *controls) answer(conn net.Conn, lines []string, err error) error {
	var b strings.Builder
	b.WriteString("ok\n")
	if err != nil {
		b.Reset()
		b.WriteString("error " + printable(err.Error()) + "\n")
	}
	for _, l := range lines {
		b.WriteString(" " + printable(l) + "\n")
	}
	b.WriteByte('\n')
	_ = conn.SetWriteDeadline(time.Now().Add(controlWrite))
	_, err = io.WriteString(conn, b.String())
	return err
}

// do carries one request out.
func (c *controls) do(ctx context.Context, text string) ([]string, error) {
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

// parseAction reads a script line that is one action.
func parseAction(text string) (action, error) {
	words, err := splitWords(text)
	switch {
	case err != nil:
		return nil, err
	case len(words) == 0:
		return nil, errors.New("nothing to do")
	case setupVerbs[words[0]] != nil:
		return nil, fmt.Errorf("%q describes an office; this one is running", words[0])
	}
	var sc Script
	if err := sc.line(1, text); err != nil {
		return nil, err
	}
	if sc.lines[0].at >= 0 {
		return nil, errors.New("a time has no meaning here; leave `at` out")
	}
	return sc.lines[0].run, nil
}

// commands lists the commands received since the last time: name, login of the session, attributes.
func (c *controls) commands() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var l []Command
	l, c.told = c.s.commandsSince(c.told)
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

func (c *controls) users() []string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	var lines []string
	for _, u := range c.s.order {
		lines = append(lines, fmt.Sprintf("%s %s %s", u.Login, u.Extension, strconv.Quote(u.Name)))
	}
	return lines
}
