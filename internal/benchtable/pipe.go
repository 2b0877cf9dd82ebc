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

// pipe is the live loop as the daemon runs it, with the TAPI projection as its frontend: stanza, decode, resolve,
// journal, apply, project.
type pipe struct {
	loop   *live.Loop
	office *office
	front  *projected
	want   int64 // calls that have begun
	stop   context.CancelFunc
	done   chan error
}

// nobody is a session that sends nothing.
type nobody struct{}

func (nobody) Send([]byte) error { return nil }
func (nobody) Drop(string)       {}

// nowhere is a journal that keeps nothing.
type nowhere struct{ last atomic.Uint64 }

func (*nowhere) ID() string     { return "nowhere" }
func (n *nowhere) Last() uint64 { return n.last.Load() }
func (*nowhere) First() uint64  { return 1 }
func (*nowhere) Close() error   { return nil }

func (n *nowhere) Append(_ context.Context, next uint64, batch []events.Event) error {
	n.last.Store(next + uint64(len(batch)) - 1)
	return nil
}

func (*nowhere) Read(context.Context, uint64) iter.Seq2[events.Event, error] {
	return func(func(events.Event, error) bool) {}
}

func (n *nowhere) Tail(ctx context.Context, from uint64) iter.Seq2[events.Event, error] {
	return n.Read(ctx, from)
}

// projected is a frontend that makes messages to TAPI and counts the calls that are over.
type projected struct {
	view     *projection.Projection
	messages int
	over     atomic.Int64
	moved    chan struct{} // has room for one token
	synced   atomic.Int32  // snapshots it got; the first is the beginning, another one means that it fell behind
	hear     atomic.Pointer[func(*engine.Change)]
}

func (*projected) Name() string { return "projected" }

func (f *projected) Run(ctx context.Context, changes *live.Reader, _ live.Asker) error {
	take := func(projection.Notice) { f.messages++ }
	over := int64(0)
	return changes.Follow(ctx, live.Follower{
		Snapshot: func(s *engine.Snapshot) {
			f.synced.Add(1)
			f.view.Bridge(*s, take)
		},
		Change: func(c *engine.Change) {
			f.view.Apply(*c, take)
			if hear := f.hear.Load(); hear != nil {
				(*hear)(c)
			}
			if c.Kind == engine.CallMoved && c.To == engine.Idle {
				over++
			}
		},
		Flush: func() error {
			f.over.Add(over)
			over = 0
			select {
			case f.moved <- struct{}{}:
			default:
			}
			return nil
		},
	})
}

// newPipe starts a loop on a journal and lets it learn the office's lines.
func newPipe(ctx context.Context, j events.Journal) (*pipe, error) {
	dialect := newDialect()
	start, err := live.Rebuild(ctx, settings(), dialect, j)
	if err != nil {
		return nil, err
	}
	p := &pipe{office: &office{lines: lineCount}, front: &projected{view: projection.New(projection.Options{}), moved: make(chan struct{}, 1)}, done: make(chan error, 1)}
	p.loop, err = live.New(live.Config{Start: start, Dialect: dialect, Settings: settings(), Journal: j, Session: nobody{}, Frontends: []live.Frontend{p.front}})
	if err != nil {
		return nil, err
	}
	run, stop := context.WithCancel(ctx)
	p.stop = stop
	go func() { p.done <- p.loop.Run(run) }()
	<-p.front.moved // it runs, and the frontend has its snapshot
	if _, err = p.feed(ctx, p.office.records(lineCount)); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// feed gives stanzas to the loop and waits until the last of their calls is over for TAPI.
func (p *pipe) feed(ctx context.Context, rs []trace.Record) (time.Duration, error) {
	p.want += int64(len(rs) / perCall)
	start := time.Now()
	for _, r := range rs {
		if err := p.loop.Put(ctx, r); err != nil {
			return 0, err
		}
	}
	err := p.settle()
	return time.Since(start), err
}

// settle waits until every call is over.
func (p *pipe) settle() error {
	late := time.After(time.Minute)
	for p.front.over.Load() < p.want {
		if p.front.synced.Load() > 1 {
			return errors.New("the frontend fell behind the ring of changes; the turns are too long for this machine")
		}
		select {
		case <-p.front.moved:
		case err := <-p.done:
			return errors.Join(errors.New("the loop has ended"), err)
		case <-late:
			return errors.New("calls do not end: the loop is stuck or lost some of them")
		}
	}
	return nil
}

// side is a turn of n calls, all their stanzas at once.
func (p *pipe) side(ctx context.Context, n int) side {
	return func() (int, time.Duration, error) {
		rs := p.office.records(n)
		took, err := p.feed(ctx, rs)
		return len(rs), took, err
	}
}

func (p *pipe) close() error {
	p.stop()
	select {
	case err := <-p.done:
		return err
	case <-time.After(30 * time.Second):
		return errors.New("the loop does not end")
	}
}
