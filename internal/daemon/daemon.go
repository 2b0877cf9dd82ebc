package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"offhook/adapters/xmpp"
	"offhook/engine"
	"offhook/engine/live"
	"offhook/events"
	"offhook/internal/eventid"
	"offhook/internal/exitcode"
	"offhook/internal/trace"
)

// Parts is what a Daemon is made of.
type Parts struct {
	Settings  engine.Settings
	Session   xmpp.Config
	Dialect   engine.Dialect
	Journal   events.Journal // the caller closes it when the daemon has ended
	Frontends []live.Frontend
	Trace     func(trace.Record)
	Notice    func(*engine.Change)                                // gets every notice; may be nil
	Barring   func(line, dialled, sent string, counts bool) error // decides whether a number may be dialled; may be nil
	Log       *slog.Logger
	Images    [][]byte // engine images, the newest first

	// SaveImages saves engine images while the daemon runs; nil: none are saved.
	SaveImages ImageStore
}

// Daemon is one session with the PBX, one engine and its frontends.
type Daemon struct {
	parts   Parts
	loop    *live.Loop
	session *xmpp.Session
}

// lateSession is the engine's session, which is made after the engine.
type lateSession struct{ s *xmpp.Session }

func (l *lateSession) Send(raw []byte) error { return l.s.Send(raw) }
func (l *lateSession) Drop(reason string)    { l.s.Drop(reason) }

// New rebuilds the engine's state from the journal and makes the session; nothing runs yet.
func New(ctx context.Context, p Parts) (*Daemon, error) {
	d := &Daemon{parts: p}
	began := time.Now()
	start, err := live.Rebuild(ctx, p.Settings, p.Dialect, p.Journal, p.Images...)
	if err != nil {
		return nil, err
	}
	p.Log.Info("the journal was read", "events", p.Journal.Last(), "took", time.Since(began).Round(time.Millisecond))
	out := &lateSession{}
	d.loop, err = live.New(live.Config{Start: start, Dialect: p.Dialect, Settings: p.Settings, Journal: p.Journal,
		Session: out, Frontends: p.Frontends, Trace: p.Trace, Notice: p.Notice, Barring: p.Barring, Logger: p.Log})
	if err != nil {
		return nil, err
	}
	p.Session.NoPresence = true // the dialect's login sends it, so that a trace has it
	p.Session.Before = d.waitForJournal
	d.session, err = xmpp.New(p.Session, &sink{ctx: twoSecondsLonger(ctx), loop: d.loop, log: p.Log})
	if err != nil {
		return nil, exitcode.Error{Code: exitcode.BadUsage, Err: err}
	}
	out.s = d.session
	return d, nil
}

// Loop returns the engine's loop.
func (d *Daemon) Loop() *live.Loop { return d.loop }

// XMPP returns the session.
func (d *Daemon) XMPP() *xmpp.Session { return d.session }

// Session returns the state of the session.
func (d *Daemon) Session() xmpp.Status { return d.session.Status() }

// User returns the user name of the account, without instance and domain.
func (d *Daemon) User() string { return d.parts.Settings.User }

// twoSecondsLonger returns a context that ends two seconds after ctx: the timeline takes what the session reports at its
// end, without waiting for ever.
func twoSecondsLonger(ctx context.Context) context.Context {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(2*time.Second, cancel) })
	return longer
}

// waitForJournal delays a login while the journal does not acknowledge (decision A9).
func (d *Daemon) waitForJournal(ctx context.Context) error {
	for d.loop.Stalled() > 0 {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Run works until ctx is done, then closes the session, journals what came before that, and ends. A watchdog ends the
// process if that takes longer than 15 seconds.
func (d *Daemon) Run(ctx context.Context) error {
	looping, stopLoop := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLoop()
	talking, stopTalking := context.WithCancelCause(ctx)
	defer stopTalking(nil)
	var wg sync.WaitGroup
	var failed error
	wg.Go(func() {
		if failed = d.loop.Run(looping); failed != nil {
			stopTalking(failed)
		}
	})
	if d.parts.SaveImages != nil {
		wg.Go(func() { d.saveImages(looping) })
	}
	ended := make(chan struct{})
	defer close(ended)
	go d.watchdog(ctx, ended)
	err := d.session.Run(talking)
	stopLoop()
	wg.Wait()
	if err := errors.Join(err, failed); err != nil {
		return fmt.Errorf("the daemon ended: %w", err)
	}
	return nil
}

// watchdog ends the process when a stop takes longer than 15 seconds.
func (d *Daemon) watchdog(ctx context.Context, ended <-chan struct{}) {
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	select {
	case <-ended:
	case <-time.After(15 * time.Second):
		d.parts.Log.Error("the daemon does not end in time; the process is terminated", eventid.StopTookTooLong.Attr())
		os.Exit(exitcode.Failed)
	}
}
