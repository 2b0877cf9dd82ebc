package provider

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/conformance"
	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
)

// TestRandomHostStaysLegal lets a host open, close, decline, close calls and ask at random while the PBX storms. What it
// hears keeps every rule, each request has exactly one outcome, and no closed handle is named again.
func TestRandomHostStaysLegal(t *testing.T) {
	for seed, v := range []spec.Version{spec.Version31, spec.Version13, spec.Version21} {
		t.Run(v.String(), func(t *testing.T) {
			h := &randomHost{t: t, storm: tapitest.NewStorm(uint64(seed) + 100), m: conformance.NewMonitor(), open: map[uint32]uint32{}, calls: map[uint32]HostMessage{}, asked: map[uint32]bool{}, v: v}
			h.m.Version = v
			h.p = New(Config{Offers: tapitest.AllActions, Ask: func(q events.RequestFacts, _ string) (uint32, error) {
				q.ID = q.Ref
				h.q = append(h.q, q)
				return q.ID, nil
			}})
			for i := range h.storm.Lines {
				l := h.storm.Lines[i]
				h.p.Feed(engine.Change{Kind: engine.LineUpdated, Line: &l})
			}
			h.p.Init(0, 3)
			for range 8000 {
				h.round()
			}
			require.NotZero(t, h.heard)
			require.NotZero(t, h.completed)
		})
	}
}

type randomHost struct {
	t     *testing.T
	storm *tapitest.Storm
	p     *Provider
	m     *conformance.Monitor
	v     spec.Version
	open  map[uint32]uint32 // device to line
	calls map[uint32]HostMessage
	asked map[uint32]bool // request ids without outcome
	q     []events.RequestFacts
	next  uint32

	heard, completed int
}

func (h *randomHost) round() {
	for _, c := range h.storm.Changes() {
		if c.Kind == engine.RequestAccepted || c.Kind == engine.RequestEnded {
			continue // the host's own requests are answered below
		}
		if c.Kind == engine.LineGone {
			continue
		}
		h.p.Feed(c)
	}
	switch r := h.storm.Rand; r.IntN(12) {
	case 0:
		h.toggle(uint32(r.IntN(3)))
	case 1:
		for call, m := range h.calls {
			h.close(call, m)
			break
		}
	case 2, 3, 4:
		h.ask()
	case 5, 6, 7:
		h.answer()
	}
	for m, ok := h.p.Next(); ok; m, ok = h.p.Next() {
		h.hear(m)
		if m.Message == spec.MessageNewCall && h.storm.Rand.IntN(10) == 0 {
			h.p.DeclineCall(m.HDCall)
			delete(h.calls, m.HDCall)
			h.m.CloseCall(m.Line, m.Call)
		}
	}
	if bad := append(h.m.UnsentCounts(), h.m.Unfinished()...); bad != nil {
		h.t.Fatal(bad)
	}
}

func (h *randomHost) hear(m HostMessage) {
	h.heard++
	if m.Message == projection.MessageAsyncCompletion {
		require.True(h.t, h.asked[m.HostRequest], "R-28: %s a second time", m)
		delete(h.asked, m.HostRequest)
		h.completed++
		if m.Result != spec.LineErrNone && m.HDCall != 0 {
			delete(h.calls, m.HDCall)
		}
	} else if m.HDCall != 0 && m.Message != spec.MessageNewCall {
		_, known := h.calls[m.HDCall]
		require.True(h.t, known, "R-60: %s about an unknown handle", m)
	}
	if m.HDCall != 0 && (m.Message != projection.MessageAsyncCompletion || m.Result == spec.LineErrNone) {
		h.calls[m.HDCall] = m
	}
	n := m.TAPIMessage
	if n.Message != spec.MessageLineDevState && m.HDLine == 0 && n.Message != projection.MessageAsyncCompletion {
		h.t.Fatalf("R-12: %s without an open line", n)
	}
	n.Pos = engine.Position{} // a call that is announced late carries the position it had
	for _, bad := range h.m.Observe(n) {
		h.t.Fatalf("%s: %s", n, bad)
	}
}

func (h *randomHost) toggle(device uint32) {
	line, is := h.open[device]
	if !is {
		line, err := h.p.Open(device, h.v)
		require.Equal(h.t, spec.LineErrNone, err)
		h.open[device] = line
		return
	}
	done, err := h.p.Close(line)
	require.Equal(h.t, spec.LineErrNone, err)
	for _, m := range done {
		require.True(h.t, h.asked[m.HostRequest])
		delete(h.asked, m.HostRequest)
	}
	delete(h.open, device)
	key := fmt.Sprint("u", device)
	for call, m := range h.calls {
		if m.Line == key {
			delete(h.calls, call)
		}
	}
	h.m.CloseLine(key)
}

func (h *randomHost) close(call uint32, m HostMessage) {
	done, err := h.p.CloseCall(call)
	require.Equal(h.t, spec.LineErrNone, err)
	for _, d := range done {
		require.True(h.t, h.asked[d.HostRequest])
		delete(h.asked, d.HostRequest)
	}
	delete(h.calls, call)
	h.m.CloseCall(m.Line, m.Call)
}

func (h *randomHost) ask() {
	h.next++
	var r int32
	if line := h.open[uint32(h.storm.Rand.IntN(3))]; line != 0 && h.storm.Rand.IntN(3) == 0 {
		numbers := []*string{nil, text("42")}
		_, r = h.p.MakeCall(h.next, line, numbers[h.storm.Rand.IntN(2)], nil)
	} else {
		for call := range h.calls {
			switch h.storm.Rand.IntN(3) {
			case 0:
				r = h.p.Drop(h.next, call)
			case 1:
				_, r = h.p.SetupTransfer(h.next, call, nil)
			case 2:
				r = h.p.Hold(h.next, call)
			}
			break
		}
	}
	if r > 0 {
		require.EqualValues(h.t, h.next, r)
		h.asked[h.next] = true
	}
}

// answer plays the engine for the oldest request.
func (h *randomHost) answer() {
	if len(h.q) == 0 {
		return
	}
	q := h.q[0]
	h.q = h.q[1:]
	h.storm.Seq++
	pos := engine.Position{Seq: h.storm.Seq}
	if q.Call == 0 {
		h.storm.Next++
		q.Call = h.storm.Next
	}
	if q.Kind == events.SetupTransfer {
		h.storm.Next++
		q.Other = h.storm.Next
	}
	at := events.Millis(h.storm.Seq * 100)
	h.p.Feed(engine.Change{Kind: engine.RequestAccepted, Pos: pos, At: at, Request: q})
	result := events.Result(h.storm.Rand.IntN(3) / 2)
	h.p.Feed(engine.Change{Kind: engine.RequestEnded, Pos: engine.Position{Seq: h.storm.Seq, Index: 1}, At: at,
		Finished: events.FinishedFacts{ID: q.ID, Kind: q.Kind, Line: q.Line, Call: q.Call, Result: result}})
	if q.Kind == events.Dial && result == events.ResultOK {
		v := &engine.CallView{Line: q.Line, Number: q.Call, Outbound: true, Request: q.ID, Actions: tapitest.AllActions, State: engine.Dialing}
		h.storm.Calls = append(h.storm.Calls, v)
		w := *v
		h.p.Feed(engine.Change{Kind: engine.CallMoved, Pos: engine.Position{Seq: h.storm.Seq, Index: 2}, At: at, Call: &w, To: engine.Dialing})
	}
}

// TestHostsOnManyThreads is rules for the race detector: every function at once, none waits for another.
func TestHostsOnManyThreads(t *testing.T) {
	p := New(Config{Offers: tapitest.AllActions, Ask: func(q events.RequestFacts, _ string) (uint32, error) { return q.Ref, nil }})
	l := tapitest.Ida
	p.Feed(engine.Change{Kind: engine.LineUpdated, Line: &l})
	p.Init(0, 1)
	line, _ := p.Open(0, spec.Version31)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 2000 {
			v := engine.CallView{Line: "ilund", Number: uint32(i/4 + 1), Actions: tapitest.AllActions, State: []engine.State{engine.Offering, engine.Connected, engine.Held, engine.Idle}[i%4]}
			p.Feed(engine.Change{Kind: engine.CallMoved, Line: &l, Call: &v, To: v.State, Pos: engine.Position{Seq: uint64(i)}})
		}
	})
	for n := range 3 {
		wg.Go(func() {
			for i := range 2000 {
				if m, ok := p.Next(); ok && m.HDCall != 0 {
					p.CallInfo(m.HDCall)
					p.CallStatus(m.HDCall)
					p.Hold(uint32(n*10000+i+1), m.HDCall)
					p.CloseCall(m.HDCall)
				}
				p.status(line)
			}
		})
	}
	wg.Wait()
}
