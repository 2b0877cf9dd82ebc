package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"offhook/adapters/tapi"
	"offhook/adapters/xmpp/pascom"
	"offhook/engine"
	"offhook/events"
	"offhook/internal/control"
	"offhook/internal/trace"
	"offhook/internal/wiring"
)

type runCmd struct {
	pbxFlags
	journalFlags
	tapiFlags
	logFlags
	Control  string `group:"Control:" help:"Where offhook config and the configuration dialog connect: a socket's path, a pipe's name, or none (default: control.sock in the data directory; a pipe on Windows)." placeholder:"ADDRESS"`
	Trace    string `group:"Help for support:" help:"Capture everything to this trace (.gz compresses); stops by itself after two hours." placeholder:"FILE" type:"path"`
	DebugLog string `group:"Help for support:" help:"Write every input, every message to TAPI and the log into a rolling file, log/debug.log: on, off, or auto: on where the debug flavour is installed." default:"auto" enum:"auto,on,off"`
	Watch    bool   `group:"Help for support:" help:"Print every TAPI message as a table."`
}

// logFlags say what is logged and how.
type logFlags struct {
	LogLevel  string `group:"Help for support:" help:"debug, info, warn or error." default:"info" enum:"debug,info,warn,error"`
	LogFormat string `group:"Help for support:" help:"text or json." default:"text" enum:"text,json"`
}

func (f *logFlags) options() *slog.HandlerOptions {
	var level slog.Level
	_ = level.UnmarshalText([]byte(f.LogLevel)) // kong allows the four names only
	return &slog.HandlerOptions{Level: level}
}

func (f *logFlags) logger(w io.Writer) *slog.Logger {
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, f.options()))
	}
	return slog.New(slog.NewTextHandler(w, f.options()))
}

// Run is the daemon.
func (c *runCmd) Run(ctx context.Context, s streams) error {
	r := newRunner(s.args, c.logger(s.err), s.out)
	if c.User == "" && !r.patient {
		return errNoUser
	}
	if c.Trace != "" {
		t, err := newTraceFile(c.Trace, r.log)
		if err != nil {
			return err
		}
		defer t.Close()
		r.trace = t.Put
	}
	return r.run(ctx)
}

var errNoUser = usage("no user: give --user NAME, or user: in the settings file")

// controlAddress is where the control channel is; empty when that is switched off.
func (c *runCmd) controlAddress(dir string) string {
	switch c.Control {
	case "none":
		return ""
	case "":
		return control.DefaultAddress(dir)
	}
	return c.Control
}

// assembly is a daemon with what it holds open.
type assembly struct {
	*daemon
	journal store
	shown   tapi.Options
}

func (a *assembly) close(log *slog.Logger) { closing(log, "journal", a.journal) }

// assemble makes the parts of a daemon and the daemon; nothing runs yet.
func (c *runCmd) assemble(ctx context.Context, kept passwords, r *runner) (*assembly, error) {
	log := r.log
	if c.User == "" {
		return nil, errNoUser
	}
	dir, err := c.dataDir()
	if err != nil {
		return nil, err
	}
	address, err := c.address(dir)
	if err != nil {
		return nil, err
	}
	p, options, err := c.parts(dir, kept, log)
	if err != nil {
		return nil, err
	}
	barring, err := c.barring(options.Numbers, log)
	if err != nil {
		return nil, err
	}
	p.trace = r.traced
	j, err := c.open(ctx, dir, p.settings.Supervisor, log)
	if err != nil {
		return nil, err
	}
	p.journal = j
	if c.Watch {
		p.frontends = append(p.frontends, newLineWatcher(r.out, options))
	}
	offers := pascom.New(p.dialect).Offers() | p.settings.Experimental
	if address != "" {
		p.frontends = append(p.frontends, c.frontend(address, filepath.Join(kept.dir, lineTableName), c.domain(), j.ID(), options, offers, barring, log))
	}
	p.images = images(ctx, j, log)
	d, err := newDaemon(ctx, p)
	if err != nil {
		closing(log, "journal", j)
		return nil, err
	}
	d.beside = (&snapshots{journal: j, log: log, loop: d.loop}).keep
	log.Info("offhook is running", "version", version, "user", c.User, "journal", j.ID(), "lines", linesText(p.settings))
	return &assembly{d, j, options}, nil
}

// parts reads the settings into the parts they are for.
func (c *runCmd) parts(dir string, kept passwords, log *slog.Logger) (parts, tapi.Options, error) {
	p := parts{log: log, trace: func(trace.Record) {}}
	var options tapi.Options
	var err error
	if p.settings, err = c.engine(); err != nil {
		return p, options, err
	}
	p.settings.Show = c.shown()
	if p.dialect, options, err = wiring.Read(p.settings.Show); err != nil {
		return p, options, usage("%w", err)
	}
	p.dialect.CommandTo = c.CommandTo
	p.session, err = c.xmpp(dir, kept, log)
	return p, options, err
}

// passwords is where the password of these settings rests.
func (c *runCmd) passwords(settings, dir string) passwords {
	return passwords{file: c.PasswordFile, dir: passwordDir(settings, dir)}
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

// lineTableName is the file that the provider DLL reads while no daemon runs; it rests where the password does.
const lineTableName = "lines.tbl"

// loginsFile keeps the count of refused logins.
func loginsFile(dir string) string { return filepath.Join(dir, "logins.json") }
