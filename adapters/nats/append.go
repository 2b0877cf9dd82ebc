package nats

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"offhook/events"
	"offhook/internal/pack"
)

// Append stores the batch; see events.Journal. A batch that is larger than a pack (256 events or 512 KiB) is stored as
// several packs: each is stored whole or not at all. After ErrFull in the middle the caller repeats the same Append, which
// stores the rest. If ctx ends in the middle the outcome is unknown until the caller repeats the Append.
func (j *Journal) Append(ctx context.Context, next uint64, batch []events.Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := j.takeWriteToken(ctx); err != nil {
		return err
	}
	defer j.returnWriteToken()
	if err := events.CheckNumbers(next, batch); err != nil {
		return err
	}
	if err := j.ensureReady(ctx); err != nil {
		return err
	}
	pos := j.position()
	if next != pos.last+1 || len(batch) == 0 {
		rest, err := j.missingRest(ctx, pos, next, batch)
		if err != nil {
			return err
		}
		batch = rest
	}
	return j.storeBatch(ctx, batch)
}

// takeWriteToken waits until this caller is the only writer.
func (j *Journal) takeWriteToken(ctx context.Context) error {
	select {
	case <-j.done:
		return events.ErrClosed
	default:
	}
	select {
	case <-j.writeToken:
		return nil
	case <-j.done:
		return events.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (j *Journal) returnWriteToken() { j.writeToken <- struct{}{} }

// ensureReady reopens the embedded server and reads the position again, if either is needed before an append.
func (j *Journal) ensureReady(ctx context.Context) error {
	if j.mustReopen {
		if err := j.reopenServer(ctx); err != nil {
			return err
		}
	}
	if j.positionUnknown {
		return j.refreshPosition(ctx)
	}
	return nil
}

// refreshPosition reads the position from the stream.
func (j *Journal) refreshPosition(ctx context.Context) error {
	l, _, _, err := j.readerState()
	if err != nil {
		return err
	}
	pos, err := j.readPosition(ctx, l)
	if err != nil {
		return asFull(err)
	}
	j.setPosition(pos)
	j.positionUnknown = false
	return nil
}

// asFull wraps the error of a server that does not answer in ErrFull; it returns other errors as they are.
func asFull(err error) error {
	if errors.Is(err, ErrUnavailable) {
		return fmt.Errorf("%w: %w", events.ErrFull, err)
	}
	return err
}

// missingRest decides about an append that does not begin at the next number. If the batch is what the journal ends with,
// it returns nothing; if only the first packs of this batch were stored, it returns the events that are missing. All else
// is ErrConflict.
func (j *Journal) missingRest(ctx context.Context, pos position, next uint64, batch []events.Event) ([]events.Event, error) {
	conflict := fmt.Errorf("%w: append of %d at %d, the next is %d", events.ErrConflict, len(batch), next, pos.last+1)
	if len(batch) == 0 && next == pos.last+1 {
		return nil, nil
	}
	if next == 0 || next < pos.first || next > pos.last || len(batch) == 0 {
		return nil, conflict
	}
	stored := pos.last - next + 1
	if stored > uint64(len(batch)) || stored < uint64(len(batch)) && next != j.partialBatch {
		return nil, conflict
	}
	have := make([]events.Event, 0, stored)
	for e, err := range j.readRange(ctx, next, pos.last, pack.Unpack) {
		if err != nil {
			return nil, asFull(err)
		}
		have = append(have, e)
	}
	if !events.SameEvents(have, batch[:stored]) {
		return nil, conflict
	}
	return batch[stored:], nil
}

// storeBatch stores the batch pack by pack.
func (j *Journal) storeBatch(ctx context.Context, batch []events.Event) error {
	for rest := batch; len(rest) > 0; {
		b, n, err := j.packer.Pack(rest)
		if err == nil {
			err = j.storePack(ctx, b, rest[:n])
		}
		if err != nil {
			if len(rest) < len(batch) && j.partialBatch == 0 {
				j.partialBatch = batch[0].Seq()
			}
			return err
		}
		rest = rest[n:]
	}
	j.partialBatch = 0
	return nil
}

// storePack publishes one pack and returns nil once it is stored.
func (j *Journal) storePack(ctx context.Context, pack []byte, batch []events.Event) error {
	l, pos, _, err := j.readerState()
	if err != nil {
		return err
	}
	m := message{first: batch[0].Seq(), last: batch[len(batch)-1].Seq()}
	h := client.Header{headerFirst: {strconv.FormatUint(m.first, 10)}, headerCount: {strconv.Itoa(len(batch))}}
	within, cancel := context.WithTimeout(ctx, j.cfg.AckWait)
	defer cancel()
	ack, err := l.js.PublishMsg(within, &client.Msg{Subject: j.cfg.subject(), Header: h, Data: pack},
		jetstream.WithMsgID(j.id+":"+strconv.FormatUint(m.first, 10)),
		jetstream.WithExpectLastSequence(pos.lastSeq), jetstream.WithExpectStream(j.cfg.streamName()), jetstream.WithRetryAttempts(0))
	if err == nil && !ack.Duplicate {
		m.seq = ack.Sequence
		j.advance(m)
		j.countBytes(len(pack))
		return nil
	}
	return j.settleOutcome(ctx, err, batch)
}

// settleOutcome finds out whether a pack is stored whose publish failed or was called a duplicate (err is nil then).
func (j *Journal) settleOutcome(ctx context.Context, err error, batch []events.Event) error {
	switch {
	case tooLarge(err):
		return fmt.Errorf("%w: the server's max_payload is too small for a pack: %w", ErrTooLarge, err)
	case storeLimitReached(err):
		j.wakeRetention()
		return fmt.Errorf("%w: stream %s has reached MaxStore; raise it, or let the daemon save an engine image, so that retention can remove old events: %w", events.ErrFull, j.cfg.streamName(), err)
	}
	decided := err == nil || wrongLastSequence(err)
	j.positionUnknown = true
	j.mustReopen = j.mustReopen || !decided && j.cfg.Dir != ""
	if ctx.Err() != nil {
		return fmt.Errorf("nats: append at %d interrupted, repeat it to learn its outcome: %w", batch[0].Seq(), ctx.Err())
	}
	if lookErr := j.refreshPosition(ctx); lookErr != nil {
		return asFull(errors.Join(fmt.Errorf("%w: no answer to a publish: %w", ErrUnavailable, err), lookErr))
	}
	pos, last := j.position(), batch[len(batch)-1].Seq()
	if pos.last < batch[0].Seq() && !decided { // not stored, at least not yet
		return fmt.Errorf("%w: no answer within %v: %w", events.ErrFull, j.cfg.AckWait, err)
	}
	if pos.last != last {
		return fmt.Errorf("%w: stream %s ends at event %d, not at %d", events.ErrConflict, j.cfg.streamName(), pos.last, batch[0].Seq()-1)
	}
	rest, err := j.missingRest(ctx, pos, batch[0].Seq(), batch)
	if err == nil && len(rest) == 0 {
		j.mustReopen = false
	}
	return err
}
