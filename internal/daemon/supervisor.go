// Package daemon is the running offhook: it makes the parts from the settings, runs them, and starts them again when the
// settings change.
//
// A Supervisor reads the settings, builds a Daemon from them and runs it until it ends or is to start again; control
// channel and traces outlive the single Daemon. A Daemon is one session with the PBX, one engine with its journal, and the
// frontends; it can be made from Parts without settings, as the demo and the tests do. What the verbs of the control
// channel do belongs to internal/admin, how offhook logs in to internal/account. A newcomer begins with Supervisor.Run,
// then reads New.
package daemon

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"offhook/internal/account"
	"offhook/internal/admin"
	"offhook/internal/control"
	"offhook/internal/eventid"
	"offhook/internal/notices"
	"offhook/internal/settings"
	"offhook/internal/support"
	"offhook/internal/trace"
	"offhook/internal/wiring"
)

// SupervisorConfig is what a Supervisor is made of.
type SupervisorConfig struct {
	Load    func() (*settings.Loaded, error) // reads the settings, before each daemon
	Wiring  *wiring.Wiring
	Version string
	Log     *slog.Logger
	Out     io.Writer // gets the rows of the line watcher

	Patient   bool                      // Run waits for usable settings instead of ending
	TraceFile string                    // gets a trace of all daemons; empty: none
	Beside    func(ctx context.Context) // runs as long as Run; may be nil

	DebugLogSize int64 // see support.Config
}

// Supervisor runs a daemon, and another one in its place when the settings change. The provider DLL comes back to the
// next daemon and is bridged (decision A5).
type Supervisor struct {
	cfg      SupervisorConfig
	log      *slog.Logger
	recorder *support.Recorder
	notices  *notices.Keeper
	admin    *admin.Admin
	trace    *support.TraceFile // nil without TraceFile
	reported map[settings.OldSpelling]bool

	again chan struct{} // the daemon is to start again

	mu      sync.Mutex
	running *built // nil while no daemon runs
	failure error  // why no daemon runs
	logs    string // the directory of logs and traces; empty until the settings were read
}

// retryInterval is how often settings that could not be used are read again: they may have been corrected in the file.
const retryInterval = 30 * time.Second

// NewSupervisor returns a Supervisor that runs nothing yet.
func NewSupervisor(cfg SupervisorConfig) *Supervisor {
	s := &Supervisor{cfg: cfg, again: make(chan struct{}, 1), reported: map[settings.OldSpelling]bool{}}
	s.recorder = support.New(s.supportConfig())
	s.log = s.recorder.Log()
	s.notices = notices.New(s.log)
	s.admin = admin.New(admin.Config{Load: cfg.Load, Wiring: cfg.Wiring, Version: cfg.Version, Log: s.log, Restart: s.Restart,
		Recorder: s.recorder, Notices: s.notices, Daemon: func() (admin.Daemon, error) {
			if d, err := s.Daemon(); d != nil {
				return d, nil
			} else {
				return nil, err
			}
		}})
	return s
}

// Log returns the logger whose records go to the debug log too.
func (s *Supervisor) Log() *slog.Logger { return s.log }

// Recorder returns what records traces and the debug log.
func (s *Supervisor) Recorder() *support.Recorder { return s.recorder }

// Handlers returns the verbs of the control channel.
func (s *Supervisor) Handlers() map[string]control.Handler { return s.admin.Handlers() }

// put passes a record of the running daemon to all traces.
func (s *Supervisor) put(x trace.Record) {
	if s.trace != nil {
		s.trace.Put(x)
	}
	s.recorder.Put(x)
}

// Run works until ctx is done. Unless the Supervisor is patient, the first settings must be usable; later ones are waited
// for.
func (s *Supervisor) Run(ctx context.Context) (err error) {
	if s.cfg.TraceFile != "" {
		if s.trace, err = support.NewTraceFile(s.cfg.TraceFile, s.log); err != nil {
			return err
		}
		defer s.trace.Close()
	}
	defer s.recorder.Close()
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer s.log.Info("offhook ends", eventid.DaemonEnded.Attr())
	if s.cfg.Beside != nil {
		wg.Go(func() { s.cfg.Beside(ctx) })
	}
	patient, listening := s.cfg.Patient, false
	for ctx.Err() == nil {
		set, err := s.cfg.Load()
		if err == nil {
			s.reportOldSpellings(set.Old)
		}
		if err == nil && !listening {
			listening = true
			wg.Go(func() { s.serveControl(ctx, set) })
		}
		started := false
		if err == nil {
			var restart bool
			started, restart, err = s.runDaemon(ctx, set)
			patient = patient || restart // who changes the settings of a running daemon can correct them
			if restart && err == nil {
				s.log.Info("the settings or the account's role changed; the daemon starts again")
			}
		}
		if err != nil && !patient {
			return err
		}
		if ctx.Err() != nil && started {
			return err
		}
		s.setRunning(nil, err)
		if err != nil && ctx.Err() == nil {
			s.log.Error("offhook waits for settings it can use", eventid.SettingsUnusable.Attr(), "error", err)
			select {
			case <-s.again:
			case <-time.After(retryInterval):
			case <-ctx.Done():
			}
		}
	}
	return nil
}

// runDaemon builds a daemon and runs it until ctx is done or the daemon is to start again. started says that it ran.
func (s *Supervisor) runDaemon(ctx context.Context, set *settings.Loaded) (started, restart bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.setDebugLog(set)
	acc := account.New(set, s.cfg.Wiring, s.cfg.Version)
	resolved, supervisor := acc.DecideUsers(ctx, JournalKindIn(journalDir(set.DataDir)) == "", s.log)
	if ctx.Err() != nil { // the question may have taken a while
		return false, false, nil
	}
	b, err := s.build(ctx, acc.With(resolved))
	if err != nil {
		return false, false, err
	}
	defer closeAndLog(s.log, "journal", b.journal)
	var watchers sync.WaitGroup
	ended := make(chan struct{})
	watchers.Go(func() { s.recorder.WriteMessages(ended, b.daemon.Loop(), b.options) })
	watching, stopWatching := context.WithCancel(ctx)
	if set.Settings.Auto() {
		watchers.Go(func() {
			if acc.WatchRole(watching, b.daemon.Loop().Reader(), supervisor, s.log) {
				s.admin.ForgetUsers()
				s.Restart()
			}
		})
	}
	defer s.recorder.DaemonEnded()
	defer watchers.Wait()
	defer close(ended)
	defer stopWatching()
	s.setRunning(b, nil)
	defer s.setRunning(nil, nil)
	stopped, asked := make(chan struct{}), make(chan bool)
	go func() {
		select {
		case <-s.again:
			cancel()
			asked <- true
		case <-stopped:
			asked <- false
		}
	}()
	err = b.daemon.Run(ctx)
	close(stopped)
	return true, <-asked, err
}

// reportOldSpellings logs each use of an old spelling once.
func (s *Supervisor) reportOldSpellings(used []settings.OldSpelling) {
	for _, u := range used {
		if !s.reported[u] {
			s.reported[u] = true
			s.log.Warn("settings: old spelling", "old", u.Old, "now", u.Key, "where", u.Where)
		}
	}
}

// setRunning keeps the running daemon, or why none runs; without a reason the last one stays.
func (s *Supervisor) setRunning(b *built, failure error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = b
	if failure != nil || b != nil {
		s.failure = failure
	}
}

// Daemon returns the running daemon, or nil and why none runs.
func (s *Supervisor) Daemon() (*Daemon, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return nil, s.failure
	}
	return s.running.daemon, nil
}

// Restart lets the daemon start again, with the settings as they are then.
func (s *Supervisor) Restart() {
	select {
	case s.again <- struct{}{}:
	default:
	}
}

// CheckSession asks the session to find out at once whether its connection still works.
func (s *Supervisor) CheckSession() {
	if d, _ := s.Daemon(); d != nil {
		d.session.NetworkChanged()
	}
}

// serveControl keeps the control channel open. A channel that cannot be opened does not end the daemon: its calls go on.
func (s *Supervisor) serveControl(ctx context.Context, set *settings.Loaded) {
	address := admin.ChannelAddress(set)
	if address == "" {
		return
	}
	handlers := s.Handlers()
	for logged := false; ctx.Err() == nil; logged = true {
		l, err := control.Listen(address)
		if err == nil {
			s.log.Debug("the control channel is open", "address", address)
			logged = false
			err = control.Serve(ctx, l, handlers, s.log)
		}
		if err != nil && !logged && !errors.Is(err, context.Canceled) {
			s.log.Error("the control channel cannot be opened; the settings cannot be changed while offhook runs", eventid.ControlChannelClosed.Attr(), "error", err)
		}
		select {
		case <-time.After(retryInterval):
		case <-ctx.Done():
		}
	}
}
