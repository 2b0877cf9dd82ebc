package pbx

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// StallPoint is where a new connection stops being answered.
type StallPoint string

// The places where a silent server can be silent.
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
	delay        time.Duration
	lose         int
	fail         map[string][]string // command → messages of Failures to come
	error        map[string][]string // command → conditions of IQ errors to come
}

func newFaults() faults {
	return faults{stall: StallNone, fail: map[string][]string{}, error: map[string][]string{}}
}

func take(m map[string][]string, name string) (string, bool) {
	for _, key := range []string{name, "*"} {
		if l := m[key]; len(l) > 0 {
			m[key] = l[1:]
			return l[0], true
		}
	}
	return "", false
}

// DropAll cuts every connection with a TCP reset. Calls go on.
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

// Freeze makes the server read nothing and write nothing, as a stopped process
// does, until Thaw. Connections stay open; events pile up.
func (s *Server) Freeze() { s.gate.shut() }

// Thaw ends Freeze.
func (s *Server) Thaw() { s.gate.open() }

// DelayReplies makes command replies wait, in order; 0 ends it.
func (s *Server) DelayReplies(d time.Duration) { s.fault(func(f *faults) { f.delay = d }) }

// LoseReplies lets the next n command replies get lost; the commands take effect.
func (s *Server) LoseReplies(n int) { s.fault(func(f *faults) { f.lose = n }) }

// RefuseLogins answers every login with not-authorized while on.
func (s *Server) RefuseLogins(on bool) { s.fault(func(f *faults) { f.refuseLogins = on }) }

// Stall leaves new logins unanswered from that point on; those already stalled stay so.
func (s *Server) Stall(p StallPoint) { s.fault(func(f *faults) { f.stall = p }) }

// FailNext answers the next command of that name ("base.Hangup", "*" any) with
// Failure and does nothing. An empty message means "<command> not successfull",
// the spelling of the published samples.
func (s *Server) FailNext(command, message string) {
	if message == "" {
		message = command + " not successfull"
	}
	s.fault(func(f *faults) { f.fail[command] = append(f.fail[command], message) })
}

// ErrorNext answers the next command of that name with an IQ error, as the PBX
// does after its own timeout; condition e.g. "remote-server-timeout".
func (s *Server) ErrorNext(command, condition string) {
	s.fault(func(f *faults) { f.error[command] = append(f.error[command], condition) })
}

func (s *Server) fault(set func(*faults)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set(&s.faults)
}

// RefuseConnections closes the listening socket (connects are refused) or opens
// it again on the same address. Present connections stay.
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
	s.serve(l)
	return nil
}

// EndStreams ends every stream: with the stream error condition (such as
// system-shutdown), or plainly when it is empty. Clients may come back.
func (s *Server) EndStreams(condition string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		go c.end(condition)
	}
}

// gate is a door that everybody passes while it is open.
type gate struct {
	mu sync.Mutex
	ch chan struct{} // nil: open
}

func newGate() *gate { return &gate{} }

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ch == nil {
		g.ch = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ch != nil {
		close(g.ch)
		g.ch = nil
	}
}

func (g *gate) wait(gone <-chan struct{}) {
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

// delayLine holds replies back without changing their order.
type delayLine struct {
	s       *Server
	waiting []delayed
	armed   bool
}

type delayed struct {
	due time.Time
	run func()
}

// run calls fn now, or after d and after everything already waiting; s.mu held.
func (l *delayLine) run(d time.Duration, fn func()) {
	if d <= 0 && len(l.waiting) == 0 {
		fn()
		return
	}
	l.waiting = append(l.waiting, delayed{time.Now().Add(d), fn})
	l.arm()
}

func (l *delayLine) arm() {
	if l.armed || len(l.waiting) == 0 {
		return
	}
	l.armed = true
	l.s.after(max(0, time.Until(l.waiting[0].due)), nil, func() {
		l.armed = false
		next := l.waiting[0]
		l.waiting = l.waiting[1:]
		next.run()
		l.arm()
	})
}
