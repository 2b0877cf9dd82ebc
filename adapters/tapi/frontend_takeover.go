package tapi

import (
	"net"
	"sync/atomic"
	"time"

	"offhook/adapters/tapi/wire"
)

// peer is who is at the other end of a connection, and when it was last heard of.
type peer struct {
	pid          uint32 // as the system says; 0 when it does not
	process      uint32 // as hello says
	product      string
	connected    time.Time
	lastReceived atomic.Int64 // nanoseconds after began
}

func newPeer(conn net.Conn) *peer {
	p := &peer{connected: time.Now()}
	if c, ok := conn.(interface{ ClientPID() uint32 }); ok {
		p.pid = c.ClientPID()
	}
	return p
}

func (p *peer) markReceived() { p.lastReceived.Store(int64(time.Since(p.connected))) }

func (p *peer) silence() time.Duration {
	return time.Since(p.connected) - time.Duration(p.lastReceived.Load())
}

// givesWayTo says whether a connection is to give way to one that has said hello: when both are of one process, which has
// one connection only and so has given the older one up; or when it has missed its heartbeat and half of the next. A DLL
// that lives is not replaced; the second one is told so and comes again.
func (p *peer) givesWayTo(to *peer, beat time.Duration) bool {
	same := p.process == to.process && p.pid == to.pid && p.process != 0
	return same || p.silence() > beat+beat/2
}

// takeOver ends the connection there is for the sake of a new one; false when it lives. f.mu is held.
func (f *Frontend) takeOver(s *session) bool {
	old := f.session
	if old == nil {
		return true
	}
	if !old.givesWayTo(s.peer, f.cfg.Heartbeat) {
		go old.write(0, &wire.Heartbeat{}) // to a DLL that died without a word this fails, and ends it
		return false
	}
	f.cfg.Log.Warn("tapi: a provider connection is given up for a newer one", "pid", old.pid, "silent", old.silence().Round(time.Millisecond), "newer", s.pid)
	f.session = nil
	go old.conn.Close()
	return true
}

func (s *session) givesWayTo(to *peer, beat time.Duration) bool { return s.peer.givesWayTo(to, beat) }
