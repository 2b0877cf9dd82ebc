package xmpp

import (
	"context"
	"errors"
	"sync"
	"time"

	"offhook/internal/eventid"
)

// State is where a session is, for people and health checks.
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

// ErrRunning: Run was called while it runs.
var ErrRunning = errors.New("xmpp: the session is running already")

// Session keeps one XMPP session with the PBX: it logs in, reads, answers, pings and comes back
// after every loss, until its context is done. Its methods may be called from any goroutine.
type Session struct {
	cfg     Config
	out     *outlet
	dial    func(ctx context.Context, cfg *Config, password string) (*link, error)
	logins  logins
	backoff retry

	mu       sync.Mutex
	running  bool
	status   Status
	cur      *live
	lastDown Code
	poke     chan struct{} // Retry
	kick     chan struct{} // Kick
}

// New checks the configuration; it does not connect. Errors wrap ErrConfig.
func New(cfg Config, sink Sink) (*Session, error) {
	settled, err := cfg.settle()
	if err != nil {
		return nil, err
	}
	if _, err := tlsConfig(&settled); err != nil {
		return nil, err
	}
	s := &Session{cfg: settled, out: newOutlet(sink), dial: connect, poke: make(chan struct{}, 1), kick: make(chan struct{}, 1)}
	s.logins = logins{store: settled.AuthFailures}
	s.backoff.Backoff = settled.Backoff
	s.status = Status{State: StateIdle, Since: time.Now()}
	return s, nil
}

// Run logs in and stays logged in until ctx is done; then it says goodbye within Timeouts.Close,
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
		s.once(ctx)
	}
	s.mu.Lock()
	s.running = false
	s.mu.Unlock()
	s.enter(StateIdle, time.Time{})
	return nil
}

// once is one attempt, the session that comes of it, and the pause behind it.
func (s *Session) once(ctx context.Context) {
	lived := time.Duration(0)
	reason, ln := s.attempt(ctx)
	if ln != nil {
		up := time.Now()
		reason = s.serve(ctx, ln)
		lived = time.Since(up)
	}
	if ln != nil || ctx.Err() == nil {
		s.ended(reason, ln != nil)
	}
	if reason.Code == CodeAuth || ctx.Err() != nil {
		return // logins spaces refused logins
	}
	kick := s.kick
	if reason.Code == CodeConflict {
		kick = nil // whoever holds the resource is as awake as we are
	}
	if s.pause(ctx, StateWaiting, s.backoff.after(reason.Code, lived), kick) == kicked {
		s.backoff.failed = 0
	}
}

// attempt tries to log in once.
func (s *Session) attempt(ctx context.Context) (Reason, *link) {
	if s.cfg.Before != nil {
		if err := s.cfg.Before(ctx); err != nil {
			return reasonOf(fail(CodeHeld, "the login is held back", err)), nil
		}
	}
	password, credential, err := s.admit(ctx)
	if err == nil {
		s.enter(StateConnecting, time.Time{})
		var ln *link
		if ln, err = s.dial(ctx, &s.cfg, password); err == nil {
			s.logins.succeeded(credential)
			return Reason{}, ln
		}
		if errors.Is(err, ErrAuth) {
			s.logins.refused(credential)
		}
	}
	return scrub(reasonOf(err), password), nil
}

// admit waits until a login is allowed (decision C3). The password is read anew each minute, so a
// corrected one is used at once.
func (s *Session) admit(ctx context.Context) (password, credential string, err error) {
	for {
		if password, err = s.cfg.Password(); err != nil {
			return "", "", fail(CodePassword, "the password could not be read", errWithout(err))
		}
		credential = s.logins.credential(&s.cfg, password)
		count := s.logins.count(credential)
		s.mu.Lock()
		s.status.AuthFailures = count.Failures
		s.mu.Unlock()
		wait, stop := count.wait(time.Now())
		if !stop && wait <= 0 {
			return password, credential, nil
		}
		state := StateWaiting
		if stop {
			state, wait = StateStopped, recheck
		}
		s.logins.heldBack(s.cfg.Logger, credential, count, wait, stop)
		if s.pause(ctx, state, wait, nil) == poked {
			s.logins.succeeded(credential)
		}
		if ctx.Err() != nil {
			return "", "", ctx.Err()
		}
	}
}

// recheck is how often the password is read anew while logins are held back.
const recheck = time.Minute

// wake is what ended a pause.
type wake uint8

const (
	slept  wake = iota // its time, or the context
	poked              // Retry
	kicked             // Kick
)

// pause waits; kick may be nil. Long waits are cut so that a new password is seen.
func (s *Session) pause(ctx context.Context, state State, wait time.Duration, kick <-chan struct{}) wake {
	next := time.Now().Add(wait)
	if state == StateStopped {
		next = time.Time{}
	}
	s.enter(state, next)
	timer := time.NewTimer(min(wait, max(recheck, s.cfg.Backoff.Max+conflictDelay)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-s.poke:
		return poked
	case <-kick:
		return kicked
	}
	return slept
}

// serve runs one session that is up and returns why it ended.
func (s *Session) serve(ctx context.Context, ln *link) Reason {
	l := &live{link: ln, cfg: &s.cfg, out: s.out, done: make(chan struct{}), drop: make(chan string, 1), kick: s.kick}
	ln.heard.mark()
	s.attach(l)
	s.cfg.Logger.Info("xmpp: session up", eventid.SessionUp.Attr(), "jid", ln.info.JID, "address", ln.info.Address, "mechanism", ln.info.Mechanism, "tls", ln.info.TLSVersion)
	s.out.up(ln.info)
	var rest sync.WaitGroup
	go l.read()
	rest.Go(func() { s.out.flush(l.done) })
	rest.Go(l.keepAlive)
	if !s.cfg.NoPresence {
		l.write([]byte("<presence><priority>-128</priority></presence>"), false)
	}
	select {
	case <-l.done:
	case <-ctx.Done():
		l.farewell(fail(CodeStopped, "the session was stopped", nil))
	case why := <-l.drop:
		l.farewell(fail(CodeDropped, "the session was dropped: "+why, nil))
	}
	<-l.done
	s.attach(nil)
	l.kill(errPeerClosed)
	rest.Wait()
	l.free()
	return l.reason()
}

// attach makes l the session that Send uses, or none.
func (s *Session) attach(l *live) {
	s.mu.Lock()
	s.cur = l
	if s.status.JID = ""; l != nil {
		s.status.JID, s.status.Failed, s.status.AuthFailures = l.info.JID, 0, 0
	}
	s.mu.Unlock()
	if l != nil {
		s.enter(StateUp, time.Time{})
		select {
		case <-s.poke: // an old Retry is fulfilled
		default:
		}
	}
}

// ended records a reason and tells the sink: always after an Up, else when it is news.
func (s *Session) ended(reason Reason, wasUp bool) {
	s.mu.Lock()
	news := wasUp || reason.Code != s.lastDown
	s.status.Last, s.lastDown = reason, reason.Code
	if !wasUp {
		s.status.Failed++
	}
	s.mu.Unlock()
	s.cfg.Logger.Warn("xmpp: session down", eventid.SessionDown.Attr(), "code", string(reason.Code), "reason", reason.Text)
	if news {
		s.out.down(reason)
	}
}

func (s *Session) enter(state State, next time.Time) {
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
	l := s.cur
	s.mu.Unlock()
	if l == nil {
		return ErrDown
	}
	return l.write(raw, true)
}

// Drop ends the present session on purpose, with the reason given (decision A9). It returns at
// once; the session says goodbye, Down follows, and Run logs in again after the usual pause and
// when Config.Before lets it. Without a session it does nothing.
func (s *Session) Drop(reason string) {
	s.mu.Lock()
	l := s.cur
	s.mu.Unlock()
	if l == nil {
		return
	}
	select {
	case l.drop <- reason:
	default:
	}
}

// Retry ends the present pause and forgets refused logins: somebody has mended something.
func (s *Session) Retry() {
	select {
	case s.poke <- struct{}{}:
	default:
	}
}

// Kick says that the network may be another one now: the machine woke up, or got an address. A pause between attempts
// ends and the next pauses are short again; a session that is up is asked at once whether it still is, and has
// kickDeadline to answer. Refused logins stay counted and spaced (decision C3), and so does a conflict (decision C2).
func (s *Session) Kick() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// Status returns a snapshot.
func (s *Session) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}
