package winservice

import (
	"context"
	"log/slog"
	"time"

	"offhook/internal/eventid"
)

// checkInterval is how often the provider's registration is checked: feature updates of Windows remove it.
const checkInterval = 10 * time.Minute

// RegistrationKeeper repairs the provider's registration at the Telephony service.
type RegistrationKeeper struct {
	log        *slog.Logger
	installDir string
	logged     string // the damage that was logged last
}

// NewRegistrationKeeper returns a keeper that restores files from where setup put them.
func NewRegistrationKeeper(p Product, log *slog.Logger) *RegistrationKeeper {
	return &RegistrationKeeper{log: log, installDir: installDir(p)}
}

// Run checks the registration at once and then every ten minutes, until ctx is done.
func (c *RegistrationKeeper) Run(ctx context.Context) {
	tick := time.NewTicker(checkInterval)
	defer tick.Stop()
	for {
		c.check()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// check repairs what the service's account may repair; other damage is logged once.
func (c *RegistrationKeeper) check() {
	r, err := readRegistration()
	if err == nil && r.good() {
		c.logged = ""
		return
	}
	text := r.String()
	if err == nil && r.file && telephonyStopped() {
		if err = r.repair(c.installDir); err == nil {
			c.log.Warn("the registration of the provider was repaired", eventid.ProviderRepaired.Attr(), "what", text)
			return
		}
	}
	if err != nil {
		text += ": " + err.Error()
	}
	if text != c.logged {
		c.log.Error("the registration of the provider is damaged", eventid.ProviderDamaged.Attr(), "what", text, "next step", repairText)
		c.logged = text
	}
}
