package nats

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"offhook/events"
	"offhook/events/journaltest"
)

// appendRate appends rounds packs of 256 through the journal and returns events per second.
func appendRate(b *testing.B, j *Journal, rounds int) float64 {
	batch := journaltest.Batch(j.ID(), 1, events.PackEvents)
	start := time.Now()
	for range rounds {
		next := j.Last() + 1
		for i := range batch {
			batch[i] = batch[i].Numbered(next + uint64(i))
		}
		if err := j.Append(context.Background(), next, batch); err != nil {
			b.Fatal(err)
		}
	}
	return float64(rounds*events.PackEvents) / time.Since(start).Seconds()
}

// publishRate publishes count events, one message each, raw kept, and returns events per second.
func publishRate(b *testing.B, j *Journal, count int, sync bool) float64 {
	_, err := j.link.js.CreateStream(context.Background(), jetstream.StreamConfig{Name: "SINGLE", Subjects: []string{"single"}, Storage: jetstream.FileStorage})
	if err != nil {
		b.Fatal(err)
	}
	batch := journaltest.Batch(j.ID(), 1, events.PackEvents)
	var buf []byte
	start := time.Now()
	for i := range count {
		e := batch[i%len(batch)]
		buf = append(e.AppendBinary(buf[:0]), e.Cause().Raw...)
		if sync {
			_, err = j.link.js.Publish(context.Background(), "single", buf)
		} else {
			_, err = j.link.js.PublishAsync("single", append([]byte(nil), buf...))
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	<-j.link.js.PublishAsyncComplete()
	return float64(count) / time.Since(start).Seconds()
}

// BenchmarkAppend compares packs with one message per event, on the same server. x-single is the ratio.
func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct {
		name    string
		sync    Sync
		singles int
	}{{"interval", SyncInterval, 60000}, {"always", SyncAlways, 1500}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				j := openJournal(b, Config{Dir: b.TempDir(), Sync: c.sync})
				alone := publishRate(b, j, c.singles, c.sync == SyncAlways)
				packs := appendRate(b, j, 400)
				b.ReportMetric(packs, "events/s")
				b.ReportMetric(alone, "single-events/s")
				b.ReportMetric(packs/alone, "x-single")
			}
		})
	}
}

// BenchmarkRead reads all events of a journal of 256000 events, reads one of them, and opens the journal.
func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	j, err := Open(context.Background(), Config{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	appendRate(b, j, 1000)
	b.Run("all", func(b *testing.B) {
		n := 0
		for b.Loop() {
			for _, err := range j.Read(context.Background(), 1) {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
	})
	b.Run("one", func(b *testing.B) {
		for n := uint64(1); b.Loop(); n += 997 {
			for _, err := range j.Read(context.Background(), 1+n%j.Last()) {
				if err != nil {
					b.Fatal(err)
				}
				break
			}
		}
	})
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			j, err := Open(context.Background(), Config{Dir: dir})
			if err != nil {
				b.Fatal(err)
			}
			if err := j.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
