package projection_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/conformance"
	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/projection"
	"offhook/engine"
	"offhook/events"
)

// world plays the engine: it keeps views and makes the changes the engine would make.
type world struct {
	t     *testing.T
	p     *projection.Projection
	m     *conformance.Monitor
	seq   uint64
	at    events.Millis
	line  engine.LineView
	calls map[uint32]*engine.CallView
	out   []string
	all   []projection.TAPIMessage
}

func newWorld(t *testing.T, o projection.Options) *world {
	w := &world{t: t, p: projection.New(o), m: conformance.NewMonitor(), line: tapitest.Ida, calls: map[uint32]*engine.CallView{}, at: 36000000}
	w.apply(engine.Change{Kind: engine.LineUpdated})
	return w
}

func (w *world) apply(cs ...engine.Change) {
	w.seq++
	w.at += 1000
	for i, c := range cs {
		l := w.line
		c.Pos, c.At, c.Line = engine.Position{Seq: w.seq, Index: uint32(i)}, w.at, &l
		if c.Call != nil {
			v := *c.Call
			c.Call = &v
		}
		w.p.Apply(c, w.take)
	}
}

func (w *world) take(n projection.TAPIMessage) {
	w.out = append(w.out, n.String())
	w.all = append(w.all, n)
	for _, v := range w.m.Observe(n) {
		w.t.Errorf("%s: %s", n, v)
	}
}

// call starts a call the way the engine does and gives its view to be filled.
func (w *world) call(number uint32, to engine.State, set func(*engine.CallView)) {
	v := &engine.CallView{Line: w.line.Key, Number: number, Reason: events.ReasonDirect, Began: w.at}
	set(v)
	w.calls[number] = v
	w.move(number, to, nil)
}

func (w *world) move(number uint32, to engine.State, set func(*engine.CallView)) {
	w.apply(w.moves(number, set, to)...)
}

func (w *world) moves(number uint32, set func(*engine.CallView), states ...engine.State) []engine.Change {
	v := w.calls[number]
	if set != nil {
		set(v)
	}
	return tapitest.Moves(v, w.at+1000, states...)
}

// end is the far end's hangup: two changes of one event.
func (w *world) end(number uint32, cause events.Reason) {
	w.apply(w.moves(number, func(v *engine.CallView) { v.Cause = cause }, engine.Disconnected, engine.Idle)...)
}

// gone is the end by our own side: one change.
func (w *world) gone(number uint32, cause events.Reason) {
	w.apply(w.moves(number, func(v *engine.CallView) { v.Cause = cause }, engine.Idle)...)
}

// rang is the end of a ring cycle.
func (w *world) rang(number uint32) {
	v := w.calls[number]
	w.apply(engine.Change{Kind: engine.CallRang, Call: v, From: v.State, To: v.State})
}

func (w *world) update(number uint32, set func(*engine.CallView)) {
	v := w.calls[number]
	set(v)
	w.apply(engine.Change{Kind: engine.CallUpdated, Call: v, From: v.State, To: v.State})
}

func (w *world) ask(q events.RequestFacts) {
	q.Line = w.line.Key
	w.apply(engine.Change{Kind: engine.RequestAccepted, Request: q})
}

func (w *world) done(id uint32, k events.RequestKind, call uint32, r events.Result) engine.Change {
	return engine.Change{Kind: engine.RequestEnded, Finished: events.FinishedFacts{ID: id, Kind: k, Line: w.line.Key, Call: call, Result: r}}
}

// dial is a MakeCall the PBX took: completion and call.initiated in one event each.
func (w *world) dial(id, number uint32, to string) {
	w.ask(events.RequestFacts{ID: id, Kind: events.Dial, Call: number, Number: to})
	w.apply(w.done(id, events.Dial, number, events.ResultOK))
	w.call(number, engine.Dialing, func(v *engine.CallView) { v.Outbound, v.Request, v.Called.Number = true, id, to })
}

func (w *world) service(in bool) {
	w.line.InService = in
	w.apply(engine.Change{Kind: engine.LineUpdated})
}

// want compares what was said since the last want.
func (w *world) want(text string) {
	w.t.Helper()
	var lines []string
	for l := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	got := make([]string, 0, len(w.out))
	for _, l := range w.out {
		got = append(got, strings.TrimPrefix(strings.ReplaceAll(l, "LINE_", ""), "line  41 "))
	}
	w.out = nil
	require.Equal(w.t, strings.Join(lines, "\n"), strings.Join(got, "\n"))
}
