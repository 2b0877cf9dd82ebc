package main

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
	"offhook/internal/pack"
	"offhook/internal/settings"
)

// store is a journal that keeps snapshots, too.
type store interface {
	events.Journal
	SaveImage(context.Context, pack.EngineImage) error
	Images(context.Context) ([]pack.EngineImage, error)
}

var (
	_ store = (*nats.Journal)(nil)
	_ store = (*disk.Journal)(nil)
)

// The kinds of journal in a directory.
const (
	storeAuto      = "auto"
	storeFiles     = "files"
	storeJetStream = "jetstream"
)

// openStore opens the journal that the settings name. What a directory holds already goes on; a new one is of plain files for
// one own line, whose workstation is to be left in peace (decision A13), and JetStream for a supervisor's many.
func openStore(ctx context.Context, s *settings.Settings, dir string, supervisor bool, log *slog.Logger) (store, error) {
	c, err := natsConfig(s, dir, log)
	if err != nil {
		return nil, err
	}
	if c.URL == "" && storeKind(s.JournalKind, c.Dir, supervisor || c.Listen != "") == storeFiles {
		if c.Listen != "" {
			return nil, usage("--nats-listen: the journal in %s is of plain files, which no server serves; --journal-kind jetstream chooses the other kind for a new one", c.Dir)
		}
		d := disk.Config{Dir: c.Dir, KeepAge: c.KeepAge, KeepBytes: c.KeepBytes, Log: log}
		if c.Sync == nats.SyncAlways {
			d.Sync = disk.SyncAlways
		}
		return opened(disk.Open(d))
	}
	j, err := nats.Open(ctx, c)
	if errors.Is(err, nats.ErrConfig) {
		err = usage("%w", err)
	}
	if err == nil && c.Listen != "" {
		log.Info("other NATS clients may read the journal", "address", j.Addr(), "password", c.Password != "")
	}
	return opened(j, err)
}

// opened keeps a nil journal from becoming a store that is not nil.
func opened[J store](j J, err error) (store, error) {
	if err != nil {
		return nil, err
	}
	return j, nil
}

// storeKind is the kind of the journal in a directory; served says whether a new one had better be JetStream.
func storeKind(chosen, dir string, served bool) string {
	switch has := holds(dir); {
	case has != "":
		return has
	case chosen != storeAuto && chosen != "":
		return chosen
	case served:
		return storeJetStream
	}
	return storeFiles
}

// holds is the kind of journal in a directory; empty if there is none.
func holds(dir string) string {
	for _, kind := range []struct{ file, name string }{{"jetstream", storeJetStream}, {"journal.id", storeFiles}} {
		if _, err := os.Stat(filepath.Join(dir, kind.file)); err == nil {
			return kind.name
		}
	}
	return ""
}

// existing opens a journal that must be there: a directory's, or one on a server.
func existing(ctx context.Context, place, name string) (store, error) {
	log := slog.New(slog.DiscardHandler)
	if isURL(place) {
		return opened(nats.Open(ctx, nats.Config{URL: place, Name: name, Log: log}))
	}
	if info, err := os.Stat(place); err != nil || !info.IsDir() {
		return nil, usage("--journal=%s: no such directory, and not a nats:// or tls:// URL", place)
	}
	if inner := filepath.Join(place, "journal"); holds(place) == "" && holds(inner) != "" {
		place = inner // the daemon's data directory
	}
	var j store
	var err error
	switch holds(place) {
	case storeFiles:
		j, err = opened(disk.Open(disk.Config{Dir: place, Log: log}))
	case storeJetStream:
		j, err = opened(nats.Open(ctx, nats.Config{Dir: place, Name: name, Log: log}))
	default:
		return nil, fmt.Errorf("there is no journal in %s; it is the directory journal below the daemon's --data-dir", place)
	}
	if errors.Is(err, nats.ErrLocked) || errors.Is(err, disk.ErrLocked) {
		return nil, fmt.Errorf("the journal is in use by a running offhook; stop it, or copy the directory and replay the copy: %w", err)
	}
	return j, err
}

func isURL(s string) bool {
	for _, p := range []string{"nats://", "tls://", "ws://", "wss://"} {
		if len(s) > len(p) && s[:len(p)] == p {
			return true
		}
	}
	return false
}
