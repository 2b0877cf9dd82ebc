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

// Append stores the batch; see events.Journal. A batch beyond one pack (256 events or 512 KiB) is stored as several: all
// or none holds for each of them, and after ErrFull in the middle the same Append is to be repeated, which stores the
// rest. The outcome of an Append whose context ended in the middle is open; repeating it settles that.
func (j *Journal) Append(ctx context.Context, next uint64, batch []events.Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := j.take(ctx); err != nil {
		return err
	}
	defer j.give()
	if err := events.CheckNumbers(next, batch); err != nil {
		return err
	}
	if err := j.ready(ctx); err != nil {
		return err
	}
	pos := j.position()
	if next != pos.last+1 || len(batch) == 0 {
		rest, err := j.repeated(ctx, pos, next, batch)
		if err != nil {
			return err
		}
		batch = rest
	}
	return j.storeAll(ctx, batch)
}

// take waits for the pen.
func (j *Journal) take(ctx context.Context) error {
	select {
	case <-j.done:
		return events.ErrClosed
	default:
	}
	select {
	case <-j.pen:
		return nil
	case <-j.done:
		return events.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (j *Journal) give() { j.pen <- struct{}{} }

// ready makes the position certain again and reopens the server if it has to be.
func (j *Journal) ready(ctx context.Context) error {
	if j.sick {
		if err := j.heal(ctx); err != nil {
			return err
		}
	}
	if j.unsure {
		return j.refresh(ctx)
	}
	return nil
}

// refresh reads the position from the stream.
func (j *Journal) refresh(ctx context.Context) error {
	l, _, _, err := j.look()
	if err != nil {
		return err
	}
	pos, err := j.load(ctx, l)
	if err != nil {
		return full(err)
	}
	j.moveTo(pos)
	j.unsure = false
	return nil
}

// full is ErrFull for a server that does not answer, other errors as they are.
func full(err error) error {
	if errors.Is(err, ErrUnavailable) {
		return fmt.Errorf("%w: %w", events.ErrFull, err)
	}
	return err
}

// repeated decides on an append that does not begin at the next number: the newest events once more is success, and
// the rest of one that was stored in part is what it returns. Everything else is ErrConflict.
func (j *Journal) repeated(ctx context.Context, pos position, next uint64, batch []events.Event) ([]events.Event, error) {
	conflict := fmt.Errorf("%w: append of %d at %d, the next is %d", events.ErrConflict, len(batch), next, pos.last+1)
	if len(batch) == 0 && next == pos.last+1 {
		return nil, nil
	}
	if next == 0 || next < pos.first || next > pos.last || len(batch) == 0 {
		return nil, conflict
	}
	stored := pos.last - next + 1
	if stored > uint64(len(batch)) || stored < uint64(len(batch)) && next != j.half {
		return nil, conflict
	}
	have := make([]events.Event, 0, stored)
	for e, err := range j.read(ctx, next, pos.last, pack.Unpack) {
		if err != nil {
			return nil, full(err)
		}
		have = append(have, e)
	}
	if !events.SameEvents(have, batch[:stored]) {
		return nil, conflict
	}
	return batch[stored:], nil
}

// storeAll stores the batch pack by pack.
func (j *Journal) storeAll(ctx context.Context, batch []events.Event) error {
	for rest := batch; len(rest) > 0; {
		b, n, err := j.packer.Pack(rest)
		if err == nil {
			err = j.store(ctx, b, rest[:n])
		}
		if err != nil {
			if len(rest) < len(batch) && j.half == 0 {
				j.half = batch[0].Seq()
			}
			return err
		}
		rest = rest[n:]
	}
	j.half = 0
	return nil
}

// store publishes one pack and makes sure of its fate.
func (j *Journal) store(ctx context.Context, pack []byte, batch []events.Event) error {
	l, pos, _, err := j.look()
	if err != nil {
		return err
	}
	m := message{first: batch[0].Seq(), last: batch[len(batch)-1].Seq()}
	h := client.Header{headFirst: {strconv.FormatUint(m.first, 10)}, headCount: {strconv.Itoa(len(batch))}}
	within, cancel := context.WithTimeout(ctx, j.cfg.AckWait)
	defer cancel()
	ack, err := l.js.PublishMsg(within, &client.Msg{Subject: j.cfg.subject(), Header: h, Data: pack},
		jetstream.WithMsgID(j.id+":"+strconv.FormatUint(m.first, 10)),
		jetstream.WithExpectLastSequence(pos.lastSeq), jetstream.WithExpectStream(j.cfg.stream()), jetstream.WithRetryAttempts(0))
	if err == nil && !ack.Duplicate {
		m.seq = ack.Sequence
		j.advance(m)
		j.noteSize(len(pack))
		return nil
	}
	return j.settle(ctx, err, batch)
}

// settle finds out what became of a pack whose publish was not simply acknowledged; err is nil for a duplicate.
func (j *Journal) settle(ctx context.Context, err error, batch []events.Event) error {
	switch {
	case oversize(err):
		return fmt.Errorf("%w: the server's max_payload is too small for a pack: %w", ErrTooLarge, err)
	case atLimit(err):
		j.wakeKeeper()
		return fmt.Errorf("%w: stream %s has reached MaxStore; raise it, or take a snapshot and let retention work: %w", events.ErrFull, j.cfg.stream(), err)
	}
	known := err == nil || outrun(err)
	j.unsure = true
	j.sick = j.sick || !known && j.cfg.Dir != ""
	if ctx.Err() != nil {
		return fmt.Errorf("nats: append at %d interrupted, repeat it to learn its outcome: %w", batch[0].Seq(), ctx.Err())
	}
	if lookErr := j.refresh(ctx); lookErr != nil {
		return full(errors.Join(fmt.Errorf("%w: no answer to a publish: %w", ErrUnavailable, err), lookErr))
	}
	pos, last := j.position(), batch[len(batch)-1].Seq()
	if pos.last < batch[0].Seq() && !known { // not stored, at least not yet
		return fmt.Errorf("%w: no answer within %v: %w", events.ErrFull, j.cfg.AckWait, err)
	}
	if pos.last != last {
		return fmt.Errorf("%w: stream %s ends at event %d, not at %d", events.ErrConflict, j.cfg.stream(), pos.last, batch[0].Seq()-1)
	}
	rest, err := j.repeated(ctx, pos, batch[0].Seq(), batch)
	if err == nil && len(rest) == 0 {
		j.sick = false
	}
	return err
}
