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
	loginTime = 60 * time.Second // from connect to bind
	flushTime = time.Second      // for the last words of a closing connection
)

// conn is one client's TCP connection.
type conn struct {
	s       *Server
	raw     net.Conn
	rw      net.Conn // raw behind the gate, then TLS over it
	br      *bufio.Reader
	in      *streamReader
	out     *outbox
	gone    chan struct{}
	once    sync.Once  // close
	leaving sync.Once  // gone
	write   sync.Mutex // negotiation writes directly, later everything goes through out
	bound   bool
	closing bool
	session *session
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{s: s, raw: nc, out: newOutbox(func() { _ = nc.Close() }), gone: make(chan struct{})}
	c.use(&gatedConn{Conn: nc, gate: s.gate, gone: c.gone})
	return c
}

func (c *conn) use(rw net.Conn) {
	c.write.Lock() // end may write from elsewhere
	c.rw, c.br = rw, bufio.NewReaderSize(rw, 16<<10)
	c.write.Unlock()
	c.restart()
}

func (c *conn) restart() { c.in = newStreamReader(c.br, c.s.cfg.MaxStanza) }

// serve runs the connection from first byte to last.
func (c *conn) serve() {
	defer c.close()
	_ = c.raw.SetDeadline(time.Now().Add(loginTime))
	if err := c.negotiate(); err != nil {
		c.s.log.Debug("login ended", "remote", c.raw.RemoteAddr(), "reason", err)
		c.complain(err)
		return
	}
	_ = c.raw.SetDeadline(time.Time{})
	c.complain(c.stanzas())
}

func (c *conn) stanzas() error {
	for {
		n, err := c.in.next()
		if err != nil {
			return err
		}
		c.s.receive(c.session, n)
	}
}

// complain tells the client why its stream ends, when it is its fault.
func (c *conn) complain(err error) {
	var se streamError
	switch {
	case errors.Is(err, errStreamClosed):
		c.end("")
	case errors.As(err, &se):
		c.end(string(se))
	case errors.Is(err, errStanzaSize):
		c.end("policy-violation")
	case errors.Is(err, errRestricted):
		c.end("restricted-xml")
	case isSyntax(err):
		c.end("not-well-formed")
	}
}

// end says goodbye, with a stream error if condition is given, and closes.
func (c *conn) end(condition string) {
	text := "</stream:stream>"
	if condition != "" {
		text = `<stream:error><` + condition + ` xmlns="` + nsStreams + `"/></stream:error>` + text
	}
	c.write.Lock()
	if c.closing {
		c.write.Unlock()
		return
	}
	c.closing = true
	_ = c.raw.SetWriteDeadline(time.Now().Add(flushTime))
	if c.bound {
		c.out.put([]byte(text))
		c.out.close()
	} else {
		_, _ = c.rw.Write([]byte(text))
	}
	bound := c.bound
	c.write.Unlock()
	if bound {
		_ = c.raw.SetReadDeadline(time.Now().Add(flushTime)) // lets the writer finish first
		return
	}
	c.abandon()
	_ = c.raw.Close() // serve notices and closes the rest
}

func (c *conn) close() {
	c.once.Do(func() {
		_ = c.raw.SetWriteDeadline(time.Now().Add(flushTime))
		c.abandon()
		c.out.close()
		c.s.mu.Lock()
		delete(c.s.conns, c)
		c.s.mu.Unlock()
		if c.session != nil {
			c.s.forget(c.session)
		}
		if !c.bound {
			_ = c.raw.Close()
		}
	})
}

// abandon lets nobody wait at the gate for this connection any more.
func (c *conn) abandon() { c.leaving.Do(func() { close(c.gone) }) }

// pump is the writer of a bound connection; it closes the socket at the end.
func (c *conn) pump() {
	_ = c.out.drain(c.rw)
	if t, ok := c.rw.(*tls.Conn); ok {
		_ = t.SetWriteDeadline(time.Now().Add(flushTime))
		_ = t.CloseWrite()
	}
	_ = c.raw.Close()
}

// reset closes with a TCP RST: what the client has not read yet is lost.
func (c *conn) reset() {
	if t, ok := c.raw.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.raw.Close() // first of all: whoever else ends now would say goodbye in TLS
	c.out.fail(errDropped)
	c.abandon()
}

// say writes during negotiation.
func (c *conn) say(text string) error {
	c.write.Lock()
	defer c.write.Unlock()
	if c.closing {
		return net.ErrClosed
	}
	_, err := c.rw.Write([]byte(text))
	return err
}

// gatedConn stops reading and writing while the server is frozen.
type gatedConn struct {
	net.Conn
	gate *gate
	gone <-chan struct{}
}

func (g *gatedConn) Read(p []byte) (int, error) {
	g.gate.wait(g.gone)
	n, err := g.Conn.Read(p)
	g.gate.wait(g.gone) // a read begun before the freeze must not deliver during it
	return n, err
}

func (g *gatedConn) Write(p []byte) (int, error) {
	g.gate.wait(g.gone)
	return g.Conn.Write(p)
}
