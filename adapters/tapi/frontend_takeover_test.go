package tapi

import (
	"context"
	"log/slog"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/provider"
	"offhook/adapters/tapi/wire"
	"offhook/engine"
	"offhook/engine/live"
)

// office serves connections in a bubble of fake time.
type office struct {
	t   *testing.T
	f   *Frontend
	ctx context.Context
}

func inOffice(t *testing.T, play func(o *office)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		o := &office{t, NewFrontend(FrontendConfig{Journal: "j1", Log: slog.New(slog.DiscardHandler)}), ctx}
		o.f.ready = make(chan struct{})
		changes := make(feed)
		go o.f.follow(ctx, changes)
		changes <- live.Batch{Snapshot: &engine.Snapshot{Pos: engine.Position{Seq: 1}, Lines: []engine.LineView{tapitest.Ida}}}
		play(o)
		cancel()
	})
}

// visitor is a DLL of which the test sees what it is sent first.
type visitor struct {
	conn  net.Conn
	first wire.Body
	ended chan error
}

// visit connects, says hello, and goes on taking whatever comes.
func (o *office) visit(process uint32) *visitor {
	ours, theirs := net.Pipe()
	v := &visitor{conn: ours, ended: make(chan error, 1)}
	ctx, cancel := context.WithCancel(o.ctx)
	context.AfterFunc(ctx, func() { theirs.Close(); ours.Close() })
	go func() {
		defer cancel()
		v.ended <- o.f.serve(ctx, theirs, provider.Config{Offers: tapitest.AllActions})
	}()
	first := make(chan wire.Body)
	go func() {
		frame, err := wire.ReadFrame(ours)
		if err != nil {
			close(first)
			return
		}
		b, _ := frame.Decode()
		first <- b
		for err == nil {
			_, err = wire.ReadFrame(ours)
		}
	}()
	v.send(o.t, &wire.Hello{WireLow: 1, WireHigh: 1, Process: process})
	v.first = <-first
	return v
}

func (v *visitor) send(t *testing.T, b wire.Body) {
	f, err := wire.NewFrame(0, b)
	require.NoError(t, err)
	require.NoError(t, wire.WriteFrame(v.conn, f))
}

func TestAProcessReplacesItself(t *testing.T) {
	inOffice(t, func(o *office) {
		old := o.visit(7)
		require.IsType(t, &wire.Welcome{}, old.first)
		again := o.visit(7)
		require.IsType(t, &wire.Welcome{}, again.first)
		require.Error(t, <-old.ended)
		require.Same(t, again.welcomed(o), o.f.session)
	})
}

// welcomed is the session there is; it proves that the visitor's is the one by a request.
func (v *visitor) welcomed(o *office) *session {
	v.send(o.t, &wire.Heartbeat{})
	synctest.Wait()
	require.Zero(o.t, o.f.session.silence())
	return o.f.session
}

// TestADeadConnectionGivesWay has a DLL that ended without a word: its successor is served before the heartbeat's limit.
func TestADeadConnectionGivesWay(t *testing.T) {
	inOffice(t, func(o *office) {
		old := o.visit(7)
		time.Sleep(time.Second)
		began := time.Now()
		tries := 0
		var next *visitor
		for {
			tries++
			if next = o.visit(8); next.first.Kind() == wire.KindWelcome {
				break
			}
			require.Equal(t, wire.CodeTaken, next.first.(*wire.Error).Code)
			time.Sleep(time.Second)
		}
		require.Greater(t, tries, 1)
		require.LessOrEqual(t, time.Since(began), 15*time.Second)
		require.Error(t, <-old.ended)
		require.Same(t, next.welcomed(o), o.f.session)
	})
}

// TestOneMissedHeartbeatIsNoDeath: a connection gives way when it is silent for more than one and a half heartbeats.
func TestOneMissedHeartbeatIsNoDeath(t *testing.T) {
	inOffice(t, func(o *office) {
		old := o.visit(7)
		beat := o.f.cfg.Heartbeat
		time.Sleep(beat + beat/2)
		second := o.visit(8).first
		require.Equal(t, wire.KindError, second.Kind())
		require.Equal(t, wire.CodeTaken, second.(*wire.Error).Code)
		require.Empty(t, old.ended)
		time.Sleep(time.Millisecond)
		require.IsType(t, &wire.Welcome{}, o.visit(8).first)
		require.Error(t, <-old.ended)
	})
}

func TestALivingConnectionStays(t *testing.T) {
	inOffice(t, func(o *office) {
		old := o.visit(7)
		for range 12 {
			time.Sleep(o.f.cfg.Heartbeat)
			require.Equal(t, wire.CodeTaken, o.visit(8).first.(*wire.Error).Code)
			old.send(t, &wire.Heartbeat{})
			synctest.Wait()
		}
		require.Empty(t, old.ended)
		require.Same(t, old.welcomed(o), o.f.session)
	})
}

// TestTooManyConnections opens more than are served; the ones before them live on.
func TestTooManyConnections(t *testing.T) {
	d := newDaemon(t)
	first := d.connect(&wire.Hello{})
	require.IsType(t, &wire.Welcome{}, first.next())
	for range maxConnections + 10 { // they say nothing
		conn, err := net.Dial("unix", d.path)
		require.NoError(t, err)
		t.Cleanup(func() { conn.Close() })
	}
	require.EqualValues(t, 1, first.call(&wire.Request{Function: wire.FuncProviderEnumDevices}).Values[0])
	conn, err := net.Dial("unix", d.path)
	require.NoError(t, err)
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, err = conn.Read(make([]byte, 1))
	require.Error(t, err, "refused without a word")
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
}

func TestGrantsAreCheckedAndWritten(t *testing.T) {
	for _, good := range []string{`OFFICE\TS01$`, "TS01$", "S-1-5-21-1-2-3-1104"} {
		require.NoError(t, CheckGrant([]string{good}), good)
	}
	for _, bad := range []string{"", "anna", `OFFICE\anna`, "$", "S-1-1-0", "S-1-5-11", "S-1-5-32-545", "S-1-5-21-1-2-3-513", "S-1-5-21-1-2-3-515",
		"S-1-5-21-1-2-3", "S-1-5-21-1-2-3-4)(A;;GA;;;WD", "T S$", "TS01$\n", "*$", `A\B\C$`} {
		require.ErrorIs(t, CheckGrant([]string{bad}), ErrGrant, bad)
	}
	require.ErrorIs(t, CheckGrant(make([]string, MaxGrant+1)), ErrGrant)

	require.Equal(t, "O:S-1-5-80-1D:P(D;;GA;;;NU)(D;;GA;;;AN)(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;S-1-5-80-1)(A;;0x12019b;;;NS)",
		pipeSecurity("S-1-5-80-1", "S-1-5-80-1", nil), "alone")
	require.Equal(t, "D:P(D;;GA;;;AN)(A;;GA;;;SY)(A;;GA;;;S-1-5-21-9)(A;;0x12019b;;;NS)(A;;0x12019b;;;S-1-5-21-1-2-3-1104)",
		pipeSecurity("", "S-1-5-21-9", []string{"S-1-5-21-1-2-3-1104"}), "with a machine of the network: no administrators")
}
