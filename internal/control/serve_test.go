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

// pipes is a listener of net.Pipe connections whose clients are who they say.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return nil }

type callerConn struct {
	net.Conn
	c   Caller
	err error
}

func (c callerConn) Caller() (Caller, error) { return c.c, c.err }

// dial gives the client's end.
func (p *pipes) dial(t *testing.T, c Caller, err error) net.Conn {
	a, b := net.Pipe()
	p.conns <- callerConn{b, c, err}
	t.Cleanup(func() { a.Close() })
	return a
}

var (
	admin = Caller{User: `E\root`, SID: "S-1-5-21-1", Admin: true}
	anna  = Caller{User: `E\anna`, SID: "S-1-5-21-2"}
)

func handlersForTest() map[string]Handler {
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

// serving runs a server inside a synctest bubble.
func serving(t *testing.T, f func(t *testing.T, p *pipes, stop func())) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p, ended := newPipes(), make(chan error, 1)
		go func() { ended <- Serve(ctx, p, handlersForTest(), slog.New(slog.DiscardHandler)) }()
		f(t, p, cancel)
		cancel()
		require.NoError(t, <-ended)
	})
}

func TestExchange(t *testing.T) {
	serving(t, func(t *testing.T, p *pipes, _ func()) {
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

// TestUnknownCaller: who cannot be told is let do nothing, not even an unknown verb.
func TestUnknownCaller(t *testing.T) {
	serving(t, func(t *testing.T, p *pipes, _ func()) {
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

// TestSlowClients: who sends nothing, or does not read, is cut off after Patience; others are served meanwhile, until
// all places are taken.
func TestSlowClients(t *testing.T) {
	serving(t, func(t *testing.T, p *pipes, _ func()) {
		var slow []net.Conn
		for range maxConnections - 1 {
			slow = append(slow, p.dial(t, anna, nil))
		}
		synctest.Wait()
		_, err := exchange(t.Context(), p.dial(t, admin, nil), "who", nil)
		require.NoError(t, err)
		synctest.Wait() // its place is free again
		slow = append(slow, p.dial(t, anna, nil))
		synctest.Wait()
		_, err = readAnswerOf(p.dial(t, admin, nil))
		e := new(Error)
		require.ErrorAs(t, err, &e)
		require.Equal(t, CodeBusy, e.Code)
		began := time.Now()
		for _, c := range slow { // cut off: with an answer nobody took, or without
			_, _ = io.ReadAll(c)
		}
		require.Equal(t, Patience, time.Since(began))
		synctest.Wait()
		_, err = exchange(t.Context(), p.dial(t, admin, nil), "who", nil)
		require.NoError(t, err)
	})
}

func readAnswerOf(c net.Conn) (Values, error) {
	a, err := readAnswer(c)
	if err == nil && a.refused != nil {
		err = a.refused
	}
	return a.values, err
}

// TestHandlerThatWaits: an answer that takes too long ends in time for the caller to hear why, or the server's end does.
func TestHandlerThatWaits(t *testing.T) {
	serving(t, func(t *testing.T, p *pipes, stop func()) {
		began := time.Now()
		_, err := exchange(t.Context(), p.dial(t, admin, nil), "wait", nil)
		require.Error(t, err)
		require.LessOrEqual(t, time.Since(began), Patience)
		c := p.dial(t, admin, nil)
		time.AfterFunc(time.Second, stop)
		_, err = exchange(t.Context(), c, "wait", nil)
		e := new(Error)
		require.ErrorAs(t, err, &e)
		require.Equal(t, CodeFailed, e.Code)
	})
}

// TestCallEndsWithItsContext: a daemon that does not answer holds nobody up.
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
