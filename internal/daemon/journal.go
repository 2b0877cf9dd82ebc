package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"offhook/adapters/disk"
	"offhook/adapters/nats"
	"offhook/events"
	"offhook/internal/exitcode"
	"offhook/internal/settings"
)

// Journal is a journal that keeps engine images too.
type Journal interface {
	events.Journal
	ImageStore
}

var (
	_ Journal = (*nats.Journal)(nil)
	_ Journal = (*disk.Journal)(nil)
)

// The kinds of journal in a directory, as the setting journal-kind has them.
const (
	kindAuto      = "auto"
	KindFiles     = "files"
	KindJetStream = "jetstream"
)

// OpenJournal opens the journal that the settings name. A directory's journal is of the kind that it has; a new one is of
// plain files for the own line, to load a workstation little (decision A13), and JetStream for a supervisor's lines.
func OpenJournal(ctx context.Context, s *settings.Settings, dir string, supervisor bool, log *slog.Logger) (Journal, error) {
	c, err := natsConfig(s, dir, log)
	if err != nil {
		return nil, err
	}
	if c.URL == "" && journalKind(s.JournalKind, c.Dir, supervisor || c.Listen != "") == KindFiles {
		if c.Listen != "" {
			return nil, exitcode.Usage("--nats-listen: the journal in %s is of plain files, which no server serves; --journal-kind jetstream chooses the other kind for a new one", c.Dir)
		}
		d := disk.Config{Dir: c.Dir, KeepAge: c.KeepAge, KeepBytes: c.KeepBytes, Log: log}
		if c.Sync == nats.SyncAlways {
			d.Sync = disk.SyncAlways
		}
		return opened(disk.Open(d))
	}
	j, err := nats.Open(ctx, c)
	if errors.Is(err, nats.ErrConfig) {
		err = exitcode.Usage("%w", err)
	}
	if err == nil && c.Listen != "" {
		log.Info("other NATS clients may read the journal", "address", j.Addr(), "password", c.Password != "")
	}
	return opened(j, err)
}

// opened returns a nil interface, not an interface with a nil journal, when opening failed.
func opened[J Journal](j J, err error) (Journal, error) {
	if err != nil {
		return nil, err
	}
	return j, nil
}

// journalKind returns the kind of the journal in a directory. Of a new one, chosen is the setting, and served says that
// auto means JetStream.
func journalKind(chosen, dir string, served bool) string {
	switch has := JournalKindIn(dir); {
	case has != "":
		return has
	case chosen != kindAuto && chosen != "":
		return chosen
	case served:
		return KindJetStream
	}
	return KindFiles
}

// JournalKindIn returns the kind of the journal in a directory; empty if there is none.
func JournalKindIn(dir string) string {
	for _, kind := range []struct{ file, name string }{{"jetstream", KindJetStream}, {"journal.id", KindFiles}} {
		if _, err := os.Stat(filepath.Join(dir, kind.file)); err == nil {
			return kind.name
		}
	}
	return ""
}

// OpenExistingJournal opens a journal that is in a directory, or in a data directory, or on a server.
func OpenExistingJournal(ctx context.Context, place, name string) (Journal, error) {
	log := slog.New(slog.DiscardHandler)
	if isURL(place) {
		return opened(nats.Open(ctx, nats.Config{URL: place, Name: name, Log: log}))
	}
	if info, err := os.Stat(place); err != nil || !info.IsDir() {
		return nil, exitcode.Usage("--journal=%s: no such directory, and not a nats:// or tls:// URL", place)
	}
	if inner := filepath.Join(place, "journal"); JournalKindIn(place) == "" && JournalKindIn(inner) != "" {
		place = inner // the daemon's data directory
	}
	var j Journal
	var err error
	switch JournalKindIn(place) {
	case KindFiles:
		j, err = opened(disk.Open(disk.Config{Dir: place, Log: log}))
	case KindJetStream:
		j, err = opened(nats.Open(ctx, nats.Config{Dir: place, Name: name, Log: log}))
	default:
		return nil, fmt.Errorf("there is no journal in %s; it is the directory journal below the daemon's --data-dir", place)
	}
	if errors.Is(err, nats.ErrLocked) || errors.Is(err, disk.ErrLocked) {
		return nil, fmt.Errorf("the journal is in use by a running offhook; stop it, or copy the directory and replay the copy: %w", err)
	}
	return j, err
}

// isURL says that a place is the URL of a NATS server.
func isURL(s string) bool {
	for _, p := range []string{"nats://", "tls://", "ws://", "wss://"} {
		if len(s) > len(p) && s[:len(p)] == p {
			return true
		}
	}
	return false
}
