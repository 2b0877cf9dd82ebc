package main

import (
	"context"
	"log/slog"
	"time"

	"offhook/internal/eventid"
)

// lookEvery is how often the provider's registration is looked at. Windows' feature updates drop what they do not know.
const lookEvery = 10 * time.Minute

// caretaker sees to it that Windows still knows our provider.
type caretaker struct {
	log  *slog.Logger
	last string
}

// keep looks now and then until ctx is done.
func (c *caretaker) keep(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		c.look()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// look repairs what it may, and says once what it may not.
func (c *caretaker) look() {
	r, err := registered()
	if err == nil && r.good() {
		c.last = ""
		return
	}
	text := r.String()
	if err == nil && r.file && telephonyStopped() {
		if err = r.repair(installDir()); err == nil {
			c.log.Warn("the registration of the provider was repaired", eventid.ProviderRepaired.Attr(), "what", text)
			return
		}
	}
	if err != nil {
		text += ": " + err.Error()
	}
	if text != c.last {
		c.log.Error("the registration of the provider is damaged", eventid.ProviderDamaged.Attr(), "what", text, "next step", repairText)
		c.last = text
	}
}
