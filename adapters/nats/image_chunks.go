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
	chunkBytes = 1 << 20 // bytes of an engine image in one message, unless the server allows less
	chunkRoom  = 512     // bytes of the server's max_payload that the message's headers need
	chunkExtra = 512     // upper bound of what the store needs for a message besides the chunk
)

// chunkSize returns how many bytes of an engine image the server takes in one message.
func (l *link) chunkSize() int { return int(min(chunkBytes, l.nc.MaxPayload()-chunkRoom)) }

// chunkCount returns how many messages an engine image of n bytes needs.
func (l *link) chunkCount(n int) (int, error) {
	size := l.chunkSize()
	if size <= 0 {
		return 0, fmt.Errorf("%w: the server's max_payload of %d bytes is too small for engine images", ErrTooLarge, l.nc.MaxPayload())
	}
	return (n + size - 1) / size, nil
}

// putImage publishes the bytes of an engine image in chunks. Each chunk names the stream sequence that must be the last, so
// that the chunks have consecutive sequences and no other writer's chunks stand between them.
func (l *link) putImage(ctx context.Context, c Config, event, last uint64, b []byte) (storedImage, error) {
	n, err := l.chunkCount(len(b))
	if err != nil {
		return storedImage{}, err
	}
	r := storedImage{seq: event, firstChunk: last + 1, chunks: uint64(n)}
	for size := l.chunkSize(); r.present < r.chunks; r.present++ {
		part := b[:min(size, len(b))]
		b = b[len(part):]
		if err := l.putChunk(ctx, c, r, part); err != nil {
			return storedImage{}, err
		}
	}
	return r, nil
}

func (l *link) putChunk(ctx context.Context, c Config, r storedImage, part []byte) error {
	within, cancel := context.WithTimeout(ctx, c.AckWait)
	defer cancel()
	_, err := l.js.PublishMsg(within, &client.Msg{Subject: c.chunkSubject(r, r.present), Data: part}, jetstream.WithRetryAttempts(0),
		jetstream.WithExpectStream(c.imageStreamName()), jetstream.WithExpectLastSequence(r.firstChunk+r.present-1))
	switch {
	case err == nil:
		return nil
	case tooLarge(err):
		return fmt.Errorf("%w: engine image at %d: %w", ErrTooLarge, r.seq, err)
	case wrongLastSequence(err):
		return fmt.Errorf("%w: engine image at %d: another program wrote to its stream meanwhile: %w", events.ErrConflict, r.seq, err)
	}
	return fmt.Errorf("%w: engine image at %d: %w", events.ErrFull, r.seq, err)
}

// fetchImage reads an image's chunks, many for each request. errMissing says that the server does not have one of them.
func (l *link) fetchImage(ctx context.Context, c Config, r storedImage) ([]byte, error) {
	var b []byte
	for next := r.firstChunk; next < r.endChunk(); {
		p, err := l.startPull(c.imageStreamName(), getRequest{Seq: next, Batch: int(min(maxPullMessages, r.endChunk()-next)), Bytes: maxPullBytes})
		if err != nil {
			return nil, err
		}
		err = p.receive(ctx, c.AckWait, func(seq uint64, m *client.Msg) error {
			if seq != next || m.Header.Get(jetstream.SubjectHeader) != c.chunkSubject(r, seq-r.firstChunk) {
				return fmt.Errorf("%w: chunk %d of the engine image at %d", errMissing, next-r.firstChunk, r.seq)
			}
			if len(b)+len(m.Data) > pack.MaxImage {
				return fmt.Errorf("%w: an engine image of more than %d bytes", events.ErrCorrupt, pack.MaxImage)
			}
			b = append(b, m.Data...)
			next++
			return nil
		})
		p.close()
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// explainMissing says why a chunk of an image could not be read: ErrCorrupt if the stream still lists all chunks, so that
// one is lost, and errMissing if another program removed the image meanwhile.
func (l *link) explainMissing(ctx context.Context, c Config, r storedImage) error {
	have, err := l.imageList(ctx, c)
	switch {
	case err != nil:
		return err
	case have.holdsComplete(r):
		return fmt.Errorf("%w: a chunk of it is lost", events.ErrCorrupt)
	}
	return errMissing
}
