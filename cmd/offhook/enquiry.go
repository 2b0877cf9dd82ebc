package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"offhook/adapters/xmpp"
	"offhook/engine"
	"offhook/internal/settings"
	"offhook/internal/wiring"
)

// silent is a sink that hears nothing.
type silent struct{}

func (silent) Up(xmpp.Info, time.Time)        {}
func (silent) Stanza([]byte, time.Time)       {}
func (silent) Skipped(string, int, time.Time) {}
func (silent) Sent([]byte, time.Time)         {}
func (silent) Down(xmpp.Reason, time.Time)    {}

// enquiry is a short session beside the daemon's own: it asks the PBX who we are and whom it knows, and ends.
type enquiry struct {
	dialect engine.Dialect
	to      string
	session *xmpp.Session
	origin  engine.Origin

	mu      sync.Mutex
	waiting map[string]chan engine.Observation
	next    int
	up      chan struct{}
	down    chan xmpp.Reason
	once    sync.Once
}

// errNotPBX: what answers is no PBX of the dialect.
var errNotPBX = errors.New("the server takes the login, but does not answer as a PBX of this dialect does")

// notPBX is errNotPBX with the dialect's name.
func (q *enquiry) notPBX() error { return fmt.Errorf("%w: %s", errNotPBX, q.dialect.Name()) }

// errDown: the session of the enquiry ended.
type errDown struct{ xmpp.Reason }

func (e errDown) Error() string { return e.Text }

// enquire logs in, speaking the dialect of the settings, and calls ask; the session ends with it.
func enquire(ctx context.Context, cfg xmpp.Config, s *settings.Settings, ask func(ctx context.Context, q *enquiry) error) error {
	dialect, err := wiring.New(programDialects).Dialect(s)
	if err != nil {
		return err
	}
	q := &enquiry{dialect: dialect, to: s.CommandTo, waiting: map[string]chan engine.Observation{}, up: make(chan struct{}), down: make(chan xmpp.Reason, 1)}
	cfg.Resource += "-enquiry"
	cfg.NoPresence, cfg.AuthFailures, cfg.Before = true, nil, nil
	if q.session, err = xmpp.New(cfg, q); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel(nil)
	wg.Go(func() { _ = q.session.Run(ctx) })
	wg.Go(func() {
		select {
		case r := <-q.down:
			cancel(errDown{r})
		case <-ctx.Done():
		}
	})
	select {
	case <-q.up:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return ask(ctx, q)
}

// Up begins the enquiry.
func (q *enquiry) Up(i xmpp.Info, _ time.Time) {
	q.mu.Lock()
	q.origin = engine.Origin{JID: i.JID, Domain: i.Domain}
	q.mu.Unlock()
	q.once.Do(func() { close(q.up) })
}

// Stanza takes answers; what else the PBX tells is of no interest here.
func (q *enquiry) Stanza(raw []byte, _ time.Time) {
	var o engine.Observation
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dialect.Decode(string(raw), q.origin, &o)
	if o.Kind != engine.ObsReply {
		return
	}
	if w := q.waiting[o.ID]; w != nil {
		delete(q.waiting, o.ID)
		w <- o
	}
}

func (q *enquiry) Skipped(string, int, time.Time) {}
func (q *enquiry) Sent([]byte, time.Time)         {}

// Down ends the enquiry: it does not try again.
func (q *enquiry) Down(r xmpp.Reason, _ time.Time) {
	select {
	case q.down <- r:
	default:
	}
}

// answerIn is how long the PBX may take for one answer.
const answerIn = 8 * time.Second

// ask sends one command and waits for its answer.
func (q *enquiry) ask(ctx context.Context, c engine.Command) (engine.Observation, error) {
	w := make(chan engine.Observation, 1)
	q.mu.Lock()
	q.next++
	id := "offhook-enquiry-" + strconv.Itoa(q.next)
	q.waiting[id] = w
	q.mu.Unlock()
	if err := q.session.Send(q.dialect.Encode(nil, id, c)); err != nil {
		return engine.Observation{}, err
	}
	timer := time.NewTimer(answerIn)
	defer timer.Stop()
	select {
	case o := <-w:
		return o, nil
	case <-timer.C:
		return engine.Observation{}, q.notPBX()
	case <-ctx.Done():
		return engine.Observation{}, context.Cause(ctx)
	}
}

// self asks who we are.
func (q *enquiry) self(ctx context.Context, user string) (engine.UserInfo, error) {
	q.mu.Lock()
	jid := q.origin.JID
	q.mu.Unlock()
	o, err := q.ask(ctx, engine.Command{Kind: engine.CmdLogin, JID: jid, Login: engine.LoginSettings{User: user, Version: version, To: q.to, CallsOnly: true}})
	if err != nil {
		return engine.UserInfo{}, err
	}
	if o.Reply != engine.ReplyUser {
		return engine.UserInfo{}, q.notPBX()
	}
	return o.Found, nil
}
