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

// Caller is who asks, as the system says.
type Caller struct {
	User  string // account name for logs, such as EXAMPLE\anna; may be empty
	SID   string // Windows' security identifier, or "uid:1000"; empty for a caller that is not known
	Admin bool   // an elevated administrator, SYSTEM, or the owner of the daemon's socket
}

// Known says whether the system told who this is.
func (c Caller) Known() bool { return c.SID != "" }

// Handler answers one verb. A returned *Error goes to the caller as it is; another error becomes CodeFailed with its
// text, so it must be free of secrets. ctx ends with the connection's time and with the server.
type Handler func(ctx context.Context, c Caller, v Values) (Values, error)

// Patience bounds an exchange: the whole request must come, and the answer be taken, within this.
const Patience = 30 * time.Second

// maxConnections is how many callers are served at the same time; further ones wait a moment and are then refused.
const maxConnections = 16

// identified is a connection that can say who is at its other end. It is asked after the request was read, since Windows
// lets a pipe's client be impersonated only then.
type identified interface{ Caller() (Caller, error) }

// server is one listener at work.
type server struct {
	handlers map[string]Handler
	log      *slog.Logger
	slots    chan struct{}
}

// Serve answers requests on the listener until ctx is done, and closes it. What is being answered then has two more
// seconds. It returns nil after ctx, or why the listener failed.
func Serve(ctx context.Context, l net.Listener, handlers map[string]Handler, log *slog.Logger) error {
	s := &server{handlers: handlers, log: log, slots: make(chan struct{}, maxConnections)}
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
			wait(ctx, 100*time.Millisecond)
			continue
		}
		failures = 0
		wg.Go(func() { s.connection(ctx, conn) })
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// connection is one exchange.
func (s *server) connection(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(Patience))
	hurry := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now().Add(2 * time.Second)) })
	defer hurry()
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	var a answer
	var q request
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
		var err error
		if q, err = readRequest(conn); err != nil {
			a.refused = &Error{CodeBadRequest, err.Error()}
			break
		}
		a = s.answer(ctx, conn, q)
	default:
		a.refused = &Error{CodeBusy, "too many connections; try again in a moment"}
	}
	b, err := a.append(nil)
	if err != nil {
		s.log.Error("control: an answer cannot be sent", "verb", q.verb, "error", err)
		b, _ = answer{refused: &Error{CodeTooLarge, "the answer does not fit"}}.append(nil)
	}
	if _, err := conn.Write(b); err == nil {
		finish(conn)
	}
}

// finish lets the other side read all before the connection goes away.
func finish(conn net.Conn) {
	if f, ok := conn.(interface{ Finish() }); ok {
		f.Finish()
	}
}

// answer finds out who asks and asks the handler.
func (s *server) answer(ctx context.Context, conn net.Conn, q request) (a answer) {
	var c Caller
	if i, ok := conn.(identified); ok {
		var err error
		if c, err = i.Caller(); err != nil {
			s.log.Warn("control: the caller is not known and refused", "verb", q.verb, "error", err)
			c = Caller{}
		}
	}
	if !c.Known() {
		a.refused = &Error{CodeDenied, "the system does not say who you are"}
		return a
	}
	h := s.handlers[q.verb]
	if h == nil {
		a.refused = &Error{CodeUnknownVerb, "there is no verb " + q.verb}
		return a
	}
	defer func() { // a fault in one answer must not end the calls of everybody
		if r := recover(); r != nil {
			s.log.Error("control: a fault in offhook", "verb", q.verb, "fault", fmt.Sprint(r))
			a = answer{refused: &Error{CodeFailed, "a fault in offhook; its log has more"}}
		}
	}()
	values, err := h(ctx, c, q.values)
	if err == nil {
		return answer{values: values}
	}
	s.log.Debug("control: refused", "verb", q.verb, "caller", c.User, "error", err)
	if e := new(Error); errors.As(err, &e) {
		return answer{refused: e, values: values}
	}
	return answer{refused: &Error{CodeFailed, err.Error()}, values: values}
}
