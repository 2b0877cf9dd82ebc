package xmpp

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// relay is a loopback connection between the library and the server. The library dials by itself and
// never shows its connection, so nothing can set a deadline on it or stop it without a data race. It
// therefore dials a listener of the relay that takes exactly one connection; the relay owns the
// connection to the server and copies bytes in between (on Linux the kernel does). TLS stays end to
// end: the relay sees nothing that the network does not see. Another program on this machine that
// connects first gains a TCP connection that it could have made itself, and one attempt fails.
type relay struct {
	server  net.Conn // to the server
	library net.Conn // to the library, nil until it has dialled
	ln      net.Listener

	mu            sync.Mutex
	ourSideClosed bool  // our side closed first
	endCause      error // the first thing that ended it
	done          sync.WaitGroup
}

var errPeerClosed = errors.New("the server closed the connection")

// startRelay listens on loopback and serves one connection; far is owned by the relay from here on.
func startRelay(far net.Conn, limit time.Duration) (*relay, error) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		ln, err = net.Listen("tcp6", "[::1]:0")
	}
	if err != nil {
		far.Close()
		return nil, err
	}
	r := &relay{server: far, ln: ln}
	ln.(*net.TCPListener).SetDeadline(time.Now().Add(limit))
	r.done.Add(1)
	go r.serve()
	return r, nil
}

// address is what the library dials.
func (r *relay) address() string { return r.ln.Addr().String() }

func (r *relay) serve() {
	defer r.done.Done()
	near, err := r.ln.Accept()
	r.ln.Close()
	if err != nil {
		r.abort(err)
		return
	}
	r.mu.Lock()
	r.library = near
	ended := r.endCause != nil
	r.mu.Unlock()
	if ended {
		closeWithReset(near)
		return
	}
	r.done.Add(1)
	go r.copyToServer()
	r.copyFromServer()
}

// copyFromServer copies what the server sends to the library, and how the connection ended: an orderly close or a
// reset.
func (r *relay) copyFromServer() {
	_, err := io.Copy(r.library, r.server)
	if err != nil {
		r.abort(err)
		return
	}
	r.setCause(errPeerClosed)
	r.library.(*net.TCPConn).CloseWrite()
}

// copyToServer copies what the library sends to the server.
func (r *relay) copyToServer() {
	defer r.done.Done()
	if _, err := io.Copy(r.server, r.library); err != nil {
		r.abort(err)
		return
	}
	r.mu.Lock()
	r.ourSideClosed = true
	r.mu.Unlock()
	if tcp, ok := r.server.(*net.TCPConn); ok {
		tcp.CloseWrite()
	}
}

// setCause keeps the first cause. A close by the server after ours is no cause.
func (r *relay) setCause(why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.endCause == nil && !(r.ourSideClosed && why == errPeerClosed) {
		r.endCause = why
	}
}

// cause returns what ended the connection; nil while it is open.
func (r *relay) cause() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.endCause
}

// abort breaks both connections at once, from any goroutine: blocked reads and writes of the library return.
func (r *relay) abort(why error) {
	r.setCause(why)
	r.mu.Lock()
	near := r.library
	r.mu.Unlock()
	r.ln.Close()
	r.server.Close()
	if near != nil {
		closeWithReset(near)
	}
}

// abortAndWait kills and waits for the copying to end.
func (r *relay) abortAndWait(why error) {
	r.abort(why)
	r.done.Wait()
}

// closeWithReset closes c without waiting for unsent bytes.
func closeWithReset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}

// dialFirst connects to the first target that answers.
func dialFirst(ctx context.Context, targets []string) (net.Conn, error) {
	var first error
	dialer := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 60 * time.Second, Interval: 15 * time.Second, Count: 4,
	}}
	for _, address := range targets {
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err == nil {
			return conn, nil
		}
		if first == nil {
			first = dialReason(address, err)
		}
	}
	return nil, first
}
