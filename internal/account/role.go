package account

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"offhook/engine"
	"offhook/engine/live"
	"offhook/internal/settings"
	"offhook/internal/state"
)

// roleTimeout bounds the question for the role before a first start. Without an answer the daemon starts with the own
// line.
const roleTimeout = 20 * time.Second

// DecideUsers returns the settings with users=auto replaced by what the account's role means, and the role. The PBX is
// asked only if the role is not known and ask is true: a refused password must not be sent once more at each start.
func (a *Account) DecideUsers(ctx context.Context, ask bool, log *slog.Logger) (resolved *settings.Settings, supervisor bool) {
	if !a.Settings.Auto() || len(a.Settings.Users) > 1 {
		return a.Settings, false
	}
	supervisor, known := state.Role(a.DataDir, a.id())
	if !known && a.Settings.User != "" && ask {
		var err error
		if supervisor, err = a.askRole(ctx); err != nil {
			log.Info("whether the account is a supervisor is not known yet; until then there is its own line", "why", err)
		} else if err := state.KeepRole(a.DataDir, a.id(), supervisor); err != nil {
			log.Warn("the account's role cannot be stored", "error", err)
		}
	}
	return WithRole(a.Settings, supervisor), supervisor
}

// askRole asks the PBX whether the account is a supervisor.
func (a *Account) askRole(ctx context.Context) (supervisor bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, roleTimeout)
	defer cancel()
	err = a.Enquire(ctx, func(ctx context.Context, q *Enquiry) error {
		me, err := q.Self(ctx)
		supervisor = me.Supervisor
		return err
	})
	return supervisor, err
}

// WatchRole reads the feed until the PBX gives the account another role than the assumed one. It stores the new role and
// returns true. It returns false when ctx is done or the engine ends.
func (a *Account) WatchRole(ctx context.Context, r *live.Reader, assumed bool, log *slog.Logger) bool {
	own := engine.Key(a.Settings.User)
	differs := func(l *engine.LineView) bool {
		return l != nil && l.Key == own && l.User != "" && l.Supervisor != assumed
	}
	for {
		b, err := r.Next(ctx)
		if err != nil {
			return false
		}
		changed := b.Snapshot != nil && slices.ContainsFunc(b.Snapshot.Lines, func(l engine.LineView) bool { return differs(&l) })
		changed = changed || slices.ContainsFunc(b.Changes, func(c *engine.Change) bool { return differs(c.Line) })
		if !changed {
			continue
		}
		if err := state.KeepRole(a.DataDir, a.id(), !assumed); err != nil {
			log.Error("the account's role cannot be stored; the lines stay as they are", "error", err)
			return false
		}
		log.Info("the PBX gave the account another role", "supervisor", !assumed)
		return true
	}
}
