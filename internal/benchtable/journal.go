package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"offhook/adapters/nats"
	"offhook/events"
)

// journalStore is a journal on an embedded server, and on the same server a stream with one message per event.
type journalStore struct {
	journal *nats.Journal
	conn    *client.Conn
	js      jetstream.JetStream
	stream  jetstream.Stream
	events  []events.Event // samples with raw stanzas
}

const singleSubject = "single"

// openStore makes a journalStore in a directory of its own.
func (b *bench) openStore(name string, sync nats.Sync) (*journalStore, error) {
	s := &journalStore{}
	var err error
	s.journal, err = nats.Open(b.ctx, nats.Config{Dir: filepath.Join(b.dir, name), Listen: "127.0.0.1:0", Sync: sync})
	if err != nil {
		return nil, err
	}
	if s.conn, err = client.Connect("nats://" + s.journal.Addr()); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if s.js, err = jetstream.New(s.conn, jetstream.WithPublishAsyncMaxPending(4096)); err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.stream, err = s.js.CreateStream(b.ctx, jetstream.StreamConfig{Name: "SINGLE", Subjects: []string{singleSubject}, Storage: jetstream.FileStorage})
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.events, _ = eventsAndChanges(concurrentCalls * 20)
	return s, nil
}

func (s *journalStore) close() error {
	if s.conn != nil {
		s.conn.Close()
	}
	return s.journal.Close()
}

// messageOf returns an event as one message: its binary form and its raw stanza.
func messageOf(e events.Event) []byte { return append(e.AppendBinary(nil), e.Cause().Raw...) }

// publishAsync publishes n events, one message each, and then waits for all acknowledgements.
func (s *journalStore) publishAsync(ctx context.Context, n int) side {
	return func() (int, time.Duration, error) {
		start := time.Now()
		for i := range n {
			if _, err := s.js.PublishAsync(singleSubject, messageOf(s.events[i%len(s.events)])); err != nil {
				return 0, 0, err
			}
		}
		select {
		case <-s.js.PublishAsyncComplete():
		case <-time.After(30 * time.Second):
			return 0, 0, errors.New("the server does not acknowledge")
		}
		took := time.Since(start)
		return n, took, s.stream.Purge(ctx) // so that the disk does not fill
	}
}

// publishSync publishes n events, each after the acknowledgement of the one before.
func (s *journalStore) publishSync(ctx context.Context, n int) side {
	return func() (int, time.Duration, error) {
		start := time.Now()
		for i := range n {
			if _, err := s.js.Publish(ctx, singleSubject, messageOf(s.events[i%len(s.events)])); err != nil {
				return 0, 0, err
			}
		}
		return n, time.Since(start), nil
	}
}

// appendPacks appends packs of events through the journal.
func (s *journalStore) appendPacks(ctx context.Context, packs int) side {
	batch := make([]events.Event, events.PackEvents)
	return func() (int, time.Duration, error) {
		start := time.Now()
		for range packs {
			next := s.journal.Last() + 1
			for i := range batch {
				batch[i] = s.events[(int(next)+i)%len(s.events)].Numbered(next + uint64(i))
			}
			if err := s.journal.Append(ctx, next, batch); err != nil {
				return 0, 0, err
			}
		}
		return packs * len(batch), time.Since(start), nil
	}
}

// benchJournal compares packs with single messages, without the rest of the pipeline.
func benchJournal(b *bench) error {
	for _, c := range []struct {
		name  string
		sync  nats.Sync
		alone func(*journalStore) side
	}{
		{"journal: packs vs one PublishAsync an event", nats.SyncInterval, func(s *journalStore) side { return s.publishAsync(b.ctx, 4000) }},
		{"journal with fsync: packs vs one Publish an event", nats.SyncAlways, func(s *journalStore) side { return s.publishSync(b.ctx, 40) }},
	} {
		s, err := b.openStore("journal-"+string(c.sync), c.sync)
		if err != nil {
			return err
		}
		t, err := b.alternate(c.alone(s), s.appendPacks(b.ctx, 40))
		if err = errors.Join(err, s.close()); err != nil {
			return err
		}
		b.add(row{name: c.name, value: t[0] / t[1], unit: "x", detail: formatRate(t[1], "events") + " vs " + formatRate(t[0], "events")})
	}
	return nil
}
