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

// ErrClosed is returned by methods after Close.
var ErrClosed = errors.New("pbx: closed")

// ErrNoSuchUser is wrapped by methods that are called with an unknown user or extension.
var ErrNoSuchUser = errors.New("pbx: no such user")

// ErrNoCall is wrapped by methods that find no call in the state that they need.
var ErrNoCall = errors.New("pbx: no such call")

// Server is a running PBX.
type Server struct {
	cfg       Config
	log       *slog.Logger
	addr      string
	tls       *tls.Config
	caPEM     []byte
	component *component // nil when clients connect directly

	freezeGate     *freezeGate
	done           chan struct{}
	wg             sync.WaitGroup
	delayedReplies *replyQueue

	mu              sync.Mutex
	closed          bool
	listener        net.Listener
	conns           map[*conn]bool
	sessions        []*session // login order
	users           map[string]*user
	userList        []*user
	queues          map[string]*queue
	queueOrder      []*queue
	pickupGroups    map[string][]string
	branches        map[string]*branch // by channel
	calls           []*Call            // in progress, oldest first
	timers          map[*time.Timer]bool
	farScripts      map[string]farScript
	commands        []Command
	droppedCommands int            // how many older commands were dropped from commands
	waitedFor       map[string]int // per command name: how many WaitCommand has returned
	changed         chan struct{}  // closed and replaced when a waiting caller must check again
	pings           map[string]chan struct{}
	credentialCache map[string]credentials // by password
	faults          faults
	excluded        *user // does not get the event that is being published
	callNo          int
	channelNo       uint32
	recordNo        int
	pingNo          int
	started         time.Time
}

// Start listens and serves until Close.
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
	s.acceptFrom(l)
	s.log.Info("simulated PBX listens", "addr", s.addr, "domain", s.cfg.Domain)
	return s, nil
}

func newServer(cfg Config) (*Server, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	s := &Server{
		cfg: cfg, log: cfg.Logger, freezeGate: newFreezeGate(), done: make(chan struct{}), conns: map[*conn]bool{},
		users: map[string]*user{}, queues: map[string]*queue{}, pickupGroups: map[string][]string{}, branches: map[string]*branch{},
		timers: map[*time.Timer]bool{}, farScripts: map[string]farScript{}, waitedFor: map[string]int{}, changed: make(chan struct{}),
		pings: map[string]chan struct{}{}, credentialCache: map[string]credentials{}, faults: newFaults(), recordNo: 1000, started: cfg.Now(),
	}
	s.delayedReplies = &replyQueue{s: s}
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

// Addr returns the address that clients connect to, "" for an attached component.
func (s *Server) Addr() string { return s.addr }

// Domain returns the XMPP domain.
func (s *Server) Domain() string { return s.cfg.Domain }

// CertPEM returns the certificate of the CA that signed the server's certificate.
func (s *Server) CertPEM() []byte { return slices.Clone(s.caPEM) }

// Close ends every stream with system-shutdown and frees all resources. It
// returns within a few seconds even if clients do not read.
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
	s.notifyWaiters()
	s.mu.Unlock()
	s.freezeGate.thaw()
	close(s.done)
	for _, c := range conns {
		c.endStream("system-shutdown")
	}
	if s.component != nil {
		s.component.stop()
	}
	s.wg.Wait()
	return nil
}

// acceptFrom accepts connections until l is closed. The caller does not hold s.mu.
func (s *Server) acceptFrom(l net.Listener) {
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

// lock locks the server for a method; unlockAndAnnounce unlocks it and announces phone states that changed.
func (s *Server) lock() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	return nil
}

func (s *Server) unlockAndAnnounce() {
	for _, u := range s.userList {
		s.announcePhone(u)
	}
	s.mu.Unlock()
}

// after runs fn with the lock held once d has passed, unless the server is closed or the call has ended.
func (s *Server) after(d time.Duration, c *Call, fn func()) {
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		if s.lock() != nil {
			return
		}
		defer s.unlockAndAnnounce()
		delete(s.timers, t)
		if c == nil || !c.ended {
			fn()
		}
	})
	s.timers[t] = true // the caller holds s.mu, so the callback runs later
}

// notifyWaiters makes the callers of await check again. The caller holds s.mu.
func (s *Server) notifyWaiters() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// await returns once ready returns true; ready runs with the lock held.
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
