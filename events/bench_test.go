package events_test

import (
	"encoding/json"
	"testing"
	"time"

	"offhook/events"
	"offhook/events/journaltest"
)

// jsonEvent is a call event as encoding/json would store it.
type jsonEvent struct {
	Seq, Input            uint64
	At                    events.Millis
	Journal, Source, Name string
	Facts                 events.CallFacts
}

// BenchmarkCodec compares the binary form with encoding/json; "x-json" is how many times faster it is in this run.
func BenchmarkCodec(b *testing.B) {
	e := journaltest.Event(events.CallEstablished, "journal-1", 12345, "")
	f := e.Body().(events.Call).Facts()
	p := jsonEvent{e.Seq(), e.Cause().Input, e.At(), e.Journal(), e.Source(), e.Name(), f}
	text, err := json.Marshal(p)
	if err != nil {
		b.Fatal(err)
	}
	bin := e.AppendBinary(nil)
	var buf []byte
	for _, c := range []struct {
		name       string
		ours, json func()
	}{
		{"encode", func() { buf = e.AppendBinary(buf[:0]) }, func() { _, _ = json.Marshal(p) }},
		{"decode", func() { _, _, _ = events.Decode(bin, "") }, func() { var q jsonEvent; _ = json.Unmarshal(text, &q) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.ours()
			}
			each := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.StopTimer()
			const n = 20000 // testing.Benchmark would wait for this benchmark to end
			start := time.Now()
			for range n {
				c.json()
			}
			slow := float64(time.Since(start).Nanoseconds()) / n
			b.ReportMetric(slow/each, "x-json")
		})
	}
}
