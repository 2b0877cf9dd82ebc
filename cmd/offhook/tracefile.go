package main

import (
	"bufio"
	"compress/gzip"
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

// traceFile writes a capture. It never slows the engine by more than a copy: what is written reaches the file within a
// second. A write error ends the capture, not the daemon.
type traceFile struct {
	mu    sync.Mutex
	name  string
	file  *os.File
	zip   *gzip.Writer
	buf   *bufio.Writer
	until time.Time
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
	t := &traceFile{name: name, file: f, until: time.Now().Add(traceLimit), log: log, stop: make(chan struct{})}
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
		t.log.Info("the trace has run for its two hours and is closed", "file", t.name)
		t.end()
		return
	}
	t.line = r.Append(t.line[:0])
	if _, err := t.buf.Write(t.line); err != nil {
		t.log.Error("the trace cannot be written any more", "file", t.name, "error", err)
		t.end()
	}
}

func (t *traceFile) flushing() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.mu.Lock()
			if t.file != nil {
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
