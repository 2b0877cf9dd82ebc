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

	pen    sync.Mutex // who has it may write
	out    *os.File   // the newest segment
	packer pack.Packer
	buf    []byte
	synced time.Time
	torn   bool // bytes of a failed append could not be taken back
	saving sync.Mutex

	mu       sync.Mutex
	segments []segment // oldest first; the newest is written to
	last     uint64
	needed   uint64 // events after this one are needed by a snapshot; 0: all are
	grown    chan struct{}
	closed   bool
}

var _ events.Journal = (*Journal)(nil)

// Open opens the journal in c.Dir, or makes it. Errors: ErrConfig, ErrLocked, events.ErrCorrupt.
func Open(c Config) (*Journal, error) {
	c, err := c.settled()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: cannot make the directory: %w", ErrConfig, err)
	}
	j := &Journal{cfg: c, lock: flock.New(filepath.Join(c.Dir, "offhook.lock"), flock.SetPermissions(0o600)), grown: make(chan struct{})}
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

// load finds the id, the segments and where they end.
func (j *Journal) load() error {
	if err := j.loadID(); err != nil {
		return err
	}
	numbers, err := j.numbered(segmentEnd)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		info, err := os.Stat(j.file(n, segmentEnd))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrConfig, err)
		}
		j.segments = append(j.segments, segment{n, info.Size()})
	}
	if len(j.segments) == 0 {
		j.segments = []segment{{first: 1}}
	} else if j.last, err = j.survey(&j.segments[len(j.segments)-1]); err != nil {
		return err
	}
	if j.out, err = j.open(j.newest().first); err != nil {
		return err
	}
	return j.learnNeed()
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
	return j.replace(file, []byte(j.id+"\n"))
}

// replace writes a file whole or not at all.
func (j *Journal) replace(file string, b []byte) error {
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

func (j *Journal) open(first uint64) (*os.File, error) {
	f, err := os.OpenFile(j.file(first, segmentEnd), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return f, nil
}

// newest is the segment that is written to; the caller has the pen or mu.
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

// Close ends it, the disk asked to keep everything.
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return nil
	}
	j.closed = true
	j.wake()
	j.mu.Unlock()
	j.pen.Lock()
	defer j.pen.Unlock()
	return errors.Join(j.out.Sync(), j.out.Close(), j.lock.Unlock())
}

// wake tells all who wait; the caller holds mu.
func (j *Journal) wake() {
	close(j.grown)
	j.grown = make(chan struct{})
}

// String names the journal and its place.
func (j *Journal) String() string { return "journal in " + j.cfg.Dir }

// look is what a reader needs.
func (j *Journal) look() (segments []segment, last uint64, grown <-chan struct{}, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, 0, nil, events.ErrClosed
	}
	return append([]segment(nil), j.segments...), j.last, j.grown, nil
}

func gone(n, first uint64) error {
	return fmt.Errorf("%w: event %d; the first kept one is %d", events.ErrGone, n, first)
}
