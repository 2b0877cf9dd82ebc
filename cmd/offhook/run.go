package main

import (
	"context"
	"io"
	"log/slog"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/control"
	"offhook/internal/support"
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
		t, err := support.NewTraceFile(c.Trace, r.log)
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

// passwords is where the password of these settings rests.
func (c *runCmd) passwords(settings, dir string) passwords {
	return passwords{file: c.PasswordFile, dir: passwordDir(settings, dir)}
}

func lineFacts(user, ext, name string) events.LineFacts {
	return events.LineFacts{Line: engine.Key(user), User: user, Address: ext, Name: name}
}
