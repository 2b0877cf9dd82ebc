package provider

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
	"offhook/internal/dialplan"
)

// tapisrv plays the Telephony service around a Provider, over the world's engine.
type tapisrv struct {
	t     *testing.T
	seq   uint64
	at    events.Millis
	known engine.LineView // the line, as the engine knows it
	calls map[uint32]*engine.CallView

	p       *Provider
	q       []events.RequestFacts // asked of the PBX
	fail    error
	barring *dialplan.Barring
	line    uint32
	said    []string
	last    []HostMessage
	seen    map[uint32]bool // closed call handles: never to be named again
}

func newHost(t *testing.T, v spec.Version) *tapisrv {
	h := &tapisrv{t: t, known: tapitest.Ida, calls: map[uint32]*engine.CallView{}, at: 36000000, seen: map[uint32]bool{}}
	h.p = New(Config{Source: "pbx.branch", Offers: tapitest.AllActions, Ask: func(q events.RequestFacts, dialled string) (uint32, error) {
		q.ID = q.Ref
		if q.Number != "" {
			if err := h.barring.Check(q.Line, dialled, q.Number, q.Kind != events.PickupCall); err != nil { // as live.Loop does
				return 0, err
			}
		}
		if h.fail == nil {
			h.q = append(h.q, q)
		}
		return q.ID, h.fail
	}})
	h.send(engine.Change{Kind: engine.LineUpdated})
	require.Equal(t, spec.LineErrNone, h.p.Init(7, 1))
	if v != 0 {
		line, err := h.p.Open(7, v)
		require.Equal(t, spec.LineErrNone, err)
		h.line = line
	}
	return h
}

func (h *tapisrv) send(cs ...engine.Change) {
	h.seq++
	h.at += 1000
	for i, c := range cs {
		l := h.known
		if c.Request.Ref == 0 {
			c.Request.Ref = c.Request.ID
		}
		c.Pos, c.At, c.Line = engine.Position{Seq: h.seq, Index: uint32(i)}, h.at, &l
		h.p.Feed(c)
	}
	h.drain()
}

func (h *tapisrv) drain() {
	for {
		m, ok := h.p.Next()
		if !ok {
			return
		}
		h.hear(m)
		if m.Message == spec.MessageCallState {
			st, _, err := h.p.CallStatus(m.HDCall)
			require.Equal(h.t, spec.LineErrNone, err)
			require.Equal(h.t, m.State, st.State, "R-51")
			require.Equal(h.t, m.Mode, st.Mode, "R-51")
		}
	}
}

func (h *tapisrv) hear(m HostMessage) {
	require.False(h.t, m.HDCall != 0 && h.seen[m.HDCall], "R-60: %s about a closed call", m)
	h.last = append(h.last, m)
	n := m.TAPIMessage
	n.Request = m.HostRequest
	h.said = append(h.said, strings.TrimPrefix(strings.ReplaceAll(n.String(), "LINE_", ""), "line  41 "))
}

func (h *tapisrv) want(text string) {
	h.t.Helper()
	var lines []string
	for l := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	got := strings.Join(h.said, "\n")
	h.said = nil
	require.Equal(h.t, strings.Join(lines, "\n"), got)
}

// handle is the call of the last message that had one.
func (h *tapisrv) handle() uint32 {
	for i := len(h.last) - 1; i >= 0; i-- {
		if h.last[i].HDCall != 0 {
			return h.last[i].HDCall
		}
	}
	h.t.Fatal("no message had a call")
	return 0
}

func (h *tapisrv) begin(number uint32, to engine.State, set func(*engine.CallView)) {
	h.calls[number] = &engine.CallView{Line: "ilund", Number: number, Reason: events.ReasonDirect}
	set(h.calls[number])
	h.send(h.moves(number, nil, to)...)
}

func (h *tapisrv) go_(number uint32, to ...engine.State) { h.send(h.moves(number, nil, to...)...) }

func (h *tapisrv) moves(number uint32, set func(*engine.CallView), states ...engine.State) []engine.Change {
	v := h.calls[number]
	if set != nil {
		set(v)
	}
	return tapitest.Moves(v, h.at+1000, states...)
}

// accept is what the engine does with the last request when the PBX takes it.
func (h *tapisrv) accept(call, other uint32) events.RequestFacts {
	q := h.q[len(h.q)-1]
	if call != 0 {
		q.Call = call
	}
	if other != 0 {
		q.Other = other
	}
	h.send(engine.Change{Kind: engine.RequestAccepted, Request: q})
	return q
}

func (h *tapisrv) ok(q events.RequestFacts, r events.Result) {
	h.send(engine.Change{Kind: engine.RequestEnded, Finished: events.FinishedFacts{ID: q.ID, Kind: q.Kind, Line: q.Line, Call: q.Call, Result: r}})
}

func (h *tapisrv) closeCall(call uint32) []HostMessage {
	done, err := h.p.CloseCall(call)
	require.Equal(h.t, spec.LineErrNone, err)
	for _, m := range done {
		h.hear(m)
	}
	h.seen[call] = true
	return done
}

func text(s string) *string { return &s }

// make is an outbound call of the host that talks.
func (h *tapisrv) make(req, number uint32) uint32 {
	call, r := h.p.MakeCall(req, h.line, text("0301234"), nil)
	require.EqualValues(h.t, req, r)
	h.ok(h.accept(number, 0), events.ResultOK)
	h.begin(number, engine.Dialing, func(v *engine.CallView) { tapitest.Outbound(v); v.Request = req })
	h.go_(number, engine.Proceeding)
	h.go_(number, engine.Connected)
	h.said = nil
	return call
}

func (h *tapisrv) active() uint32 {
	d, a, _, err := h.p.status(h.line)
	require.Equal(h.t, spec.LineErrNone, err)
	require.Equal(h.t, d.NumActiveCalls, a.NumActiveCalls)
	return d.NumActiveCalls
}

func (h *tapisrv) play(moment string) {
	if moment == "asked" {
		return
	}
	q := h.accept(0, 0)
	if q.Kind == events.Dial {
		q.Call = 3
		h.send(engine.Change{Kind: engine.RequestAccepted, Request: q})
	}
	c := engine.Change{Kind: engine.RequestEnded, At: h.at, Pos: engine.Position{Seq: h.seq + 1},
		Finished: events.FinishedFacts{ID: q.ID, Kind: q.Kind, Line: q.Line, Call: q.Call}}
	switch moment {
	case "ended, not said":
		h.p.Feed(c)
	case "ended and said":
		h.p.Feed(c)
		h.drain()
	}
}
