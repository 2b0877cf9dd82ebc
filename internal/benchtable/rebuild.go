package main

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"time"

	"offhook/adapters/nats"
	"offhook/engine/live"
	"offhook/events"
)

// benchRebuild compares a restart from the journal, per event, with decoding that event from JSON.
func benchRebuild(b *bench) (err error) {
	j, err := nats.Open(b.ctx, nats.Config{Dir: filepath.Join(b.dir, "rebuild")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	all, _ := eventsAndChanges(concurrentCalls * 80)
	for rest := all; len(rest) > 0; {
		n := min(len(rest), events.PackEvents)
		if err := j.Append(b.ctx, rest[0].Seq(), rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	texts, err := jsonCallEvents(all[:min(len(all), 1000)])
	if err != nil {
		return err
	}
	dialect := newDialect()
	t, err := b.alternate(func() (int, time.Duration, error) {
		start := time.Now()
		_, err := live.Rebuild(b.ctx, settings(), dialect, j)
		return len(all), time.Since(start), err
	}, func() (int, time.Duration, error) {
		start := time.Now()
		for _, text := range texts {
			var p jsonEvent
			if err := json.Unmarshal(text, &p); err != nil {
				return 0, 0, err
			}
		}
		return len(texts), time.Since(start), nil
	})
	if err != nil {
		return err
	}
	b.add(row{name: "rebuild from the journal vs encoding/json reading the event", value: t[1] / t[0], unit: "x", floor: 5, aim: 20,
		detail: formatDuration(t[0]) + " (" + formatRate(t[0], "events") + ") vs " + formatDuration(t[1])})
	return nil
}
