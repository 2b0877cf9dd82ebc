package disk

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"offhook/events"
	"offhook/internal/eventid"
	"offhook/internal/pack"
)

// kept is how many snapshots are kept: with two, one unreadable one costs only time.
const kept = 2

// SaveSnapshot stores s and removes all but the two newest. One at an event that has one already takes its place.
func (j *Journal) SaveSnapshot(ctx context.Context, s pack.Snapshot) error {
	j.saving.Lock()
	defer j.saving.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	_, last, _, err := j.look()
	if err != nil {
		return err
	}
	if s.Seq > last || s.Format < 0 {
		return fmt.Errorf("%w: a snapshot of format %d at event %d, the journal ends at %d", ErrConfig, s.Format, s.Seq, last)
	}
	if err := j.replace(j.file(s.Seq, snapshotEnd), pack.EncodeSnapshot(s)); err != nil {
		return full(err)
	}
	all, err := j.numbered(snapshotEnd)
	if err != nil {
		return err
	}
	for _, n := range all[:max(0, len(all)-kept)] {
		if err := os.Remove(j.file(n, snapshotEnd)); err != nil {
			return full(err)
		}
	}
	return j.learnNeed()
}

// Snapshots are those that can be read, newest first. One that cannot, or that is ahead of the journal, is removed for
// good and named in the log.
func (j *Journal) Snapshots(ctx context.Context) ([]pack.Snapshot, error) {
	j.saving.Lock()
	defer j.saving.Unlock()
	all, err := j.numbered(snapshotEnd)
	if err != nil {
		return nil, err
	}
	slices.Reverse(all)
	var found []pack.Snapshot
	for _, n := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s, err := j.readSnapshot(n)
		if err == nil {
			found = append(found, s)
			continue
		}
		j.cfg.Log.Warn("disk: dropping a snapshot", eventid.Journal.Attr(), "event", n, "error", err)
		if err := os.Remove(j.file(n, snapshotEnd)); err != nil {
			return nil, err
		}
	}
	return found, j.learnNeed()
}

func (j *Journal) readSnapshot(n uint64) (pack.Snapshot, error) {
	if n > j.Last() {
		return pack.Snapshot{}, fmt.Errorf("%w: it is at event %d, the journal ends at %d", events.ErrCorrupt, n, j.Last())
	}
	info, err := os.Stat(j.file(n, snapshotEnd))
	if err == nil && info.Size() > pack.MaxSnapshot {
		err = fmt.Errorf("%w: %d bytes", events.ErrCorrupt, info.Size())
	}
	if err != nil {
		return pack.Snapshot{}, err
	}
	b, err := os.ReadFile(j.file(n, snapshotEnd))
	if err != nil {
		return pack.Snapshot{}, err
	}
	s, err := pack.DecodeSnapshot(b)
	if err == nil && s.Seq != n {
		err = fmt.Errorf("%w: it says event %d", events.ErrCorrupt, s.Seq)
	}
	return s, err
}

// learnNeed notes which events the kept snapshots need: those after the oldest of them.
func (j *Journal) learnNeed() error {
	all, err := j.numbered(snapshotEnd)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.needed = 0; len(all) > 0 {
		j.needed = all[0]
	}
	return err
}

// trim removes the oldest segments that age and size do not keep; never the newest, nor one that a snapshot needs. The
// caller has the pen.
func (j *Journal) trim() {
	for {
		j.mu.Lock()
		s, needed := j.segments, j.needed
		if len(s) < 2 || needed < s[1].first-1 || !j.excess(s) {
			j.mu.Unlock()
			return
		}
		j.segments = append([]segment(nil), s[1:]...)
		j.mu.Unlock()
		if err := os.Remove(j.file(s[0].first, segmentEnd)); err != nil {
			j.cfg.Log.Warn("disk: old events could not be removed", eventid.Journal.Attr(), "error", err)
		}
		j.cfg.Log.Info("disk: old events removed", "first", s[1].first)
	}
}

// excess says whether the oldest segment is too much or too old.
func (j *Journal) excess(s []segment) bool {
	size := int64(0)
	for _, x := range s {
		size += x.size
	}
	if j.cfg.KeepBytes > 0 && size > j.cfg.KeepBytes {
		return true
	}
	if j.cfg.KeepAge == 0 {
		return false
	}
	info, err := os.Stat(j.file(s[0].first, segmentEnd))
	return err == nil && time.Since(info.ModTime()) > j.cfg.KeepAge // the time of its newest event
}
