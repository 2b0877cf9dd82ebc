package daemon

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"offhook/adapters/tapi/projection"
	"offhook/engine"
	"offhook/internal/account"
	"offhook/internal/eventid"
	"offhook/internal/exitcode"
	"offhook/internal/linewatch"
)

// built is a daemon with what it holds open.
type built struct {
	daemon  *Daemon
	journal Journal
	options projection.Options
}

// ErrNoUser says that the settings do not name the account.
var ErrNoUser = exitcode.Usage("no user: use --user NAME, or user: in the settings file")

// build makes the parts of a daemon from the account's settings, and the daemon; nothing runs yet.
func (s *Supervisor) build(ctx context.Context, acc *account.Account) (*built, error) {
	set := acc.Settings
	if set.User == "" {
		return nil, ErrNoUser
	}
	address, err := tapiAddress(set, acc.DataDir)
	if err != nil {
		return nil, err
	}
	p, options, err := partsOf(acc, s.log)
	if err != nil {
		return nil, err
	}
	barred, err := barring(set, options.Numbers, s.log)
	if err != nil {
		return nil, err
	}
	p.Trace, p.Notice, p.Barring = s.put, s.notices.Add, barred.Check
	j, err := OpenJournal(ctx, set, acc.DataDir, p.Settings.Supervisor, s.log)
	if err != nil {
		return nil, err
	}
	p.Journal, p.SaveImages = j, j
	if set.Watch {
		p.Frontends = append(p.Frontends, linewatch.New(s.cfg.Out, options))
	}
	offers := p.Dialect.Traits().Offers | p.Settings.Experimental
	if address != "" {
		table := filepath.Join(acc.Password.Dir, LineTableName)
		p.Frontends = append(p.Frontends, tapiFrontend(set, address, table, acc.Domain(), j.ID(), options, offers, s.log))
	}
	p.Images = ReadImages(ctx, j, s.log)
	d, err := New(ctx, p)
	if err != nil {
		closeAndLog(s.log, "journal", j)
		return nil, err
	}
	s.log.Info("offhook is running", eventid.DaemonStarted.Attr(), "version", s.cfg.Version, "user", set.User, "journal", j.ID(), "lines", linesText(p.Settings))
	return &built{d, j, options}, nil
}

// partsOf makes the parts that follow from the settings alone.
func partsOf(acc *account.Account, log *slog.Logger) (p Parts, options projection.Options, err error) {
	p.Log = log
	if p.Settings, err = engineSettings(acc); err != nil {
		return p, options, err
	}
	p.Settings.Show = acc.Wiring.Schema().ToReplay(acc.Settings)
	if p.Dialect, options, err = acc.Wiring.Make(acc.Settings); err != nil {
		return p, options, exitcode.Usage("%w", err)
	}
	p.Session, err = acc.Session(log)
	return p, options, err
}

// linesText returns for the log which lines there are.
func linesText(s engine.Settings) string {
	if !s.Supervisor {
		return "own"
	}
	return fmt.Sprint(s.Users)
}

// closeAndLog closes something whose error nobody else can use.
func closeAndLog(log *slog.Logger, what string, c io.Closer) {
	if err := c.Close(); err != nil {
		log.Error("closing failed", "what", what, "error", err)
	}
}

// LineTableName is the name of the file that the provider DLL reads while no daemon runs. It is beside the password.
const LineTableName = "lines.tbl"
