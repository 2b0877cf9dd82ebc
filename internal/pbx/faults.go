package pbx

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// StallPoint says at which step of a login the PBX stops responding.
type StallPoint string

// The steps.
const (
	StallNone   StallPoint = "none"
	StallHeader StallPoint = "header" // after the TCP connect
	StallTLS    StallPoint = "tls"    // after <starttls/>
	StallSASL   StallPoint = "sasl"   // after <auth/>
	StallBind   StallPoint = "bind"   // after the bind request
)

type faults struct {
	refuseLogins bool
	stall        StallPoint
	replyDelay   time.Duration
	loseReplies  int
	failures     map[string][]string // by command: the messages of its next Failures
	iqErrors     map[string][]string // by command: the conditions of its next IQ errors
}

func newFaults() faults {
	return faults{stall: StallNone, failures: map[string][]string{}, iqErrors: map[string][]string{}}
}

func takeFault(m map[string][]string, name string) (string, bool) {
	for _, key := range []string{name, "*"} {
		if l := m[key]; len(l) > 0 {
			m[key] = l[1:]
			return l[0], true
		}
	}
	return "", false
}

// DropAll closes every connection with a TCP reset. Calls go on.
func (s *Server) DropAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.reset()
	}
	if s.component != nil {
		s.component.reset()
	}
}

// Freeze makes the server read nothing and write nothing until Thaw, as a stopped
// process does. Connections stay open; events are queued.
func (s *Server) Freeze() { s.freezeGate.freeze() }

// Thaw ends Freeze.
func (s *Server) Thaw() { s.freezeGate.thaw() }

// DelayReplies delays the replies to commands and keeps their order; 0 ends the delay.
func (s *Server) DelayReplies(d time.Duration) { s.setFault(func(f *faults) { f.replyDelay = d }) }

// LoseReplies drops the replies to the next n commands; the commands take effect.
func (s *Server) LoseReplies(n int) { s.setFault(func(f *faults) { f.loseReplies = n }) }

// RefuseLogins makes every login fail with not-authorized while on.
func (s *Server) RefuseLogins(on bool) { s.setFault(func(f *faults) { f.refuseLogins = on }) }

// Stall makes the PBX stop responding at that step of new logins. Logins that are stalled already stay so.
func (s *Server) Stall(p StallPoint) { s.setFault(func(f *faults) { f.stall = p }) }

// FailNext makes the next command of that name ("base.Hangup", or "*" for any) fail
// with Failure and have no effect. An empty message means "<command> not
// successfull", the spelling of the published samples.
func (s *Server) FailNext(command, message string) {
	if message == "" {
		message = command + " not successfull"
	}
	s.setFault(func(f *faults) { f.failures[command] = append(f.failures[command], message) })
}

// ErrorNext makes the next command of that name fail with an IQ error, as the PBX
// does after its own timeout; the condition is "remote-server-timeout", for example.
func (s *Server) ErrorNext(command, condition string) {
	s.setFault(func(f *faults) { f.iqErrors[command] = append(f.iqErrors[command], condition) })
}

func (s *Server) setFault(set func(*faults)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set(&s.faults)
}

// RefuseConnections closes the listening socket, so that connections are refused,
// or opens it again on the same address. Open connections stay.
func (s *Server) RefuseConnections(on bool) error {
	s.mu.Lock()
	l := s.listener
	switch {
	case s.closed:
		s.mu.Unlock()
		return ErrClosed
	case s.component != nil:
		s.mu.Unlock()
		return errors.New("pbx: a component has no listening socket; stop the XMPP server instead")
	case on && l != nil:
		s.listener = nil
		defer s.mu.Unlock()
		return l.Close()
	case on || l != nil:
		s.mu.Unlock()
		return nil
	}
	s.mu.Unlock()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		return fmt.Errorf("pbx: cannot listen on %s again: %w", s.addr, err)
	}
	s.acceptFrom(l)
	return nil
}

// EndStreams ends every stream, with a stream error if there is a condition (such as
// system-shutdown). Clients may connect again.
func (s *Server) EndStreams(condition string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		go c.endStream(condition)
	}
}

// freezeGate blocks reads and writes while the server is frozen.
type freezeGate struct {
	mu sync.Mutex
	ch chan struct{} // nil: not frozen
}

func newFreezeGate() *freezeGate { return &freezeGate{} }

func (g *freezeGate) freeze() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ch == nil {
		g.ch = make(chan struct{})
	}
}

func (g *freezeGate) thaw() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ch != nil {
		close(g.ch)
		g.ch = nil
	}
}

func (g *freezeGate) waitWhileFrozen(gone <-chan struct{}) {
	for {
		g.mu.Lock()
		ch := g.ch
		g.mu.Unlock()
		if ch == nil {
			return
		}
		select {
		case <-ch:
		case <-gone:
			return
		}
	}
}

// replyQueue delays replies and keeps their order.
type replyQueue struct {
	s         *Server
	waiting   []delayed
	scheduled bool
}

type delayed struct {
	due time.Time
	run func()
}

// enqueue calls fn now, or after d and after all waiting functions. The caller holds s.mu.
func (l *replyQueue) enqueue(d time.Duration, fn func()) {
	if d <= 0 && len(l.waiting) == 0 {
		fn()
		return
	}
	l.waiting = append(l.waiting, delayed{time.Now().Add(d), fn})
	l.scheduleNext()
}

func (l *replyQueue) scheduleNext() {
	if l.scheduled || len(l.waiting) == 0 {
		return
	}
	l.scheduled = true
	l.s.after(max(0, time.Until(l.waiting[0].due)), nil, func() {
		l.scheduled = false
		next := l.waiting[0]
		l.waiting = l.waiting[1:]
		next.run()
		l.scheduleNext()
	})
}
