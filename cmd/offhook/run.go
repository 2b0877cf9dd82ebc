package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"offhook/adapters/nats"
	"offhook/adapters/tapi"
	"offhook/adapters/xmpp/pascom"
	"offhook/engine"
	"offhook/events"
	"offhook/internal/trace"
	"offhook/internal/wiring"
)

type runCmd struct {
	pbxFlags
	journalFlags
	tapiFlags
	logFlags
	Trace string `group:"Help for support:" help:"Capture everything to this trace (.gz compresses); stops by itself after two hours." placeholder:"FILE" type:"path"`
	Watch bool   `group:"Help for support:" help:"Print every TAPI message as a table."`
}

// logFlags say what is logged and how.
type logFlags struct {
	LogLevel  string `group:"Help for support:" help:"debug, info, warn or error." default:"info" enum:"debug,info,warn,error"`
	LogFormat string `group:"Help for support:" help:"text or json." default:"text" enum:"text,json"`
}

func (f *logFlags) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(f.LogLevel)) // kong allows the four names only
	o := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// Run is the daemon.
func (c *runCmd) Run(ctx context.Context, s streams) error {
	log := c.logger(s.err)
	if c.User == "" {
		return usage("no user: give --user NAME, or user: in the settings file")
	}
	dir, err := c.dataDir()
	if err != nil {
		return err
	}
	address, err := c.address(dir)
	if err != nil {
		return err
	}
	p := parts{log: log, trace: func(trace.Record) {}}
	if p.settings, err = c.engine(); err != nil {
		return err
	}
	p.settings.Show = c.shown()
	var options tapi.Options
	if p.dialect, options, err = wiring.Read(p.settings.Show); err != nil {
		return usage("%w", err)
	}
	p.dialect.CommandTo = c.CommandTo
	if p.session, err = c.xmpp(dir, log); err != nil {
		return err
	}
	if c.Trace != "" {
		t, err := newTraceFile(c.Trace, log)
		if err != nil {
			return err
		}
		defer t.Close()
		p.trace = t.Put
	}
	j, err := nats.Open(ctx, c.config(dir, log))
	if err != nil {
		return err
	}
	defer closing(log, "journal", j)
	p.journal = j
	if c.Watch {
		p.frontends = append(p.frontends, newLineWatcher(s.out, options))
	}
	offers := pascom.New(p.dialect).Offers() | p.settings.Experimental
	if address != "" {
		p.frontends = append(p.frontends, frontend(address, c.domain(), j.ID(), options, offers, log))
	}
	p.images = images(ctx, j, log)
	d, err := newDaemon(ctx, p)
	if err != nil {
		return err
	}
	d.beside = (&snapshots{journal: j, log: log, loop: d.loop}).keep
	log.Info("offhook is running", "version", version, "user", c.User, "journal", j.ID(), "lines", linesText(p.settings))
	err = d.run(ctx)
	log.Info("offhook ends")
	return err
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

func lineFacts(user, ext, name string) events.LineFacts {
	return events.LineFacts{Line: engine.Key(user), User: user, Address: ext, Name: name}
}
