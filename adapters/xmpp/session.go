package xmpp

import (
	"context"
	"errors"
	"sync"
	"time"

	"offhook/internal/eventid"
)

// State says where a session is, for people and health checks.
type State string

// The states of Status.
const (
	StateIdle       State = "idle"       // Run has not begun, or has ended
	StateConnecting State = "connecting" // one attempt is under way
	StateUp         State = "up"
	StateWaiting    State = "waiting" // until Status.Next
	StateStopped    State = "stopped" // five refused logins: until the password changes or Retry
)

// Status is a snapshot of a session.
type Status struct {
	State        State
	Since        time.Time // when State began
	JID          string    // full JID while up
	Next         time.Time // the next attempt, while waiting
	Failed       int       // attempts since the last session that was up
	AuthFailures int       // refused logins with the present credential
	Last         Reason    // why the last session or attempt ended
}

// ErrRunning says that Run was called while it runs.
var ErrRunning = errors.New("xmpp: the session is running already")

// Session keeps one XMPP session with the PBX: it logs in, reads, answers, pings and comes back
// after every loss, until its context is done. Its methods may be called from any goroutine.
type Session struct {
	cfg      Config
	delivery *sinkDelivery
	connect  func(ctx context.Context, cfg *Config, password string) (*negotiatedStream, error)
	limiter  loginLimiter
	backoff  backoffState

	mu             sync.Mutex
	running        bool
	status         Status
	active         *activeSession
	lastDownCode   Code
	retryAsked     chan struct{} // Retry
	networkChanged chan struct{} // NetworkChanged
}

// New checks the configuration; it does not connect. Errors wrap ErrConfig.
func New(cfg Config, sink Sink) (*Session, error) {
	settled, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if _, err := tlsConfig(&settled); err != nil {
		return nil, err
	}
	s := &Session{cfg: settled, delivery: newSinkDelivery(sink), connect: connect, retryAsked: make(chan struct{}, 1), networkChanged: make(chan struct{}, 1)}
	s.limiter = loginLimiter{store: settled.AuthFailures}
	s.backoff.Backoff = settled.Backoff
	s.status = Status{State: StateIdle, Since: time.Now()}
	return s, nil
}

// Run logs in and stays logged in until ctx is done; then it closes the stream within Timeouts.Close,
// delivers Down and returns nil. A wrong password or a missing server never ends it.
func (s *Session) Run(ctx context.Context) error {
	s.mu.Lock()
	busy := s.running
	s.running = true
	s.mu.Unlock()
	if busy {
		return ErrRunning
	}
	for ctx.Err() == nil {
		s.runOnce(ctx)
	}
	s.mu.Lock()
	s.running = false
	s.mu.Unlock()
	s.setState(StateIdle, time.Time{})
	return nil
}

// runOnce makes one attempt to log in, serves the session if there is one, and pauses.
func (s *Session) runOnce(ctx context.Context) {
	lived := time.Duration(0)
	reason, ln := s.logIn(ctx)
	if ln != nil {
		up := time.Now()
		reason = s.serve(ctx, ln)
		lived = time.Since(up)
	}
	if ln != nil || ctx.Err() == nil {
		s.recordEnd(reason, ln != nil)
	}
	if reason.Code == CodeAuth || ctx.Err() != nil {
		return // the limiter spaces refused logins
	}
	changed := s.networkChanged
	if reason.Code == CodeConflict {
		changed = nil // another program holds the resource: a changed network does not make it let go
	}
	if s.pause(ctx, StateWaiting, s.backoff.nextDelay(reason.Code, lived), changed) == pauseNetworkChanged {
		s.backoff.failed = 0
	}
}

// logIn makes one attempt to log in.
func (s *Session) logIn(ctx context.Context) (Reason, *negotiatedStream) {
	if s.cfg.Before != nil {
		if err := s.cfg.Before(ctx); err != nil {
			return reasonOf(newError(CodeHeld, "the login is held back", err)), nil
		}
	}
	password, credential, err := s.waitUntilAllowed(ctx)
	if err == nil {
		s.setState(StateConnecting, time.Time{})
		var ln *negotiatedStream
		if ln, err = s.connect(ctx, &s.cfg, password); err == nil {
			s.limiter.recordSucceeded(credential)
			return Reason{}, ln
		}
		if errors.Is(err, ErrAuth) {
			s.limiter.recordRefused(credential)
		}
	}
	return withoutPassword(reasonOf(err), password), nil
}

// waitUntilAllowed waits until a login is allowed (decision C3). The password is read anew each minute, so a
// corrected one is used at once.
func (s *Session) waitUntilAllowed(ctx context.Context) (password, credential string, err error) {
	for {
		if password, err = s.cfg.Password(); err != nil {
			return "", "", newError(CodePassword, "the password could not be read", contextErrorOnly(err))
		}
		credential = s.limiter.credential(&s.cfg, password)
		count := s.limiter.count(credential)
		s.mu.Lock()
		s.status.AuthFailures = count.Failures
		s.mu.Unlock()
		wait, stop := count.wait(time.Now())
		if !stop && wait <= 0 {
			return password, credential, nil
		}
		state := StateWaiting
		if stop {
			state, wait = StateStopped, passwordInterval
		}
		s.limiter.logHeldBack(s.cfg.Logger, credential, count, wait, stop)
		if s.pause(ctx, state, wait, nil) == pauseRetry {
			s.limiter.recordSucceeded(credential)
		}
		if ctx.Err() != nil {
			return "", "", ctx.Err()
		}
	}
}

// passwordInterval is how often the password is read anew while logins are held back.
const passwordInterval = time.Minute

// pauseEnd says what ended a pause.
type pauseEnd uint8

const (
	pauseOver           pauseEnd = iota // its time, or the context
	pauseRetry                          // Retry
	pauseNetworkChanged                 // NetworkChanged
)

// pause waits until the time is over or a caller ends it; networkChanged may be nil. It cuts long waits, so that a new
// password is seen.
func (s *Session) pause(ctx context.Context, state State, wait time.Duration, networkChanged <-chan struct{}) pauseEnd {
	next := time.Now().Add(wait)
	if state == StateStopped {
		next = time.Time{}
	}
	s.setState(state, next)
	timer := time.NewTimer(min(wait, max(passwordInterval, s.cfg.Backoff.Max+conflictDelay)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-s.retryAsked:
		return pauseRetry
	case <-networkChanged:
		return pauseNetworkChanged
	}
	return pauseOver
}

// serve runs one session that is up and returns why it ended.
func (s *Session) serve(ctx context.Context, ln *negotiatedStream) Reason {
	l := &activeSession{negotiatedStream: ln, cfg: &s.cfg, delivery: s.delivery, done: make(chan struct{}), drop: make(chan string, 1), networkChanged: s.networkChanged}
	ln.arrivals.markArrival()
	s.setActive(l)
	s.cfg.Logger.Info("xmpp: session up", eventid.SessionUp.Attr(), "jid", ln.info.JID, "address", ln.info.Address, "mechanism", ln.info.Mechanism, "tls", ln.info.TLSVersion)
	s.delivery.up(ln.info)
	var rest sync.WaitGroup
	go l.readStream()
	rest.Go(func() { s.delivery.deliverQueued(l.done) })
	rest.Go(l.pingServer)
	if !s.cfg.NoPresence {
		l.write([]byte("<presence><priority>-128</priority></presence>"), false)
	}
	select {
	case <-l.done:
	case <-ctx.Done():
		l.closeStream(newError(CodeStopped, "the session was stopped", nil))
	case why := <-l.drop:
		l.closeStream(newError(CodeDropped, "the session was dropped: "+why, nil))
	}
	<-l.done
	s.setActive(nil)
	l.abort(errPeerClosed)
	rest.Wait()
	l.release()
	return l.reason()
}

// setActive makes l the session that Send uses; nil means none.
func (s *Session) setActive(l *activeSession) {
	s.mu.Lock()
	s.active = l
	if s.status.JID = ""; l != nil {
		s.status.JID, s.status.Failed, s.status.AuthFailures = l.info.JID, 0, 0
	}
	s.mu.Unlock()
	if l != nil {
		s.setState(StateUp, time.Time{})
		select {
		case <-s.retryAsked: // the session is up, so an earlier Retry is fulfilled
		default:
		}
	}
}

// recordEnd records a reason and tells the sink: always after an Up, else when the code differs from the last one.
func (s *Session) recordEnd(reason Reason, wasUp bool) {
	s.mu.Lock()
	news := wasUp || reason.Code != s.lastDownCode
	s.status.Last, s.lastDownCode = reason, reason.Code
	if !wasUp {
		s.status.Failed++
	}
	s.mu.Unlock()
	s.cfg.Logger.Warn("xmpp: session down", eventid.SessionDown.Attr(), "code", string(reason.Code), "reason", reason.Text)
	if news {
		s.delivery.down(reason)
	}
}

func (s *Session) setState(state State, next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status.State != state {
		s.status.State, s.status.Since = state, time.Now()
	}
	s.status.Next = next
}

// Send writes one stanza, in one write and in the order of the calls. It does not wait for the sink
// and no longer than Timeouts.Write for the server. Errors: ErrDown, ErrNotStanza, ErrBusy.
func (s *Session) Send(raw []byte) error {
	if err := oneStanza(raw); err != nil {
		return err
	}
	s.mu.Lock()
	l := s.active
	s.mu.Unlock()
	if l == nil {
		return ErrDown
	}
	return l.write(raw, true)
}

// Drop ends the present session on purpose, with the reason given (decision A9). It returns at
// once; the session closes the stream, Down follows, and Run logs in again after the usual pause and
// when Config.Before lets it. Without a session it does nothing.
func (s *Session) Drop(reason string) {
	s.mu.Lock()
	l := s.active
	s.mu.Unlock()
	if l == nil {
		return
	}
	select {
	case l.drop <- reason:
	default:
	}
}

// Retry ends the present pause and forgets refused logins: the caller has corrected their cause.
func (s *Session) Retry() {
	select {
	case s.retryAsked <- struct{}{}:
	default:
	}
}

// NetworkChanged tells the session that the network may have changed: the machine woke up, or got an address.
// A pause between attempts ends and the next pauses are short again; a session that is up sends a ping at once, and the server has
// networkChangedDeadline to answer. Refused logins stay counted and spaced (decision C3), and so does a conflict (decision C2).
func (s *Session) NetworkChanged() {
	select {
	case s.networkChanged <- struct{}{}:
	default:
	}
}

// Status returns a snapshot.
func (s *Session) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}
