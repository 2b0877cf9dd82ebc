package tapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"offhook/engine"
	"offhook/events"
)

// FrontendConfig is where and how frames are served.
type FrontendConfig struct {
	// Address is the path of a unix socket, made with mode 0600, or on Windows the name of a pipe (`\\.\pipe\offhook`).
	Address   string
	Provider  ProviderConfig // Ask is set by Run
	Journal   string         // the journal's id, told in welcome
	Heartbeat time.Duration  // 0 means 10 s; three times this long without a frame ends the connection
	Log       *slog.Logger   // nil means slog.Default()
}

// Frontend serves the frame protocol to the provider DLL (docs/wire.md): one DLL at a time, any number in a row. A DLL
// that comes back, to this daemon or a new one, gets the bridging difference (decision A5).
type Frontend struct {
	cfg FrontendConfig

	mu      sync.Mutex
	mirror  mirror
	ready   chan struct{} // closed with the first snapshot
	session *session
}

var _ engine.Frontend = (*Frontend)(nil)

// NewFrontend makes one; nothing listens before Run.
func NewFrontend(c FrontendConfig) *Frontend {
	if c.Heartbeat <= 0 {
		c.Heartbeat = 10 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Frontend{cfg: c}
}

// Name is "tapi".
func (f *Frontend) Name() string { return "tapi" }

// Run serves until ctx is done or the changes end.
func (f *Frontend) Run(ctx context.Context, changes *engine.Reader, ask engine.Asker) error {
	return f.run(ctx, changes, ask)
}

// source is what Run needs of engine.Reader.
type source interface {
	Next(ctx context.Context) (engine.Batch, error)
}

// askTimeout bounds how long a request may wait for the timeline to take it.
const askTimeout = 5 * time.Second

func (f *Frontend) run(ctx context.Context, changes source, ask engine.Asker) error {
	l, err := listen(f.cfg.Address)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	f.ready, f.mirror = make(chan struct{}), mirror{}
	c := f.cfg.Provider
	c.Ask = func(q events.RequestFacts) error {
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		return ask.Ask(ctx, q)
	}
	var wg sync.WaitGroup
	wg.Go(func() { f.accept(ctx, l, c, &wg) })
	err = f.follow(ctx, changes)
	cancel()
	l.Close()
	wg.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// follow keeps the mirror and the connected DLL up to date.
func (f *Frontend) follow(ctx context.Context, changes source) error {
	for {
		b, err := changes.Next(ctx)
		if err != nil {
			return err
		}
		f.mu.Lock()
		s := f.session
		if b.Snapshot != nil {
			f.mirror.set(b.Snapshot)
			if s != nil {
				s.p.Bridge(*b.Snapshot)
			}
			f.markReady()
		}
		for _, c := range b.Changes {
			f.mirror.apply(c)
			if s != nil {
				s.p.Feed(*c)
			}
		}
		f.mu.Unlock()
		if s != nil {
			s.pump()
		}
	}
}

func (f *Frontend) markReady() {
	select {
	case <-f.ready:
	default:
		close(f.ready)
	}
}

func (f *Frontend) accept(ctx context.Context, l net.Listener, c ProviderConfig, wg *sync.WaitGroup) {
	for {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() == nil {
				f.cfg.Log.Error("tapi: accept failed; no provider can connect any more", "error", err)
			}
			return
		}
		wg.Go(func() {
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			defer stop()
			defer conn.Close()
			if err := f.serve(ctx, conn, c); err != nil && ctx.Err() == nil {
				f.cfg.Log.Warn("tapi: provider connection ended", "error", err)
			}
		})
	}
}

// mirror is what is true now, for a DLL that connects.
type mirror struct {
	pos   engine.Position
	lines map[string]engine.LineView
	calls map[callKey]engine.CallView
}

func (m *mirror) set(s *engine.Snapshot) {
	*m = mirror{pos: s.Pos, lines: map[string]engine.LineView{}, calls: map[callKey]engine.CallView{}}
	for _, l := range s.Lines {
		m.lines[l.Key] = l
	}
	for _, c := range s.Calls {
		m.calls[callKey{c.Line, c.Number}] = c
	}
}

func (m *mirror) apply(c *engine.Change) {
	m.pos = c.Pos
	if c.Call != nil {
		key := callKey{c.Call.Line, c.Call.Number}
		if m.calls[key] = *c.Call; c.Call.State == engine.Idle {
			delete(m.calls, key)
		}
	}
	switch {
	case c.Line == nil:
	case c.Kind == engine.LineGone:
		delete(m.lines, c.Line.Key)
	default:
		m.lines[c.Line.Key] = *c.Line
	}
}

func (m *mirror) snapshot() engine.Snapshot {
	s := engine.Snapshot{Pos: m.pos}
	for _, l := range m.lines {
		s.Lines = append(s.Lines, l)
	}
	for _, c := range m.calls {
		s.Calls = append(s.Calls, c)
	}
	slices.SortFunc(s.Lines, func(a, b engine.LineView) int { return int(int64(a.Permanent) - int64(b.Permanent)) })
	slices.SortFunc(s.Calls, func(a, b engine.CallView) int {
		if a.Number != b.Number {
			return int(int64(a.Number) - int64(b.Number))
		}
		return int(int64(len(a.Line)) - int64(len(b.Line)))
	})
	return s
}

// ErrAddress is wrapped by the errors of a listener that cannot be opened.
var ErrAddress = errors.New("cannot listen for the provider")

func addressError(address string, err error) error {
	return fmt.Errorf("tapi: %w at %s: %w; is another daemon running?", ErrAddress, address, err)
}
