package provider

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/adapters/tapi/wire"
	"offhook/engine"
	"offhook/events"
)

func TestCallsThatExistAtOpen(t *testing.T) {
	h := newHost(t, 0)
	h.begin(1, engine.Offering, tapitest.Inbound)
	h.begin(2, engine.Held, tapitest.Outbound)
	h.begin(3, engine.Connected, tapitest.Outbound)
	h.want("")
	line, err := h.p.Open(7, spec.Version21)
	require.Equal(t, spec.LineErrNone, err)
	h.line = line
	h.drain()
	announced := "NEWCALL call=1\nCALLSTATE call=1 OFFERING ACTIVE\nLINEDEVSTATE RINGING mode=1 count=0\nADDRESSSTATE NUMCALLS|INUSEONE\n" +
		"NEWCALL call=2\nCALLSTATE call=2 ONHOLD\nADDRESSSTATE NUMCALLS\nNEWCALL call=3\nCALLSTATE call=3 CONNECTED ACTIVE\nADDRESSSTATE NUMCALLS"
	h.want(announced)
	call := h.handle()
	h.closeCall(call)
	h.go_(3, engine.Held)
	h.want("")
	_, err = h.p.Open(7, spec.Version21)
	require.Equal(t, spec.LineErrAllocated, err, "R-10")
	done, err := h.p.Close(h.line)
	require.Equal(t, spec.LineErrNone, err)
	require.Empty(t, done)
	h.go_(3, engine.Connected)
	h.want("")
	_, err = h.p.Close(h.line)
	require.Equal(t, spec.LineErrInvalLineHandle, err)
	h.line, _ = h.p.Open(7, spec.Version21)
	h.drain()
	h.want(announced)
}

func TestCloseLine(t *testing.T) {
	h := newHost(t, spec.Version31)
	call := h.make(1, 1)
	h.p.Drop(8, call)
	h.p.MakeCall(9, h.line, text("1"), nil)
	done, err := h.p.Close(h.line)
	require.Equal(t, spec.LineErrNone, err)
	require.Len(t, done, 2)
	for i, m := range done {
		require.EqualValues(t, 8+i, m.HostRequest)
		require.Equal(t, spec.LineErrOperationFailed, m.Result)
	}
	h.ok(h.q[1], events.ResultOK)
	h.go_(1, engine.Idle)
	h.want("")
	require.EqualValues(t, spec.LineErrInvalCallHandle, h.p.Drop(3, call))
}

func TestSessionLoss(t *testing.T) {
	h := newHost(t, spec.Version31)
	h.begin(1, engine.Connected, tapitest.Inbound)
	call := h.handle()
	h.said = nil
	h.known.InService = false
	h.send(engine.Change{Kind: engine.LineUpdated})
	h.want("LINEDEVSTATE DISCONNECTED|OUTOFSERVICE")
	d, a, _, _ := h.p.status(h.line)
	require.Zero(t, d.DevStatusFlags)
	require.Zero(t, d.LineFeatures)
	require.Zero(t, a.AddressFeatures)
	_, r := h.p.MakeCall(1, h.line, text("1"), nil)
	require.EqualValues(t, spec.LineErrInvalLineState, r)
	require.EqualValues(t, spec.LineErrInvalLineState, h.p.Hold(1, call))
	h.known.InService = true
	h.send(engine.Change{Kind: engine.LineUpdated})
	h.want("LINEDEVSTATE CONNECTED|INSERVICE")
	d, _, _, _ = h.p.status(h.line)
	require.Equal(t, spec.LineFeatureMakeCall, d.LineFeatures)
}

func TestBeforeTheFirstLogin(t *testing.T) { // the engine keeps it until the session is up
	h := newHost(t, 0)
	h.known.InService = false
	h.p = New(h.p.cfg)
	h.send(engine.Change{Kind: engine.LineUpdated})
	h.p.Init(7, 1)
	line, err := h.p.Open(7, spec.Version31)
	require.Equal(t, spec.LineErrNone, err)
	_, r := h.p.MakeCall(1, line, text("1"), nil)
	require.EqualValues(t, 1, r)
	require.Len(t, h.q, 1)
}

func TestVersions(t *testing.T) {
	h := newHost(t, spec.Version13)
	v, err := h.p.Negotiate(InitializeNegotiation, spec.Version13, 0x00040000)
	require.Equal(t, []any{spec.Version31, spec.LineErrNone}, []any{v, err})
	_, err = h.p.Negotiate(8, spec.Version13, spec.Version31)
	require.Equal(t, spec.LineErrBadDeviceID, err)
	h.begin(1, engine.Offering, tapitest.Inbound)
	h.send(h.moves(1, func(v *engine.CallView) { v.Cause = events.ReasonCancelled }, engine.Disconnected, engine.Idle)...)
	h.want("NEWCALL call=1\nCALLSTATE call=1 OFFERING\nLINEDEVSTATE RINGING mode=1 count=0\nADDRESSSTATE NUMCALLS|INUSEONE\nCALLSTATE call=1 DISCONNECTED NORMAL\nCALLSTATE call=1 IDLE\nADDRESSSTATE NUMCALLS|INUSEZERO")
}

func TestDevices(t *testing.T) {
	h := newHost(t, spec.Version31)
	lines, phones := h.p.EnumDevices()
	require.Equal(t, []uint32{1, 0}, []uint32{lines, phones})
	require.Equal(t, spec.LineErrNone, h.p.Init(99, 1))
	_, err := h.p.DevCaps(99)
	require.Equal(t, spec.LineErrBadDeviceID, err)
	c, err := h.p.DevCaps(7)
	require.Equal(t, spec.LineErrNone, err)
	require.Equal(t, "Ida Lund (41)", c.LineName)
	require.Equal(t, projection.LineGUID("pbx.branch", "ilund"), c.PermanentLineGUID)
	require.NotEqual(t, projection.LineGUID("pbx.branch", "other"), c.PermanentLineGUID)

	bo := engine.LineView{Key: "bo", Name: "Bo", Address: "42", Permanent: 2, InService: true}
	m := h.p.Deliver(engine.Change{Kind: engine.LineUpdated, Line: &bo})
	require.Len(t, m, 1)
	require.Equal(t, spec.MessageCreate, m[0].Message)
	require.EqualValues(t, 2, m[0].Device)
	require.Equal(t, spec.LineErrNone, h.p.CreateDevice(2, 5000))
	line, err := h.p.Open(5000, spec.Version31)
	require.Equal(t, spec.LineErrNone, err)
	m = h.p.Deliver(engine.Change{Kind: engine.LineGone, Line: &bo})
	require.Len(t, m, 2)
	require.Equal(t, []spec.Message{spec.MessageClose, spec.MessageRemove}, []spec.Message{m[0].Message, m[1].Message})
	require.Equal(t, []uint32{line, 0, 5000}, []uint32{m[0].HDLine, m[1].HDLine, m[1].Device})
	_, err = h.p.DevCaps(5000)
	require.Equal(t, spec.LineErrNoDevice, err)
	_, err = h.p.Close(line)
	require.Equal(t, spec.LineErrNone, err)
}

func TestCaps(t *testing.T) {
	h := newHost(t, spec.Version31)
	d, _ := h.p.DevCaps(7)
	a, err := h.p.AddressCaps(7, 0)
	require.Equal(t, spec.LineErrNone, err)
	require.NotZero(t, d.MediaModes&spec.MediaModeInteractiveVoice)
	require.NotZero(t, d.LineStates&spec.LineDevStateRinging)
	require.Equal(t, projection.AddressCapsOf(&tapitest.Ida, 7, tapitest.AllActions), a)
	_, err = h.p.AddressCaps(7, 1)
	require.Equal(t, spec.LineErrInvalAddressID, err)
}

func TestSmallQueries(t *testing.T) {
	h := newHost(t, spec.Version31)
	n, err := h.p.GetNumAddressIDs(h.line)
	require.Equal(t, []any{uint32(1), spec.LineErrNone}, []any{n, err})
	_, err = h.p.GetAddressID(h.line, spec.AddressModeDialableAddr, "41")
	require.Equal(t, spec.LineErrNone, err)
	_, err = h.p.GetAddressID(h.line, spec.AddressModeDialableAddr, "42")
	require.Equal(t, spec.LineErrInvalAddress, err)
	_, err = h.p.GetAddressID(h.line, spec.AddressModeAddressID, "41")
	require.Equal(t, spec.LineErrInvalAddressMode, err)
	for class, want := range map[string]spec.LineErr{"tapi/line": spec.LineErrNone, "wave/in": spec.LineErrNoDevice, "x": spec.LineErrInvalDeviceClass} {
		_, _, err = h.p.ID(h.line, 0, 0, spec.CallSelectLine, class)
		require.Equal(t, want, err, class)
	}
	require.Equal(t, spec.LineErrNone, h.p.SetDefaultMediaDetection(h.line, 0))
	require.Equal(t, spec.LineErrInvalMediaMode, h.p.SetDefaultMediaDetection(h.line, spec.MediaModeVideo))
	require.Equal(t, spec.LineErrNone, h.p.ConditionalMediaDetection(h.line, spec.MediaModeInteractiveVoice, nil))
	require.Equal(t, spec.LineErrInvalMediaMode, h.p.ConditionalMediaDetection(h.line, spec.MediaModeVideo, nil))
	ext := make([]byte, 16)
	require.Equal(t, spec.LineErrNone, h.p.GetExtensionID(7, ext))
	require.Equal(t, spec.LineErrNone, h.p.SetStatusMessages(h.line, 0, 0))
	h.begin(1, engine.Offering, tapitest.Inbound)
	h.want("NEWCALL call=1\nCALLSTATE call=1 OFFERING ACTIVE")
	buf := make([]byte, 1024)
	for _, get := range []func() spec.LineErr{
		func() spec.LineErr { return h.p.GetDevCaps(7, spec.Version31, buf) },
		func() spec.LineErr { return h.p.GetAddressCaps(7, 0, spec.Version31, buf) },
		func() spec.LineErr { return h.p.GetLineDevStatus(h.line, buf) },
		func() spec.LineErr { return h.p.GetAddressStatus(h.line, 0, buf) },
		func() spec.LineErr { return h.p.GetCallInfo(h.handle(), buf) },
		func() spec.LineErr { return h.p.GetCallStatus(h.handle(), buf) },
		func() spec.LineErr { return h.p.GetID(h.line, 0, 0, spec.CallSelectLine, "tapi/line", buf) },
	} {
		binary.LittleEndian.PutUint32(buf, uint32(len(buf)))
		require.Equal(t, spec.LineErrNone, get())
		require.NotZero(t, binary.LittleEndian.Uint32(buf[4:]))
		require.Equal(t, binary.LittleEndian.Uint32(buf[4:]), binary.LittleEndian.Uint32(buf[8:]), "all fits")
	}
}

func TestShutdownAndAgain(t *testing.T) {
	h := newHost(t, spec.Version31)
	h.begin(1, engine.Connected, tapitest.Inbound)
	old := h.line
	for range 100 {
		h.p.Shutdown()
		require.Equal(t, spec.LineErrNone, h.p.Init(7, 1))
		line, err := h.p.Open(7, spec.Version31)
		require.Equal(t, spec.LineErrNone, err)
		require.NotEqual(t, old, line)
		old = line
		require.Len(t, h.p.Drain(), 3) // the call is announced again
	}
	require.Len(t, h.p.lines.slots, 1)
}

func TestAdoptAfterKill(t *testing.T) { // decision A5
	h := newHost(t, spec.Version31)
	h.begin(1, engine.Connected, tapitest.Inbound)
	a := h.handle()
	h.begin(2, engine.Held, tapitest.Outbound)
	b := h.handle()
	hello := &wire.Hello{Provider: wire.ProviderState{Initialized: true, LineBase: 7, NumLines: 1},
		Lines: []wire.LiveLine{{Line: h.line, DeviceID: 7, PermanentID: 1, Version: spec.Version31, LineStates: ^spec.LineDevState(0), AddressStates: ^spec.AddressState(0), InService: true},
			{Line: 0x50009, DeviceID: 8, PermanentID: 44, Version: spec.Version31, LineStates: ^spec.LineDevState(0), AddressStates: ^spec.AddressState(0), InService: true}},
		Calls: []wire.LiveCall{{Line: h.line, Call: a, CallID: 1, State: spec.CallStateConnected, Mode: 1}, {Line: h.line, Call: b, CallID: 2, State: spec.CallStateOnHold},
			{Line: 0x50009, Call: 0x70007, CallID: 9, State: spec.CallStateRingback}}}
	h.p = New(h.p.cfg)
	h.said, h.last = nil, nil
	h.p.Adopt(hello, engine.Snapshot{Pos: engine.Position{Seq: h.seq}, Lines: []engine.LineView{tapitest.Ida}, Calls: []engine.CallView{*h.calls[2],
		{Line: "ilund", Number: 5, State: engine.Offering, Caller: events.Party{Number: "1"}, Actions: tapitest.AllActions}}})
	h.drain()
	h.want(`line  "removed line 44" CALLSTATE call=9 IDLE
		line  "removed line 44" ADDRESSSTATE NUMCALLS|INUSEZERO
		line  "removed line 44" CLOSE
		line  "removed line 44" REMOVE
		CALLSTATE call=1 DISCONNECTED UNAVAIL
		CALLSTATE call=1 IDLE
		ADDRESSSTATE NUMCALLS
		NEWCALL call=5
		CALLSTATE call=5 OFFERING ACTIVE
		LINEDEVSTATE RINGING mode=1 count=0
		ADDRESSSTATE NUMCALLS`)
	require.EqualValues(t, 3, h.p.Unhold(3, b))
	for _, m := range h.last { // of a call that only the host knows its own copy of the parties stays
		if m.HDCall != 0 && m.Message == spec.MessageCallState && m.Call != 9 { // whose handle went with its line
			want := 2
			if m.Call == 1 {
				want = 1
			}
			require.Len(t, h.p.Images(&m), want, "call %d", m.Call)
		}
	}
	h.closeCall(a)
}

// TestAdoptTellsWhatIsKnownFirst: what the new daemon knows of a call comes before its new state, so that the host can say what changed.
func TestAdoptTellsWhatIsKnownFirst(t *testing.T) {
	h := newHost(t, spec.Version31)
	h.begin(1, engine.Offering, tapitest.Inbound)
	a := h.handle()
	now := *h.calls[1]
	now.State, now.Caller.Number = engine.Connected, "0301"
	h.p = New(h.p.cfg)
	h.p.Adopt(&wire.Hello{Provider: wire.ProviderState{Initialized: true, LineBase: 7, NumLines: 1},
		Lines: []wire.LiveLine{{Line: h.line, DeviceID: 7, PermanentID: 1, Version: spec.Version31, LineStates: ^spec.LineDevState(0), AddressStates: ^spec.AddressState(0), InService: true}},
		Calls: []wire.LiveCall{{Line: h.line, Call: a, CallID: 1, State: spec.CallStateOffering, Mode: 1}}},
		engine.Snapshot{Pos: engine.Position{Seq: h.seq}, At: h.at + 5000, Lines: []engine.LineView{tapitest.Ida}, Calls: []engine.CallView{now}})
	require.Equal(t, h.at+5000, h.p.proj.At(), "R-51: what is bridged happens now, not when the call was last heard of")
	m, ok := h.p.NextWithImages()
	require.True(t, ok)
	require.Equal(t, MessageImages, m.Message)
	require.Equal(t, spec.CallStateOffering, m.Record.Status.State)
	require.Equal(t, spec.CallFeatureDrop, m.Record.Status.Features, "R-53")
	require.Equal(t, "0301", m.Record.Info.CallerID.Number)
	require.Len(t, h.p.Images(&m), 2)
	m, _ = h.p.NextWithImages()
	require.Equal(t, spec.MessageCallState, m.Message)
	require.Equal(t, spec.CallStateConnected, m.State)
}

// TestAdoptBeforeTheFirstState: the daemon was killed between NEWCALL and the first state, and the next knows nothing of the call.
func TestAdoptBeforeTheFirstState(t *testing.T) {
	h := newHost(t, spec.Version31)
	h.p = New(h.p.cfg)
	h.p.Adopt(&wire.Hello{Provider: wire.ProviderState{Initialized: true, LineBase: 7, NumLines: 1},
		Lines: []wire.LiveLine{{Line: h.line, DeviceID: 7, PermanentID: 1, Version: spec.Version31, LineStates: ^spec.LineDevState(0), AddressStates: ^spec.AddressState(0), InService: true}},
		Calls: []wire.LiveCall{{Line: h.line, Call: 0x10001, CallID: 4}, {Line: h.line, Call: 0x10002, CallID: 5, Mode: helloOutbound}}},
		engine.Snapshot{Pos: engine.Position{Seq: h.seq}, Lines: []engine.LineView{tapitest.Ida}})
	h.drain()
	h.want("CALLSTATE call=4 OFFERING ACTIVE\nCALLSTATE call=4 DISCONNECTED UNAVAIL\nCALLSTATE call=4 IDLE\n" +
		"CALLSTATE call=5 DIALING\nCALLSTATE call=5 DISCONNECTED UNAVAIL\nCALLSTATE call=5 IDLE")
	for _, m := range h.last {
		if m.State == spec.CallStateIdle {
			continue
		}
		require.Equal(t, spec.CallFeatureDrop, m.Record.Status.Features, "%s", m)
	}
}

func TestBridgeCompletesRequests(t *testing.T) {
	h := newHost(t, spec.Version31)
	made, _ := h.p.MakeCall(1, h.line, text("1"), nil)
	h.p.MakeCall(2, h.line, text("2"), nil)
	v := engine.CallView{Line: "ilund", Number: 6, Request: 1, Outbound: true, State: engine.Connected, Actions: tapitest.AllActions}
	h.p.Bridge(engine.Snapshot{Pos: engine.Position{Seq: 99}, Lines: []engine.LineView{tapitest.Ida}, Calls: []engine.CallView{v}})
	h.drain()
	require.Equal(t, []string{"ASYNC_COMPLETION request=1 0", "ASYNC_COMPLETION request=2 OPERATIONFAILED", "CALLSTATE call=6 CONNECTED ACTIVE"}, h.said[:3])
	require.Equal(t, made, h.last[2].HDCall)
}
