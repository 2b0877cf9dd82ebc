package pbx

import (
	"bufio"
	"context"
	"crypto/sha1"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

//go:embed prosody/mod_offhook_pbx.lua
var prosodyModule []byte

// ErrSecret says that the XMPP server refused the component's secret.
var ErrSecret = errors.New("pbx: the XMPP server refused the component: compare component_secret on both sides")

const (
	componentHandshake = 10 * time.Second
	componentRetry     = 100 * time.Millisecond // doubles up to componentRetryMax
	componentRetryMax  = 5 * time.Second
)

// ProsodyModule returns mod_offhook_pbx.lua, which a Prosody host needs so that
// clients can send commands to the component (decision C7).
func ProsodyModule() []byte { return append([]byte(nil), prosodyModule...) }

// component is the connection to a real XMPP server (XEP-0114).
type component struct {
	s                  *Server
	addr, name, secret string
	ctx                context.Context
	cancel             context.CancelFunc

	mu   sync.Mutex
	link *componentLink
	up   bool // guarded by the server's lock
}

type componentLink struct {
	raw  net.Conn
	rw   net.Conn
	in   *streamReader
	out  *outbox
	gone chan struct{}
	once sync.Once
}

// AttachComponent runs the PBX as the component componentName (pbx.<domain>) of
// the XMPP server at addr. Users log in there; their commands arrive through
// ProsodyModule. The first connection must succeed within ctx; a later one is
// retried until Close. A session ends when the server reports its end.
func AttachComponent(ctx context.Context, cfg Config, addr, componentName, secret string) (*Server, error) {
	s, err := newServer(cfg)
	if err != nil {
		return nil, err
	}
	c := &component{s: s, addr: addr, name: componentName, secret: secret}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	s.component = c
	l, err := c.connect(ctx)
	if err != nil {
		c.cancel()
		return nil, err
	}
	s.wg.Go(func() { c.maintain(l) })
	return s, nil
}

// connect opens a connection and does the handshake.
func (c *component) connect(ctx context.Context) (*componentLink, error) {
	ctx, cancel := context.WithTimeout(ctx, componentHandshake)
	defer cancel()
	nc, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.addr)
	if err != nil {
		return nil, fmt.Errorf("pbx: component port %s: %w", c.addr, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = nc.Close() })
	defer stop()
	l := &componentLink{raw: nc, gone: make(chan struct{}), out: newOutbox(func() { _ = nc.Close() })}
	l.rw = &gatedConn{Conn: nc, gate: c.s.freezeGate, gone: l.gone}
	l.in = newStreamReader(bufio.NewReaderSize(l.rw, 16<<10), c.s.cfg.MaxStanza)
	if err := c.handshake(l); err != nil {
		_ = nc.Close()
		return nil, err
	}
	return l, nil
}

func (c *component) handshake(l *componentLink) error {
	var w xmlWriter
	w.open("stream:stream", "xmlns", "jabber:component:accept", "xmlns:stream", nsStream, "to", c.name)
	if _, err := l.rw.Write(w.Bytes()); err != nil {
		return fmt.Errorf("pbx: component stream: %w", err)
	}
	h, err := l.in.header()
	if err != nil {
		return fmt.Errorf("pbx: component stream: %w", err)
	}
	id := ""
	for _, a := range h.Attr {
		if a.Name.Local == "id" {
			id = a.Value
		}
	}
	sum := sha1.Sum([]byte(id + c.secret))
	w = xmlWriter{}
	w.leaf("handshake", hex.EncodeToString(sum[:]))
	if _, err := l.rw.Write(w.Bytes()); err != nil {
		return fmt.Errorf("pbx: component handshake: %w", err)
	}
	n, err := l.in.next()
	switch {
	case err != nil:
		return fmt.Errorf("pbx: component handshake: %w", err)
	case n.name.Local == "error" && n.child("", "not-authorized") != nil:
		return ErrSecret
	case n.name.Local != "handshake":
		return fmt.Errorf("pbx: component handshake: got <%s> %s", n.name.Local, firstChildName(n))
	}
	return nil
}

func firstChildName(n *node) string {
	if len(n.kids) > 0 {
		return n.kids[0].name.Local
	}
	return ""
}

// maintain serves the connection and opens a new one whenever it breaks.
func (c *component) maintain(l *componentLink) {
	wait := componentRetry
	for c.ctx.Err() == nil {
		if l != nil {
			wait = componentRetry
			c.serve(l)
		}
		select {
		case <-c.ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = min(2*wait, componentRetryMax)
		var err error
		if l, err = c.connect(c.ctx); err != nil {
			c.s.log.Info("component link", "error", err)
		}
	}
	if l != nil {
		_ = l.raw.Close()
	}
}

func (c *component) serve(l *componentLink) {
	if !c.useLink(l) {
		_ = l.raw.Close()
		return
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		_ = l.out.writeTo(l.rw)
		_ = l.raw.Close()
	}()
	for {
		n, err := l.in.next()
		if err != nil {
			break
		}
		c.s.receiveForwarded(n)
	}
	c.s.mu.Lock()
	c.up = false
	c.s.mu.Unlock()
	l.close()
	<-written
}

// WaitAttached returns once the component is connected to its XMPP server.
func (s *Server) WaitAttached(ctx context.Context) error {
	if s.component == nil {
		return errors.New("pbx: not a component: clients connect to Addr")
	}
	return s.await(ctx, "the XMPP server at "+s.component.addr, func() bool { return s.component.up })
}

// useLink makes every session send through l, and pings all sessions to find those that ended meanwhile.
func (c *component) useLink(l *componentLink) bool {
	c.mu.Lock()
	c.link = l
	c.mu.Unlock()
	if c.s.lock() != nil {
		return false
	}
	defer c.s.unlockAndAnnounce()
	c.up = true
	c.s.notifyWaiters()
	for _, ss := range c.s.sessions {
		ss.out = l.out
		c.s.ping(ss)
	}
	return true
}

func (l *componentLink) close() {
	l.once.Do(func() {
		_ = l.raw.SetDeadline(time.Now().Add(flushTimeout))
		close(l.gone)
		l.out.put([]byte("</stream:stream>"))
		l.out.close()
	})
}

func (c *component) stop() {
	c.cancel()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link != nil {
		c.link.close()
	}
}

func (c *component) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link == nil {
		return
	}
	if t, ok := c.link.raw.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	c.link.out.fail(errDropped)
	_ = c.link.raw.Close()
}

// receiveForwarded receives a stanza that the XMPP server forwards to the component.
func (s *Server) receiveForwarded(n *node) {
	if s.lock() != nil {
		return
	}
	defer s.unlockAndAnnounce()
	from, kind := n.get("from"), n.get("type")
	ss := s.sessionAt(from)
	switch {
	case n.name.Local != "iq":
		if ss != nil && (kind == "error" || n.name.Local == "presence" && kind == "unavailable") {
			s.remove(ss) // it ended, or a stanza to it was bounced
		}
	case kind == "result" || kind == "error":
		if ss != nil {
			s.receivePong(ss, n)
		}
	default:
		s.forwardedRequest(ss, n, from)
	}
}

func (s *Server) forwardedRequest(ss *session, n *node, from string) {
	node, rest, _ := strings.Cut(from, "@")
	host, resource, _ := strings.Cut(rest, "/")
	u := s.users[node]
	if ss == nil {
		s.component.mu.Lock()
		out := s.component.link.out
		s.component.mu.Unlock()
		ss = &session{s: s, user: u, jid: from, out: out}
	}
	command := n.child(nsCmd, "cmd")
	switch {
	case len(n.kids) != 1 || command == nil:
		if len(n.kids) == 1 && n.kids[0].name.Space != nsRoster {
			s.replyStandard(ss, n.get("id"), n.get("type"), n.kids[0])
			return
		}
		ss.send(ss.errorReply(n.get("id"), "cancel", "service-unavailable"))
	case u == nil || u.Disabled || resource == "" || !strings.EqualFold(host, s.cfg.Domain):
		ss.send(ss.errorReply(n.get("id"), "auth", "forbidden"))
	default:
		if s.sessionAt(from) == nil {
			s.sessions = append(s.sessions, ss)
		}
		s.receiveCommand(ss, n, command)
	}
}

func (s *Server) sessionAt(jid string) *session {
	for _, ss := range s.sessions {
		if ss.jid == jid {
			return ss
		}
	}
	return nil
}
