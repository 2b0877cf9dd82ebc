package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"offhook/engine"
	"offhook/internal/trace"
)

// callsPerLine is how many live calls a line of these rows carries: a busy user talks and has one waiting.
const callsPerLine = 2

// crowd is an engine with many live calls.
type crowd struct {
	core  *engine.Core
	at    int64
	lines int
	calls int // numbers given
	live  []int
	rand  *rand.Rand
}

func newCrowd(calls int) *crowd {
	w := &crowd{core: engine.NewCore(settings(), newDialect()), lines: calls / callsPerLine, rand: rand.New(rand.NewPCG(1, 2))}
	for line := range w.lines { // the lines are there before what is measured
		w.step(line, "ringing")
		w.step(line, "hangup")
		w.calls++
	}
	w.at += time.Minute.Milliseconds()
	return w
}

func (w *crowd) step(line int, stage string) { w.say(line, w.calls, stage) }

func (w *crowd) say(line, call int, stage string) {
	w.at++
	w.core.Step(trace.Record{Kind: trace.In, At: w.at, Raw: stanza(line, call, stage)})
}

// fill lets each line have its calls, all talking, and gives the bytes of the heap that one takes.
func (w *crowd) fill() float64 {
	before := heap()
	n := w.lines * callsPerLine
	w.live = make([]int, 0, n)
	for i := range n {
		w.step(i%w.lines, "ringing")
		w.step(i%w.lines, "busy")
		w.live = append(w.live, w.calls)
		w.calls++
	}
	w.core.Step(trace.Record{Kind: trace.Timer, At: w.at + time.Hour.Milliseconds()})
	return float64(heap()-before-uint64(8*n)) / float64(n)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// side is a turn of n stanzas: hold and unhold of calls picked at random.
func (w *crowd) side(n int) side {
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

// liveCalls measures what a live call costs: in memory, and in the time that others' events take. The two sides of the
// latter cannot take turns in one process, since the collector's work on the large heap would slow both. So each takes
// turns with decoding, which allocates nothing and has the same cost at all sizes, and is counted in its time.
func liveCalls(b *bench) error {
	sizes := []int{100_000, 1_000_000}
	if b.quick {
		sizes = sizes[:1]
	}
	for _, n := range sizes {
		name := fmt.Sprintf("%dk", n/1000)
		few, _, err := b.crowded(1000)
		if err != nil {
			return err
		}
		many, size, err := b.crowded(n)
		if err != nil {
			return err
		}
		b.add(row{name: "live call, text kept, at " + name + " calls", value: size, unit: "B", floor: 256, aim: 184, less: true,
			detail: fmt.Sprintf("%d calls on each of %d lines", callsPerLine, n/callsPerLine)})
		b.add(row{name: "an event at " + name + " live calls vs at 1k", value: many / few, unit: "x", floor: 3, aim: 2, less: true,
			detail: fmt.Sprintf("%.1f vs %.1f times one decoding", many, few)})
	}
	return nil
}

// crowded gives the time of an event among so many live calls, in times of one decoding, and the bytes of a call.
func (b *bench) crowded(calls int) (event, size float64, err error) {
	w := newCrowd(calls)
	size = w.fill()
	raw, d, o := stanza(7, 7, "ringing"), newDialect(), engine.Observation{}
	t, err := b.turns(w.side(2000), times(4000, func() {
		o = engine.Observation{}
		d.Decode(raw, engine.Origin{}, &o)
	}))
	if err != nil {
		return 0, 0, err
	}
	return t[0] / t[1], size, nil
}
