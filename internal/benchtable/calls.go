package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"offhook/engine"
	"offhook/internal/trace"
)

// callsPerLine is how many live calls a line has in these rows: a user talks and has another call waiting.
const callsPerLine = 2

// loadedEngine is an engine with many live calls, and the inputs that make them.
type loadedEngine struct {
	core  *engine.Core
	at    int64
	lines int
	calls int // numbers given
	live  []int
	rand  *rand.Rand
}

func newLoadedEngine(calls int) *loadedEngine {
	w := &loadedEngine{core: engine.NewCore(settings(), newDialect()), lines: calls / callsPerLine, rand: rand.New(rand.NewPCG(1, 2))}
	for line := range w.lines { // every line is learned before the measurement
		w.sendNext(line, "ringing")
		w.sendNext(line, "hangup")
		w.calls++
	}
	w.at += time.Minute.Milliseconds()
	return w
}

func (w *loadedEngine) sendNext(line int, stage string) { w.sendStage(line, w.calls, stage) }

func (w *loadedEngine) sendStage(line, call int, stage string) {
	w.at++
	w.core.Step(trace.Record{Kind: trace.In, At: w.at, Raw: stanza(line, call, stage)})
}

// startCalls starts callsPerLine calls on each line, all connected, and returns the heap bytes of one.
func (w *loadedEngine) startCalls() float64 {
	before := heapBytes()
	n := w.lines * callsPerLine
	w.live = make([]int, 0, n)
	for i := range n {
		w.sendNext(i%w.lines, "ringing")
		w.sendNext(i%w.lines, "busy")
		w.live = append(w.live, w.calls)
		w.calls++
	}
	w.core.Step(trace.Record{Kind: trace.Timer, At: w.at + time.Hour.Milliseconds()})
	return float64(heapBytes()-before-uint64(8*n)) / float64(n)
}

func heapBytes() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// side returns a side whose turn is n stanzas: hold and unhold of random calls.
func (w *loadedEngine) side(n int) side {
	return func() (int, time.Duration, error) {
		rs := make([]trace.Record, 0, n)
		for len(rs) < n {
			i := w.rand.IntN(len(w.live))
			for _, stage := range []string{"hold", "unhold"} {
				w.at++
				rs = append(rs, trace.Record{Kind: trace.In, At: w.at, Raw: stanza(i%w.lines, w.live[i], stage)})
			}
		}
		start := time.Now()
		for i := range rs {
			w.core.Step(rs[i])
		}
		return n, time.Since(start), nil
	}
}

// benchCalls measures what a live call costs: in memory, and in the time of other calls' events. An engine with few calls
// and one with many cannot alternate in one process, since garbage collection of the large heap would slow down both. So
// each of them alternates with decoding, which allocates nothing and costs the same at any heap size, and its time is
// expressed as a multiple of one decoding.
func benchCalls(b *bench) error {
	sizes := []int{100_000, 1_000_000}
	if b.quick {
		sizes = sizes[:1]
	}
	for _, n := range sizes {
		name := fmt.Sprintf("%dk", n/1000)
		few, _, err := b.measureLoaded(1000)
		if err != nil {
			return err
		}
		many, size, err := b.measureLoaded(n)
		if err != nil {
			return err
		}
		b.add(row{name: "live call, text kept, at " + name + " calls", value: size, unit: "B", floor: 256, aim: 184, smallerIsBetter: true,
			detail: fmt.Sprintf("%d calls on each of %d lines", callsPerLine, n/callsPerLine)})
		b.add(row{name: "an event at " + name + " live calls vs at 1k", value: many / few, unit: "x", floor: 3, aim: 2, smallerIsBetter: true,
			detail: fmt.Sprintf("%.1f vs %.1f times one decoding", many, few)})
	}
	return nil
}

// measureLoaded returns the time of an event among that many live calls, as a multiple of one decoding, and the bytes of a
// call.
func (b *bench) measureLoaded(calls int) (event, size float64, err error) {
	w := newLoadedEngine(calls)
	size = w.startCalls()
	raw, d, o := stanza(7, 7, "ringing"), newDialect(), engine.Observation{}
	t, err := b.alternate(w.side(2000), repeat(4000, func() {
		o = engine.Observation{}
		d.Decode(raw, engine.Origin{}, &o)
	}))
	if err != nil {
		return 0, 0, err
	}
	return t[0] / t[1], size, nil
}
