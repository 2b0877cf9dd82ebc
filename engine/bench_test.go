package engine

import (
	"fmt"
	"runtime"
	"testing"

	"offhook/events"
	"offhook/internal/trace"
)

// day gives the stanzas of calls that ring, are answered, held, taken back and hung up, fifty at a time.
type day struct {
	calls int
	at    int64
}

func (d *day) next(calls int) []trace.Record {
	var all []trace.Record
	for range calls / 50 {
		for _, stage := range []string{"ringing", "busy", "hold", "unhold", "hangup"} {
			for i := range 50 {
				d.at++
				n := d.calls + i
				all = append(all, trace.Record{Kind: trace.In, At: d.at, Raw: fmt.Sprintf(
					"%s user=u%d ch=SIP/yl-%d dev=Phone-%d from=0711%06d fromName=Vogt to=%d", stage, n%200, n, n%200, n, n%200)})
			}
		}
		d.calls += 50
	}
	return all
}

func newBench() (*Core, *day) {
	c, d := NewCore(Settings{Journal: "test", Learn: true}, plain{}), &day{}
	for _, r := range d.next(200) {
		c.Step(r)
	}
	return c, d
}

// BenchmarkStep is a stanza through resolving and applying; the fake dialect's own time is in it.
func BenchmarkStep(b *testing.B) {
	c, d := newBench()
	var rs []trace.Record
	b.ReportAllocs()
	for b.Loop() {
		if len(rs) == 0 {
			b.StopTimer()
			rs = d.next(1000)
			b.StartTimer()
		}
		c.Step(rs[0])
		rs = rs[1:]
	}
}

// BenchmarkApply is an event of the journal.
func BenchmarkApply(b *testing.B) {
	var all []events.Event
	c, d := newBench()
	for _, r := range d.next(2000) {
		for _, o := range c.Step(r) {
			if o.Kind == OutEvent {
				all = append(all, o.Event)
			}
		}
	}
	again, _ := newBench()
	seq := again.Seq()
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		if i == len(all) {
			b.StopTimer()
			again, _ = newBench()
			seq, i = again.Seq(), 0
			b.StartTimer()
		}
		seq++
		again.Apply(all[i].Numbered(seq))
		i++
	}
}

// BenchmarkMachine compares one step of the looplab machine with the table made from it (TestDense proves them equal).
func BenchmarkMachine(b *testing.B) {
	m := newMachine()
	b.Run("looplab", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := m.next(Offering, events.CallEstablished.String()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("dense", func(b *testing.B) {
		for b.Loop() {
			if _, ok := stateTable.next(Offering, events.CallEstablished); !ok {
				b.Fatal("not allowed")
			}
		}
	})
}

// BenchmarkLiveCall is the heap that a talking call takes, its text kept.
func BenchmarkLiveCall(b *testing.B) {
	const calls = 20_000
	for b.Loop() {
		c, d := newBench()
		before := heap()
		for i := range calls {
			for _, stage := range []string{"ringing", "busy"} {
				d.at++
				c.Step(trace.Record{Kind: trace.In, At: d.at, Raw: fmt.Sprintf(
					"%s user=u%d ch=SIP/yl-live-%d dev=Phone-%d from=0711%06d fromName=Vogt to=%d", stage, i%200, i, i%200, i, i%200)})
			}
		}
		c.Step(trace.Record{Kind: trace.Timer, At: d.at + 3_600_000})
		b.ReportMetric(float64(heap()-before)/calls, "B/call")
		runtime.KeepAlive(c)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
