package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"offhook/internal/eventid"
)

// retentionInterval is how often retention runs. It also runs when enough bytes were appended.
const retentionInterval = 10 * time.Minute

// startRetention starts the goroutine that removes old packs, if the config limits age or size.
func (j *Journal) startRetention() {
	if j.cfg.KeepAge == 0 && j.cfg.KeepBytes == 0 {
		return
	}
	j.wg.Add(1)
	go func() {
		defer j.wg.Done()
		clock := time.NewTicker(retentionInterval)
		defer clock.Stop()
		for {
			select {
			case <-j.done:
				return
			case <-clock.C:
			case <-j.retentionWake:
			}
			ctx, cancel := context.WithTimeout(context.Background(), 4*j.cfg.AckWait)
			if err := j.Trim(ctx); err != nil && !errors.Is(err, ErrUnavailable) {
				j.log.Warn("nats: retention failed", eventid.Journal.Attr(), "error", err)
			}
			cancel()
		}
	}()
}

func (j *Journal) wakeRetention() {
	select {
	case j.retentionWake <- struct{}{}:
	default:
	}
}

// countBytes counts appended bytes and wakes retention at each sixteenth of KeepBytes. The caller holds writeToken.
func (j *Journal) countBytes(n int) {
	if j.cfg.KeepBytes == 0 {
		return
	}
	if j.bytesSinceTrim += int64(n); j.bytesSinceTrim > j.cfg.KeepBytes/16 {
		j.bytesSinceTrim = 0
		j.wakeRetention()
	}
}

// setNeeded sets which events the stored images (newest first) need: those after the oldest image.
func (j *Journal) setNeeded(all []storedImage) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.neededAfter = 0
	if len(all) > 0 {
		j.neededAfter = all[len(all)-1].seq
	}
}

// Trim removes whole packs that are older than KeepAge or too much for KeepBytes. It keeps the newest pack and all events
// after the oldest kept engine image (decision A10), so without an image it removes nothing. The journal calls it by itself.
func (j *Journal) Trim(ctx context.Context) error {
	l, pos, _, err := j.readerState()
	if err != nil {
		return err
	}
	j.mu.Lock()
	needed := j.neededAfter
	j.mu.Unlock()
	if needed < pos.first || pos.last == 0 {
		return nil
	}
	limit, err := l.locate(ctx, j.cfg, pos, min(needed+1, pos.last))
	if err != nil {
		return err
	}
	to, err := j.firstToKeep(ctx, l, pos)
	if err != nil {
		return err
	}
	if to = min(to, limit); to <= pos.firstSeq {
		return nil
	}
	return j.removeBefore(ctx, l, to)
}

// firstToKeep returns the first stream sequence that age and size allow to keep.
func (j *Journal) firstToKeep(ctx context.Context, l *link, pos position) (uint64, error) {
	var to uint64
	if j.cfg.KeepAge > 0 {
		m, err := l.messageSince(ctx, j.cfg, time.Now().Add(-j.cfg.KeepAge))
		switch {
		case errors.Is(err, errMissing):
			to = pos.lastSeq
		case err != nil:
			return 0, err
		default:
			to = m.seq
		}
	}
	if j.cfg.KeepBytes == 0 {
		return to, nil
	}
	s, err := l.js.Stream(ctx, j.cfg.streamName())
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	state := s.CachedInfo().State
	if over := int64(state.Bytes) - j.cfg.KeepBytes; over > 0 { // estimated by the average size; the next run corrects it
		share := float64(over) / float64(state.Bytes)
		to = max(to, state.FirstSeq+1+uint64(share*float64(state.LastSeq-state.FirstSeq)))
	}
	return to, nil
}

// removeBefore removes the messages with a stream sequence below to.
func (j *Journal) removeBefore(ctx context.Context, l *link, to uint64) error {
	s, err := l.js.Stream(ctx, j.cfg.streamName())
	if err == nil {
		err = s.Purge(ctx, jetstream.WithPurgeSequence(to))
	}
	if err != nil {
		return fmt.Errorf("%w: removing old events: %w", ErrUnavailable, err)
	}
	m, err := l.messageAt(ctx, j.cfg, to)
	if err != nil {
		return err
	}
	j.mu.Lock()
	j.pos.first, j.pos.firstSeq = m.first, m.seq
	j.mu.Unlock()
	j.log.Info("nats: old events removed", "first", m.first)
	return nil
}
