package tapi

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"offhook/adapters/tapi/provider"
	"offhook/engine"
)

const (
	tableQuietTime = time.Second     // no line changes this long: the table is written
	tableMaxDelay  = 5 * time.Second // written by then, whatever goes on; and the wait after a failure
)

// tableWriter writes the line table beside the frontend's work: want never waits, keep writes when the lines have come
// to rest. What would not differ from the file is not written.
type tableWriter struct {
	file       string
	source     string
	offers     engine.Actions
	log        *slog.Logger
	access     func(file string) error
	writtenSum [sha256.Size]byte // of the file's content, zero when that is not known
	wake       chan struct{}     // something is wanted

	mu    sync.Mutex
	lines []engine.LineView
	dirty bool
}

func newTableWriter(c FrontendConfig) *tableWriter {
	return &tableWriter{file: c.LineTable, source: c.Provider.Source, offers: c.Provider.Offers, log: c.Log, access: c.TableAccess, wake: make(chan struct{}, 1)}
}

// setLines says which lines there are. A daemon that knows no line yet leaves the table of the one before it alone.
func (k *tableWriter) setLines(lines []engine.LineView) {
	if k.file == "" {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(lines) == 0 && k.lines == nil {
		return
	}
	k.lines, k.dirty = lines, true
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// run writes until ctx is done, then what is still wanted.
func (k *tableWriter) run(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-k.wake:
			k.waitUntilQuiet(ctx)
		case <-ctx.Done():
		}
		if !k.writeOrLog() {
			k.retryLater(ctx)
		}
	}
	k.writeOrLog()
}

// writeOrLog writes, and says in the log when that fails.
func (k *tableWriter) writeOrLog() bool {
	err := k.write()
	if err != nil {
		k.log.Warn("tapi: the line table cannot be written; while no daemon runs, the provider shows the lines it knew", "file", k.file, "error", err)
	}
	return err == nil
}

// waitUntilQuiet waits until the lines have come to rest.
func (k *tableWriter) waitUntilQuiet(ctx context.Context) {
	late := time.NewTimer(tableMaxDelay)
	defer late.Stop()
	for {
		quiet := time.NewTimer(tableQuietTime)
		select {
		case <-k.wake:
			quiet.Stop()
			continue
		case <-quiet.C:
		case <-late.C:
		case <-ctx.Done():
		}
		quiet.Stop()
		return
	}
}

// retryLater lets a failed write be tried once more, after a while.
func (k *tableWriter) retryLater(ctx context.Context) {
	t := time.NewTimer(tableMaxDelay)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dirty = true
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// write makes the file what is wanted.
func (k *tableWriter) write() error {
	k.mu.Lock()
	lines, dirty := k.lines, k.dirty
	k.dirty = false
	k.mu.Unlock()
	if !dirty {
		return nil
	}
	b, err := provider.NewLineTable(lines, k.source, k.offers).Append(nil)
	if err != nil {
		return err
	}
	if k.writtenSum == [sha256.Size]byte{} { // not read yet, or a failure left it open
		if now, err := os.ReadFile(k.file); err == nil {
			k.writtenSum = sha256.Sum256(now)
		}
	}
	sum := sha256.Sum256(b)
	if sum == k.writtenSum {
		return nil
	}
	k.writtenSum = [sha256.Size]byte{}
	if err := replaceFile(k.file, b, k.access); err != nil {
		return err
	}
	k.writtenSum = sum
	k.log.Debug("tapi: line table written", "file", k.file, "lines", len(lines), "bytes", len(b))
	return nil
}

// replaceFile writes beside the file and renames: who reads it sees the old content or the new one. access, if there is
// one, says who may read it before it takes its name.
func replaceFile(name string, b []byte, access func(file string) error) error {
	beside := name + ".new"
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("tapi: %w", err)
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil && access != nil {
		err = access(beside)
	}
	if err == nil {
		err = os.Rename(beside, name)
	}
	if err != nil {
		_ = os.Remove(beside)
		return fmt.Errorf("tapi: %w", err)
	}
	return nil
}
