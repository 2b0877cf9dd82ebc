package xmpp

import (
	"bytes"
	"context"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// pair is a TCP connection on loopback.
func pair(t testing.TB) (client, far net.Conn) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	client, err = net.Dial("tcp", ln.Addr().String())
	require.NoError(t, err)
	far, err = ln.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { client.Close(); far.Close() })
	return client, far
}

func relayed(t *testing.T) (r *relay, near, server net.Conn) {
	ours, server := pair(t)
	r, err := startRelay(ours, 2*time.Second)
	require.NoError(t, err)
	near, err = net.Dial("tcp", r.address())
	require.NoError(t, err)
	t.Cleanup(func() { near.Close(); r.abortAndWait(errPeerClosed) })
	for _, c := range []net.Conn{near, server} {
		c.SetDeadline(time.Now().Add(5 * time.Second))
	}
	return r, near, server
}

func TestRelayCopiesAndPassesTheEnd(t *testing.T) {
	r, near, server := relayed(t)
	_, err := near.Write([]byte("there"))
	require.NoError(t, err)
	buf := make([]byte, 5)
	_, err = io.ReadFull(server, buf)
	require.NoError(t, err)
	_, err = net.Dial("tcp", r.address())
	require.Error(t, err, "one connection only")
	server.Write([]byte("back"))
	server.Close()
	got, err := io.ReadAll(near)
	require.NoError(t, err)
	require.Equal(t, "back", string(got))
	require.ErrorIs(t, r.cause(), errPeerClosed)
}

func TestRelayPassesAReset(t *testing.T) {
	r, near, server := relayed(t)
	near.Write([]byte("x"))
	io.ReadFull(server, make([]byte, 1))
	closeWithReset(server)
	_, err := near.Read(make([]byte, 1))
	require.Error(t, err)
	require.NotErrorIs(t, err, io.EOF)
	require.Equal(t, CodeReset, reasonOf(r.cause()).Code)
}

func TestRelayKillUnblocks(t *testing.T) {
	r, near, _ := relayed(t)
	wrote := make(chan error, 1)
	go func() {
		_, err := near.Write(make([]byte, 64<<20)) // more than any buffer, and no reader
		wrote <- err
	}()
	r.abort(errNegotiationTimeout)
	select {
	case err := <-wrote:
		require.Error(t, err)
	case <-time.After(4 * time.Second):
		t.Fatal("write is still blocked")
	}
	r.abortAndWait(errPeerClosed)
	require.ErrorIs(t, r.cause(), errNegotiationTimeout)
}

func TestRelayWithoutTaker(t *testing.T) {
	ours, server := pair(t)
	r, err := startRelay(ours, 20*time.Millisecond)
	require.NoError(t, err)
	server.SetDeadline(time.Now().Add(5 * time.Second))
	_, err = server.Read(make([]byte, 1))
	require.Error(t, err, "the connection to the server is given up")
	r.abortAndWait(errPeerClosed)
}

// A consumer that stands still stops the server's writing long before memory fills, and everything
// arrives in the end.
func TestBackpressure(t *testing.T) {
	const n, size = 400, 100 << 10 // 40 MB
	body := strings.Repeat("y", size)
	progress := make(chan int, n)
	srv := newServer(t, func(p *peer) {
		p.login()
		for i := range n {
			p.send("<message>" + body + "</message>")
			progress <- i
		}
		p.answer()
	})
	gate, count := make(chan struct{}), 0
	all := make(chan struct{})
	sink := &funcSink{stanza: func([]byte) {
		if count == 0 {
			<-gate
		}
		if count++; count == n {
			close(all)
		}
	}}
	start(t, srv.config(), sink)
	written := 0
	for quiet := false; !quiet; {
		select {
		case <-progress:
			written++
		case <-time.After(500 * time.Millisecond):
			quiet = true
		}
	}
	require.Less(t, written, n, "the server is held up")
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	require.Less(t, m.HeapAlloc, uint64(16<<20))
	close(gate)
	select {
	case <-all:
	case <-time.After(10 * time.Second):
		t.Fatal("not everything arrived")
	}
}

// No goroutine stays behind, whatever ends an attempt.
func TestNothingIsLeftRunning(t *testing.T) {
	srv := newServer(t, func(p *peer) {
		if p.n%2 == 0 {
			p.secure()
			return
		}
		p.login()
		p.answer()
	})
	cfg := srv.config()
	before := runtime.NumGoroutine()
	for range 6 {
		Probe(context.Background(), cfg)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	silent := newServer(t, func(p *peer) { p.until("never") })
	Probe(ctx, silent.config())
	silent.close()
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, 5*time.Second, 10*time.Millisecond) // one more is Eventually itself
}

// BenchmarkSession is the whole way: TLS, relay, splitter, sink.
func BenchmarkSession(b *testing.B) {
	burst := bytes.Repeat([]byte(ringing), 1000)
	more := make(chan struct{})
	srv := newServer(b, func(p *peer) {
		p.login()
		p.conn.SetDeadline(time.Now().Add(time.Minute))
		for range more {
			p.conn.Write(burst)
		}
	})
	got, n := make(chan struct{}), 0
	up := make(chan struct{})
	sink := &benchSink{funcSink{stanza: func([]byte) {
		if n++; n%1000 == 0 {
			got <- struct{}{}
		}
	}}, up}
	start(b, srv.config(), sink)
	<-up
	b.SetBytes(int64(len(ringing)))
	b.ReportAllocs()
	b.ResetTimer()
	rounds := b.N/1000 + 1
	go func() {
		for range rounds {
			more <- struct{}{}
		}
	}()
	for range rounds {
		<-got
	}
	b.ReportMetric(float64(rounds*1000)/b.Elapsed().Seconds(), "stanzas/s")
	b.StopTimer()
	close(more)
}

type benchSink struct {
	funcSink
	up chan struct{}
}

func (s *benchSink) Up(Info, time.Time) { close(s.up) }
