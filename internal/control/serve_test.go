package control

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// memoryListener accepts net.Pipe connections with the callers that a test names.
type memoryListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newMemoryListener() *memoryListener {
	return &memoryListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (p *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *memoryListener) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *memoryListener) Addr() net.Addr { return nil }

type callerConn struct {
	net.Conn
	c   Caller
	err error
}

func (c callerConn) Caller() (Caller, error) { return c.c, c.err }

// dial returns the client's end of a new connection.
func (p *memoryListener) dial(t *testing.T, c Caller, err error) net.Conn {
	a, b := net.Pipe()
	p.conns <- callerConn{b, c, err}
	t.Cleanup(func() { a.Close() })
	return a
}

var (
	admin = Caller{User: `E\root`, SID: "S-1-5-21-1", Admin: true}
	anna  = Caller{User: `E\anna`, SID: "S-1-5-21-2"}
)

func testHandlers() map[string]Handler {
	return map[string]Handler{
		"who": func(_ context.Context, c Caller, v Values) (Values, error) {
			return append(Values{{"user", c.User}, {"admin", map[bool]string{true: "yes", false: "no"}[c.Admin]}}, v...), nil
		},
		"refuse": func(context.Context, Caller, Values) (Values, error) {
			return Values{{"why", "x"}}, &Error{"no-role", "not you"}
		},
		"fail":  func(context.Context, Caller, Values) (Values, error) { return nil, errors.New("disk full") },
		"fault": func(context.Context, Caller, Values) (Values, error) { panic("oh") },
		"huge": func(context.Context, Caller, Values) (Values, error) {
			return Values{{"a", strings.Repeat("x", MaxMessage)}}, nil
		},
		"wait": func(ctx context.Context, _ Caller, _ Values) (Values, error) { <-ctx.Done(); return nil, ctx.Err() },
	}
}

// runServer runs a server in a synctest bubble.
func runServer(t *testing.T, f func(t *testing.T, p *memoryListener, stop func())) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p, ended := newMemoryListener(), make(chan error, 1)
		go func() { ended <- Serve(ctx, p, testHandlers(), slog.New(slog.DiscardHandler)) }()
		f(t, p, cancel)
		cancel()
		require.NoError(t, <-ended)
	})
}

func TestExchange(t *testing.T) {
	runServer(t, func(t *testing.T, p *memoryListener, _ func()) {
		ctx := t.Context()
		v, err := exchange(ctx, p.dial(t, anna, nil), "who", Values{{"a", "1\n2"}, {"a", "%"}})
		require.NoError(t, err)
		require.Equal(t, Values{{"user", `E\anna`}, {"admin", "no"}, {"a", "1\n2"}, {"a", "%"}}, v)
		v, err = exchange(ctx, p.dial(t, admin, nil), "who", nil)
		require.NoError(t, err)
		require.Equal(t, "yes", v.Get("admin"))

		for verb, code := range map[string]string{"refuse": "no-role", "fail": CodeFailed, "fault": CodeFailed, "nothing": CodeUnknownVerb, "huge": CodeTooLarge} {
			_, err = exchange(ctx, p.dial(t, admin, nil), verb, nil)
			e := new(Error)
			require.ErrorAs(t, err, &e, verb)
			require.Equal(t, code, e.Code, verb)
		}
		v, err = exchange(ctx, p.dial(t, admin, nil), "refuse", nil)
		require.Error(t, err)
		require.Equal(t, "x", v.Get("why"))
	})
}

// TestUnknownCaller: an unknown caller is denied every verb, even an unknown one.
func TestUnknownCaller(t *testing.T) {
	runServer(t, func(t *testing.T, p *memoryListener, _ func()) {
		denied := func(c net.Conn, verb string) {
			_, err := exchange(t.Context(), c, verb, nil)
			e := new(Error)
			require.ErrorAs(t, err, &e)
			require.Equal(t, CodeDenied, e.Code)
		}
		denied(p.dial(t, Caller{}, nil), "who")
		denied(p.dial(t, admin, errors.New("no token")), "who")
		denied(p.dial(t, Caller{Admin: true}, nil), "nothing")
		a, b := net.Pipe() // a connection that has no caller at all
		p.conns <- b
		denied(a, "who")
		a.Close()
	})
}

// TestSlowClients: the connection of a client that sends nothing or does not read is closed after ExchangeTimeout. Other
// clients are served meanwhile, up to maxConnections.
func TestSlowClients(t *testing.T) {
	runServer(t, func(t *testing.T, p *memoryListener, _ func()) {
		var slow []net.Conn
		for range maxConnections - 1 {
			slow = append(slow, p.dial(t, anna, nil))
		}
		synctest.Wait()
		_, err := exchange(t.Context(), p.dial(t, admin, nil), "who", nil)
		require.NoError(t, err)
		synctest.Wait() // its connection does not count any more
		slow = append(slow, p.dial(t, anna, nil))
		synctest.Wait()
		_, err = readValues(p.dial(t, admin, nil))
		e := new(Error)
		require.ErrorAs(t, err, &e)
		require.Equal(t, CodeBusy, e.Code)
		began := time.Now()
		for _, c := range slow { // closed, with a response that was not read or without one
			_, _ = io.ReadAll(c)
		}
		require.Equal(t, ExchangeTimeout, time.Since(began))
		synctest.Wait()
		_, err = exchange(t.Context(), p.dial(t, admin, nil), "who", nil)
		require.NoError(t, err)
	})
}

func readValues(c net.Conn) (Values, error) {
	a, err := readResponse(c)
	if err == nil && a.refusal != nil {
		err = a.refusal
	}
	return a.values, err
}

// TestHandlerThatWaits: a handler that takes too long is ended in time for the caller to get the error, and so is one at the
// end of the server.
func TestHandlerThatWaits(t *testing.T) {
	runServer(t, func(t *testing.T, p *memoryListener, stop func()) {
		began := time.Now()
		_, err := exchange(t.Context(), p.dial(t, admin, nil), "wait", nil)
		require.Error(t, err)
		require.LessOrEqual(t, time.Since(began), ExchangeTimeout)
		c := p.dial(t, admin, nil)
		time.AfterFunc(time.Second, stop)
		_, err = exchange(t.Context(), c, "wait", nil)
		e := new(Error)
		require.ErrorAs(t, err, &e)
		require.Equal(t, CodeFailed, e.Code)
	})
}

// TestCallEndsWithItsContext: a call to a daemon that does not respond ends with its context.
func TestCallEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		defer a.Close()
		defer b.Close()
		go func() { _, _ = readRequest(b) }()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		began := time.Now()
		_, err := exchange(ctx, a, "get", nil)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 3*time.Second, time.Since(began))
	})
}
