package tapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/provider"
	"offhook/engine"
	"offhook/engine/live"
	"offhook/events"
)

// FrontendConfig is where and how frames are served.
type FrontendConfig struct {
	// Address is the path of a unix socket, made with mode 0600, or on Windows the name of a pipe (`\\.\pipe\offhook`).
	// For tests it may be "tcp:" and a loopback address with a port.
	Address string
	// Grant lists accounts on other machines that may open the pipe: DOMAIN\COMPUTER$ or a SID. Windows only; without
	// one, nobody may over the network.
	Grant    []string
	Provider provider.Config // Ask is set by Run
	Journal  string          // the journal's id, told in welcome
	// LineTable is the file for the provider DLL's answers while no daemon runs; "" for none.
	LineTable string
	// TableAccess says who may read a new line table, before it takes its name; nil leaves its mode (0600).
	TableAccess func(file string) error
	Heartbeat   time.Duration // 0 means 10 s; three times this long without a frame ends the connection
	Log         *slog.Logger  // nil means slog.Default()
}

// Frontend serves the frame protocol to the provider DLL (docs/integrate/wire.md): one DLL at a time, any number in a row. A DLL
// that comes back, to this daemon or a new one, gets the bridging difference (decision A5).
type Frontend struct {
	cfg FrontendConfig

	mu      sync.Mutex
	mirror  mirror
	ready   chan struct{} // closed with the first snapshot
	session *session
	table   *tableWriter
}

var _ live.Frontend = (*Frontend)(nil)

// NewFrontend makes one; nothing listens before Run.
func NewFrontend(c FrontendConfig) *Frontend {
	if c.Heartbeat <= 0 {
		c.Heartbeat = 10 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Frontend{cfg: c, table: newTableWriter(c)}
}

// Name is "tapi".
func (f *Frontend) Name() string { return "tapi" }

// Run serves until ctx is done or the changes end.
func (f *Frontend) Run(ctx context.Context, changes *live.Reader, ask live.Asker) error {
	return f.run(ctx, changes, ask)
}

// askTimeout bounds how long a request may wait for the timeline to take it.
const askTimeout = 5 * time.Second

func (f *Frontend) run(ctx context.Context, changes live.Changes, ask live.Asker) error {
	l, err := listen(f.cfg.Address, access{grant: f.cfg.Grant})
	if err != nil {
		return err
	}
	if l.Addr().Network() == "tcp" {
		f.cfg.Log.Warn("tapi: frames are served on TCP, where any program of this machine may act as the provider; this is for tests", "address", l.Addr().String())
	}
	ctx, cancel := context.WithCancel(ctx)
	f.ready, f.mirror = make(chan struct{}), mirror{}
	c := f.cfg.Provider
	c.Frontend = f.Name()
	c.Ask = func(q events.RequestFacts, dialled string) (uint32, error) {
		ctx, cancel := context.WithTimeout(ctx, askTimeout)
		defer cancel()
		return ask.Ask(ctx, live.Request{Kind: q.Kind, Line: q.Line, Call: q.Call, Other: q.Other, Number: q.Number, Dialled: dialled,
			Ref: q.Ref})
	}
	if c.NextRef == nil {
		var last atomic.Uint32
		c.NextRef = func() uint32 { return last.Add(1) & (1<<31 - 1) } // one count for the providers that come and go
	}
	var wg sync.WaitGroup
	wg.Go(func() { f.accept(ctx, l, c, &wg) })
	wg.Go(func() { f.table.run(ctx) })
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
func (f *Frontend) follow(ctx context.Context, changes live.Changes) error {
	named := false // lines came, went or got another name since the line table was written
	return live.Follow(ctx, changes, live.Follower{
		Snapshot: func(snap *engine.Snapshot) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.mirror.set(snap)
			if f.session != nil {
				f.session.p.Bridge(*snap)
			}
			named = true
			f.markReady()
		},
		Change: func(c *engine.Change) {
			f.mu.Lock()
			defer f.mu.Unlock()
			named = f.mirror.apply(c) || named
			if f.session != nil {
				f.session.p.Feed(*c)
			}
		},
		Flush: func() error {
			f.mu.Lock()
			if named {
				f.table.setLines(f.mirror.sortedLines())
				named = false
			}
			s := f.session
			f.mu.Unlock()
			if s != nil {
				s.sendMessages()
			}
			return nil
		},
	})
}

func (f *Frontend) markReady() {
	select {
	case <-f.ready:
	default:
		close(f.ready)
	}
}

// maxConnections is how many connections are open at a time: one is served, the others say hello and are told so.
const maxConnections = 16

// acceptPause is how long accepting rests after a failure, such as too many open files.
const acceptPause = time.Second

func (f *Frontend) accept(ctx context.Context, l net.Listener, c provider.Config, wg *sync.WaitGroup) {
	places := make(chan struct{}, maxConnections)
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			if err == nil {
				conn.Close()
			}
			return
		}
		if err != nil {
			f.cfg.Log.Error("tapi: a provider cannot connect", "error", err, "again-in", acceptPause)
			select {
			case <-time.After(acceptPause):
			case <-ctx.Done():
			}
			continue
		}
		select {
		case places <- struct{}{}:
			wg.Go(func() { f.connection(ctx, conn, c); <-places })
		default:
			f.cfg.Log.Warn("tapi: too many connections; one more is refused", "open", maxConnections)
			conn.Close()
		}
	}
}

func (f *Frontend) connection(ctx context.Context, conn net.Conn, c provider.Config) {
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	defer conn.Close()
	if err := f.serve(ctx, conn, c); err != nil && ctx.Err() == nil {
		f.cfg.Log.Warn("tapi: provider connection ended", "error", err)
	}
}

// mirror is what is true now, for a DLL that connects.
type mirror struct {
	pos   engine.Position
	at    events.Millis
	lines map[string]engine.LineView
	calls map[projection.CallKey]engine.CallView
}

func (m *mirror) set(s *engine.Snapshot) {
	*m = mirror{pos: s.Pos, at: s.At, lines: map[string]engine.LineView{}, calls: map[projection.CallKey]engine.CallView{}}
	for _, l := range s.Lines {
		m.lines[l.Key] = l
	}
	for _, c := range s.Calls {
		m.calls[projection.CallKey{Line: c.Line, Call: c.Number}] = c
	}
}

// apply takes a change in; true when lines came, went or are called otherwise.
func (m *mirror) apply(c *engine.Change) (named bool) {
	m.pos, m.at = c.Pos, max(m.at, c.At)
	if c.Call != nil {
		key := projection.CallKey{Line: c.Call.Line, Call: c.Call.Number}
		if m.calls[key] = *c.Call; c.Call.State == engine.Idle {
			delete(m.calls, key)
		}
	}
	switch {
	case c.Line == nil:
	case c.Kind == engine.LineGone:
		_, named = m.lines[c.Line.Key]
		delete(m.lines, c.Line.Key)
	default:
		was, known := m.lines[c.Line.Key]
		named = !known || namingOf(&was) != namingOf(c.Line)
		m.lines[c.Line.Key] = *c.Line
	}
	return named
}

// lineNaming is what the line table depends on.
type lineNaming struct {
	key, user, name, address string
	permanent                uint32
}

func namingOf(v *engine.LineView) lineNaming {
	return lineNaming{v.Key, v.User, v.Name, v.Address, v.Permanent}
}

// sortedLines lists the lines in the order of their device ids.
func (m *mirror) sortedLines() []engine.LineView {
	l := make([]engine.LineView, 0, len(m.lines))
	for _, v := range m.lines {
		l = append(l, v)
	}
	slices.SortFunc(l, func(a, b engine.LineView) int {
		return cmp.Or(cmp.Compare(a.Permanent, b.Permanent), cmp.Compare(a.Key, b.Key))
	})
	return l
}

func (m *mirror) snapshot() engine.Snapshot {
	s := engine.Snapshot{Pos: m.pos, At: m.at}
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
	return fmt.Errorf("tapi: %w at %s: %w", ErrAddress, address, err)
}

// inUseError is an addressError that an open listener of somebody else explains.
func inUseError(address string, err error) error {
	return addressError(address, fmt.Errorf("%w; is another daemon running?", err))
}
