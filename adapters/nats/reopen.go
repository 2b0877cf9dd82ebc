package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"offhook/events"
	"offhook/internal/eventid"
)

// The pauses between two tries to reopen the embedded server.
const (
	reopenMin = 100 * time.Millisecond
	reopenMax = 10 * time.Second
)

// Reopen stops the embedded server and opens it again on the same directory: it does not recover from a full disk by
// itself (decision A9). Every acknowledged event is still there; readers and tails go on. Append does the same by itself
// after a failure, with growing pauses; Reopen does not wait for those. With an external server it only looks again.
func (j *Journal) Reopen(ctx context.Context) error {
	if err := j.take(ctx); err != nil {
		return err
	}
	defer j.give()
	if j.cfg.Dir == "" {
		return j.refresh(ctx)
	}
	j.sick, j.notTil = true, time.Time{}
	return j.heal(ctx)
}

// heal reopens a sick server unless the pause is not over; the caller has the pen.
func (j *Journal) heal(ctx context.Context) error {
	if wait := time.Until(j.notTil); wait > 0 {
		return fmt.Errorf("%w: the embedded server on %s is reopened in %v", events.ErrFull, j.cfg.Dir, wait.Round(time.Millisecond))
	}
	l, pos, _, err := j.look()
	if err != nil {
		return err
	}
	pause := min(reopenMin<<min(j.tries, 10), reopenMax)
	j.tries++
	j.log.Warn("nats: reopening the embedded server", eventid.Journal.Attr(), "dir", j.cfg.Dir, "try", j.tries, "last", pos.last)
	err = l.close()
	if err == nil {
		err = j.start(ctx)
	}
	if err != nil {
		j.notTil = time.Now().Add(pause)
		if errors.Is(err, events.ErrCorrupt) || errors.Is(err, events.ErrConflict) {
			return err
		}
		return fmt.Errorf("%w: %w", events.ErrFull, err)
	}
	j.sick, j.unsure = false, false
	j.notTil = time.Now().Add(pause) // a server that opens well and fails at once is not reopened at every append
	j.log.Info("nats: the embedded server is back", "dir", j.cfg.Dir, "last", j.Last())
	return nil
}
