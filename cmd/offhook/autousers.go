package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"offhook/engine"
	"offhook/internal/settings"
	"offhook/internal/state"
)

// roleWait bounds the question for the role before a first start. Without an answer the daemon begins with the own line.
const roleWait = 20 * time.Second

// decideUsers replaces users=auto by what the role makes of it. The PBX is asked only while nothing is kept yet, which
// keeps a refused password from being sent once more at each start; the kind of journal follows from the answer.
func decideUsers(ctx context.Context, s *settings.Loaded, log *slog.Logger) (*settings.Settings, bool) {
	if !s.Settings.Auto() || len(s.Settings.Users) > 1 {
		return &s.Settings, false
	}
	supervisor, known := state.Role(s.DataDir, accountOf(&s.Settings))
	if !known && s.Settings.User != "" && holds(filepath.Join(s.DataDir, "journal")) == "" {
		var err error
		if supervisor, err = askRole(ctx, s); err != nil {
			log.Info("whether the account is a supervisor is not known yet; until then there is its own line", "why", err)
		} else if err := state.KeepRole(s.DataDir, accountOf(&s.Settings), supervisor); err != nil {
			log.Warn("the account's role cannot be remembered", "error", err)
		}
	}
	return withRole(&s.Settings, supervisor), supervisor
}

func askRole(ctx context.Context, s *settings.Loaded) (supervisor bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, roleWait)
	defer cancel()
	password, err := passwordsOf(s).Source()
	if err != nil {
		return false, err
	}
	cfg, err := xmppConfigWith(&s.Settings, s.DataDir, password, nil)
	if err != nil {
		return false, err
	}
	err = enquire(ctx, cfg, &s.Settings, func(ctx context.Context, q *enquiry) error {
		me, err := q.self(ctx, userName(s.Settings.User))
		supervisor = me.Supervisor
		return err
	})
	return supervisor, err
}

// watchRole waits until the PBX's answer to the login differs from the role that the daemon runs with; it remembers that
// one and gives true. It gives false when ctx is done or the daemon ends.
func watchRole(ctx context.Context, s *settings.Loaded, d *daemon, assumed bool, log *slog.Logger) bool {
	r := d.loop.Reader()
	own := engine.Key(s.Settings.User)
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
		if err := state.KeepRole(s.DataDir, accountOf(&s.Settings), !assumed); err != nil {
			log.Error("the account's role cannot be remembered; whose lines there are stays as it is", "error", err)
			return false
		}
		log.Info("the PBX says that the account's role is another one than before", "supervisor", !assumed)
		return true
	}
}
