// Package admin answers what an administrator asks a daemon: the verbs of the control channel (docs/operate/control.md).
//
// Handlers returns them behind their rules of access: which caller may use which verb, and how many logins they may cause
// within a minute. The verbs show and change the settings, try a login, list users and lines, show the daemon's state, and
// start and stop traces. Where no daemon runs, the same verbs work on the files, for offhook config. The package reads the
// running daemon through the interface Daemon; how it is started again belongs to internal/daemon, the channel itself to
// internal/control. A newcomer begins with Admin.
package admin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"offhook/adapters/xmpp"
	"offhook/engine"
	"offhook/engine/live"
	"offhook/internal/account"
	"offhook/internal/control"
	"offhook/internal/notices"
	"offhook/internal/settings"
	"offhook/internal/support"
	"offhook/internal/wiring"
)

// Daemon is what the verbs need of the running daemon.
type Daemon interface {
	Session() xmpp.Status
	Loop() *live.Loop
	User() string // of the account, without instance and domain
}

// Config is what an Admin is made of.
type Config struct {
	Load    func() (*settings.Loaded, error) // reads the settings as they are now
	Wiring  *wiring.Wiring
	Version string
	Log     *slog.Logger

	// The rest is nil where the verbs work on the files alone.
	Daemon   func() (Daemon, error) // the running daemon, or nil and why none runs
	Restart  func()                 // starts the daemon again with the settings as they are then
	Recorder *support.Recorder
	Notices  *notices.Keeper
}

// Admin answers the verbs.
type Admin struct {
	cfg       Config
	schema    *settings.Schema
	changing  sync.Mutex // held while settings are changed
	limits    attempts
	directory directory
}

// New returns an Admin.
func New(cfg Config) *Admin {
	return &Admin{cfg: cfg, schema: cfg.Wiring.Schema(), directory: directory{log: cfg.Log}}
}

// offline says that no daemon runs in this process.
func (a *Admin) offline() bool { return a.cfg.Daemon == nil }

// daemon returns the running daemon, or nil and why there is none.
func (a *Admin) daemon() (Daemon, error) {
	if a.offline() {
		return nil, nil
	}
	return a.cfg.Daemon()
}

// account returns the account of loaded settings.
func (a *Admin) account(l *settings.Loaded) *account.Account {
	return account.New(l, a.cfg.Wiring, a.cfg.Version)
}

// ForgetUsers drops what is known of the account's role and of the PBX's users: the settings or the role changed.
func (a *Admin) ForgetUsers() { a.directory.forget() }

// ChannelAddress returns where the control channel of a daemon with these settings is; empty when it is switched off.
func ChannelAddress(l *settings.Loaded) string {
	switch l.Settings.Control {
	case "none":
		return ""
	case "":
		return control.DefaultAddress(l.DataDir)
	}
	return l.Settings.Control
}

// snapshot returns the lines and calls of a daemon.
func snapshot(ctx context.Context, d Daemon) (*engine.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	b, err := d.Loop().Reader().Next(ctx)
	if err != nil {
		return nil, fmt.Errorf("the lines are not known now: %w", err)
	}
	return b.Snapshot, nil
}

// isSupervisor says whether the PBX gave our account the supervisor's role.
func (a *Admin) isSupervisor(ctx context.Context) (supervisor, known bool) {
	if supervisor, known = a.directory.role(); known {
		return supervisor, true
	}
	d, _ := a.daemon()
	if d == nil {
		return false, false
	}
	snap, err := snapshot(ctx, d)
	if err != nil {
		return false, false
	}
	for _, l := range snap.Lines {
		if l.Key == engine.Key(d.User()) {
			return l.Supervisor, true
		}
	}
	return false, false
}

// columns joins texts with tabs; a tab within a text becomes a blank.
func columns(all ...string) string {
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "\t", " ")
	}
	return strings.Join(all, "\t")
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

var errStarting = errors.New("offhook is starting")

// orStarting returns why no daemon runs: one that has no reason yet is starting.
func orStarting(err error) error {
	if err == nil {
		return errStarting
	}
	return err
}
