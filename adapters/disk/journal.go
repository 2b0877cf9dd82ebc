package disk

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"offhook/events"
	"offhook/internal/pack"
)

// Journal is one journal in a directory. It is safe for one appender and any number of readers.
type Journal struct {
	cfg  Config
	id   string
	lock *flock.Flock

	writeLock       sync.Mutex // held while newestFile and the fields up to truncatePending are used
	newestFile      *os.File   // the newest segment
	packer          pack.Packer
	buf             []byte
	lastSync        time.Time
	truncatePending bool       // bytes of a failed append are still in newestFile
	imageLock       sync.Mutex // held while engine images are written, read or removed

	mu          sync.Mutex
	segments    []segment // oldest first; the newest is written to
	last        uint64
	neededAfter uint64        // events after this one are needed by an engine image; 0: all are
	appended    chan struct{} // closed and replaced at each append
	closed      bool
}

var _ events.Journal = (*Journal)(nil)

// Open opens the journal in c.Dir and makes it if there is none. Errors: ErrConfig, ErrLocked, events.ErrCorrupt.
func Open(c Config) (*Journal, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: cannot make the directory: %w", ErrConfig, err)
	}
	j := &Journal{cfg: c, lock: flock.New(filepath.Join(c.Dir, "offhook.lock"), flock.SetPermissions(0o600)), appended: make(chan struct{})}
	ok, err := j.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("%w: cannot lock %s (is it writable, on a local disk?): %w", ErrConfig, c.Dir, err)
	}
	if !ok {
		return nil, fmt.Errorf("%w: %s belongs to a running offhook; stop that one or name another directory", ErrLocked, c.Dir)
	}
	if err := j.load(); err != nil {
		return nil, errors.Join(err, j.lock.Unlock())
	}
	return j, nil
}

// load reads the journal's id and finds its segments and their sizes.
func (j *Journal) load() error {
	if err := j.loadID(); err != nil {
		return err
	}
	numbers, err := j.fileNumbers(segmentExt)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		info, err := os.Stat(j.path(n, segmentExt))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrConfig, err)
		}
		j.segments = append(j.segments, segment{n, info.Size()})
	}
	if len(j.segments) == 0 {
		j.segments = []segment{{first: 1}}
	} else if j.last, err = j.scanNewest(&j.segments[len(j.segments)-1]); err != nil {
		return err
	}
	if j.newestFile, err = j.openSegmentFile(j.newest().first); err != nil {
		return err
	}
	return j.updateNeeded()
}

func (j *Journal) loadID() error {
	file := filepath.Join(j.cfg.Dir, "journal.id")
	b, err := os.ReadFile(file)
	if j.id = strings.TrimSpace(string(b)); err == nil && j.id != "" {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	var raw [8]byte
	rand.Read(raw[:])
	j.id = hex.EncodeToString(raw[:])
	return j.writeWhole(file, []byte(j.id+"\n"))
}

// writeWhole replaces a file's content in one step: after a crash the file has the old content or the new one.
func (j *Journal) writeWhole(file string, b []byte) error {
	tmp := file + ".new"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return os.Rename(tmp, file)
}

func (j *Journal) openSegmentFile(first uint64) (*os.File, error) {
	f, err := os.OpenFile(j.path(first, segmentExt), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return f, nil
}

// newest returns the segment that is written to. The caller holds writeLock or mu.
func (j *Journal) newest() *segment { return &j.segments[len(j.segments)-1] }

// ID is the journal's id.
func (j *Journal) ID() string { return j.id }

// Last is the number of the newest acknowledged event.
func (j *Journal) Last() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

// First is the number of the oldest kept event.
func (j *Journal) First() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.segments[0].first
}

// Close flushes the journal to the disk, closes it and releases the directory.
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return nil
	}
	j.closed = true
	j.notifyReaders()
	j.mu.Unlock()
	j.writeLock.Lock()
	defer j.writeLock.Unlock()
	return errors.Join(j.newestFile.Sync(), j.newestFile.Close(), j.lock.Unlock())
}

// notifyReaders wakes the readers that wait for events. The caller holds mu.
func (j *Journal) notifyReaders() {
	close(j.appended)
	j.appended = make(chan struct{})
}

// String names the journal and its directory.
func (j *Journal) String() string { return "journal in " + j.cfg.Dir }

// readerState returns what a reader needs to go on; appended is closed at the next append.
func (j *Journal) readerState() (segments []segment, last uint64, appended <-chan struct{}, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, 0, nil, events.ErrClosed
	}
	return append([]segment(nil), j.segments...), j.last, j.appended, nil
}

func goneError(n, first uint64) error {
	return fmt.Errorf("%w: event %d; the oldest kept event is %d", events.ErrGone, n, first)
}
