package control

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Caller is who sent a request, as the system says.
type Caller struct {
	User  string // account name for logs, such as EXAMPLE\anna; may be empty
	SID   string // Windows' security identifier, or "uid:1000"; empty for an unknown caller
	Admin bool   // an elevated administrator, SYSTEM, or the owner of the daemon's socket
}

// Known reports whether the system has named the caller.
func (c Caller) Known() bool { return c.SID != "" }

// Handler responds to one verb. A returned *Error goes to the caller unchanged; any other error becomes CodeFailed with its
// text, so it must not hold secrets. ctx ends with the connection's time and with the server.
type Handler func(ctx context.Context, c Caller, v Values) (Values, error)

// ExchangeTimeout bounds an exchange: the whole request must come, and the response be read, within this time.
const ExchangeTimeout = 30 * time.Second

// maxConnections is how many callers are served at the same time; further ones are refused.
const maxConnections = 16

// identified is a connection that knows its caller. The server asks it after the request was read, since Windows lets a
// server impersonate a pipe's client only then.
type identified interface{ Caller() (Caller, error) }

// server serves one listener.
type server struct {
	handlers    map[string]Handler
	log         *slog.Logger
	connections chan struct{}
}

// Serve responds to requests on the listener until ctx is done, and closes the listener. Exchanges that are open then have
// two more seconds. Serve returns nil after ctx is done, or the listener's error.
func Serve(ctx context.Context, l net.Listener, handlers map[string]Handler, log *slog.Logger) error {
	s := &server{handlers: handlers, log: log, connections: make(chan struct{}, maxConnections)}
	defer l.Close()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	var wg sync.WaitGroup
	defer wg.Wait()
	failures := 0
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("control: the listener was closed: %w", err)
		case err != nil:
			if failures++; failures > 20 {
				return fmt.Errorf("control: no connection can be accepted: %w", err)
			}
			waitFor(ctx, 100*time.Millisecond)
			continue
		}
		failures = 0
		wg.Go(func() { s.serveConn(ctx, conn) })
	}
}

func waitFor(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// serveConn serves one connection: one request and its response.
func (s *server) serveConn(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(ExchangeTimeout))
	stopShortening := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now().Add(2 * time.Second)) })
	defer stopShortening()
	ctx, cancel := context.WithTimeout(ctx, ExchangeTimeout)
	defer cancel()
	var a response
	var q request
	select {
	case s.connections <- struct{}{}:
		defer func() { <-s.connections }()
		var err error
		if q, err = readRequest(conn); err != nil {
			a.refusal = &Error{CodeBadRequest, err.Error()}
			break
		}
		a = s.respond(ctx, conn, q)
	default:
		a.refusal = &Error{CodeBusy, "too many connections; try again in a moment"}
	}
	b, err := a.appendTo(nil)
	if err != nil {
		s.log.Error("control: a response cannot be sent", "verb", q.verb, "error", err)
		b, _ = response{refusal: &Error{CodeTooLarge, "the response is too large"}}.appendTo(nil)
	}
	if _, err := conn.Write(b); err == nil {
		finishReading(conn)
	}
}

// finishReading lets the other side read everything before the connection is closed.
func finishReading(conn net.Conn) {
	if f, ok := conn.(interface{ Finish() }); ok {
		f.Finish()
	}
}

// respond finds out the caller and calls the verb's handler.
func (s *server) respond(ctx context.Context, conn net.Conn, q request) (a response) {
	var c Caller
	if i, ok := conn.(identified); ok {
		var err error
		if c, err = i.Caller(); err != nil {
			s.log.Warn("control: an unknown caller is refused", "verb", q.verb, "error", err)
			c = Caller{}
		}
	}
	if !c.Known() {
		a.refusal = &Error{CodeDenied, "the system does not name the caller"}
		return a
	}
	h := s.handlers[q.verb]
	if h == nil {
		a.refusal = &Error{CodeUnknownVerb, "there is no verb " + q.verb}
		return a
	}
	defer func() { // a panic in one handler must not end the daemon
		if r := recover(); r != nil {
			s.log.Error("control: a handler panicked", "verb", q.verb, "panic", fmt.Sprint(r))
			a = response{refusal: &Error{CodeFailed, "an internal error of offhook; its log has the details"}}
		}
	}()
	values, err := h(ctx, c, q.values)
	if err == nil {
		return response{values: values}
	}
	s.log.Debug("control: a request is refused", "verb", q.verb, "caller", c.User, "error", err)
	if e := new(Error); errors.As(err, &e) {
		return response{refusal: e, values: values}
	}
	return response{refusal: &Error{CodeFailed, err.Error()}, values: values}
}
