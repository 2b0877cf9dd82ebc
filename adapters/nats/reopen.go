package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"offhook/events"
	"offhook/internal/eventid"
)

// Limits of the pause between two tries to reopen the embedded server.
const (
	reopenMin = 100 * time.Millisecond
	reopenMax = 10 * time.Second
)

// Reopen stops the embedded server and opens it again on the same directory, since it does not recover from a full disk by
// itself (decision A9). Every acknowledged event is still there; readers and tails go on. Append does the same by itself
// after a failure, with growing pauses; Reopen does not wait for those. With an external server it only reads the position
// again.
func (j *Journal) Reopen(ctx context.Context) error {
	if err := j.takeWriteToken(ctx); err != nil {
		return err
	}
	defer j.returnWriteToken()
	if j.cfg.Dir == "" {
		return j.refreshPosition(ctx)
	}
	j.mustReopen, j.nextReopen = true, time.Time{}
	return j.reopenServer(ctx)
}

// reopenServer stops and starts the embedded server, or returns ErrFull if the pause since the last try is not over. The
// caller holds writeToken.
func (j *Journal) reopenServer(ctx context.Context) error {
	if wait := time.Until(j.nextReopen); wait > 0 {
		return fmt.Errorf("%w: the embedded server on %s is reopened in %v", events.ErrFull, j.cfg.Dir, wait.Round(time.Millisecond))
	}
	l, pos, _, err := j.readerState()
	if err != nil {
		return err
	}
	pause := min(reopenMin<<min(j.failedReopens, 10), reopenMax)
	j.failedReopens++
	j.log.Warn("nats: reopening the embedded server", eventid.Journal.Attr(), "dir", j.cfg.Dir, "try", j.failedReopens, "last", pos.last)
	err = l.close()
	if err == nil {
		err = j.connectAndAdopt(ctx)
	}
	if err != nil {
		j.nextReopen = time.Now().Add(pause)
		if errors.Is(err, events.ErrCorrupt) || errors.Is(err, events.ErrConflict) {
			return err
		}
		return fmt.Errorf("%w: %w", events.ErrFull, err)
	}
	j.mustReopen, j.positionUnknown = false, false
	j.nextReopen = time.Now().Add(pause) // a server that fails right after each start is not reopened at every append
	j.log.Info("nats: the embedded server was reopened", "dir", j.cfg.Dir, "last", j.Last())
	return nil
}
