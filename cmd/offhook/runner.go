package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"offhook/adapters/xmpp"
	"offhook/internal/control"
	"offhook/internal/eventid"
	"offhook/internal/notices"
	"offhook/internal/place"
	"offhook/internal/settings"
	"offhook/internal/support"
	"offhook/internal/trace"
)

// runner runs a daemon, and another one in its place when the settings change. The control channel and a capture
// outlive the daemon; the provider DLL comes back to the next one and is bridged (decision A5).
type runner struct {
	args    []string // what the settings are read from, again before each daemon
	out     io.Writer
	log     *slog.Logger
	trace   func(trace.Record) // gets every record of every daemon; may be nil
	old     oldSpellings
	patient bool // waits for usable settings instead of ending
	offline bool // runs nothing: it answers verbs from the files, for a daemon that does not run

	beside func(context.Context) // works as long as the runner does; may be nil

	again     chan struct{} // the settings changed
	changing  sync.Mutex    // one change of the settings at a time
	limits    attempts
	directory directory
	recorder  *support.Recorder
	notices   *notices.Keeper

	mu      sync.Mutex
	present *assembly // nil while there is none
	trouble error     // why there is none
	logs    string    // the directory of logs and traces; empty before the first settings were read
}

// retrySettings is how often settings that could not be used are tried anew: somebody may have mended a file.
const retrySettings = 30 * time.Second

func newRunner(args []string, log *slog.Logger, out io.Writer) *runner {
	r := &runner{args: args, out: out, again: make(chan struct{}, 1)}
	r.recorder = newSupport(r, support.Config{Log: log})
	r.log = r.recorder.Log()
	r.directory.log = r.log
	r.notices = notices.New(r.log)
	return r
}

// traced passes a record to whatever captures.
func (r *runner) traced(x trace.Record) {
	if r.trace != nil {
		r.trace(x)
	}
	r.recorder.Put(x)
}

// Run works until ctx is done. The first settings must be usable, unless the runner is patient; later ones may be mended.
func (r *runner) Run(ctx context.Context) error {
	defer r.recorder.Close()
	var wg sync.WaitGroup
	defer wg.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer r.log.Info("offhook ends", eventid.DaemonEnded.Attr())
	if r.beside != nil {
		wg.Go(func() { r.beside(ctx) })
	}
	listening := false
	for ctx.Err() == nil {
		set, err := readSettings(r.args)
		if err == nil {
			r.old.log(set.Old, r.log)
		}
		if err == nil && !listening {
			listening = true
			wg.Go(func() { r.serveControl(ctx, set) })
		}
		begun := false
		if err == nil {
			var changed bool
			begun, changed, err = r.once(ctx, set)
			r.patient = r.patient || changed // whoever changes settings of a running daemon is there to mend them
			if changed && err == nil {
				r.log.Info("the settings or the account's role changed; the daemon starts over")
			}
		}
		if err != nil && !r.patient {
			return err
		}
		if ctx.Err() != nil && begun {
			return err
		}
		r.setPresent(nil, err)
		if err != nil && ctx.Err() == nil {
			r.log.Error("offhook waits for settings it can use", eventid.SettingsUnusable.Attr(), "error", err)
			select {
			case <-r.again:
			case <-time.After(retrySettings):
			case <-ctx.Done():
			}
		}
	}
	return nil
}

// once is the life of one daemon, if it begins. It ends with ctx, or when the settings changed.
func (r *runner) once(ctx context.Context, set *settings.Loaded) (begun, changed bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.wantDebug(set)
	run, supervisor := decideUsers(ctx, set, r.log)
	if ctx.Err() != nil { // the question may have taken a while
		return false, false, nil
	}
	a, err := assemble(ctx, run, passwordsOf(set), r)
	if err != nil {
		return false, false, err
	}
	defer a.close(r.log)
	var watching sync.WaitGroup
	over := make(chan struct{})
	watching.Go(func() { r.recorder.WriteMessages(over, a.daemon.loop, a.shown) })
	looking, stopLooking := context.WithCancel(ctx)
	if set.Settings.Auto() {
		watching.Go(func() {
			if watchRole(looking, set, a.daemon, supervisor, r.log) {
				r.directory.forget()
				r.restart()
			}
		})
	}
	defer r.recorder.DaemonEnded()
	defer watching.Wait()
	defer close(over)
	defer stopLooking()
	r.setPresent(a, nil)
	defer r.setPresent(nil, nil)
	ended, told := make(chan struct{}), make(chan bool)
	go func() {
		select {
		case <-r.again:
			cancel()
			told <- true
		case <-ended:
			told <- false
		}
	}()
	err = a.run(ctx)
	close(ended)
	return true, <-told, err
}

// wantDebug switches the debug log as the settings say; the debug flavour has it on.
func (r *runner) wantDebug(set *settings.Loaded) {
	on := set.Settings.DebugLog == "on" || set.Settings.DebugLog == "auto" && place.Flavour() == "debug"
	r.mu.Lock()
	r.logs = logDir(set)
	r.mu.Unlock()
	if err := r.recorder.SetDebugLog(logDir(set), on); err != nil {
		r.log.Error("the debug log cannot be written", "error", err)
	}
}

func (r *runner) setPresent(a *assembly, trouble error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.present = a
	if trouble != nil || a != nil {
		r.trouble = trouble
	}
}

// daemonNow is the present daemon, or nil and why there is none.
func (r *runner) daemonNow() (*daemon, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.present == nil {
		return nil, r.trouble
	}
	return r.present.daemon, nil
}

// restart lets the daemon start over with the settings as they are in the file now.
func (r *runner) restart() {
	select {
	case r.again <- struct{}{}:
	default:
	}
}

// session is the session's state; a runner without a daemon has none.
func (r *runner) session() (xmpp.Status, bool) {
	d, _ := r.daemonNow()
	if d == nil {
		return xmpp.Status{}, false
	}
	return d.xmpp.Status(), true
}

// CheckSession asks the session to find out at once whether its connection still works.
func (r *runner) CheckSession() {
	if d, _ := r.daemonNow(); d != nil {
		d.xmpp.Kick()
	}
}

// serveControl keeps the control channel open. That it cannot be opened ends nothing: calls matter more.
func (r *runner) serveControl(ctx context.Context, set *settings.Loaded) {
	address := controlAddress(&set.Settings, set.DataDir)
	if address == "" {
		return
	}
	handlers := r.handlers()
	for told := false; ctx.Err() == nil; told = true {
		l, err := control.Listen(address)
		if err == nil {
			r.log.Debug("the control channel is open", "address", address)
			told = false
			err = control.Serve(ctx, l, handlers, r.log)
		}
		if err != nil && !told && !errors.Is(err, context.Canceled) {
			r.log.Error("the control channel cannot be opened; the settings cannot be changed while offhook runs", eventid.ControlChannelClosed.Attr(), "error", err)
		}
		select {
		case <-time.After(retrySettings):
		case <-ctx.Done():
		}
	}
}
