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

// keptImages is how many engine images are kept: with two, an unreadable one makes a start slower and nothing else.
const keptImages = 2

// SaveImage stores an engine image and removes all but the two newest. It replaces an image at the same event.
func (j *Journal) SaveImage(ctx context.Context, s pack.EngineImage) error {
	j.imageLock.Lock()
	defer j.imageLock.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	_, last, _, err := j.readerState()
	if err != nil {
		return err
	}
	if s.Seq > last || s.Format < 0 {
		return fmt.Errorf("%w: an engine image of format %d at event %d, the journal ends at %d", ErrConfig, s.Format, s.Seq, last)
	}
	if err := j.writeWhole(j.path(s.Seq, imageExt), pack.EncodeImage(s)); err != nil {
		return asFull(err)
	}
	all, err := j.fileNumbers(imageExt)
	if err != nil {
		return err
	}
	for _, n := range all[:max(0, len(all)-keptImages)] {
		if err := os.Remove(j.path(n, imageExt)); err != nil {
			return asFull(err)
		}
	}
	return j.updateNeeded()
}

// Images returns the stored engine images, newest first. It removes one that cannot be read or is ahead of the journal,
// and logs which.
func (j *Journal) Images(ctx context.Context) ([]pack.EngineImage, error) {
	j.imageLock.Lock()
	defer j.imageLock.Unlock()
	all, err := j.fileNumbers(imageExt)
	if err != nil {
		return nil, err
	}
	slices.Reverse(all)
	var found []pack.EngineImage
	for _, n := range all {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s, err := j.readImage(n)
		if err == nil {
			found = append(found, s)
			continue
		}
		j.cfg.Log.Warn("disk: an engine image cannot be read and is removed", eventid.Journal.Attr(), "event", n, "error", err)
		if err := os.Remove(j.path(n, imageExt)); err != nil {
			return nil, err
		}
	}
	return found, j.updateNeeded()
}

func (j *Journal) readImage(n uint64) (pack.EngineImage, error) {
	if n > j.Last() {
		return pack.EngineImage{}, fmt.Errorf("%w: it is at event %d, the journal ends at %d", events.ErrCorrupt, n, j.Last())
	}
	info, err := os.Stat(j.path(n, imageExt))
	if err == nil && info.Size() > pack.MaxImage {
		err = fmt.Errorf("%w: %d bytes", events.ErrCorrupt, info.Size())
	}
	if err != nil {
		return pack.EngineImage{}, err
	}
	b, err := os.ReadFile(j.path(n, imageExt))
	if err != nil {
		return pack.EngineImage{}, err
	}
	s, err := pack.DecodeImage(b)
	if err == nil && s.Seq != n {
		err = fmt.Errorf("%w: it says event %d", events.ErrCorrupt, s.Seq)
	}
	return s, err
}

// updateNeeded sets which events the kept engine images need: those after the oldest image.
func (j *Journal) updateNeeded() error {
	all, err := j.fileNumbers(imageExt)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.neededAfter = 0; len(all) > 0 {
		j.neededAfter = all[0]
	}
	return err
}

// removeOldSegments removes the oldest segments that are too old or too much, but never the newest, nor one that an engine
// image needs. The caller holds writeLock.
func (j *Journal) removeOldSegments() {
	for {
		j.mu.Lock()
		s, needed := j.segments, j.neededAfter
		if len(s) < 2 || needed < s[1].first-1 || !j.mustRemoveOldest(s) {
			j.mu.Unlock()
			return
		}
		j.segments = append([]segment(nil), s[1:]...)
		j.mu.Unlock()
		if err := os.Remove(j.path(s[0].first, segmentExt)); err != nil {
			j.cfg.Log.Warn("disk: old events could not be removed", eventid.Journal.Attr(), "error", err)
		}
		j.cfg.Log.Info("disk: old events removed", "first", s[1].first)
	}
}

// mustRemoveOldest reports whether the segments are too large together or the oldest one is too old.
func (j *Journal) mustRemoveOldest(s []segment) bool {
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
	info, err := os.Stat(j.path(s[0].first, segmentExt))
	return err == nil && time.Since(info.ModTime()) > j.cfg.KeepAge // the file's time is that of its newest event
}
