package support

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"offhook/internal/trace"
)

// traceLimit is how long a trace is recorded before it ends by itself (decision A12).
const traceLimit = 2 * time.Hour

// Why a trace ended by itself.
var (
	errTraceTime = errors.New("its time is over")
	errTraceSize = errors.New("it is as large as it may become")
)

// TraceFile writes a trace. Put costs the engine a copy; the record reaches the file within a second. A write error ends
// the trace, not the daemon.
type TraceFile struct {
	mu    sync.Mutex
	name  string
	file  *os.File
	gzip  *gzip.Writer
	buf   *bufio.Writer
	until time.Time
	room  int64       // how many more bytes are allowed; negative: no limit
	ended func(error) // is called in a goroutine of its own when the trace ended by itself; may be nil
	line  []byte
	log   *slog.Logger
	stop  chan struct{}
	done  sync.WaitGroup // the flushing goroutine
}

// NewTraceFile makes the file, readable by its owner alone. A name that ends in .gz is compressed.
func NewTraceFile(name string, log *slog.Logger) (*TraceFile, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the trace cannot be written: %w", err)
	}
	t := &TraceFile{name: name, file: f, until: time.Now().Add(traceLimit), room: -1, log: log, stop: make(chan struct{})}
	var w io.Writer = f
	if strings.HasSuffix(name, ".gz") {
		t.gzip = gzip.NewWriter(f)
		w = t.gzip
	}
	t.buf = bufio.NewWriterSize(w, 256<<10)
	t.done.Go(t.flushEverySecond)
	return t, nil
}

// Put writes one record.
func (t *TraceFile) Put(r trace.Record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return
	}
	if time.Now().After(t.until) {
		t.endByItself(errTraceTime)
		return
	}
	t.line = r.Append(t.line[:0])
	if t.room >= 0 && int64(len(t.line)) > t.room {
		t.endByItself(errTraceSize)
		return
	}
	if t.room >= 0 {
		t.room -= int64(len(t.line))
	}
	if _, err := t.buf.Write(t.line); err != nil {
		t.endByItself(err)
	}
}

// limit sets how long and how large the trace may become, and what is called when it ended by itself. It is called
// before the first record.
func (t *TraceFile) limit(d time.Duration, bytes int64, ended func(error)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.until, t.room, t.ended = time.Now().Add(d), bytes, ended
}

// endByItself ends the trace at a limit or after a write error; the lock is held.
func (t *TraceFile) endByItself(why error) {
	switch why {
	case errTraceTime:
		t.log.Info("the trace has run for its time and is closed", "file", t.name)
	case errTraceSize:
		t.log.Warn("the trace is as large as it may become and is closed", "file", t.name)
	default:
		t.log.Error("the trace cannot be written any more", "file", t.name, "error", why)
	}
	t.closeFile()
	if t.ended != nil {
		go t.ended(why)
	}
}

// flushEverySecond writes what waits, and ends the trace when its time is over, until Close.
func (t *TraceFile) flushEverySecond() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.mu.Lock()
			switch {
			case t.file == nil:
			case time.Now().After(t.until):
				t.endByItself(errTraceTime)
			default:
				t.buf.Flush()
			}
			t.mu.Unlock()
		case <-t.stop:
			return
		}
	}
}

// closeFile writes what waits and closes the file; the lock is held.
func (t *TraceFile) closeFile() {
	t.buf.Flush()
	if t.gzip != nil {
		t.gzip.Close()
	}
	t.file.Close()
	t.file = nil
}

// Close ends the trace.
func (t *TraceFile) Close() {
	close(t.stop)
	t.done.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file != nil {
		t.closeFile()
	}
}
