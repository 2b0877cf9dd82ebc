package tapi

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/engine"
	"offhook/engine/live"
	"offhook/events"
)

// feed is a stream of changes under the test's hand.
type feed chan live.Batch

func (f feed) Next(ctx context.Context) (live.Batch, error) {
	select {
	case b, ok := <-f:
		if !ok {
			return live.Batch{}, live.ErrStopped
		}
		return b, nil
	case <-ctx.Done():
		return live.Batch{}, ctx.Err()
	}
}

type asks chan events.RequestFacts

func (a asks) Ask(_ context.Context, q events.RequestFacts) error {
	a <- q
	return nil
}

// dll is the other end of the frames.
type dll struct {
	t    *testing.T
	conn net.Conn
	id   uint32
}

func (d *dll) send(b Body) {
	d.id++
	f, err := NewFrame(d.id, b)
	require.NoError(d.t, err)
	d.conn.SetDeadline(time.Now().Add(5 * time.Second))
	require.NoError(d.t, WriteFrame(d.conn, f))
}

func (d *dll) next() Body {
	d.conn.SetDeadline(time.Now().Add(5 * time.Second))
	f, err := ReadFrame(d.conn)
	require.NoError(d.t, err)
	b, err := f.Decode()
	require.NoError(d.t, err)
	return b
}

func (d *dll) call(r *Request) *Reply {
	d.t.Helper()
	d.send(r)
	reply, ok := d.next().(*Reply)
	require.True(d.t, ok)
	require.Equal(d.t, r.Function, reply.Function)
	return reply
}

func (d *dll) hear(m Message) *Notification {
	d.t.Helper()
	n, ok := d.next().(*Notification)
	require.True(d.t, ok)
	require.Equal(d.t, m, n.Message)
	return n
}

type daemon struct {
	t    *testing.T
	f    *Frontend
	feed feed
	asks asks
	path string
	seq  uint64
}

func newDaemon(t *testing.T) *daemon { return newDaemonAt(t, filepath.Join(t.TempDir(), "s")) }

func newDaemonAt(t *testing.T, path string) *daemon {
	d := &daemon{t: t, feed: make(feed), asks: make(asks, 8), path: path}
	d.f = NewFrontend(FrontendConfig{Address: d.path, Journal: "j1", Provider: ProviderConfig{Offers: allActions, Source: "pbx"}})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.f.run(ctx, d.feed, d.asks) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-ended) })
	d.feed <- live.Batch{Snapshot: &engine.Snapshot{Pos: engine.Position{Seq: 1}, Lines: []engine.LineView{ida}}}
	d.seq = 1
	return d
}

func (d *daemon) say(cs ...engine.Change) {
	d.seq++
	var b live.Batch
	for i, c := range cs {
		l := ida
		c.Pos, c.At, c.Line = engine.Position{Seq: d.seq, Index: uint32(i)}, events.Millis(d.seq*1000), &l
		b.Changes = append(b.Changes, &c)
	}
	d.feed <- b
}

func (d *daemon) connect(h *Hello) *dll {
	conn, err := net.Dial("unix", d.path)
	require.NoError(d.t, err)
	d.t.Cleanup(func() { conn.Close() })
	c := &dll{t: d.t, conn: conn}
	h.WireLow, h.WireHigh = 1, 1
	c.send(h)
	return c
}

func moved(to engine.State, set func(*engine.CallView)) engine.Change {
	v := &engine.CallView{Line: "ilund", Number: 1, State: to, Reason: events.ReasonDirect, Actions: allActions}
	set(v)
	return engine.Change{Kind: engine.CallMoved, Call: v, To: to}
}

func TestFramesServeAWholeCall(t *testing.T) {
	d := newDaemon(t)
	c := d.connect(&Hello{})
	w := c.next().(*Welcome)
	require.Equal(t, Welcome{Wire: 1, Heartbeat: 10000, Journal: "j1", Position: Position{Seq: 1}}, *w)
	info, err := os.Stat(d.path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.EqualValues(t, Version31, c.call(&Request{Function: FuncLineNegotiateTSPIVersion, DeviceID: InitializeNegotiation, Values: [4]uint32{uint32(Version13), uint32(Version31)}}).Values[0])
	require.EqualValues(t, 1, c.call(&Request{Function: FuncProviderEnumDevices}).Values[0])
	require.Equal(t, LineErrNone, c.call(&Request{Function: FuncProviderInit, Values: [4]uint32{uint32(Version31), 1, 7, 1}}).Result)
	require.Len(t, c.call(&Request{Function: FuncLineGetDevCaps, DeviceID: 7, Values: [4]uint32{uint32(Version31)}}).Images, 1)
	require.Equal(t, LineErrIncompatibleAPIVersion, c.call(&Request{Function: FuncLineGetDevCaps, DeviceID: 7}).Result)
	line := c.call(&Request{Function: FuncLineOpen, DeviceID: 7, Values: [4]uint32{uint32(Version31)}}).Values[0]

	made := c.call(&Request{Function: FuncLineMakeCall, RequestID: 5, Line: line, Text: NewWide("030 1234")})
	require.Equal(t, LineErrNone, made.Result)
	q := <-d.asks
	require.Equal(t, "0301234", q.Number)
	q.Call = 1
	d.say(engine.Change{Kind: engine.RequestAccepted, Request: q})
	d.say(engine.Change{Kind: engine.RequestEnded, Finished: events.FinishedFacts{ID: q.ID, Kind: q.Kind, Line: q.Line, Call: 1}})
	done := c.next().(*Completion)
	require.Equal(t, made.Values[0], done.Call)
	require.Len(t, done.Images, 2)
	d.say(moved(engine.Dialing, outbound))
	n := c.hear(MessageCallState)
	require.Equal(t, []uint64{uint64(CallStateDialTone), 1, 4}, []uint64{n.P1, n.P2, n.P3})
	require.Equal(t, []uint32{line, made.Values[0]}, []uint32{n.Line, n.Call})
	require.True(t, done.Position.Before(n.Position))
	require.True(t, n.Position.Before(c.hear(MessageAddressState).Position))

	require.Equal(t, LineErrNone, c.call(&Request{Function: FuncLineDrop, RequestID: 6, Call: n.Call}).Result)
	c.send(&Request{Function: FuncLineCloseCall, Call: n.Call})
	aborted := c.next().(*Completion)
	require.Equal(t, []any{uint32(6), LineErrOperationFailed}, []any{aborted.RequestID, aborted.Result})
	require.Equal(t, LineErrNone, c.next().(*Reply).Result)
	require.Equal(t, LineErrOperationUnavail, c.call(&Request{Function: FuncLineGetIcon, DeviceID: 7}).Result)
}

func TestFramesBridgeAfterABreak(t *testing.T) {
	d := newDaemon(t)
	c := d.connect(&Hello{})
	c.next()
	c.call(&Request{Function: FuncProviderInit, Values: [4]uint32{uint32(Version31), 1, 7, 1}})
	line := c.call(&Request{Function: FuncLineOpen, DeviceID: 7, Values: [4]uint32{uint32(Version31)}}).Values[0]
	d.say(moved(engine.Offering, inbound))
	call := uint32(c.hear(MessageNewCall).P1)
	c.hear(MessageCallState)
	c.hear(MessageLineDevState)
	last := c.hear(MessageAddressState)

	other := d.connect(&Hello{})
	require.Equal(t, WireTaken, other.next().(*WireError).Code)

	d.f.mu.Lock()
	s := d.f.session
	d.f.mu.Unlock()
	c.conn.Close()
	require.Eventually(t, func() bool { d.f.mu.Lock(); defer d.f.mu.Unlock(); return d.f.session != s }, 5*time.Second, time.Millisecond)
	d.say(moved(engine.Idle, inbound))
	c = d.connect(&Hello{Journal: "j1", Delivered: last.Position, Provider: ProviderState{Initialized: true, LineBase: 7, NumLines: 1},
		Lines: []LiveLine{{Line: line, DeviceID: 7, PermanentID: 1, Version: Version31, LineStates: ^LineDevState(0), AddressStates: ^AddressState(0), InService: true}},
		Calls: []LiveCall{{Line: line, Call: call, CallID: 1, State: CallStateOffering, Mode: 1}}})
	require.Equal(t, ResumeBridged, c.next().(*Welcome).Resume)
	for _, state := range []CallState{CallStateDisconnected, CallStateIdle} {
		n := c.hear(MessageCallState)
		require.Equal(t, []uint64{uint64(state), uint64(call), uint64(line)}, []uint64{n.P1, uint64(n.Call), uint64(n.Line)})
		require.True(t, last.Position.Before(n.Position))
		require.True(t, n.Bridging)
	}
	c.hear(MessageAddressState)
}

func TestFramesOfImagesOnly(t *testing.T) {
	d := newDaemon(t)
	c := d.connect(&Hello{})
	c.next()
	c.call(&Request{Function: FuncProviderInit, Values: [4]uint32{uint32(Version31), 1, 7, 1}})
	line := c.call(&Request{Function: FuncLineOpen, DeviceID: 7, Values: [4]uint32{uint32(Version31)}}).Values[0]
	d.say(moved(engine.Offering, inbound))
	call := uint32(c.hear(MessageNewCall).P1)
	for _, m := range []Message{MessageCallState, MessageLineDevState} {
		c.hear(m)
	}
	last := c.hear(MessageAddressState)
	less := moved(engine.Offering, func(v *engine.CallView) { inbound(v); v.Actions = engine.ActDrop })
	less.Kind = engine.ActionsChanged
	d.say(less)
	n := c.hear(MessageImages)
	require.Equal(t, []uint32{line, call}, []uint32{n.Line, n.Call})
	require.Equal(t, []uint64{0, 0, 0}, []uint64{n.P1, n.P2, n.P3})
	require.True(t, last.Position.Before(n.Position))
	require.Len(t, n.Images, 2)
	require.EqualValues(t, StructLineCallStatus, n.Images[0].Struct)
	require.EqualValues(t, StructLineCallInfo, n.Images[1].Struct)
}

func TestFramesOverLoopback(t *testing.T) {
	for _, address := range []string{"tcp:0.0.0.0:0", "tcp::0", "tcp:localhost:0", "tcp:192.0.2.1:7", "tcp:127.0.0.1", "tcp:"} {
		_, err := listen(address, access{})
		require.ErrorIs(t, err, ErrAddress, address)
		require.ErrorContains(t, err, "loopback", address)
	}
	for _, address := range []string{"tcp:127.0.0.1:0", "tcp:[::1]:0"} {
		require.NoError(t, CheckAddress(address))
	}
	l, err := listen("tcp:127.0.0.1:0", access{})
	require.NoError(t, err)
	defer l.Close()
	_, err = listen("tcp:"+l.Addr().String(), access{})
	require.ErrorIs(t, err, ErrAddress, "the port is taken")
}

func TestFramesRefuse(t *testing.T) {
	d := newDaemon(t)
	for _, x := range []struct {
		name string
		body Body
		code WireCode
	}{
		{"a request before hello", &Request{Function: FuncLineHold}, WireOutOfOrder},
		{"another version", &Hello{WireLow: 9, WireHigh: 9}, WireBadVersion},
	} {
		conn, err := net.Dial("unix", d.path)
		require.NoError(t, err)
		c := &dll{t: t, conn: conn}
		c.send(x.body)
		require.Equal(t, x.code, c.next().(*WireError).Code, x.name)
		conn.Close()
	}
	conn, err := net.Dial("unix", d.path)
	require.NoError(t, err)
	conn.Write(make([]byte, 64))
	require.Equal(t, WireBadFrame, (&dll{t: t, conn: conn}).next().(*WireError).Code)
	conn.Close()
	_, err = listen(d.path, access{})
	require.ErrorIs(t, err, ErrAddress, "a second daemon")
}
