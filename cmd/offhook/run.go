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
	if set.Settings.User == "" {
		return daemon.ErrNoUser
	}
	cfg := supervisorConfig(s, newLogger(&set.Settings, s.err))
	cfg.TraceFile = set.Settings.Trace
	return daemon.NewSupervisor(cfg).Run(ctx)
}

// supervisorConfig says what a daemon with this command line needs; its settings are read again before each start.
func supervisorConfig(s streams, log *slog.Logger) daemon.SupervisorConfig {
	return daemon.SupervisorConfig{Load: func() (*settings.Loaded, error) { return readSettings(s.args) }, Wiring: program, Version: version,
		Log: log, Out: s.out}
}
