package live

import (
	"context"
	"errors"
	"log/slog"
	"sync"
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

// LoopConfig is what a live loop is made of.
type LoopConfig struct {
	Start     trace.Record // the start record; see [Open]
	Dialect   engine.Dialect
	Settings  engine.Settings
	Journal   events.Journal
	Session   Session
	Frontends []Frontend
	Trace     func(trace.Record) // gets every record in its order; nil: no capture
	Logger    *slog.Logger
	Ring      int // changes kept for frontends; default 65,536
	Queue     int // bytes that may wait for the journal; default 64 MiB (decision A9)
}

// Loop is the live engine: one sequencer that takes every input in one order, a committer that makes the events durable
// in packs, and only then lets out what followed from them.
//
//	input → sequencer (stamp, trace, Core.Step) → committer (Journal.Append) → ring of changes → frontends
//	                                                                        └→ Session.Send
type Loop struct {
	cfg      LoopConfig
	core     *engine.Core
	ring     *ring
	in       chan trace.Record
	snaps    chan snapshotWish
	captures chan captureWish
	queue    *queue
	done     chan struct{}
	log      *slog.Logger
	sends    chan string
	shown    shown // the committer's

	mu    sync.Mutex
	stall time.Time // since when the journal has not acknowledged; zero: it does
}

// stallLimit is how long the journal may not acknowledge before the session is closed on purpose (decision A9).
const stallLimit = 10 * time.Second

// NewLoop makes a loop; it does nothing until Run. Doubled or nil frontends are refused.
func NewLoop(cfg LoopConfig) (*Loop, error) {
	names := map[string]bool{}
	for _, f := range cfg.Frontends {
		if f == nil || names[f.Name()] {
			return nil, errors.New("engine: a frontend is nil or registered twice")
		}
		names[f.Name()] = true
	}
	if cfg.Ring == 0 {
		cfg.Ring = 1 << 16
	}
	if cfg.Queue == 0 {
		cfg.Queue = 64 << 20
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Trace == nil {
		cfg.Trace = func(trace.Record) {}
	}
	cfg.Settings.Journal = cfg.Journal.ID()
	return &Loop{cfg: cfg, core: engine.NewCore(cfg.Settings, cfg.Dialect), ring: newRing(cfg.Ring), in: make(chan trace.Record, 1024),
		snaps: make(chan snapshotWish), captures: make(chan captureWish), queue: newQueue(cfg.Queue), done: make(chan struct{}), log: cfg.Logger,
		sends: make(chan string, 4096), shown: shown{lines: map[string]*engine.LineView{}}}, nil
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
	case l.in <- r:
		return nil
	case <-l.done:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Ask puts a request into the timeline.
func (l *Loop) Ask(ctx context.Context, f events.RequestFacts) error {
	if l.stalled() || l.queue.crowded() {
		return ErrOverloaded
	}
	return l.Put(ctx, trace.Record{Kind: trace.Request, Request: &trace.RequestRecord{ID: f.ID, Name: f.Kind.String(),
		Line: f.Line, Call: f.Call, Other: f.Other, Number: f.Number}})
}

// Stalled is how long the journal has not acknowledged; 0 when it does.
func (l *Loop) Stalled() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stall.IsZero() {
		return 0
	}
	return time.Since(l.stall)
}

func (l *Loop) stalled() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.stall.IsZero()
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
	send.Go(func() { l.sender() })
	for _, f := range l.cfg.Frontends {
		wg.Go(func() { l.frontend(work, f) })
	}
	context.AfterFunc(work, func() { time.AfterFunc(2*time.Second, l.queue.close) }) // a full queue must not hold up the end
	l.sequence(work)
	close(l.done)
	l.queue.close()
	stop := time.AfterFunc(2*time.Second, stopCommit)
	defer stop.Stop()
	wg.Wait()
	close(l.sends)
	send.Wait()
	if err := context.Cause(work); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// frontend keeps one frontend running.
func (l *Loop) frontend(ctx context.Context, f Frontend) {
	for ctx.Err() == nil {
		err := f.Run(ctx, l.Reader(), l)
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
