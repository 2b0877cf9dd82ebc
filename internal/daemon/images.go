package daemon

import (
	"context"
	"log/slog"
	"time"

	"offhook/engine"
	"offhook/engine/live"
	"offhook/internal/pack"
)

// An engine image is saved after imageInterval or imageEvents events, whichever comes first: a restart reads only the
// events after it, and retention removes events only before it (decision A10).
const (
	imageInterval = 10 * time.Minute
	imageEvents   = 20_000
	enginePart    = "engine"
)

// ImageStore keeps engine images beside the journal.
type ImageStore interface {
	SaveImage(context.Context, pack.EngineImage) error
	Images(context.Context) ([]pack.EngineImage, error)
}

// saveImages works until ctx is done. An image that cannot be saved costs a slower restart, nothing else.
func (d *Daemon) saveImages(ctx context.Context) {
	journal := d.parts.Journal
	last := journal.Last()
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for since := time.Now(); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		grown := journal.Last() - last
		if grown == 0 || grown < imageEvents && time.Since(since) < imageInterval {
			continue
		}
		last, since = journal.Last(), time.Now()
		if err := SaveImage(ctx, d.parts.SaveImages, d.loop); err != nil && ctx.Err() == nil {
			d.parts.Log.Warn("an engine image was not saved; the next start reads more of the journal", "error", err)
		}
	}
}

// SaveImage saves an image of the engine's state as it is now.
func SaveImage(ctx context.Context, to ImageStore, loop *live.Loop) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	seq, image, err := loop.Image(ctx)
	if err != nil {
		return err
	}
	return to.SaveImage(ctx, pack.EngineImage{Format: engine.ImageFormat, Seq: seq, Parts: map[string][]byte{enginePart: image}})
}

// ReadImages returns the stored engine images that this version reads, the newest first.
func ReadImages(ctx context.Context, from ImageStore, log *slog.Logger) (images [][]byte) {
	all, err := from.Images(ctx)
	if err != nil {
		log.Warn("an engine image cannot be read; the start reads more of the journal", "error", err)
	}
	for _, image := range all {
		if image.Format == engine.ImageFormat {
			images = append(images, image.Parts[enginePart])
		}
	}
	return images
}
