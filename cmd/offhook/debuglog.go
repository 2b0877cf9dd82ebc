package main

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

// debugLog is the rolling file in which everything stands, in the lines that telephony drivers write (package trace):
// every input of the engine, every message to TAPI and the log. `offhook replay` reads it. It is off unless a setting,
// the debug flavour or a trace asks for it; what is off costs nothing but a look at one word.
//
// Every file begins with the present state, so that each replays alone: when one is full, the engine is asked for a new
// start record, and the next file begins with it.
type debugLog struct {
	on    atomic.Bool
	renew func()            // asks the engine for a start record, which comes to begin; must not wait
	view  func(line []byte) // gives one to DebugView, without waiting; may be nil

	mu      sync.Mutex
	wanted  debugReason
	file    *rollingLog
	full    int64 // beyond this size a new file is begun
	begun   int64 // how large the newest start record is
	buf     []byte
	offset  int // of local time from UTC, and the year, as of the last mark
	year    int
	live    bool // the present engine's start record was written
	asked   bool // a start record is on its way
	failed  error
	changed chan struct{} // closed and renewed when on or live change
	stop    chan struct{}
	done    sync.WaitGroup
}

// debugReason says who wants the debug log; several may.
type debugReason uint8

const (
	bySetting debugReason = 1 << iota
	byTrace
)

const (
	debugName = replaysource.ZipLog
	debugFull = 8 << 20
	debugKept = 64 << 10 // what waits for the disk before it is written at once
)

// What the TID column says: who speaks. There are no threads to name.
const (
	tidInputs   = 1
	tidMessages = 2
	tidLog      = 3
)

func newDebugLog(renew func()) *debugLog {
	return &debugLog{renew: renew, view: debugViewer(), full: debugFull, changed: make(chan struct{})}
}

// want switches the log on in a directory, or off for one of those who wanted it. Lines begin with the next start record.
func (l *debugLog) want(dir string, why debugReason, on bool) error {
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
		l.file, l.live = nil, false
		l.on.Store(false)
		l.tell()
		l.mu.Unlock()
		close(stop)
		l.done.Wait()
		return file.Close()
	}
	l.mu.Unlock()
	return nil
}

func (l *debugLog) open(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the directory for the debug log cannot be made: %w", err)
	}
	file, err := openRolling(filepath.Join(dir, debugName), 2*l.full)
	if err != nil {
		return err
	}
	file.head = func() []byte { return markLine(time.Now()) }
	l.file, l.live, l.asked, l.failed, l.stop = file, false, false, nil, make(chan struct{})
	l.year = 0 // lines begin with a mark
	l.on.Store(true)
	l.tell()
	stop := l.stop
	l.done.Go(func() { l.flushing(stop) })
	return nil
}

// tell wakes whoever waits for a change; the lock is held.
func (l *debugLog) tell() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// lives waits until lines are written, or no longer written; it gives what is closed with the next change.
func (l *debugLog) lives() (live bool, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.live && l.file != nil, l.changed
}

// begin takes a start record: of a new daemon, or of the present one. A file that is full ends here.
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
	l.asked, l.begun = false, int64(len(text))
	l.file.max = 2 * l.limit()
	if !l.live {
		l.live = true
		l.tell()
	}
	l.write("DEBUG", tidInputs, time.UnixMilli(r.At), text)
}

// notRenewed lets a start record be asked for again.
func (l *debugLog) notRenewed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = false
}

// ended says that the daemon whose inputs were written has ended.
func (l *debugLog) ended() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.live {
		l.live = false
		l.tell()
	}
}

// put writes an input.
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
	if l.file == nil || !l.live {
		return
	}
	l.write("DEBUG", tidInputs, time.UnixMilli(r.At), trace.LogText(r))
	if !l.asked && l.size() > l.limit() {
		l.asked = true
		l.renew()
	}
}

func (l *debugLog) size() int64 { return l.file.Size() + int64(len(l.buf)) }

// limit is when a file is full: not before it is worth its beginning.
func (l *debugLog) limit() int64 { return max(l.full, 4*l.begun) }

// line writes anything else, now.
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

// write adds a line, behind a mark where the reader needs one; the lock is held.
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
	if len(l.buf) > debugKept {
		l.flush()
	}
}

func markLine(at time.Time) []byte {
	return trace.LogLine{PID: uint32(os.Getpid()), At: at, TID: tidLog, Level: "INFO", Text: trace.LogMark(at)}.Append(nil)
}

// flush writes what waits; the lock is held. What cannot be written is lost, and said once.
func (l *debugLog) flush() {
	if len(l.buf) == 0 || l.file == nil {
		return
	}
	if _, err := l.file.Write(l.buf); err != nil && l.failed == nil {
		l.failed = err
	}
	l.buf = l.buf[:0]
}

// flushing lets lines reach the file within a second.
func (l *debugLog) flushing(stop <-chan struct{}) {
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

// trouble is why lines were lost; nil: none were.
func (l *debugLog) trouble() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush()
	return l.failed
}

// close ends the log.
func (l *debugLog) close() {
	_ = l.want("", bySetting|byTrace, false) // what it held was written as far as it could be
}
