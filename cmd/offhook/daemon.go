package main

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
	"offhook/internal/trace"
)

// parts is what a daemon is assembled from.
type parts struct {
	settings  engine.Settings
	session   xmpp.Config
	dialect   engine.Dialect
	journal   events.Journal // closed by the daemon's owner
	frontends []live.Frontend
	trace     func(trace.Record)
	notice    func(*engine.Change)                                // gets every notice; may be nil
	barring   func(line, dialled, sent string, counts bool) error // decides whether a number may be dialled; may be nil
	log       *slog.Logger
	images    [][]byte // what snapshots have of the engine, newest first
}

// daemon is one running offhook: a session, an engine, its frontends.
type daemon struct {
	parts
	loop   *live.Loop
	xmpp   *xmpp.Session
	beside func(context.Context) // works while the loop does; may be nil
}

// lateSession is the way out while the session does not exist yet.
type lateSession struct{ s *xmpp.Session }

func (l *lateSession) Send(raw []byte) error { return l.s.Send(raw) }
func (l *lateSession) Drop(reason string)    { l.s.Drop(reason) }

// newDaemon rebuilds from the journal and assembles; nothing runs yet.
func newDaemon(ctx context.Context, p parts) (*daemon, error) {
	d := &daemon{parts: p}
	began := time.Now()
	start, err := live.Rebuild(ctx, p.settings, p.dialect, p.journal, p.images...)
	if err != nil {
		return nil, err
	}
	p.log.Info("journal read", "events", p.journal.Last(), "took", time.Since(began).Round(time.Millisecond))
	out := &lateSession{}
	d.loop, err = live.New(live.Config{Start: start, Dialect: p.dialect, Settings: p.settings, Journal: p.journal,
		Session: out, Frontends: p.frontends, Trace: p.trace, Notice: p.notice, Barring: p.barring, Logger: p.log})
	if err != nil {
		return nil, err
	}
	p.session.NoPresence = true // the dialect's login sends it, so that a trace has it
	p.session.Before = d.whenJournalWorks
	d.xmpp, err = xmpp.New(p.session, &sink{ctx: outlasting(ctx), loop: d.loop, log: p.log})
	if err != nil {
		return nil, exit{Code: exitUsage, Err: err}
	}
	out.s = d.xmpp
	return d, nil
}

// outlasting ends a while after ctx: what the session says while it ends is still taken in, but nothing waits for good.
func outlasting(ctx context.Context) context.Context {
	longer, end := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(2*time.Second, end) })
	return longer
}

// whenJournalWorks holds a login back while the journal does not acknowledge (decision A9).
func (d *daemon) whenJournalWorks(ctx context.Context) error {
	for d.loop.Stalled() > 0 {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// run works until ctx is done, then says goodbye to the PBX, keeps what came before that, and ends. A watchdog ends the
// process if that takes longer than 15 seconds.
func (d *daemon) run(ctx context.Context) error {
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
	if d.beside != nil {
		wg.Go(func() { d.beside(looping) })
	}
	ended := make(chan struct{})
	defer close(ended)
	go d.watchdog(ctx, ended)
	err := d.xmpp.Run(talking)
	stopLoop()
	wg.Wait()
	if err := errors.Join(err, failed); err != nil {
		return fmt.Errorf("the daemon ended: %w", err)
	}
	return nil
}

// watchdog ends the process when a stop takes longer than 15 seconds.
func (d *daemon) watchdog(ctx context.Context, ended <-chan struct{}) {
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	select {
	case <-ended:
	case <-time.After(15 * time.Second):
		d.log.Error("the daemon does not end in time and is ended hard", eventid.StopTookTooLong.Attr())
		os.Exit(exitFailed)
	}
}
