package tapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"offhook/adapters/tapi/provider"
	"offhook/adapters/tapi/spec"
	"offhook/adapters/tapi/wire"
)

// session is one connected DLL.
type session struct {
	*peer
	p    *provider.Provider
	conn net.Conn
	beat time.Duration

	mu   sync.Mutex // one writer at a time, so that replies and messages keep their order
	last wire.Position
	sent time.Time
	err  error
}

const (
	helloTimeout = 10 * time.Second // for the hellos of a DLL that connected
	writeTimeout = 10 * time.Second // for a frame the DLL does not take
)

// serve is a connection from hello to its end.
func (f *Frontend) serve(ctx context.Context, conn net.Conn, c provider.Config) error {
	s := &session{peer: newPeer(conn), conn: conn, beat: f.cfg.Heartbeat}
	select {
	case <-f.ready:
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(helloTimeout):
		return s.refuse(wire.CodeStopping, "the daemon has read no journal yet; connect again")
	}
	h, err := s.hello()
	if err != nil {
		return err
	}
	s.hear()
	s.process, s.product = h.Process, h.Product
	if h.WireLow > wire.Version || h.WireHigh < wire.Version {
		return s.refuse(wire.CodeBadVersion, fmt.Sprintf("this daemon speaks wire version %d", wire.Version))
	}
	s.mu.Lock() // until welcome is out: no message may come before it
	w, ok := f.attach(s, h, c)
	if ok {
		err = s.put(0, w)
	}
	s.mu.Unlock()
	if !ok {
		return s.refuse(wire.CodeTaken, "another provider is connected")
	}
	defer f.detach(s)
	if err != nil {
		return err
	}
	f.cfg.Log.Info("tapi: provider connected", "pid", s.pid, "process", s.process, "product", spec.CleanText(s.product), "bits", h.Bits, "lines", len(h.Lines), "calls", len(h.Calls))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go s.heartbeats(ctx)
	s.pump()
	return s.read()
}

// hello reads the DLL's hellos as one.
func (s *session) hello() (*wire.Hello, error) {
	s.conn.SetReadDeadline(time.Now().Add(helloTimeout))
	var all *wire.Hello
	for {
		b, _, err := s.next()
		if err != nil {
			return nil, err
		}
		h, ok := b.(*wire.Hello)
		if !ok {
			return nil, s.refuse(wire.CodeOutOfOrder, "hello comes first")
		}
		if all == nil {
			all = h
		} else {
			all.Lines, all.Calls = append(all.Lines, h.Lines...), append(all.Calls, h.Calls...)
		}
		if len(all.Lines) > provider.MaxHandles || len(all.Calls) > provider.MaxHandles {
			return nil, s.refuse(wire.CodeBadFrame, "too many lines or calls")
		}
		if !h.More {
			return all, nil
		}
	}
}

// attach makes the session the one that is served, with what the DLL holds taken over.
func (f *Frontend) attach(s *session, h *wire.Hello, c provider.Config) (*wire.Welcome, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.takeOver(s) {
		return nil, false
	}
	s.p = provider.New(c)
	snap := f.mirror.snapshot()
	w := &wire.Welcome{Wire: wire.Version, Heartbeat: uint32(f.cfg.Heartbeat.Milliseconds()), Journal: f.cfg.Journal,
		Position: wire.Position{Seq: snap.Pos.Seq}}
	if h.Provider.Initialized {
		w.Resume = wire.ResumeBridged
	}
	s.p.Adopt(h, snap)
	f.session = s
	return w, true
}

func (f *Frontend) detach(s *session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.session == s {
		f.session = nil
	}
}

// read takes frames until the connection ends.
func (s *session) read() error {
	for {
		s.conn.SetReadDeadline(time.Now().Add(3 * s.beat))
		b, id, err := s.next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		s.hear()
		switch b := b.(type) {
		case *wire.Request:
			s.request(id, b)
		case *wire.NewCallAnswer:
			if !b.Accepted {
				s.p.Declined(b.Call)
			}
		case *wire.Heartbeat:
		case *wire.Error:
			return b
		default:
			return s.refuse(wire.CodeOutOfOrder, "not a frame of a provider")
		}
		s.pump()
	}
}

func (s *session) next() (wire.Body, uint32, error) {
	f, err := wire.ReadFrame(s.conn)
	if err != nil {
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			s.refuse(wire.CodeTimeout, "silence")
		case errors.Is(err, wire.ErrVersion):
			s.refuse(wire.CodeBadVersion, err.Error())
		case !errors.Is(err, io.EOF):
			s.refuse(wire.CodeBadFrame, err.Error())
		}
		return nil, 0, err
	}
	b, err := f.Decode()
	if err != nil {
		return nil, 0, s.refuse(wire.CodeBadFrame, err.Error())
	}
	return b, f.ID, nil
}

// request answers one TSPI call. The writer's lock is held over it: nothing that follows from the call can overtake its
// reply, and nothing of a closed call comes behind it.
func (s *session) request(id uint32, r *wire.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first, reply := s.p.Serve(r)
	for i := range first {
		s.message(&first[i])
	}
	s.put(id, &reply)
}

// pump sends what the host is to hear.
func (s *session) pump() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.err == nil {
		m, ok := s.p.NextWithImages()
		if !ok {
			return
		}
		s.message(&m)
	}
}

// message sends one message at its place in the stream, which only grows.
func (s *session) message(m *provider.HostMessage) {
	if m.Pos.Seq > s.last.Seq {
		s.last = wire.Position{Seq: m.Pos.Seq}
	} else {
		s.last.Index++
	}
	s.put(0, s.p.Body(m, s.last))
}

func (s *session) write(id uint32, b wire.Body) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put(id, b)
}

// put writes a frame with s.mu held; after a failure the connection is closed, which ends read.
func (s *session) put(id uint32, b wire.Body) error {
	if s.err != nil {
		return s.err
	}
	f, err := wire.NewFrame(id, b)
	if err == nil {
		s.sent = time.Now()
		s.conn.SetWriteDeadline(s.sent.Add(writeTimeout))
		err = wire.WriteFrame(s.conn, f)
	}
	if err != nil {
		s.err = err
		s.conn.Close()
	}
	return err
}

// refuse says why and closes.
func (s *session) refuse(code wire.Code, why string) error {
	e := &wire.Error{Code: code, Text: why[:min(len(why), wire.MaxErrorText)]}
	s.write(0, e)
	s.conn.Close()
	return e
}

// heartbeats keeps a quiet connection alive.
func (s *session) heartbeats(ctx context.Context) {
	t := time.NewTicker(s.beat)
	defer t.Stop()
	for n := uint64(1); ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		s.mu.Lock()
		if time.Since(s.sent) >= s.beat {
			s.put(0, &wire.Heartbeat{Tick: n})
		}
		s.mu.Unlock()
	}
}
