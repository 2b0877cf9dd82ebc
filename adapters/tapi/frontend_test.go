package tapi

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/provider"
	"offhook/adapters/tapi/spec"
	"offhook/adapters/tapi/wire"
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

func (a asks) Ask(_ context.Context, q live.Request) (uint32, error) {
	const other = 1000 // the engine's numbers are not the frontend's own
	id := q.Ref + other
	a <- events.RequestFacts{ID: id, Kind: q.Kind, Line: q.Line, Call: q.Call, Other: q.Other, Number: q.Number,
		Asker: events.Asker{Frontend: "tapi", Principal: q.Principal, Ref: q.Ref}}
	return id, nil
}

// dll is the other end of the frames.
type dll struct {
	t    *testing.T
	conn net.Conn
	id   uint32
}

func (d *dll) send(b wire.Body) {
	d.id++
	f, err := wire.NewFrame(d.id, b)
	require.NoError(d.t, err)
	d.conn.SetDeadline(time.Now().Add(5 * time.Second))
	require.NoError(d.t, wire.WriteFrame(d.conn, f))
}

func (d *dll) next() wire.Body {
	d.conn.SetDeadline(time.Now().Add(5 * time.Second))
	f, err := wire.ReadFrame(d.conn)
	require.NoError(d.t, err)
	b, err := f.Decode()
	require.NoError(d.t, err)
	return b
}

func (d *dll) call(r *wire.Request) *wire.Reply {
	d.t.Helper()
	d.send(r)
	reply, ok := d.next().(*wire.Reply)
	require.True(d.t, ok)
	require.Equal(d.t, r.Function, reply.Function)
	return reply
}

func (d *dll) hear(m spec.Message) *wire.Notification {
	d.t.Helper()
	n, ok := d.next().(*wire.Notification)
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
	d.f = NewFrontend(FrontendConfig{Address: d.path, Journal: "j1", Provider: provider.Config{Offers: tapitest.AllActions, Source: "pbx"}})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.f.run(ctx, d.feed, d.asks) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-ended) })
	d.feed <- live.Batch{Snapshot: &engine.Snapshot{Pos: engine.Position{Seq: 1}, Lines: []engine.LineView{tapitest.Ida}}}
	d.seq = 1
	return d
}

func (d *daemon) say(cs ...engine.Change) {
	d.seq++
	var b live.Batch
	for i, c := range cs {
		l := tapitest.Ida
		c.Pos, c.At, c.Line = engine.Position{Seq: d.seq, Index: uint32(i)}, events.Millis(d.seq*1000), &l
		b.Changes = append(b.Changes, &c)
	}
	d.feed <- b
}

func (d *daemon) connect(h *wire.Hello) *dll {
	conn, err := net.Dial("unix", d.path)
	require.NoError(d.t, err)
	d.t.Cleanup(func() { conn.Close() })
	c := &dll{t: d.t, conn: conn}
	h.WireLow, h.WireHigh = 1, 1
	c.send(h)
	return c
}

func moved(to engine.State, set func(*engine.CallView)) engine.Change {
	v := &engine.CallView{Line: "ilund", Number: 1, State: to, Reason: events.ReasonDirect, Actions: tapitest.AllActions}
	set(v)
	return engine.Change{Kind: engine.CallMoved, Call: v, To: to}
}

func TestFramesServeAWholeCall(t *testing.T) {
	d := newDaemon(t)
	c := d.connect(&wire.Hello{})
	w := c.next().(*wire.Welcome)
	require.Equal(t, wire.Welcome{Wire: 1, Heartbeat: 10000, Journal: "j1", Position: wire.Position{Seq: 1}}, *w)
	info, err := os.Stat(d.path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.EqualValues(t, spec.Version31, c.call(&wire.Request{Function: wire.FuncLineNegotiateTSPIVersion, DeviceID: provider.InitializeNegotiation, Values: [4]uint32{uint32(spec.Version13), uint32(spec.Version31)}}).Values[0])
	require.EqualValues(t, 1, c.call(&wire.Request{Function: wire.FuncProviderEnumDevices}).Values[0])
	require.Equal(t, spec.LineErrNone, c.call(&wire.Request{Function: wire.FuncProviderInit, Values: [4]uint32{uint32(spec.Version31), 1, 7, 1}}).Result)
	require.Len(t, c.call(&wire.Request{Function: wire.FuncLineGetDevCaps, DeviceID: 7, Values: [4]uint32{uint32(spec.Version31)}}).Images, 1)
	require.Equal(t, spec.LineErrIncompatibleAPIVersion, c.call(&wire.Request{Function: wire.FuncLineGetDevCaps, DeviceID: 7}).Result)
	line := c.call(&wire.Request{Function: wire.FuncLineOpen, DeviceID: 7, Values: [4]uint32{uint32(spec.Version31)}}).Values[0]

	made := c.call(&wire.Request{Function: wire.FuncLineMakeCall, RequestID: 5, Line: line, Text: spec.NewWide("030 1234")})
	require.Equal(t, spec.LineErrNone, made.Result)
	q := <-d.asks
	require.Equal(t, "0301234", q.Number)
	q.Call = 1
	d.say(engine.Change{Kind: engine.RequestAccepted, Request: q})
	d.say(engine.Change{Kind: engine.RequestEnded, Finished: events.FinishedFacts{ID: q.ID, Kind: q.Kind, Line: q.Line, Call: 1}})
	done := c.next().(*wire.Completion)
	require.Equal(t, made.Values[0], done.Call)
	require.Len(t, done.Images, 2)
	d.say(moved(engine.Dialing, tapitest.Outbound))
	n := c.hear(spec.MessageCallState)
	require.Equal(t, []uint64{uint64(spec.CallStateDialTone), 1, 4}, []uint64{n.P1, n.P2, n.P3})
	require.Equal(t, []uint32{line, made.Values[0]}, []uint32{n.Line, n.Call})
	require.True(t, done.Position.Before(n.Position))
	require.True(t, n.Position.Before(c.hear(spec.MessageAddressState).Position))

	require.Equal(t, spec.LineErrNone, c.call(&wire.Request{Function: wire.FuncLineDrop, RequestID: 6, Call: n.Call}).Result)
	c.send(&wire.Request{Function: wire.FuncLineCloseCall, Call: n.Call})
	aborted := c.next().(*wire.Completion)
	require.Equal(t, []any{uint32(6), spec.LineErrOperationFailed}, []any{aborted.RequestID, aborted.Result})
	require.Equal(t, spec.LineErrNone, c.next().(*wire.Reply).Result)
	require.Equal(t, spec.LineErrOperationUnavail, c.call(&wire.Request{Function: wire.FuncLineGetIcon, DeviceID: 7}).Result)
}

func TestFramesBridgeAfterABreak(t *testing.T) {
	d := newDaemon(t)
	c := d.connect(&wire.Hello{})
	c.next()
	c.call(&wire.Request{Function: wire.FuncProviderInit, Values: [4]uint32{uint32(spec.Version31), 1, 7, 1}})
	line := c.call(&wire.Request{Function: wire.FuncLineOpen, DeviceID: 7, Values: [4]uint32{uint32(spec.Version31)}}).Values[0]
	d.say(moved(engine.Offering, tapitest.Inbound))
	call := uint32(c.hear(spec.MessageNewCall).P1)
	c.hear(spec.MessageCallState)
	c.hear(spec.MessageLineDevState)
	last := c.hear(spec.MessageAddressState)

	other := d.connect(&wire.Hello{})
	require.Equal(t, wire.CodeTaken, other.next().(*wire.Error).Code)

	d.f.mu.Lock()
	s := d.f.session
	d.f.mu.Unlock()
	c.conn.Close()
	require.Eventually(t, func() bool { d.f.mu.Lock(); defer d.f.mu.Unlock(); return d.f.session != s }, 5*time.Second, time.Millisecond)
	d.say(moved(engine.Idle, tapitest.Inbound))
	c = d.connect(&wire.Hello{Journal: "j1", Delivered: last.Position, Provider: wire.ProviderState{Initialized: true, LineBase: 7, NumLines: 1},
		Lines: []wire.LiveLine{{Line: line, DeviceID: 7, PermanentID: 1, Version: spec.Version31, LineStates: ^spec.LineDevState(0), AddressStates: ^spec.AddressState(0), InService: true}},
		Calls: []wire.LiveCall{{Line: line, Call: call, CallID: 1, State: spec.CallStateOffering, Mode: 1}}})
	require.Equal(t, wire.ResumeBridged, c.next().(*wire.Welcome).Resume)
	for _, state := range []spec.CallState{spec.CallStateDisconnected, spec.CallStateIdle} {
		n := c.hear(spec.MessageCallState)
		require.Equal(t, []uint64{uint64(state), uint64(call), uint64(line)}, []uint64{n.P1, uint64(n.Call), uint64(n.Line)})
		require.True(t, last.Position.Before(n.Position))
		require.True(t, n.Bridging)
	}
	c.hear(spec.MessageAddressState)
}

func TestFramesOfImagesOnly(t *testing.T) {
	d := newDaemon(t)
	c := d.connect(&wire.Hello{})
	c.next()
	c.call(&wire.Request{Function: wire.FuncProviderInit, Values: [4]uint32{uint32(spec.Version31), 1, 7, 1}})
	line := c.call(&wire.Request{Function: wire.FuncLineOpen, DeviceID: 7, Values: [4]uint32{uint32(spec.Version31)}}).Values[0]
	d.say(moved(engine.Offering, tapitest.Inbound))
	call := uint32(c.hear(spec.MessageNewCall).P1)
	for _, m := range []spec.Message{spec.MessageCallState, spec.MessageLineDevState} {
		c.hear(m)
	}
	last := c.hear(spec.MessageAddressState)
	less := moved(engine.Offering, func(v *engine.CallView) { tapitest.Inbound(v); v.Actions = engine.ActDrop })
	less.Kind = engine.ActionsChanged
	d.say(less)
	n := c.hear(provider.MessageImages)
	require.Equal(t, []uint32{line, call}, []uint32{n.Line, n.Call})
	require.Equal(t, []uint64{0, 0, 0}, []uint64{n.P1, n.P2, n.P3})
	require.True(t, last.Position.Before(n.Position))
	require.Len(t, n.Images, 2)
	require.EqualValues(t, spec.StructLineCallStatus, n.Images[0].Struct)
	require.EqualValues(t, spec.StructLineCallInfo, n.Images[1].Struct)
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
		body wire.Body
		code wire.Code
	}{
		{"a request before hello", &wire.Request{Function: wire.FuncLineHold}, wire.CodeOutOfOrder},
		{"another version", &wire.Hello{WireLow: 9, WireHigh: 9}, wire.CodeBadVersion},
	} {
		conn, err := net.Dial("unix", d.path)
		require.NoError(t, err)
		c := &dll{t: t, conn: conn}
		c.send(x.body)
		require.Equal(t, x.code, c.next().(*wire.Error).Code, x.name)
		conn.Close()
	}
	conn, err := net.Dial("unix", d.path)
	require.NoError(t, err)
	conn.Write(make([]byte, 64))
	require.Equal(t, wire.CodeBadFrame, (&dll{t: t, conn: conn}).next().(*wire.Error).Code)
	conn.Close()
	_, err = listen(d.path, access{})
	require.ErrorIs(t, err, ErrAddress, "a second daemon")
}
