package provider

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/engine/live"
	"offhook/events"
)

func TestMakeCall(t *testing.T) {
	h := newHost(t, spec.Version31)
	h.want("")
	call, r := h.p.MakeCall(7, h.line, text("T 030/12 34"), nil)
	require.NotZero(t, call)
	require.EqualValues(t, 7, r)
	require.Equal(t, events.RequestFacts{ID: 7, Kind: events.Dial, Line: "ilund", Number: "0301234", Asker: events.Asker{Ref: 7}}, h.q[0])
	_, _, err := h.p.CallInfo(call)
	require.Equal(t, spec.LineErrNone, err, "dialer.exe asks before MakeCall has returned")
	require.Zero(t, h.active())
	q := h.accept(3, 0)
	h.want("")
	require.Zero(t, h.active(), "R-38: tentative")
	h.ok(q, events.ResultOK)
	h.want("ASYNC_COMPLETION request=7 0")
	require.EqualValues(t, 1, h.active())
	require.Equal(t, call, h.last[0].HDCall)
	h.begin(3, engine.Dialing, func(v *engine.CallView) { tapitest.Outbound(v); v.Request = 7 })
	h.go_(3, engine.Proceeding)
	h.want("CALLSTATE call=3 DIALTONE NORMAL\nADDRESSSTATE NUMCALLS|INUSEONE\nCALLSTATE call=3 DIALING\nCALLSTATE call=3 PROCEEDING\nCALLSTATE call=3 RINGBACK")
	address, id, related, err := h.p.GetCallIDs(call)
	require.Equal(t, []any{uint32(0), uint32(3), uint32(0), spec.LineErrNone}, []any{address, id, related, err})
	h.go_(3, engine.Disconnected, engine.Idle)
	require.Zero(t, h.active())
	require.EqualValues(t, spec.LineErrInvalCallState, h.p.Drop(8, call))
	h.said = nil
	h.closeCall(call)
	require.EqualValues(t, spec.LineErrInvalCallHandle, h.p.Drop(8, call), "R-34")
}

func TestMakeCallFails(t *testing.T) {
	h := newHost(t, spec.Version31)
	call, _ := h.p.MakeCall(7, h.line, text("1"), nil)
	q := h.accept(3, 0)
	h.ok(q, events.ResultTimeout)
	h.want("ASYNC_COMPLETION request=7 OPERATIONFAILED")
	h.ok(q, events.ResultOK) // a late answer
	h.want("")
	_, _, err := h.p.CallInfo(call)
	require.Equal(t, spec.LineErrInvalCallHandle, err)
	require.Empty(t, h.closeCall(call))

	h.fail = live.ErrOverloaded
	call, r := h.p.MakeCall(8, h.line, text("1"), nil)
	require.Zero(t, call)
	require.EqualValues(t, spec.LineErrResourceUnavail, r)
	h.fail = errors.New("gone")
	_, r = h.p.MakeCall(8, h.line, text("1"), nil)
	require.EqualValues(t, spec.LineErrOperationFailed, r)
	h.want("")
}

func TestMakeCallRefusals(t *testing.T) {
	h := newHost(t, spec.Version31)
	for _, c := range []struct {
		number string
		want   spec.LineErr
	}{
		{"W123", spec.LineErrDialDialTone}, {"1@2", spec.LineErrDialQuiet}, {"1$2", spec.LineErrDialBilling}, {"1?2", spec.LineErrDialPrompt},
		{"1$2@", spec.LineErrDialBilling}, {"---", spec.LineErrInvalAddress}, {strings.Repeat("1", 99), spec.LineErrInvalAddress},
	} {
		_, r := h.p.MakeCall(7, h.line, &c.number, nil)
		require.EqualValues(t, c.want, r, c.number)
	}
	_, r := h.p.MakeCall(7, h.line, text("1"), make([]byte, 60))
	require.EqualValues(t, spec.LineErrInvalCallParams, r)
	for _, req := range []uint32{0, 0x80000000} {
		_, r = h.p.MakeCall(req, h.line, text("1"), nil)
		require.EqualValues(t, spec.LineErrInvalParam, r)
	}
	_, r = h.p.MakeCall(7, h.line+1, text("1"), nil)
	require.EqualValues(t, spec.LineErrInvalLineHandle, r)
	require.Empty(t, h.q, "the PBX sees nothing")
	_, r = h.p.MakeCall(0x7fffffff, h.line, text("1"), nil)
	require.EqualValues(t, 0x7fffffff, r)
	_, r = h.p.MakeCall(0x7fffffff, h.line, text("1"), nil)
	require.EqualValues(t, spec.LineErrInvalParam, r, "the id is taken")
}

func TestEchoMakesNoSecondCall(t *testing.T) { // two parallel calls, completions crosswise
	h := newHost(t, spec.Version31)
	a, _ := h.p.MakeCall(1, h.line, text("11"), nil)
	b, _ := h.p.MakeCall(2, h.line, text("22"), nil)
	h.send(engine.Change{Kind: engine.RequestAccepted, Request: events.RequestFacts{ID: 1, Kind: events.Dial, Line: "ilund", Call: 5, Number: "11"}})
	h.send(engine.Change{Kind: engine.RequestAccepted, Request: events.RequestFacts{ID: 2, Kind: events.Dial, Line: "ilund", Call: 6, Number: "22"}})
	h.ok(events.RequestFacts{ID: 2, Kind: events.Dial, Line: "ilund", Call: 6}, events.ResultOK)
	h.begin(6, engine.Dialing, func(v *engine.CallView) { tapitest.Outbound(v); v.Request = 2 })
	require.Equal(t, b, h.handle())
	h.ok(events.RequestFacts{ID: 1, Kind: events.Dial, Line: "ilund", Call: 5}, events.ResultOK)
	h.begin(5, engine.Dialing, func(v *engine.CallView) { tapitest.Outbound(v); v.Request = 1 })
	require.Equal(t, a, h.handle())
	for _, m := range h.last {
		require.NotEqual(t, spec.MessageNewCall, m.Message)
	}
}

func TestOtherFrontendsCalls(t *testing.T) {
	h := newHost(t, spec.Version31)
	q := events.RequestFacts{ID: 900, Kind: events.Dial, Line: "ilund", Call: 4, Number: "1"}
	h.send(engine.Change{Kind: engine.RequestAccepted, Request: q})
	h.ok(q, events.ResultOK)
	h.want("")
	h.begin(4, engine.Dialing, func(v *engine.CallView) { tapitest.Outbound(v); v.Request = 900 })
	h.want("NEWCALL call=4\nCALLSTATE call=4 DIALTONE NORMAL\nADDRESSSTATE NUMCALLS|INUSEONE")
}

func TestDeclined(t *testing.T) {
	h := newHost(t, spec.Version31)
	h.begin(1, engine.Offering, tapitest.Inbound)
	call := h.handle()
	h.p.DeclineCall(call)
	h.said = nil
	h.go_(1, engine.Connected)
	h.go_(1, engine.Disconnected, engine.Idle)
	h.want("")
	h.begin(2, engine.Offering, tapitest.Inbound)
	require.NotEqual(t, call, h.handle())
}

// TestCloseCallInEveryMoment is: with a request outstanding, accepted, or completed and not yet said.
func TestCloseCallInEveryMoment(t *testing.T) {
	for _, moment := range []string{"asked", "accepted", "ended, not said", "ended and said"} {
		t.Run("drop "+moment, func(t *testing.T) {
			h := newHost(t, spec.Version31)
			call := h.make(1, 1)
			require.EqualValues(t, 9, h.p.Drop(9, call))
			h.play(moment)
			h.closeCall(call)
			require.Len(t, h.said, 1, "exactly one completion: %v", h.said)
			h.said = nil
			h.ok(h.q[1], events.ResultOK)
			h.go_(1, engine.Idle)
			h.want("")
		})
		t.Run("make "+moment, func(t *testing.T) {
			h := newHost(t, spec.Version31)
			call, _ := h.p.MakeCall(9, h.line, text("1"), nil)
			h.play(moment)
			h.closeCall(call)
			require.Len(t, h.said, 1, "exactly one completion: %v", h.said)
			h.said = nil
			if moment == "asked" {
				h.accept(3, 0)
			}
			h.ok(events.RequestFacts{ID: 9, Kind: events.Dial, Line: "ilund", Call: 3}, events.ResultOK)
			h.begin(3, engine.Dialing, func(v *engine.CallView) { tapitest.Outbound(v); v.Request = 9 })
			h.go_(3, engine.Proceeding)
			h.go_(3, engine.Disconnected, engine.Idle)
			h.want("")
		})
	}
}

func TestStateAndFunction(t *testing.T) {
	h := newHost(t, spec.Version31)
	commands := map[spec.CallFeature]func(call uint32) int32{
		spec.CallFeatureDrop:          func(c uint32) int32 { return h.p.Drop(50, c) },
		spec.CallFeatureAnswer:        func(c uint32) int32 { return h.p.Answer(51, c) },
		spec.CallFeatureHold:          func(c uint32) int32 { return h.p.Hold(52, c) },
		spec.CallFeatureUnhold:        func(c uint32) int32 { return h.p.Unhold(53, c) },
		spec.CallFeatureBlindTransfer: func(c uint32) int32 { return h.p.BlindTransfer(54, c, "42") },
		spec.CallFeatureRedirect:      func(c uint32) int32 { return h.p.Redirect(55, c, "42") },
		spec.CallFeatureDial:          func(c uint32) int32 { return h.p.Dial(56, c, "42") },
		spec.CallFeatureSwapHold:      func(c uint32) int32 { return h.p.SwapHold(57, c, c) },
	}
	number := uint32(0)
	for _, state := range []engine.State{engine.Offering, engine.Proceeding, engine.Busy, engine.Connected, engine.Held, engine.Unknown} {
		number++
		set := tapitest.Inbound
		if state == engine.Proceeding || state == engine.Busy {
			set = tapitest.Outbound
		}
		h.begin(number, state, set)
		call := h.handle()
		st, _, _ := h.p.CallStatus(call)
		for f, command := range commands {
			r := command(call)
			switch {
			case st.Features&f != 0:
				require.Positive(t, r, "%s in %s", f, st.State)
				h.p.Feed(engine.Change{Kind: engine.RequestAccepted, Request: h.q[len(h.q)-1]})
				h.p.Feed(engine.Change{Kind: engine.RequestEnded, Finished: events.FinishedFacts{ID: uint32(r), Line: "ilund", Kind: events.Hold}})
				h.drain()
			case projection.FeaturesOf(tapitest.AllActions)&f == 0 && f != spec.CallFeatureDial:
				require.EqualValues(t, spec.LineErrOperationUnavail, r, "%s in %s", f, st.State)
			default:
				require.Contains(t, []int32{int32(spec.LineErrInvalCallState), int32(spec.LineErrOperationUnavail)}, r, "%s in %s", f, st.State)
			}
		}
	}
}

func TestTransfer(t *testing.T) {
	h := newHost(t, spec.Version31)
	h.begin(1, engine.Connected, tapitest.Inbound)
	first := h.handle()
	consult, r := h.p.SetupTransfer(5, first, nil)
	require.EqualValues(t, 5, r)
	h.said = nil
	h.ok(h.accept(1, 2), events.ResultOK)
	h.go_(1, engine.Held)
	require.Len(t, h.said, 6)
	for call, related := range map[uint32]uint32{first: 2, consult: 1} {
		_, _, id, err := h.p.GetCallIDs(call)
		require.Equal(t, spec.LineErrNone, err)
		require.Equal(t, related, id)
	}
	require.EqualValues(t, 6, h.p.Dial(6, consult, "42"))
	require.Equal(t, events.RequestFacts{ID: 6, Kind: events.Dial, Line: "ilund", Call: 2, Number: "42", Asker: events.Asker{Ref: 6}}, h.q[len(h.q)-1])
	h.ok(h.accept(0, 0), events.ResultOK)
	h.begin(2, engine.Dialing, func(v *engine.CallView) { tapitest.Outbound(v); v.Called.Number = "42" })
	h.go_(2, engine.Proceeding)
	h.go_(2, engine.Connected)
	require.EqualValues(t, spec.LineErrInvalTransferMode, h.p.CompleteTransfer(7, first, consult, spec.TransferModeConference))
	require.EqualValues(t, spec.LineErrInvalConsultCallHandle, h.p.CompleteTransfer(7, first, first, spec.TransferModeTransfer))
	require.EqualValues(t, spec.LineErrInvalConsultCallHandle, h.p.CompleteTransfer(7, first, 0xdead, spec.TransferModeTransfer))
	require.EqualValues(t, 7, h.p.CompleteTransfer(7, first, consult, spec.TransferModeTransfer))
	h.said = nil
	h.ok(h.accept(0, 0), events.ResultOK)
	h.go_(2, engine.Idle)
	h.go_(1, engine.Idle)
	h.want("ASYNC_COMPLETION request=7 0\nCALLSTATE call=2 IDLE\nADDRESSSTATE NUMCALLS\nCALLSTATE call=1 IDLE\nADDRESSSTATE NUMCALLS|INUSEZERO")
}

func TestSeizeAndDrop(t *testing.T) { // decision B15
	h := newHost(t, spec.Version31)
	call, r := h.p.MakeCall(1, h.line, nil, nil)
	require.EqualValues(t, 1, r)
	h.ok(h.accept(4, 0), events.ResultOK)
	h.want("ASYNC_COMPLETION request=1 0\nCALLSTATE call=4 DIALTONE NORMAL\nADDRESSSTATE NUMCALLS|INUSEONE")
	require.EqualValues(t, 2, h.p.Drop(2, call))
	h.ok(h.accept(0, 0), events.ResultOK)
	h.want("ASYNC_COMPLETION request=2 0\nCALLSTATE call=4 IDLE\nADDRESSSTATE NUMCALLS|INUSEZERO")
}

func TestPickupRequest(t *testing.T) {
	h := newHost(t, spec.Version31)
	_, r := h.p.Pickup(1, h.line, 0, "42", "sales")
	require.EqualValues(t, spec.LineErrInvalGroupID, r)
	_, r = h.p.Pickup(1, h.line, 0, "", "")
	require.EqualValues(t, spec.LineErrInvalAddress, r)
	call, r := h.p.Pickup(1, h.line, 0, "42", "")
	require.EqualValues(t, 1, r)
	h.ok(h.accept(4, 0), events.ResultOK)
	require.Equal(t, call, h.handle())
	require.EqualValues(t, 2, h.p.Drop(2, call), "before its first state")
}

func TestAppSpecificAndMedia(t *testing.T) {
	h := newHost(t, spec.Version31)
	h.begin(1, engine.Connected, tapitest.Inbound)
	call := h.handle()
	h.said = nil
	require.Equal(t, spec.LineErrNone, h.p.SetAppSpecific(call, 77))
	require.Equal(t, spec.LineErrNone, h.p.SetAppSpecific(call, 77))
	h.drain()
	require.Len(t, h.said, 1)
	require.Contains(t, h.said[0], "CALLINFO call=1 APPSPECIFIC")
	x, v, _ := h.p.CallInfo(call)
	require.EqualValues(t, 77, x.AppSpecific)
	require.EqualValues(t, 7, x.LineDeviceID)
	require.Equal(t, spec.Version31, v)
	require.Equal(t, spec.LineErrNone, h.p.SetMediaMode(call, spec.MediaModeInteractiveVoice))
	require.Equal(t, spec.LineErrInvalMediaMode, h.p.SetMediaMode(call, spec.MediaModeG3Fax))
}

func TestAnyHandleIsHarmless(t *testing.T) {
	h := newHost(t, spec.Version31)
	h.begin(1, engine.Connected, tapitest.Inbound)
	call := h.handle()
	for i := uint32(0); i < 10000; i++ {
		x := i * 429497
		if x == call || x == h.line {
			continue
		}
		require.EqualValues(t, spec.LineErrInvalCallHandle, h.p.Hold(1, x))
		_, _, err := h.p.CallInfo(x)
		require.Equal(t, spec.LineErrInvalCallHandle, err)
		_, err = h.p.CloseCall(x)
		require.Equal(t, spec.LineErrInvalCallHandle, err)
		_, err = h.p.GetNumAddressIDs(x)
		require.Equal(t, spec.LineErrInvalLineHandle, err)
	}
}

func TestActionsChangeTheCopySilently(t *testing.T) {
	h := newHost(t, spec.Version31)
	h.begin(1, engine.Connected, tapitest.Inbound)
	call := h.handle()
	h.said = nil
	v := *h.calls[1]
	v.Actions = engine.ActDrop
	h.send(engine.Change{Kind: engine.ActionsChanged, Call: &v})
	h.want("")
	st, _, _ := h.p.CallStatus(call)
	require.Equal(t, spec.CallFeatureDrop, st.Features)
}

// TestActionsChangeBehindMessagesOnTheirWay has them change while a message with the old ones waits to be given out.
func TestActionsChangeBehindMessagesOnTheirWay(t *testing.T) {
	h := newHost(t, spec.Version31)
	h.begin(1, engine.Connected, tapitest.Inbound)
	call := h.handle()
	held, v := *h.calls[1], *h.calls[1]
	held.State = engine.Held
	v.State, v.Actions = engine.Held, engine.ActDrop
	h.p.Feed(engine.Change{Kind: engine.CallMoved, Call: &held, To: engine.Held})
	h.p.Feed(engine.Change{Kind: engine.ActionsChanged, Call: &v})
	m, ok := h.p.NextWithImages()
	require.True(t, ok)
	require.Equal(t, spec.CallStateOnHold, m.State)
	require.NotEqual(t, spec.CallFeatureDrop, m.Record.Status.Features)
	for ok && m.Message != MessageImages {
		m, ok = h.p.NextWithImages()
	}
	require.True(t, ok, "no new copy")
	require.Equal(t, call, m.HDCall)
	require.Equal(t, spec.CallFeatureDrop, m.Record.Status.Features)
	st, _, _ := h.p.CallStatus(call)
	require.Equal(t, []any{spec.CallStateOnHold, spec.CallFeatureDrop}, []any{st.State, st.Features})
	h.p.Feed(engine.Change{Kind: engine.ActionsChanged, Call: &v})
	_, ok = h.p.NextWithImages()
	require.False(t, ok, "nothing differs")
}

// TestCountersThatAreAsBefore: a call that is declined before its counters were said leaves nothing to be said of them.
func TestCountersThatAreAsBefore(t *testing.T) {
	h := newHost(t, spec.Version31)
	v := engine.CallView{Line: "ilund", Number: 1, State: engine.Offering, Reason: events.ReasonDirect}
	tapitest.Inbound(&v)
	line := tapitest.Ida
	h.p.Feed(engine.Change{Kind: engine.CallMoved, Pos: engine.Position{Seq: 9}, Line: &line, Call: &v, To: engine.Offering})
	m, ok := h.p.Next()
	require.True(t, ok)
	require.Equal(t, spec.MessageNewCall, m.Message)
	h.p.DeclineCall(m.HDCall)
	h.drain()
	h.want("")
}
