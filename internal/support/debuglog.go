package support

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"offhook/internal/trace"
	replaysource "offhook/replay/source"
)

// debugLog is the rolling file with every input of the engine, every message to TAPI and every log line, in the form
// that telephony drivers write (package trace). `offhook replay` reads it. While it is off, a record costs one atomic load.
//
// Every file begins with the present state, so that it replays alone: when one is full, the engine is asked for a start
// record, and the next file begins with that record.
type debugLog struct {
	on      atomic.Bool
	capture func()            // asks the engine for a start record, which goes to begin; it must not wait
	view    func(line []byte) // shows a line in DebugView; it must not wait; may be nil

	mu        sync.Mutex
	wanted    debugReason
	file      *RollingLog
	full      int64 // a new file begins beyond this size
	startSize int64 // of the newest start record
	buf       []byte
	offset    int           // of local time from UTC, as of the last mark
	year      int           // as of the last mark
	started   bool          // the running engine's start record was written
	capturing bool          // a start record was asked for
	failed    error         // why lines were lost
	changed   chan struct{} // closed and replaced when on or started changes
	stop      chan struct{}
	done      sync.WaitGroup
}

// debugReason is a set of reasons to have the debug log on.
type debugReason uint8

const (
	bySetting debugReason = 1 << iota
	byTrace
)

const (
	debugName   = replaysource.ArchiveLog
	debugFull   = 8 << 20
	debugBuffer = 64 << 10 // what waits for the disk is written beyond this size, or within a second
)

// The TID column says what kind of line it is; there are no threads to name.
const (
	tidInputs   = 1
	tidMessages = 2
	tidLog      = 3
)

func newDebugLog(capture func()) *debugLog {
	return &debugLog{capture: capture, view: newDebugViewer(), full: debugFull, changed: make(chan struct{})}
}

// setReason adds or removes a reason to have the log on. With the first reason the file is opened in dir; inputs are written
// from the next start record on.
func (l *debugLog) setReason(dir string, why debugReason, on bool) error {
	l.mu.Lock()
	if on {
		l.wanted |= why
	} else {
		l.wanted &^= why
	}
	switch {
	case l.wanted != 0 && l.file == nil:
		err := l.open(dir)
		if err != nil {
			l.wanted &^= why
		}
		l.mu.Unlock()
		return err
	case l.wanted == 0 && l.file != nil:
		l.flush()
		file, stop := l.file, l.stop
		l.file, l.started = nil, false
		l.on.Store(false)
		l.notify()
		l.mu.Unlock()
		close(stop)
		l.done.Wait()
		return file.Close()
	}
	l.mu.Unlock()
	return nil
}

// open opens the file; the lock is held.
func (l *debugLog) open(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the directory for the debug log cannot be made: %w", err)
	}
	file, err := OpenRollingLog(filepath.Join(dir, debugName), 2*l.full)
	if err != nil {
		return err
	}
	file.head = func() []byte { return markLine(time.Now()) }
	l.file, l.started, l.capturing, l.failed, l.stop = file, false, false, nil, make(chan struct{})
	l.year = 0 // lines begin with a mark
	l.on.Store(true)
	l.notify()
	stop := l.stop
	l.done.Go(func() { l.flushEverySecond(stop) })
	return nil
}

// notify ends the wait of everyone who waits for a change; the lock is held.
func (l *debugLog) notify() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// isStarted says whether inputs are written now; changed is closed when that changes.
func (l *debugLog) isStarted() (started bool, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.started && l.file != nil, l.changed
}

// begin writes a start record, of a new daemon or of the running one. A full file ends before it.
func (l *debugLog) begin(r trace.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return
	}
	text := trace.LogText(r)
	if l.size() > l.limit() {
		l.flush()
		l.file.Roll()
		l.year = 0
	}
	l.capturing, l.startSize = false, int64(len(text))
	l.file.max = 2 * l.limit()
	if !l.started {
		l.started = true
		l.notify()
	}
	l.write("DEBUG", tidInputs, time.UnixMilli(r.At), text)
}

// captureFailed allows the next question for a start record.
func (l *debugLog) captureFailed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.capturing = false
}

// daemonEnded stops the writing of inputs until the next start record.
func (l *debugLog) daemonEnded() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.started {
		l.started = false
		l.notify()
	}
}

// put writes an input, if the log is on and its start record was written.
func (l *debugLog) put(r trace.Record) {
	if !l.on.Load() {
		return
	}
	if r.Kind == trace.Start {
		l.begin(r)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil || !l.started {
		return
	}
	l.write("DEBUG", tidInputs, time.UnixMilli(r.At), trace.LogText(r))
	if !l.capturing && l.size() > l.limit() {
		l.capturing = true
		l.capture()
	}
}

// size returns the size of the file with what waits.
func (l *debugLog) size() int64 { return l.file.Size() + int64(len(l.buf)) }

// limit returns the size at which a file is full: a start record takes at most a quarter of it.
func (l *debugLog) limit() int64 { return max(l.full, 4*l.startSize) }

// line writes a line that is no input, with the present time.
func (l *debugLog) line(level string, tid uint32, text string) {
	if !l.on.Load() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		l.write(level, tid, time.Now(), text)
	}
}

// write adds a line; a mark goes before it where year or offset changed. The lock is held.
func (l *debugLog) write(level string, tid uint32, at time.Time, text string) {
	from := len(l.buf)
	at = at.Local()
	if _, offset := at.Zone(); offset != l.offset || at.Year() != l.year {
		l.offset, l.year = offset, at.Year()
		l.buf = append(l.buf, markLine(at)...)
	}
	l.buf = trace.LogLine{PID: uint32(os.Getpid()), At: at, TID: tid, Level: level, Text: text}.Append(l.buf)
	if l.view != nil {
		for line := range bytes.Lines(l.buf[from:]) {
			l.view(line)
		}
	}
	if len(l.buf) > debugBuffer {
		l.flush()
	}
}

// markLine returns the line from which a reader learns year and offset.
func markLine(at time.Time) []byte {
	return trace.LogLine{PID: uint32(os.Getpid()), At: at, TID: tidLog, Level: "INFO", Text: trace.LogMark(at)}.Append(nil)
}

// flush writes what waits; the lock is held. What cannot be written is lost; the first error is kept.
func (l *debugLog) flush() {
	if len(l.buf) == 0 || l.file == nil {
		return
	}
	if _, err := l.file.Write(l.buf); err != nil && l.failed == nil {
		l.failed = err
	}
	l.buf = l.buf[:0]
}

// flushEverySecond writes what waits until stop is closed.
func (l *debugLog) flushEverySecond(stop <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.mu.Lock()
			l.flush()
			l.mu.Unlock()
		case <-stop:
			return
		}
	}
}

// flushed writes what waits and returns why lines were lost, or nil.
func (l *debugLog) flushed() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush()
	return l.failed
}

// close removes all reasons.
func (l *debugLog) close() {
	_ = l.setReason("", bySetting|byTrace, false) // what it held was written as far as it could be
}
