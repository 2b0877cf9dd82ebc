package main

import (
	"context"
	"log/slog"
	"time"

	"offhook/engine"
	"offhook/engine/live"
	"offhook/internal/pack"
)

// snapshotEvery and snapshotEvents say how often what the engine knows is kept beside the journal, so that a restart
// reads only what came after it and retention has a place up to which it may remove (decision A10).
const (
	snapshotEvery  = 10 * time.Minute
	snapshotEvents = 20_000
	enginePart     = "engine"
)

// snapshots keeps the engine's image, from time to time.
type snapshots struct {
	journal store
	log     *slog.Logger
	loop    *live.Loop
}

// keep works until ctx is done. A snapshot that cannot be kept costs a slower restart, nothing else.
func (s *snapshots) keep(ctx context.Context) {
	last := s.journal.Last()
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for since := time.Now(); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		grown := s.journal.Last() - last
		if grown == 0 || grown < snapshotEvents && time.Since(since) < snapshotEvery {
			continue
		}
		last, since = s.journal.Last(), time.Now()
		s.save(ctx)
	}
}

func (s *snapshots) save(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	seq, image, err := s.loop.Image(ctx)
	if err == nil {
		err = s.journal.SaveImage(ctx, pack.EngineImage{Format: engine.ImageFormat, Seq: seq, Parts: map[string][]byte{enginePart: image}})
	}
	if err != nil && ctx.Err() == nil {
		s.log.Warn("an engine image was not saved; the next start reads more of the journal", "error", err)
	}
}

// images are the kept ones, newest first.
func images(ctx context.Context, j store, log *slog.Logger) [][]byte {
	all, err := j.Images(ctx)
	if err != nil {
		log.Warn("a snapshot is unreadable; the start reads more of the journal", "error", err)
	}
	var out [][]byte
	for _, s := range all {
		if s.Format == engine.ImageFormat {
			out = append(out, s.Parts[enginePart])
		}
	}
	return out
}
