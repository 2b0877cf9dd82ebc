package main

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"time"

	"offhook/adapters/tapi/projection"
	"offhook/engine"
	"offhook/engine/live"
	"offhook/events"
	"offhook/internal/trace"
)

// pipeline is the live loop as the daemon runs it, with the TAPI projection as its frontend: decode a stanza, resolve,
// apply, append to the journal, project.
type pipeline struct {
	loop       *live.Loop
	office     *office
	frontend   *tapiFrontend
	begunCalls int64
	stop       context.CancelFunc
	done       chan error
}

// silentSession is a session that sends no command.
type silentSession struct{}

func (silentSession) Send([]byte) error { return nil }
func (silentSession) Drop(string)       {}

// discardJournal is a journal that stores nothing.
type discardJournal struct{ last atomic.Uint64 }

func (*discardJournal) ID() string     { return "nowhere" }
func (n *discardJournal) Last() uint64 { return n.last.Load() }
func (*discardJournal) First() uint64  { return 1 }
func (*discardJournal) Close() error   { return nil }

func (n *discardJournal) Append(_ context.Context, next uint64, batch []events.Event) error {
	n.last.Store(next + uint64(len(batch)) - 1)
	return nil
}

func (*discardJournal) Read(context.Context, uint64) iter.Seq2[events.Event, error] {
	return func(func(events.Event, error) bool) {}
}

func (n *discardJournal) Tail(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return n.Read(ctx, from)
}

// tapiFrontend is a frontend that makes messages to TAPI and counts the calls that ended.
type tapiFrontend struct {
	view       *projection.Projection
	messages   int
	endedCalls atomic.Int64
	progress   chan struct{} // gets a token after changes; has room for one
	snapshots  atomic.Int32  // snapshots that it got; more than one means that it fell out of the feed
	onChange   atomic.Pointer[func(*engine.Change)]
}

func (*tapiFrontend) Name() string { return "projected" }

func (f *tapiFrontend) Run(ctx context.Context, changes *live.Reader, _ live.Asker) error {
	take := func(projection.TAPIMessage) { f.messages++ }
	over := int64(0)
	return changes.Follow(ctx, live.Follower{
		Snapshot: func(s *engine.Snapshot) {
			f.snapshots.Add(1)
			f.view.Bridge(*s, take)
		},
		Change: func(c *engine.Change) {
			f.view.Apply(*c, take)
			if onChange := f.onChange.Load(); onChange != nil {
				(*onChange)(c)
			}
			if c.Kind == engine.CallMoved && c.To == engine.Idle {
				over++
			}
		},
		Flush: func() error {
			f.endedCalls.Add(over)
			over = 0
			select {
			case f.progress <- struct{}{}:
			default:
			}
			return nil
		},
	})
}

// newPipeline starts a loop on a journal and learns the office's lines.
func newPipeline(ctx context.Context, j events.Journal) (*pipeline, error) {
	dialect := newDialect()
	start, err := live.Rebuild(ctx, settings(), dialect, j)
	if err != nil {
		return nil, err
	}
	p := &pipeline{office: &office{lines: lineCount}, frontend: &tapiFrontend{view: projection.New(projection.Options{}), progress: make(chan struct{}, 1)}, done: make(chan error, 1)}
	p.loop, err = live.New(live.Config{Start: start, Dialect: dialect, Settings: settings(), Journal: j, Session: silentSession{}, Frontends: []live.Frontend{p.frontend}})
	if err != nil {
		return nil, err
	}
	run, stop := context.WithCancel(ctx)
	p.stop = stop
	go func() { p.done <- p.loop.Run(run) }()
	<-p.frontend.progress // the loop runs and the frontend has its snapshot
	if _, err = p.feed(ctx, p.office.records(lineCount)); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// feed puts stanzas into the loop and waits until the frontend has seen the end of all their calls.
func (p *pipeline) feed(ctx context.Context, rs []trace.Record) (time.Duration, error) {
	p.begunCalls += int64(len(rs) / stanzasPerCall)
	start := time.Now()
	for _, r := range rs {
		if err := p.loop.Put(ctx, r); err != nil {
			return 0, err
		}
	}
	err := p.awaitEnded()
	return time.Since(start), err
}

// awaitEnded waits until the frontend has seen the end of every call.
func (p *pipeline) awaitEnded() error {
	late := time.After(time.Minute)
	for p.frontend.endedCalls.Load() < p.begunCalls {
		if p.frontend.snapshots.Load() > 1 {
			return errors.New("the frontend fell out of the feed; the turns are too long for this machine")
		}
		select {
		case <-p.frontend.progress:
		case err := <-p.done:
			return errors.Join(errors.New("the loop has ended"), err)
		case <-late:
			return errors.New("some calls did not end within a minute")
		}
	}
	return nil
}

// side returns a side whose turn is n calls, all their stanzas at once.
func (p *pipeline) side(ctx context.Context, n int) side {
	return func() (int, time.Duration, error) {
		rs := p.office.records(n)
		took, err := p.feed(ctx, rs)
		return len(rs), took, err
	}
}

func (p *pipeline) close() error {
	p.stop()
	select {
	case err := <-p.done:
		return err
	case <-time.After(30 * time.Second):
		return errors.New("the loop does not end")
	}
}
