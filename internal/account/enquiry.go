package account

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"offhook/adapters/xmpp"
	"offhook/engine"
)

// Enquiry is a short session beside the daemon's own.
type Enquiry struct {
	dialect engine.Dialect
	account *Account
	session *xmpp.Session
	origin  engine.Origin

	mu      sync.Mutex
	waiting map[string]chan engine.Observation
	next    int
	up      chan struct{}
	down    chan xmpp.Reason
	once    sync.Once
}

// ErrNotPBX says that a server takes the login and is no PBX of the dialect.
var ErrNotPBX = errors.New("the server takes the login, but does not answer as a PBX of this dialect does")

// notPBX returns ErrNotPBX with the dialect's name.
func (q *Enquiry) notPBX() error { return fmt.Errorf("%w: %s", ErrNotPBX, q.dialect.Name()) }

// DownError says why the session of an enquiry ended before its time.
type DownError struct{ xmpp.Reason }

// Error returns the reason's text.
func (e DownError) Error() string { return e.Text }

// Enquire logs in with the stored password and calls f; the session ends when f returns.
func (a *Account) Enquire(ctx context.Context, f func(ctx context.Context, q *Enquiry) error) error {
	secret, err := a.Password.Source()
	if err != nil {
		return err
	}
	return a.EnquireWith(ctx, secret, f)
}

// EnquireWith is Enquire with the password that a function returns.
func (a *Account) EnquireWith(ctx context.Context, password func() (string, error), f func(ctx context.Context, q *Enquiry) error) error {
	cfg, err := a.SessionWith(password, nil)
	if err != nil {
		return err
	}
	dialect, err := a.Wiring.Dialect(a.Settings)
	if err != nil {
		return err
	}
	q := &Enquiry{dialect: dialect, account: a, waiting: map[string]chan engine.Observation{}, up: make(chan struct{}), down: make(chan xmpp.Reason, 1)}
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
			cancel(DownError{r})
		case <-ctx.Done():
		}
	})
	select {
	case <-q.up:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return f(ctx, q)
}

// Up implements xmpp.Sink: the session is bound.
func (q *Enquiry) Up(i xmpp.Info, _ time.Time) {
	q.mu.Lock()
	q.origin = engine.Origin{JID: i.JID, Domain: i.Domain}
	q.mu.Unlock()
	q.once.Do(func() { close(q.up) })
}

// Stanza implements xmpp.Sink: it takes replies and ignores everything else.
func (q *Enquiry) Stanza(raw []byte, _ time.Time) {
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

// Skipped implements xmpp.Sink.
func (q *Enquiry) Skipped(string, int, time.Time) {}

// Sent implements xmpp.Sink.
func (q *Enquiry) Sent([]byte, time.Time) {}

// Down implements xmpp.Sink: it ends the enquiry, which is not tried again.
func (q *Enquiry) Down(r xmpp.Reason, _ time.Time) {
	select {
	case q.down <- r:
	default:
	}
}

// replyTimeout bounds the wait for one reply of the PBX.
const replyTimeout = 8 * time.Second

// Ask sends one command and waits for the reply.
func (q *Enquiry) Ask(ctx context.Context, c engine.Command) (engine.Observation, error) {
	w := make(chan engine.Observation, 1)
	q.mu.Lock()
	q.next++
	id := "offhook-enquiry-" + strconv.Itoa(q.next)
	q.waiting[id] = w
	q.mu.Unlock()
	if err := q.session.Send(q.dialect.Encode(nil, id, c)); err != nil {
		return engine.Observation{}, err
	}
	timer := time.NewTimer(replyTimeout)
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

// Dialect returns the dialect that the enquiry speaks.
func (q *Enquiry) Dialect() engine.Dialect { return q.dialect }

// Self asks what the PBX knows of the account.
func (q *Enquiry) Self(ctx context.Context) (engine.UserInfo, error) {
	q.mu.Lock()
	jid := q.origin.JID
	q.mu.Unlock()
	o, err := q.Ask(ctx, engine.Command{Kind: engine.CmdLogin, JID: jid, Login: engine.LoginSettings{User: engine.UserName(q.account.Settings.User), Version: q.account.Version, To: q.account.Settings.CommandTo, CallsOnly: true}})
	if err != nil {
		return engine.UserInfo{}, err
	}
	if o.Reply != engine.ReplyUser {
		return engine.UserInfo{}, q.notPBX()
	}
	return o.Found, nil
}
