package main

import (
	"context"
	"io"
	"log/slog"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/control"
	"offhook/internal/password"
	"offhook/internal/place"
	"offhook/internal/settings"
	"offhook/internal/support"
)

// runCmd runs the daemon; its flags are the settings.
type runCmd struct{ settingsFlags }

func logOptions(s *settings.Settings) *slog.HandlerOptions {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // the schema allows the four names only
	return &slog.HandlerOptions{Level: level}
}

func newLogger(s *settings.Settings, w io.Writer) *slog.Logger {
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, logOptions(s)))
	}
	return slog.New(slog.NewTextHandler(w, logOptions(s)))
}

// Run is the daemon.
func (c *runCmd) Run(ctx context.Context, s streams) error {
	set, err := readSettings(s.args)
	if err != nil {
		return err
	}
	r := newRunner(s.args, newLogger(&set.Settings, s.err), s.out)
	if set.Settings.User == "" && !r.patient {
		return errNoUser
	}
	if set.Settings.Trace != "" {
		t, err := support.NewTraceFile(set.Settings.Trace, r.log)
		if err != nil {
			return err
		}
		defer t.Close()
		r.trace = t.Put
	}
	return r.Run(ctx)
}

var errNoUser = usage("no user: give --user NAME, or user: in the settings file")

// controlAddress is where the control channel is; empty when that is switched off.
func controlAddress(c *settings.Settings, dir string) string {
	switch c.Control {
	case "none":
		return ""
	case "":
		return control.DefaultAddress(dir)
	}
	return c.Control
}

// passwordsOf is where the password of these settings is.
func passwordsOf(s *settings.Loaded) password.Store {
	return password.Store{File: s.Settings.PasswordFile, Dir: place.PasswordDir(s.File, s.DataDir)}
}

func lineFacts(user, ext, name string) events.LineFacts {
	return events.LineFacts{Line: engine.Key(user), User: user, Address: ext, Name: name}
}
