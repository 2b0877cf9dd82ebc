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
	p         *provider.Provider
	conn      net.Conn
	heartbeat time.Duration

	mu           sync.Mutex // one writer at a time, so that replies and messages keep their order
	lastPosition wire.Position
	lastWrite    time.Time
	err          error
}

const (
	helloTimeout = 10 * time.Second // for the hellos of a DLL that connected
	writeTimeout = 10 * time.Second // for a frame the DLL does not take
)

// serve is a connection from hello to its end.
func (f *Frontend) serve(ctx context.Context, conn net.Conn, c provider.Config) error {
	s := &session{peer: newPeer(conn), conn: conn, heartbeat: f.cfg.Heartbeat}
	select {
	case <-f.ready:
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(helloTimeout):
		return s.endWithError(wire.CodeStopping, "the daemon has read no journal yet; connect again")
	}
	h, err := s.readHello()
	if err != nil {
		return err
	}
	s.markReceived()
	s.process, s.product = h.Process, h.Product
	if h.WireLow > wire.Version || h.WireHigh < wire.Version {
		return s.endWithError(wire.CodeBadVersion, fmt.Sprintf("this daemon speaks wire version %d", wire.Version))
	}
	s.mu.Lock() // until welcome is out: no message may come before it
	w, ok := f.attach(s, h, c)
	if ok {
		err = s.writeLocked(0, w)
	}
	s.mu.Unlock()
	if !ok {
		return s.endWithError(wire.CodeTaken, "another provider is connected")
	}
	defer f.detach(s)
	if err != nil {
		return err
	}
	f.cfg.Log.Info("tapi: provider connected", "pid", s.pid, "process", s.process, "product", spec.CleanText(s.product), "bits", h.Bits, "lines", len(h.Lines), "calls", len(h.Calls))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go s.sendHeartbeats(ctx)
	s.sendMessages()
	return s.read()
}

// readHello reads the DLL's hellos as one.
func (s *session) readHello() (*wire.Hello, error) {
	s.conn.SetReadDeadline(time.Now().Add(helloTimeout))
	var all *wire.Hello
	for {
		b, _, err := s.readBody()
		if err != nil {
			return nil, err
		}
		h, ok := b.(*wire.Hello)
		if !ok {
			return nil, s.endWithError(wire.CodeOutOfOrder, "hello comes first")
		}
		if all == nil {
			all = h
		} else {
			all.Lines, all.Calls = append(all.Lines, h.Lines...), append(all.Calls, h.Calls...)
		}
		if len(all.Lines) > provider.MaxHandles || len(all.Calls) > provider.MaxHandles {
			return nil, s.endWithError(wire.CodeBadFrame, "too many lines or calls")
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
		s.conn.SetReadDeadline(time.Now().Add(3 * s.heartbeat))
		b, id, err := s.readBody()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		s.markReceived()
		switch b := b.(type) {
		case *wire.Request:
			s.serveRequest(id, b)
		case *wire.NewCallAnswer:
			if !b.Accepted {
				s.p.DeclineCall(b.Call)
			}
		case *wire.Heartbeat:
		case *wire.Error:
			return b
		default:
			return s.endWithError(wire.CodeOutOfOrder, "not a frame of a provider")
		}
		s.sendMessages()
	}
}

func (s *session) readBody() (wire.Body, uint32, error) {
	f, err := wire.ReadFrame(s.conn)
	if err != nil {
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			s.endWithError(wire.CodeTimeout, "silence")
		case errors.Is(err, wire.ErrVersion):
			s.endWithError(wire.CodeBadVersion, err.Error())
		case !errors.Is(err, io.EOF):
			s.endWithError(wire.CodeBadFrame, err.Error())
		}
		return nil, 0, err
	}
	b, err := f.Decode()
	if err != nil {
		return nil, 0, s.endWithError(wire.CodeBadFrame, err.Error())
	}
	return b, f.ID, nil
}

// serveRequest answers one TSPI call. The writer's lock is held over it: nothing that follows from the call can overtake its
// reply, and nothing of a closed call comes behind it.
func (s *session) serveRequest(id uint32, r *wire.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first, reply := s.p.Serve(r)
	for i := range first {
		s.writeMessage(&first[i])
	}
	s.writeLocked(id, &reply)
}

// sendMessages sends what the host is to hear.
func (s *session) sendMessages() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.err == nil {
		m, ok := s.p.NextWithImages()
		if !ok {
			return
		}
		s.writeMessage(&m)
	}
}

// writeMessage sends one message at its place in the stream, which only grows.
func (s *session) writeMessage(m *provider.HostMessage) {
	if m.Pos.Seq > s.lastPosition.Seq {
		s.lastPosition = wire.Position{Seq: m.Pos.Seq}
	} else {
		s.lastPosition.Index++
	}
	s.writeLocked(0, s.p.Body(m, s.lastPosition))
}

func (s *session) write(id uint32, b wire.Body) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writeLocked(id, b)
}

// writeLocked writes a frame with s.mu held; after a failure the connection is closed, which ends read.
func (s *session) writeLocked(id uint32, b wire.Body) error {
	if s.err != nil {
		return s.err
	}
	f, err := wire.NewFrame(id, b)
	if err == nil {
		s.lastWrite = time.Now()
		s.conn.SetWriteDeadline(s.lastWrite.Add(writeTimeout))
		err = wire.WriteFrame(s.conn, f)
	}
	if err != nil {
		s.err = err
		s.conn.Close()
	}
	return err
}

// endWithError says why and closes.
func (s *session) endWithError(code wire.Code, why string) error {
	e := &wire.Error{Code: code, Text: why[:min(len(why), wire.MaxErrorText)]}
	s.write(0, e)
	s.conn.Close()
	return e
}

// sendHeartbeats keeps a quiet connection alive.
func (s *session) sendHeartbeats(ctx context.Context) {
	t := time.NewTicker(s.heartbeat)
	defer t.Stop()
	for n := uint64(1); ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		s.mu.Lock()
		if time.Since(s.lastWrite) >= s.heartbeat {
			s.writeLocked(0, &wire.Heartbeat{Tick: n})
		}
		s.mu.Unlock()
	}
}
