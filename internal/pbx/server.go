package pbx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"
)

// ErrClosed is returned by verbs after Close.
var ErrClosed = errors.New("pbx: closed")

// ErrNoSuchUser is wrapped by verbs that name an unknown user or extension.
var ErrNoSuchUser = errors.New("pbx: no such user")

// ErrNoCall is wrapped by verbs that find no call in the state they need.
var ErrNoCall = errors.New("pbx: no such call")

// Server is a running PBX.
type Server struct {
	cfg       Config
	log       *slog.Logger
	addr      string
	tls       *tls.Config
	caPEM     []byte
	component *component // nil when clients connect directly

	gate    *gate
	done    chan struct{}
	wg      sync.WaitGroup
	replies *delayLine

	mu         sync.Mutex
	closed     bool
	listener   net.Listener
	conns      map[*conn]bool
	sessions   []*session // login order
	users      map[string]*user
	order      []*user
	queues     map[string]*queue
	queueOrder []*queue
	groups     map[string][]string
	legs       map[string]*leg // by channel
	calls      []*Call         // in progress, oldest first
	timers     map[*time.Timer]bool
	far        map[string]farScript
	commands   []Command
	forgotten  int            // how many commands stood before these
	waited     map[string]int // per command name: how many WaitCommand has handed out
	changed    chan struct{}  // closed and renewed when something waited for may have happened
	pings      map[string]chan struct{}
	derived    map[string]credentials // by password
	faults     faults
	except     *user // gets no copy of the event being published
	callNo     int
	channelNo  uint32
	journalNo  int
	pingNo     int
	started    time.Time
}

// Start opens the socket and serves until Close.
func Start(cfg Config) (*Server, error) {
	s, err := newServer(cfg)
	if err != nil {
		return nil, err
	}
	cert, ca, err := newCertificate(cfg.Hosts, time.Now())
	if err != nil {
		return nil, err
	}
	s.caPEM, s.tls = ca, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	l, err := net.Listen("tcp", s.cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("pbx: cannot listen on %s: %w", s.cfg.Listen, err)
	}
	s.addr = l.Addr().String()
	s.serve(l)
	s.log.Info("simulated PBX listens", "addr", s.addr, "domain", s.cfg.Domain)
	return s, nil
}

func newServer(cfg Config) (*Server, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	s := &Server{
		cfg: cfg, log: cfg.Logger, gate: newGate(), done: make(chan struct{}), conns: map[*conn]bool{},
		users: map[string]*user{}, queues: map[string]*queue{}, groups: map[string][]string{}, legs: map[string]*leg{},
		timers: map[*time.Timer]bool{}, far: map[string]farScript{}, waited: map[string]int{}, changed: make(chan struct{}),
		pings: map[string]chan struct{}{}, derived: map[string]credentials{}, faults: newFaults(), journalNo: 1000, started: cfg.Now(),
	}
	s.replies = &delayLine{s: s}
	for _, u := range cfg.Users {
		if err := s.addUser(u); err != nil {
			return nil, err
		}
	}
	for _, q := range cfg.Queues {
		if err := s.addQueue(q); err != nil {
			return nil, err
		}
	}
	for name, g := range cfg.PickupGroups {
		if err := s.addPickupGroup(name, g); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Addr is the address clients connect to; empty for an attached component.
func (s *Server) Addr() string { return s.addr }

// Domain is the XMPP domain.
func (s *Server) Domain() string { return s.cfg.Domain }

// CertPEM is the certificate of the CA that signed the server's.
func (s *Server) CertPEM() []byte { return slices.Clone(s.caPEM) }

// Close ends every stream with system-shutdown and frees everything. It
// returns within a few seconds even when clients do not read.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	for t := range s.timers {
		t.Stop()
	}
	if s.listener != nil {
		_ = s.listener.Close()
	}
	conns := make([]*conn, 0, len(s.conns))
	for c := range s.conns {
		conns = append(conns, c)
	}
	s.wake()
	s.mu.Unlock()
	s.gate.open()
	close(s.done)
	for _, c := range conns {
		c.end("system-shutdown")
	}
	if s.component != nil {
		s.component.stop()
	}
	s.wg.Wait()
	return nil
}

// serve accepts on l until it is closed; s.mu not held.
func (s *Server) serve(l net.Listener) {
	s.mu.Lock()
	s.listener = l
	s.mu.Unlock()
	s.wg.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return // closed by Close or RefuseConnections
			}
			c := newConn(s, nc)
			s.mu.Lock()
			if s.closed {
				s.mu.Unlock()
				_ = nc.Close()
				return
			}
			s.conns[c] = true
			s.wg.Go(c.serve)
			s.mu.Unlock()
		}
	})
}

// enter takes the lock for a verb; leave announces phone states that changed.
func (s *Server) enter() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	return nil
}

func (s *Server) leave() {
	for _, u := range s.order {
		s.announcePhone(u)
	}
	s.mu.Unlock()
}

// after runs fn under the lock once d has passed, unless the server or the call ended.
func (s *Server) after(d time.Duration, c *Call, fn func()) {
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		if s.enter() != nil {
			return
		}
		defer s.leave()
		delete(s.timers, t)
		if c == nil || !c.ended {
			fn()
		}
	})
	s.timers[t] = true // s.mu is held, so the callback above cannot be earlier
}

// wake tells waiters to look again; s.mu held.
func (s *Server) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// await returns once ready says so; ready runs under the lock.
func (s *Server) await(ctx context.Context, what string, ready func() bool) error {
	for {
		s.mu.Lock()
		ok, closed, changed := ready(), s.closed, s.changed
		s.mu.Unlock()
		switch {
		case ok:
			return nil
		case closed:
			return ErrClosed
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("pbx: waiting for %s: %w", what, context.Cause(ctx))
		}
	}
}
