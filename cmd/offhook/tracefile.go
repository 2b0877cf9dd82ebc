package main

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

// traceLimit is how long a capture goes on before it stops by itself (decision A12).
const traceLimit = 2 * time.Hour

// Why a capture ended by itself.
var (
	errTraceTime = errors.New("its time is over")
	errTraceSize = errors.New("it is as large as it may become")
)

// traceFile writes a capture. It never slows the engine by more than a copy: what is written reaches the file within a
// second. A write error ends the capture, not the daemon.
type traceFile struct {
	mu    sync.Mutex
	name  string
	file  *os.File
	zip   *gzip.Writer
	buf   *bufio.Writer
	until time.Time
	room  int64       // how many more bytes it may have; negative: no bound
	ended func(error) // told, in a goroutine of its own, that the capture ended by itself, and why; may be nil
	line  []byte
	log   *slog.Logger
	stop  chan struct{}
	done  sync.WaitGroup
}

// newTraceFile makes the file, for its owner alone; a name that ends in .gz is compressed.
func newTraceFile(name string, log *slog.Logger) (*traceFile, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the trace cannot be written: %w", err)
	}
	t := &traceFile{name: name, file: f, until: time.Now().Add(traceLimit), room: -1, log: log, stop: make(chan struct{})}
	var w io.Writer = f
	if strings.HasSuffix(name, ".gz") {
		t.zip = gzip.NewWriter(f)
		w = t.zip
	}
	t.buf = bufio.NewWriterSize(w, 256<<10)
	t.done.Go(t.flushing)
	return t, nil
}

// Put writes one record.
func (t *traceFile) Put(r trace.Record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return
	}
	if time.Now().After(t.until) {
		t.endAlone(errTraceTime)
		return
	}
	t.line = r.Append(t.line[:0])
	if t.room >= 0 && int64(len(t.line)) > t.room {
		t.endAlone(errTraceSize)
		return
	}
	if t.room >= 0 {
		t.room -= int64(len(t.line))
	}
	if _, err := t.buf.Write(t.line); err != nil {
		t.endAlone(err)
	}
}

// bound sets how long and how large the capture may become, and whom to tell when it ended because of that; before the
// first record.
func (t *traceFile) bound(d time.Duration, bytes int64, ended func(error)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.until, t.room, t.ended = time.Now().Add(d), bytes, ended
}

// endAlone ends the capture though nobody asked for it; the lock is held.
func (t *traceFile) endAlone(why error) {
	switch why {
	case errTraceTime:
		t.log.Info("the trace has run for its time and is closed", "file", t.name)
	case errTraceSize:
		t.log.Warn("the trace is as large as it may become and is closed", "file", t.name)
	default:
		t.log.Error("the trace cannot be written any more", "file", t.name, "error", why)
	}
	t.end()
	if t.ended != nil {
		go t.ended(why)
	}
}

func (t *traceFile) flushing() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.mu.Lock()
			switch {
			case t.file == nil:
			case time.Now().After(t.until):
				t.endAlone(errTraceTime)
			default:
				t.buf.Flush()
			}
			t.mu.Unlock()
		case <-t.stop:
			return
		}
	}
}

// end closes the file; the lock is held.
func (t *traceFile) end() {
	t.buf.Flush()
	if t.zip != nil {
		t.zip.Close()
	}
	t.file.Close()
	t.file = nil
}

// Close ends the capture.
func (t *traceFile) Close() {
	close(t.stop)
	t.done.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file != nil {
		t.end()
	}
}
