package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"offhook/internal/eventid"
)

// keepEvery is how often age is looked at; size is looked at when it may have changed enough.
const keepEvery = 10 * time.Minute

// keep starts the keeper, which removes what is too old or too much.
func (j *Journal) keep() {
	if j.cfg.KeepAge == 0 && j.cfg.KeepBytes == 0 {
		return
	}
	j.wg.Add(1)
	go func() {
		defer j.wg.Done()
		clock := time.NewTicker(keepEvery)
		defer clock.Stop()
		for {
			select {
			case <-j.done:
				return
			case <-clock.C:
			case <-j.trim:
			}
			ctx, cancel := context.WithTimeout(context.Background(), 4*j.cfg.AckWait)
			if err := j.Trim(ctx); err != nil && !errors.Is(err, ErrUnavailable) {
				j.log.Warn("nats: retention failed", eventid.Journal.Attr(), "error", err)
			}
			cancel()
		}
	}()
}

func (j *Journal) wakeKeeper() {
	select {
	case j.trim <- struct{}{}:
	default:
	}
}

// noteSize wakes the keeper about sixteen times on the way to KeepBytes; the caller has the pen.
func (j *Journal) noteSize(n int) {
	if j.cfg.KeepBytes == 0 {
		return
	}
	if j.fresh += int64(n); j.fresh > j.cfg.KeepBytes/16 {
		j.fresh = 0
		j.wakeKeeper()
	}
}

// need notes which events the stored snapshots, newest first, still need: those after the oldest of them.
func (j *Journal) need(all []run) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.needed = 0
	if len(all) > 0 {
		j.needed = all[len(all)-1].event
	}
}

// Trim removes what KeepAge and KeepBytes do not keep, whole packs only. It spares the newest pack and everything after
// the oldest kept snapshot (decision A10), so without a snapshot nothing is removed. The journal calls it by itself.
func (j *Journal) Trim(ctx context.Context) error {
	l, pos, _, err := j.look()
	if err != nil {
		return err
	}
	j.mu.Lock()
	needed := j.needed
	j.mu.Unlock()
	if needed < pos.first || pos.last == 0 {
		return nil
	}
	limit, err := l.locate(ctx, j.cfg, pos, min(needed+1, pos.last))
	if err != nil {
		return err
	}
	to, err := j.excess(ctx, l, pos)
	if err != nil {
		return err
	}
	if to = min(to, limit); to <= pos.firstSeq {
		return nil
	}
	return j.purge(ctx, l, to)
}

// excess is the first stream sequence that age and size would keep.
func (j *Journal) excess(ctx context.Context, l *link, pos position) (uint64, error) {
	var to uint64
	if j.cfg.KeepAge > 0 {
		m, err := l.since(ctx, j.cfg, time.Now().Add(-j.cfg.KeepAge))
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
	s, err := l.js.Stream(ctx, j.cfg.stream())
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	state := s.CachedInfo().State
	if over := int64(state.Bytes) - j.cfg.KeepBytes; over > 0 { // by the average size: what is still too much goes next time
		share := float64(over) / float64(state.Bytes)
		to = max(to, state.FirstSeq+1+uint64(share*float64(state.LastSeq-state.FirstSeq)))
	}
	return to, nil
}

// purge removes the messages before stream sequence to.
func (j *Journal) purge(ctx context.Context, l *link, to uint64) error {
	s, err := l.js.Stream(ctx, j.cfg.stream())
	if err == nil {
		err = s.Purge(ctx, jetstream.WithPurgeSequence(to))
	}
	if err != nil {
		return fmt.Errorf("%w: removing old events: %w", ErrUnavailable, err)
	}
	m, err := l.message(ctx, j.cfg, to)
	if err != nil {
		return err
	}
	j.mu.Lock()
	j.pos.first, j.pos.firstSeq = m.first, m.seq
	j.mu.Unlock()
	j.log.Info("nats: old events removed", "first", m.first)
	return nil
}
