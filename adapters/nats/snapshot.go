package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"offhook/events"
	"offhook/internal/eventid"
	"offhook/internal/pack"
)

// Snapshot is what a journal keeps of somebody's knowledge (decision A10).
type Snapshot = pack.Snapshot

// kept is how many snapshots are kept: with two, one unreadable one costs only time.
const kept = 2

// relist is the pause before the stored snapshots are looked at again because some vanished under the reader.
const relist = 25 * time.Millisecond

// SaveSnapshot stores s and removes all but the two newest; what an interrupted save left is removed, too. One at an
// event that has one already takes its place. Errors: ErrTooLarge; events.ErrFull when it cannot be stored now;
// events.ErrConflict when another program saves at the same time; ErrUnavailable when it is stored but an old one could
// not be removed, which the next save does.
func (j *Journal) SaveSnapshot(ctx context.Context, s Snapshot) error {
	if last := j.Last(); s.Seq > last || s.Format < 0 {
		return fmt.Errorf("%w: a snapshot of format %d at event %d, the journal ends at %d", ErrConfig, s.Format, s.Seq, last)
	}
	select { // one save at a time
	case j.saving <- struct{}{}:
		defer func() { <-j.saving }()
	case <-j.done:
		return events.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	l, _, _, err := j.look()
	if err != nil {
		return err
	}
	return j.save(ctx, l, s)
}

func (j *Journal) save(ctx context.Context, l *link, s Snapshot) error {
	b := pack.EncodeSnapshot(s)
	count, err := l.chunks(len(b))
	if err != nil {
		return err
	}
	if size := int64(len(b) + count*chunkExtra); size > j.cfg.MaxSnapshot/(kept+1) {
		return fmt.Errorf("%w: a snapshot of %d bytes; MaxSnapshot must have room for %d of them", ErrTooLarge, size, kept+1)
	}
	have, err := l.shelf(ctx, j.cfg)
	if err != nil {
		return full(err)
	}
	_, rest := have.sort(j.Last())
	if err := have.drop(ctx, j.cfg, rest); err != nil { // first of all: there must be room
		return full(err)
	}
	mine, err := l.put(ctx, j.cfg, s.Seq, have.last, b)
	if err != nil {
		return err
	}
	if have, err = l.shelf(ctx, j.cfg); err != nil {
		return full(err)
	}
	if !have.holds(mine) {
		return fmt.Errorf("%w: another program removed the snapshot at %d while it was saved", events.ErrConflict, s.Seq)
	}
	keep, rest := have.sort(j.Last())
	j.need(keep)
	j.wakeKeeper()
	return have.drop(ctx, j.cfg, rest)
}

// Snapshots are those that can be read, newest first. One that cannot, or that is ahead of the journal (after a power
// cut), is removed for good and named in the log (decision A10). One that is just being saved is passed over.
func (j *Journal) Snapshots(ctx context.Context) ([]Snapshot, error) {
	limit := patience * j.cfg.AckWait
	for start := time.Now(); ; {
		waited := time.Since(start)
		all, err := j.readSnapshots(ctx, j.cfg.Dir != "" || waited > limit)
		if !errors.Is(err, errMissing) {
			return all, err
		}
		if waited > 2*limit {
			return nil, fmt.Errorf("%w: snapshots: %w", ErrUnavailable, err)
		}
		select {
		case <-time.After(relist):
		case <-j.done:
			return nil, events.ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// readSnapshots reads all that are listed; errMissing says that they changed meanwhile. sure says that a listed chunk
// that cannot be had is lost: before, it may only not have reached the replica that was asked.
func (j *Journal) readSnapshots(ctx context.Context, sure bool) ([]Snapshot, error) {
	l, _, _, err := j.look()
	if err != nil {
		return nil, err
	}
	have, err := l.shelf(ctx, j.cfg)
	if err != nil {
		return nil, err
	}
	var found []Snapshot
	var good []run
	for _, r := range have.runs {
		if !r.whole() || len(good) > 0 && good[len(good)-1].event == r.event { // unfinished, or replaced by a later save
			continue
		}
		s, err := j.readSnapshot(ctx, l, r)
		if err == nil {
			found, good = append(found, s), append(good, r)
			continue
		}
		if sure && errors.Is(err, errMissing) {
			err = l.stillListed(ctx, j.cfg, r)
		}
		if !errors.Is(err, events.ErrCorrupt) {
			return nil, err
		}
		j.log.Warn("nats: dropping a snapshot", eventid.Journal.Attr(), "event", r.event, "error", err)
		if err := have.drop(ctx, j.cfg, []run{r}); err != nil {
			return nil, err
		}
	}
	j.need(good)
	return found, nil
}

func (j *Journal) readSnapshot(ctx context.Context, l *link, r run) (Snapshot, error) {
	if r.event > j.Last() { // another program may have appended and saved before we heard of it
		pos, err := j.load(ctx, l)
		if err != nil {
			return Snapshot{}, err
		}
		if j.moveTo(pos); r.event > pos.last {
			return Snapshot{}, fmt.Errorf("%w: it is at event %d, the journal ends at %d", events.ErrCorrupt, r.event, pos.last)
		}
	}
	b, err := l.fetch(ctx, j.cfg, r)
	if err != nil {
		return Snapshot{}, err
	}
	s, err := pack.DecodeSnapshot(b)
	if err == nil && s.Seq != r.event {
		err = fmt.Errorf("%w: it says event %d", events.ErrCorrupt, s.Seq)
	}
	return s, err
}

// prepareSnapshots learns which events the stored snapshots need; last is the journal's end.
func (j *Journal) prepareSnapshots(ctx context.Context, l *link, last uint64) error {
	have, err := l.shelf(ctx, j.cfg)
	if err == nil {
		keep, _ := have.sort(last)
		j.need(keep)
	}
	return err
}
