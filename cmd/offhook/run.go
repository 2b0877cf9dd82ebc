package main

import (
	"context"
	"io"
	"log/slog"

	"offhook/internal/daemon"
	"offhook/internal/settings"
)

// runCmd runs the daemon; its flags are the settings.
type runCmd struct{ settingsFlags }

// logOptions returns the options of the log's handler.
func logOptions(s *settings.Settings) *slog.HandlerOptions {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // the schema allows the four names only
	return &slog.HandlerOptions{Level: level}
}

// newLogger returns the logger that the settings describe.
func newLogger(s *settings.Settings, w io.Writer) *slog.Logger {
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, logOptions(s)))
	}
	return slog.New(slog.NewTextHandler(w, logOptions(s)))
}

// Run runs the daemon until the process is interrupted.
func (c *runCmd) Run(ctx context.Context, s streams) error {
	set, err := readSettings(s.args)
	if err != nil {
		return err
	}
	if set.Settings.User == "" {
		return daemon.ErrNoUser
	}
	cfg := supervisorConfig(s, newLogger(&set.Settings, s.err))
	cfg.TraceFile = set.Settings.Trace
	return daemon.NewSupervisor(cfg).Run(ctx)
}

// supervisorConfig returns the configuration of a supervisor that reads its settings from this command line and the files
// and variables it names, before each start of the daemon.
func supervisorConfig(s streams, log *slog.Logger) daemon.SupervisorConfig {
	return daemon.SupervisorConfig{Load: func() (*settings.Loaded, error) { return readSettings(s.args) }, Wiring: program, Version: version,
		Log: log, Out: s.out}
}
