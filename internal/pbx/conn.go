package pbx

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

var errDropped = errors.New("pbx: link dropped on demand")

const (
	loginTimeout = 60 * time.Second // from connect to bind
	flushTimeout = time.Second      // for the last bytes of a connection that is being closed
)

// conn is one client's TCP connection.
type conn struct {
	s         *Server
	raw       net.Conn
	rw        net.Conn // raw through freezeGate, later TLS over that
	br        *bufio.Reader
	in        *streamReader
	out       *outbox
	left      chan struct{}
	closeOnce sync.Once  // close
	leaveOnce sync.Once  // gone
	writeLock sync.Mutex // negotiation writes directly, later everything goes through out
	bound     bool
	closing   bool
	session   *session
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{s: s, raw: nc, out: newOutbox(func() { _ = nc.Close() }), left: make(chan struct{})}
	c.useTransport(&gatedConn{Conn: nc, gate: s.freezeGate, gone: c.left})
	return c
}

func (c *conn) useTransport(rw net.Conn) {
	c.writeLock.Lock() // endStream may write from another goroutine
	c.rw, c.br = rw, bufio.NewReaderSize(rw, 16<<10)
	c.writeLock.Unlock()
	c.restartReader()
}

func (c *conn) restartReader() { c.in = newStreamReader(c.br, c.s.cfg.MaxStanza) }

// serve serves the connection from its first byte to its end.
func (c *conn) serve() {
	defer c.close()
	_ = c.raw.SetDeadline(time.Now().Add(loginTimeout))
	if err := c.negotiate(); err != nil {
		c.s.log.Debug("login ended", "remote", c.raw.RemoteAddr(), "reason", err)
		c.endWithReason(err)
		return
	}
	_ = c.raw.SetDeadline(time.Time{})
	c.endWithReason(c.readStanzas())
}

func (c *conn) readStanzas() error {
	for {
		n, err := c.in.next()
		if err != nil {
			return err
		}
		c.s.receive(c.session, n)
	}
}

// endWithReason ends the stream, with a stream error if the client caused the end.
func (c *conn) endWithReason(err error) {
	var se streamError
	switch {
	case errors.Is(err, errStreamClosed):
		c.endStream("")
	case errors.As(err, &se):
		c.endStream(string(se))
	case errors.Is(err, errStanzaSize):
		c.endStream("policy-violation")
	case errors.Is(err, errRestricted):
		c.endStream("restricted-xml")
	case isSyntaxError(err):
		c.endStream("not-well-formed")
	}
}

// endStream ends the stream, with a stream error if there is a condition, and closes the connection.
func (c *conn) endStream(condition string) {
	text := "</stream:stream>"
	if condition != "" {
		text = `<stream:error><` + condition + ` xmlns="` + nsStreams + `"/></stream:error>` + text
	}
	c.writeLock.Lock()
	if c.closing {
		c.writeLock.Unlock()
		return
	}
	c.closing = true
	_ = c.raw.SetWriteDeadline(time.Now().Add(flushTimeout))
	if c.bound {
		c.out.put([]byte(text))
		c.out.close()
	} else {
		_, _ = c.rw.Write([]byte(text))
	}
	bound := c.bound
	c.writeLock.Unlock()
	if bound {
		_ = c.raw.SetReadDeadline(time.Now().Add(flushTimeout)) // the writer finishes before serve ends
		return
	}
	c.markLeft()
	_ = c.raw.Close() // serve notices and closes the rest
}

func (c *conn) close() {
	c.closeOnce.Do(func() {
		_ = c.raw.SetWriteDeadline(time.Now().Add(flushTimeout))
		c.markLeft()
		c.out.close()
		c.s.mu.Lock()
		delete(c.s.conns, c)
		c.s.mu.Unlock()
		if c.session != nil {
			c.s.removeSession(c.session)
		}
		if !c.bound {
			_ = c.raw.Close()
		}
	})
}

// markLeft ends reads and writes of this connection that wait at the freezeGate.
func (c *conn) markLeft() { c.leaveOnce.Do(func() { close(c.left) }) }

// writeLoop writes the outbox of a bound connection, and closes the socket at the end.
func (c *conn) writeLoop() {
	_ = c.out.writeTo(c.rw)
	if t, ok := c.rw.(*tls.Conn); ok {
		_ = t.SetWriteDeadline(time.Now().Add(flushTimeout))
		_ = t.CloseWrite()
	}
	_ = c.raw.Close()
}

// reset closes the connection with a TCP RST, so that the client loses what it has not read yet.
func (c *conn) reset() {
	if t, ok := c.raw.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.raw.Close() // before all else, so that no other goroutine closes TLS properly first
	c.out.fail(errDropped)
	c.markLeft()
}

// writeDirect writes to the connection during negotiation, before the outbox is used.
func (c *conn) writeDirect(text string) error {
	c.writeLock.Lock()
	defer c.writeLock.Unlock()
	if c.closing {
		return net.ErrClosed
	}
	_, err := c.rw.Write([]byte(text))
	return err
}

// gatedConn stops reading and writing while the server is frozen.
type gatedConn struct {
	net.Conn
	gate *freezeGate
	gone <-chan struct{}
}

func (g *gatedConn) Read(p []byte) (int, error) {
	g.gate.waitWhileFrozen(g.gone)
	n, err := g.Conn.Read(p)
	g.gate.waitWhileFrozen(g.gone) // a read that began before Freeze must not return during it
	return n, err
}

func (g *gatedConn) Write(p []byte) (int, error) {
	g.gate.waitWhileFrozen(g.gone)
	return g.Conn.Write(p)
}
