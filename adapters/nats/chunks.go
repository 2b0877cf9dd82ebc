package nats

import (
	"context"
	"fmt"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"offhook/events"
	"offhook/internal/pack"
)

// The client library's object store is not used: its Put starts a goroutine that, when the Put ends before it has begun,
// waits on a nil channel for ever (nats.go 1.55, resetPendingAcksOnReconnect).
const (
	chunkBytes = 1 << 20 // of a snapshot in one message, unless the server allows less
	chunkRoom  = 512     // of the server's max_payload for the message's headers
	chunkExtra = 512     // what the store needs for a message besides the chunk, generously
)

// chunkSize is how much of a snapshot the server takes in one message.
func (l *link) chunkSize() int { return int(min(chunkBytes, l.nc.MaxPayload()-chunkRoom)) }

// chunks is how many messages a snapshot of n bytes is.
func (l *link) chunks(n int) (int, error) {
	size := l.chunkSize()
	if size <= 0 {
		return 0, fmt.Errorf("%w: the server's max_payload of %d bytes is too small for snapshots", ErrTooLarge, l.nc.MaxPayload())
	}
	return (n + size - 1) / size, nil
}

// put publishes b as a run. Each chunk names the stream sequence that must be the last, so that a run is without gaps and
// a second writer's chunks never get in between.
func (l *link) put(ctx context.Context, c Config, event, last uint64, b []byte) (run, error) {
	n, err := l.chunks(len(b))
	if err != nil {
		return run{}, err
	}
	r := run{event: event, first: last + 1, count: uint64(n)}
	for size := l.chunkSize(); r.have < r.count; r.have++ {
		part := b[:min(size, len(b))]
		b = b[len(part):]
		if err := l.putChunk(ctx, c, r, part); err != nil {
			return run{}, err
		}
	}
	return r, nil
}

func (l *link) putChunk(ctx context.Context, c Config, r run, part []byte) error {
	within, cancel := context.WithTimeout(ctx, c.AckWait)
	defer cancel()
	_, err := l.js.PublishMsg(within, &client.Msg{Subject: c.chunk(r, r.have), Data: part}, jetstream.WithRetryAttempts(0),
		jetstream.WithExpectStream(c.snapshotStream()), jetstream.WithExpectLastSequence(r.first+r.have-1))
	switch {
	case err == nil:
		return nil
	case oversize(err):
		return fmt.Errorf("%w: snapshot at %d: %w", ErrTooLarge, r.event, err)
	case outrun(err):
		return fmt.Errorf("%w: snapshot at %d: somebody else wrote to its stream (another program that saves?): %w", events.ErrConflict, r.event, err)
	}
	return fmt.Errorf("%w: snapshot at %d: %w", events.ErrFull, r.event, err)
}

// fetch reads a run's chunks, many for each request. errMissing says that one is not there.
func (l *link) fetch(ctx context.Context, c Config, r run) ([]byte, error) {
	var b []byte
	for next := r.first; next < r.end(); {
		p, err := l.pull(c.snapshotStream(), ask{Seq: next, Batch: int(min(pullCount, r.end()-next)), Bytes: pullBytes})
		if err != nil {
			return nil, err
		}
		err = p.receive(ctx, c.AckWait, func(seq uint64, m *client.Msg) error {
			if seq != next || m.Header.Get(jetstream.SubjectHeader) != c.chunk(r, seq-r.first) {
				return fmt.Errorf("%w: chunk %d of the snapshot at %d", errMissing, next-r.first, r.event)
			}
			if len(b)+len(m.Data) > pack.MaxSnapshot {
				return fmt.Errorf("%w: a snapshot of more than %d bytes", events.ErrCorrupt, pack.MaxSnapshot)
			}
			b = append(b, m.Data...)
			next++
			return nil
		})
		p.drop()
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// stillListed decides on a run with a chunk that cannot be had: lost when the stream still lists all of it, and else
// removed by somebody meanwhile, which is errMissing.
func (l *link) stillListed(ctx context.Context, c Config, r run) error {
	have, err := l.shelf(ctx, c)
	switch {
	case err != nil:
		return err
	case have.holds(r):
		return fmt.Errorf("%w: a chunk of it is lost", events.ErrCorrupt)
	}
	return errMissing
}
