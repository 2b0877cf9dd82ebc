package xmpp

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// relay is a loopback connection in front of the real one. The library dials by itself and never
// shows its connection, so it could be given neither a deadline nor a way to be stopped without a
// data race. It therefore dials a listener of ours that takes exactly one connection; we own the
// connection to the server and copy bytes in between (on Linux the kernel does). TLS stays end to
// end: the relay sees nothing that the network does not see. A stranger on this machine who is
// faster at connecting gains a TCP connection it could have made itself and costs us one attempt.
type relay struct {
	far  net.Conn // to the server
	near net.Conn // to the library, nil until it has dialled
	ln   net.Listener

	mu   sync.Mutex
	ours bool  // our side closed first
	why  error // the first thing that ended it
	done sync.WaitGroup
}

var errPeerClosed = errors.New("the server closed the connection")

// startRelay listens on loopback and serves one connection; far is owned by the relay from here on.
func startRelay(far net.Conn, patience time.Duration) (*relay, error) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		ln, err = net.Listen("tcp6", "[::1]:0")
	}
	if err != nil {
		far.Close()
		return nil, err
	}
	r := &relay{far: far, ln: ln}
	ln.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
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
		r.kill(err)
		return
	}
	r.mu.Lock()
	r.near = near
	ended := r.why != nil
	r.mu.Unlock()
	if ended {
		reset(near)
		return
	}
	r.done.Add(1)
	go r.outward()
	r.inward()
}

// inward copies from the server. Its end is passed on as it came: an orderly close as one, a reset
// as one.
func (r *relay) inward() {
	_, err := io.Copy(r.near, r.far)
	if err != nil {
		r.kill(err)
		return
	}
	r.note(errPeerClosed)
	r.near.(*net.TCPConn).CloseWrite()
}

// outward copies to the server.
func (r *relay) outward() {
	defer r.done.Done()
	if _, err := io.Copy(r.far, r.near); err != nil {
		r.kill(err)
		return
	}
	r.mu.Lock()
	r.ours = true
	r.mu.Unlock()
	if tcp, ok := r.far.(*net.TCPConn); ok {
		tcp.CloseWrite()
	}
}

// note keeps the first reason. That the server closes after our side did is none.
func (r *relay) note(why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.why == nil && !(r.ours && why == errPeerClosed) {
		r.why = why
	}
}

// cause is what ended the connection, nil while it lives.
func (r *relay) cause() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.why
}

// kill ends everything at once from any goroutine: blocked reads and writes of the library return.
func (r *relay) kill(why error) {
	r.note(why)
	r.mu.Lock()
	near := r.near
	r.mu.Unlock()
	r.ln.Close()
	r.far.Close()
	if near != nil {
		reset(near)
	}
}

// stop kills and waits for the copying to end.
func (r *relay) stop(why error) {
	r.kill(why)
	r.done.Wait()
}

// reset closes without waiting for unsent bytes.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}

// dialFar connects to the first target that answers.
func dialFar(ctx context.Context, targets []string) (net.Conn, error) {
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
