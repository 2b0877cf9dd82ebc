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

// store is a journal on an embedded server, and a stream of one message an event beside it on the same server.
type store struct {
	journal *nats.Journal
	conn    *client.Conn
	js      jetstream.JetStream
	stream  jetstream.Stream
	events  []events.Event // samples, raw stanzas with them
}

const singles = "single"

// open makes a store in a directory of its own.
func (b *bench) open(name string, sync nats.Sync) (*store, error) {
	s := &store{}
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
	s.stream, err = s.js.CreateStream(b.ctx, jetstream.StreamConfig{Name: "SINGLE", Subjects: []string{singles}, Storage: jetstream.FileStorage})
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.events, _ = made(together * 20)
	return s, nil
}

func (s *store) close() error {
	if s.conn != nil {
		s.conn.Close()
	}
	return s.journal.Close()
}

// message is an event as a message of its own: its binary form and its raw stanza.
func message(e events.Event) []byte { return append(e.AppendBinary(nil), e.Cause().Raw...) }

// async publishes n events, one message each, without waiting in between, and then for all acknowledgements.
func (s *store) async(ctx context.Context, n int) side {
	return func() (int, time.Duration, error) {
		start := time.Now()
		for i := range n {
			if _, err := s.js.PublishAsync(singles, message(s.events[i%len(s.events)])); err != nil {
				return 0, 0, err
			}
		}
		select {
		case <-s.js.PublishAsyncComplete():
		case <-time.After(30 * time.Second):
			return 0, 0, errors.New("the server does not acknowledge")
		}
		took := time.Since(start)
		return n, took, s.stream.Purge(ctx) // the disk must not fill
	}
}

// sync publishes n events one by one, each after the acknowledgement of the one before.
func (s *store) sync(ctx context.Context, n int) side {
	return func() (int, time.Duration, error) {
		start := time.Now()
		for i := range n {
			if _, err := s.js.Publish(ctx, singles, message(s.events[i%len(s.events)])); err != nil {
				return 0, 0, err
			}
		}
		return n, time.Since(start), nil
	}
}

// packed appends packs of events through the journal.
func (s *store) packed(ctx context.Context, packs int) side {
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

// journaling compares packs with single messages, without anything around.
func journaling(b *bench) error {
	for _, c := range []struct {
		name  string
		sync  nats.Sync
		alone func(*store) side
	}{
		{"journal: packs vs one PublishAsync an event", nats.SyncInterval, func(s *store) side { return s.async(b.ctx, 4000) }},
		{"journal with fsync: packs vs one Publish an event", nats.SyncAlways, func(s *store) side { return s.sync(b.ctx, 40) }},
	} {
		s, err := b.open("journal-"+string(c.sync), c.sync)
		if err != nil {
			return err
		}
		t, err := b.turns(c.alone(s), s.packed(b.ctx, 40))
		if err = errors.Join(err, s.close()); err != nil {
			return err
		}
		b.add(row{name: c.name, value: t[0] / t[1], unit: "x", detail: rate(t[1], "events") + " vs " + rate(t[0], "events")})
	}
	return nil
}
