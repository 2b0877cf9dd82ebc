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

// EngineImage holds the engine's state at an event (decision A10).
type EngineImage = pack.EngineImage

// keptImages is how many engine images are kept: with two, an unreadable one makes a start slower and nothing else.
const keptImages = 2

// relistPause is the pause before Images lists the stored images again because another program removed one meanwhile.
const relistPause = 25 * time.Millisecond

// SaveImage stores an engine image and removes all but the two newest, and what an interrupted save left. It replaces an
// image at the same event. Errors: ErrTooLarge; events.ErrFull if it cannot be stored now; events.ErrConflict if another
// program saves at the same time; ErrUnavailable if it is stored but an old one could not be removed, which the next save
// does.
func (j *Journal) SaveImage(ctx context.Context, s EngineImage) error {
	if last := j.Last(); s.Seq > last || s.Format < 0 {
		return fmt.Errorf("%w: an engine image of format %d at event %d, the journal ends at %d", ErrConfig, s.Format, s.Seq, last)
	}
	select { // one save at a time
	case j.imageToken <- struct{}{}:
		defer func() { <-j.imageToken }()
	case <-j.done:
		return events.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	l, _, _, err := j.readerState()
	if err != nil {
		return err
	}
	return j.saveImage(ctx, l, s)
}

func (j *Journal) saveImage(ctx context.Context, l *link, s EngineImage) error {
	b := pack.EncodeImage(s)
	count, err := l.chunkCount(len(b))
	if err != nil {
		return err
	}
	if size := int64(len(b) + count*chunkExtra); size > j.cfg.MaxImages/(keptImages+1) {
		return fmt.Errorf("%w: an engine image of %d bytes; MaxImages must have room for %d of them", ErrTooLarge, size, keptImages+1)
	}
	have, err := l.imageList(ctx, j.cfg)
	if err != nil {
		return asFull(err)
	}
	_, rest := have.keepAndRemove(j.Last())
	if err := have.remove(ctx, j.cfg, rest); err != nil { // before the new one is stored: there must be room
		return asFull(err)
	}
	mine, err := l.putImage(ctx, j.cfg, s.Seq, have.last, b)
	if err != nil {
		return err
	}
	if have, err = l.imageList(ctx, j.cfg); err != nil {
		return asFull(err)
	}
	if !have.holdsComplete(mine) {
		return fmt.Errorf("%w: another program removed the engine image at %d while it was saved", events.ErrConflict, s.Seq)
	}
	keep, rest := have.keepAndRemove(j.Last())
	j.setNeeded(keep)
	j.wakeRetention()
	return have.remove(ctx, j.cfg, rest)
}

// Images returns the stored engine images, newest first. It removes one that cannot be read or is ahead of the journal
// (after a power cut), and logs which (decision A10). It leaves out one that is being saved.
func (j *Journal) Images(ctx context.Context) ([]EngineImage, error) {
	limit := answerTimes * j.cfg.AckWait
	for start := time.Now(); ; {
		waited := time.Since(start)
		all, err := j.readImages(ctx, j.cfg.Dir != "" || waited > limit)
		if !errors.Is(err, errMissing) {
			return all, err
		}
		if waited > 2*limit {
			return nil, fmt.Errorf("%w: engine images: %w", ErrUnavailable, err)
		}
		select {
		case <-time.After(relistPause):
		case <-j.done:
			return nil, events.ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// readImages reads all complete images of the list; errMissing says that the list changed meanwhile. afterWait says that a
// listed chunk that cannot be read is lost; before that it may not have reached the replica that answered.
func (j *Journal) readImages(ctx context.Context, afterWait bool) ([]EngineImage, error) {
	l, _, _, err := j.readerState()
	if err != nil {
		return nil, err
	}
	have, err := l.imageList(ctx, j.cfg)
	if err != nil {
		return nil, err
	}
	var found []EngineImage
	var good []storedImage
	for _, r := range have.images {
		if !r.complete() || len(good) > 0 && good[len(good)-1].seq == r.seq { // unfinished, or replaced by a later save
			continue
		}
		s, err := j.readImage(ctx, l, r)
		if err == nil {
			found, good = append(found, s), append(good, r)
			continue
		}
		if afterWait && errors.Is(err, errMissing) {
			err = l.explainMissing(ctx, j.cfg, r)
		}
		if !errors.Is(err, events.ErrCorrupt) {
			return nil, err
		}
		j.log.Warn("nats: an engine image cannot be read and is removed", eventid.Journal.Attr(), "event", r.seq, "error", err)
		if err := have.remove(ctx, j.cfg, []storedImage{r}); err != nil {
			return nil, err
		}
	}
	j.setNeeded(good)
	return found, nil
}

func (j *Journal) readImage(ctx context.Context, l *link, r storedImage) (EngineImage, error) {
	if r.seq > j.Last() { // another program may have appended and saved meanwhile
		pos, err := j.readPosition(ctx, l)
		if err != nil {
			return EngineImage{}, err
		}
		if j.setPosition(pos); r.seq > pos.last {
			return EngineImage{}, fmt.Errorf("%w: it is at event %d, the journal ends at %d", events.ErrCorrupt, r.seq, pos.last)
		}
	}
	b, err := l.fetchImage(ctx, j.cfg, r)
	if err != nil {
		return EngineImage{}, err
	}
	s, err := pack.DecodeImage(b)
	if err == nil && s.Seq != r.seq {
		err = fmt.Errorf("%w: it says event %d", events.ErrCorrupt, s.Seq)
	}
	return s, err
}

// loadNeeded sets which events the stored engine images need; last is the journal's newest event.
func (j *Journal) loadNeeded(ctx context.Context, l *link, last uint64) error {
	have, err := l.imageList(ctx, j.cfg)
	if err == nil {
		keep, _ := have.keepAndRemove(last)
		j.setNeeded(keep)
	}
	return err
}
