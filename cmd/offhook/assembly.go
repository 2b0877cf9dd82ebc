package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"offhook/adapters/tapi/projection"
	"offhook/engine"
	"offhook/internal/eventid"
	"offhook/internal/linewatch"
	"offhook/internal/password"
	"offhook/internal/settings"
	"offhook/internal/trace"
	"offhook/internal/wiring"
)

// assembly is a daemon with what it holds open.
type assembly struct {
	*daemon
	journal store
	shown   projection.Options
}

func (a *assembly) close(log *slog.Logger) { closing(log, "journal", a.journal) }

// assemble makes the parts of a daemon and the daemon; nothing runs yet.
func assemble(ctx context.Context, c *settings.Settings, kept password.Store, r *runner) (*assembly, error) {
	log := r.log
	if c.User == "" {
		return nil, errNoUser
	}
	dir, err := dataDir(c)
	if err != nil {
		return nil, err
	}
	address, err := tapiAddress(c, dir)
	if err != nil {
		return nil, err
	}
	p, options, err := partsOf(c, dir, kept, log)
	if err != nil {
		return nil, err
	}
	barred, err := barring(c, options.Numbers, log)
	if err != nil {
		return nil, err
	}
	p.trace, p.notice, p.barring = r.traced, r.notices.Add, barred.Check
	j, err := openStore(ctx, c, dir, p.settings.Supervisor, log)
	if err != nil {
		return nil, err
	}
	p.journal = j
	if c.Watch {
		p.frontends = append(p.frontends, linewatch.New(r.out, options))
	}
	offers := p.dialect.Traits().Offers | p.settings.Experimental
	if address != "" {
		p.frontends = append(p.frontends, tapiFrontend(c, address, filepath.Join(kept.Dir, lineTableName), pbxDomain(c), j.ID(), options, offers, log))
	}
	p.images = images(ctx, j, log)
	d, err := newDaemon(ctx, p)
	if err != nil {
		closing(log, "journal", j)
		return nil, err
	}
	d.beside = (&snapshots{journal: j, log: log, loop: d.loop}).keep
	log.Info("offhook is running", eventid.DaemonStarted.Attr(), "version", version, "user", c.User, "journal", j.ID(), "lines", linesText(p.settings))
	return &assembly{d, j, options}, nil
}

// partsOf reads the settings into the parts they are for.
func partsOf(c *settings.Settings, dir string, kept password.Store, log *slog.Logger) (parts, projection.Options, error) {
	p := parts{log: log, trace: func(trace.Record) {}}
	var options projection.Options
	var err error
	if p.settings, err = engineSettings(c); err != nil {
		return p, options, err
	}
	p.settings.Show = schema.ToReplay(c)
	if p.dialect, options, err = wiring.New(programDialects).Make(c); err != nil {
		return p, options, usage("%w", err)
	}
	p.session, err = xmppConfig(c, dir, kept, log)
	return p, options, err
}

func linesText(s engine.Settings) string {
	if !s.Supervisor {
		return "own"
	}
	return fmt.Sprint(s.Users)
}

func closing(log *slog.Logger, what string, c io.Closer) {
	if err := c.Close(); err != nil {
		log.Error("closing failed", "what", what, "error", err)
	}
}

// lineTableName is the file that the provider DLL reads while no daemon runs; it rests where the password does.
const lineTableName = "lines.tbl"
