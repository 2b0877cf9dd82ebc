package live

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/trace"
)

// Session is the way out to the PBX.
type Session interface {
	// Send writes one stanza. An error means that it was not sent; the session's end follows as an input.
	Send(raw []byte) error
	// Drop closes the session on purpose; it opens again by itself.
	Drop(reason string)
}

// Config is what a live loop is made of.
type Config struct {
	Start     trace.Record // the start record; see [Rebuild]
	Dialect   engine.Dialect
	Settings  engine.Settings
	Journal   events.Journal
	Session   Session
	Frontends []Frontend
	Trace     func(trace.Record)   // gets every record in its order; nil: no capture
	Notice    func(*engine.Change) // gets every notice once the journal has it, in the committer: it must be quick; nil: none
	// Barring decides whether a number may be dialled on a line (its key), as it was dialled and as the PBX gets it; counts
	// says that it counts for a limit. It stands before every frontend (decision T2-REQUESTS). nil bars nothing.
	Barring    func(line, dialled, sent string, counts bool) error
	Logger     *slog.Logger
	FeedSize   int // changes kept for frontends; default 65,536
	QueueBytes int // bytes that may wait for the journal; default 64 MiB (decision A9)
}

// Loop is the live engine: one sequencer that takes every input in one order, and a committer that makes the events durable
// in packs and only then passes on what followed from them.
//
//	input → sequencer (stamp, trace, Core.Step) → committer (Journal.Append) → feed of changes → frontends
//	                                                                        └→ Session.Send
type Loop struct {
	cfg              Config
	core             *engine.Core
	feed             *feed
	inputs           chan trace.Record
	snapshotRequests chan snapshotRequest
	captureRequests  chan captureRequest
	queue            *queue
	done             chan struct{}
	log              *slog.Logger
	commands         chan string
	lastShown        shownLines    // the committer's
	started          chan struct{} // closed when the start record was handled
	lastRequestID    atomic.Uint32 // the newest request's number, once begun

	mu           sync.Mutex
	stalledSince time.Time // since when the journal has not acknowledged; zero: it does
}

// closeSessionAfter is how long the journal may not acknowledge before the session is closed on purpose (decision A9).
const closeSessionAfter = 10 * time.Second

// New makes a loop; it does nothing until Run. Doubled or nil frontends are refused.
func New(cfg Config) (*Loop, error) {
	names := map[string]bool{}
	for _, f := range cfg.Frontends {
		if f == nil || names[f.Name()] {
			return nil, errors.New("engine: a frontend is nil or registered twice")
		}
		names[f.Name()] = true
	}
	if cfg.FeedSize == 0 {
		cfg.FeedSize = 1 << 16
	}
	if cfg.QueueBytes == 0 {
		cfg.QueueBytes = 64 << 20
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Trace == nil {
		cfg.Trace = func(trace.Record) {}
	}
	if cfg.Notice == nil {
		cfg.Notice = func(*engine.Change) {}
	}
	cfg.Settings.Journal = cfg.Journal.ID()
	return &Loop{cfg: cfg, core: engine.NewCore(cfg.Settings, cfg.Dialect), feed: newFeed(cfg.FeedSize), inputs: make(chan trace.Record, 1024),
		snapshotRequests: make(chan snapshotRequest), captureRequests: make(chan captureRequest), queue: newQueue(cfg.QueueBytes), done: make(chan struct{}), log: cfg.Logger,
		commands: make(chan string, 4096), started: make(chan struct{}), lastShown: shownLines{lines: map[string]*engine.LineView{}}}, nil
}

// Put gives an input to the sequencer; its time is stamped there. It waits while the journal does not keep up: that is
// how the PBX is slowed down. ErrStopped after the loop's end.
func (l *Loop) Put(ctx context.Context, r trace.Record) error {
	select {
	case <-l.done: // before the buffer, which nobody reads any more
		return ErrStopped
	default:
	}
	select {
	case l.inputs <- r:
		return nil
	case <-l.done:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Asker takes requests under a frontend's name.
func (l *Loop) Asker(frontend string) Asker { return asker{l, frontend} }

type asker struct {
	loop     *Loop
	frontend string
}

// Ask numbers a request and puts it into the timeline. Numbers come from one counter, so they may reach the timeline in
// another order than they were given when several frontends ask at the same time.
func (a asker) Ask(ctx context.Context, q Request) (uint32, error) {
	l := a.loop
	if l.stalled() || l.queue.halfFull() {
		return 0, ErrOverloaded
	}
	if q.Number != "" && l.cfg.Barring != nil {
		if err := l.cfg.Barring(q.Line, cmp.Or(q.Dialled, q.Number), q.Number, q.Kind != events.PickupCall); err != nil {
			return 0, err
		}
	}
	select {
	case <-l.started:
	case <-l.done:
		return 0, ErrStopped
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	id := l.nextRequestID()
	return id, l.Put(ctx, trace.Record{Kind: trace.Request, Request: &trace.RequestRecord{ID: id, Name: q.Kind.String(), Line: q.Line,
		Call: q.Call, Other: q.Other, Number: q.Number, Frontend: a.frontend, Principal: q.Principal, Ref: q.Ref}})
}

// nextRequestID takes the next number of the journal's counter; never 0.
func (l *Loop) nextRequestID() uint32 {
	for {
		if id := l.lastRequestID.Add(1); id != 0 {
			return id
		}
	}
}

// Stalled is how long the journal has not acknowledged; 0 when it does.
func (l *Loop) Stalled() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stalledSince.IsZero() {
		return 0
	}
	return time.Since(l.stalledSince)
}

func (l *Loop) stalled() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.stalledSince.IsZero()
}

// Run works until ctx is done or the journal refuses for good (ErrConflict). What was taken in is committed first, for
// at most two seconds.
func (l *Loop) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	work, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	commit, stopCommit := context.WithCancel(context.WithoutCancel(ctx))
	defer stopCommit()
	wg.Go(func() {
		if err := l.commit(commit); err != nil {
			cancel(err)
		}
	})
	var send sync.WaitGroup
	send.Go(func() { l.sendCommands() })
	for _, f := range l.cfg.Frontends {
		wg.Go(func() { l.runFrontend(work, f) })
	}
	context.AfterFunc(work, func() { time.AfterFunc(2*time.Second, l.queue.close) }) // a full queue must not hold up the end
	l.sequence(work)
	close(l.done)
	l.queue.close()
	stop := time.AfterFunc(2*time.Second, stopCommit)
	defer stop.Stop()
	wg.Wait()
	close(l.commands)
	send.Wait()
	if err := context.Cause(work); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// runFrontend runs one frontend, again after it failed.
func (l *Loop) runFrontend(ctx context.Context, f Frontend) {
	for ctx.Err() == nil {
		err := f.Run(ctx, l.Reader(), l.Asker(f.Name()))
		if ctx.Err() != nil || errors.Is(err, ErrStopped) {
			return
		}
		l.log.Error("frontend stopped; it is started again in a second", "frontend", f.Name(), "error", err)
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}
