// Package support records what a running daemon does, for the people who help its users.
//
// A Recorder owns two records. A trace is switched on by an administrator (offhook trace start), ends at a limit of time
// or size, and becomes an archive with everything that support asks for. The debug log is a rolling file with every
// input, every message to TAPI and every log line, on while a setting or a trace wants it. Both begin with the present
// state, so that they replay. Besides there are TraceFile (offhook run --trace), RollingLog (the service's log) and
// CheckLog (offhook check). The package reads the daemon through the interface Engine and changes nothing in it; how
// traces are read is package replay's. A newcomer begins with Recorder.
package support

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"offhook/engine/live"
	"offhook/internal/control"
	"offhook/internal/trace"
)

// Engine is what a Recorder needs of a running daemon; *live.Loop implements it.
type Engine interface {
	// Capture calls begin with the present state, between two inputs of the sequencer.
	Capture(ctx context.Context, begin func(start trace.Record)) error
	Reader() *live.Reader
}

// Config is what a Recorder is made of. The functions are called from any goroutine.
type Config struct {
	Log    *slog.Logger
	LogDir func() (string, error) // the directory of traces and logs
	Engine func() Engine          // of the running daemon; nil while none runs

	// What an archive has beside the records.
	Version     string
	Flavour     func() string
	Session     func() []About                        // session and journal of the running daemon
	Settings    func() []byte                         // without secrets
	Lines       func(context.Context) ([]byte, error) // one line a row
	ProviderLog func(dir string) string               // the provider's log below LogDir

	DebugLogSize int64 // the debug log begins a new file beyond this size; 0 is 8 MiB
}

// About is one row of an archive's about.txt.
type About struct{ Name, Value string }

// Recorder owns the trace and the debug log of a process. It outlives the daemon, which is replaced when the settings
// change: a trace goes on in the next daemon.
type Recorder struct {
	cfg   Config
	log   *slog.Logger
	debug *debugLog

	changing sync.Mutex // held while a trace is started or stopped

	mu      sync.Mutex
	current *Trace // nil while no trace is recorded
	waiting bool   // current begins with the next start record
	last    string // what became of the trace before, for people
}

// Trace is a trace that is being recorded.
type Trace struct {
	File      string
	Began     time.Time
	Minutes   int
	Megabytes int

	writer *TraceFile
}

// Limits of a trace, and its defaults.
const (
	MaxMinutes       = int(traceLimit / time.Minute)
	DefaultMinutes   = MaxMinutes
	MaxMegabytes     = 1024
	DefaultMegabytes = 256

	keptTraces     = 5 // archives and unfinished files in the log directory; older ones are removed
	captureTimeout = 5 * time.Second
	tracePrefix    = "offhook-trace-"
)

// The codes of the refusals on the control channel.
const (
	CodeRunning    = "running"
	CodeNotRunning = "not-running"
)

// New returns a Recorder that records nothing yet.
func New(cfg Config) *Recorder {
	r := &Recorder{cfg: cfg}
	r.debug = newDebugLog(r.captureForDebugLog)
	if cfg.DebugLogSize > 0 {
		r.debug.full = cfg.DebugLogSize
	}
	r.log = slog.New(newTeeHandler(cfg.Log.Handler(), r.debug))
	return r
}

// Log returns the logger whose records go to the debug log too.
func (r *Recorder) Log() *slog.Logger { return r.log }

// Put takes a record of the running daemon. It is called by the engine's sequencer and does not wait for the disk.
func (r *Recorder) Put(x trace.Record) {
	r.putIntoTrace(x)
	r.debug.put(x)
}

func (r *Recorder) putIntoTrace(x trace.Record) {
	r.mu.Lock()
	current := r.current
	if x.Kind == trace.Start {
		r.waiting = false
	}
	waiting := r.waiting
	r.mu.Unlock()
	if current != nil && !waiting {
		current.writer.Put(x)
	}
}

// Current returns the trace that is being recorded, or nil.
func (r *Recorder) Current() *Trace {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current
}

func (r *Recorder) setCurrent(t *Trace, waiting bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current, r.waiting = t, waiting
}

func (r *Recorder) setLast(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = text
}

// Start begins a trace with the state of the running daemon, or else with the next daemon. by is the user who asked. A
// refusal is a *control.Error.
func (r *Recorder) Start(ctx context.Context, by string, minutes, megabytes int) (*Trace, error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	if t := r.Current(); t != nil {
		return nil, &control.Error{Code: CodeRunning, Text: fmt.Sprintf("a trace runs already, since %s, into %s; offhook trace stop ends it",
			t.Began.Format(time.TimeOnly), t.File)}
	}
	t, err := r.create(minutes, megabytes)
	if err != nil {
		return nil, err
	}
	r.setCurrent(t, true)
	if err := r.debug.setReason(filepath.Dir(t.File), byTrace, true); err != nil {
		r.log.Warn("the trace has no debug log", "error", err)
	}
	r.capture(ctx)
	r.log.Info("a trace begins", "file", t.File, "by", by, "minutes", minutes, "megabytes", megabytes)
	return t, nil
}

// create makes the file of a new trace, under a name that no other has.
func (r *Recorder) create(minutes, megabytes int) (*Trace, error) {
	dir, err := r.cfg.LogDir()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the directory for traces cannot be made: %w", err)
	}
	removeOldTraces(dir, keptTraces-1)
	t := &Trace{Began: time.Now(), Minutes: minutes, Megabytes: megabytes}
	stem := filepath.Join(dir, tracePrefix+t.Began.Format("20060102-150405"))
	t.File = stem + ".ndjson"
	for n := 2; exists(t.File) || exists(archiveName(t.File)); n++ {
		t.File = fmt.Sprintf("%s-%d.ndjson", stem, n)
	}
	if t.writer, err = NewTraceFile(t.File, r.log); err != nil {
		return nil, err
	}
	t.writer.limit(time.Duration(minutes)*time.Minute, int64(megabytes)<<20, func(why error) { r.endedByItself(t, why) })
	return t, nil
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// archiveName returns the name of the archive that a trace's file becomes.
func archiveName(file string) string { return strings.TrimSuffix(file, ".ndjson") + ".zip" }

// removeOldTraces keeps the newest traces of a directory: they hold personal data and use disk space.
func removeOldTraces(dir string, keep int) {
	all, _ := filepath.Glob(filepath.Join(dir, tracePrefix+"*"))
	slices.Sort(all) // their names begin with the time
	for len(all) > keep {
		_ = os.Remove(all[0])
		all = all[1:]
	}
}

// capture asks the running daemon for its state, for the trace and the debug log. While none runs, both begin with the
// next daemon.
func (r *Recorder) capture(ctx context.Context) {
	e := r.cfg.Engine()
	if e == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, captureTimeout)
	defer cancel()
	if err := e.Capture(ctx, func(start trace.Record) {
		r.putIntoTrace(start)
		r.debug.begin(start)
	}); err != nil {
		r.log.Debug("the present state was not captured for the trace", "error", err)
		r.debug.captureFailed()
	}
}

// captureForDebugLog begins the debug log's next file; it does not wait.
func (r *Recorder) captureForDebugLog() {
	go func() {
		if e := r.cfg.Engine(); e != nil {
			ctx, cancel := context.WithTimeout(context.Background(), captureTimeout)
			defer cancel()
			if e.Capture(ctx, r.debug.begin) == nil {
				return
			}
		}
		r.debug.captureFailed()
	}()
}

// Stop ends the trace and returns the name of its archive. by is the user who asked. A refusal is a *control.Error.
func (r *Recorder) Stop(by string) (archive string, err error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	t := r.Current()
	if t == nil {
		text := "no trace runs; offhook trace start begins one"
		r.mu.Lock()
		if r.last != "" {
			text = "no trace runs: " + r.last
		}
		r.mu.Unlock()
		return "", &control.Error{Code: CodeNotRunning, Text: text}
	}
	return r.finish(t, "offhook trace stop by "+by)
}

// endedByItself is called when a trace reached its limit or could not be written any more.
func (r *Recorder) endedByItself(t *Trace, why error) {
	r.changing.Lock()
	defer r.changing.Unlock()
	if r.Current() != t {
		return
	}
	archive, err := r.finish(t, "it ended by itself: "+why.Error())
	text := fmt.Sprintf("the last one ended by itself, since %v; it is in %s", why, archive)
	if err != nil {
		text = fmt.Sprintf("the last one ended by itself, since %v; what it has is in %s: %v", why, t.File, err)
	}
	r.setLast(text)
	r.log.Warn("the trace ended by itself", "why", why, "file", archive)
}

// finish closes a trace and makes the archive.
func (r *Recorder) finish(t *Trace, why string) (archive string, err error) {
	r.setCurrent(nil, false)
	t.writer.Close()
	lost := r.debug.flushed()
	archive, err = r.pack(t, why, lost)
	if e := r.debug.setReason("", byTrace, false); e != nil {
		r.log.Debug("the debug log did not close well", "error", e)
	}
	if err != nil {
		return "", fmt.Errorf("the trace is in %s, but the archive could not be made: %w", t.File, err)
	}
	if err := os.Remove(t.File); err != nil && !errors.Is(err, os.ErrNotExist) {
		r.log.Warn("the trace was packed, but its file could not be removed", "file", t.File, "error", err)
	}
	r.setLast("the last one is in " + archive)
	r.log.Info("a trace ended", "file", archive, "why", why)
	return archive, nil
}

// Close ends trace and debug log when the process ends. An unfinished trace is not packed; its file replays.
func (r *Recorder) Close() {
	r.changing.Lock()
	defer r.changing.Unlock()
	if t := r.Current(); t != nil {
		r.setCurrent(nil, false)
		t.writer.Close()
		r.log.Info("offhook ends while a trace runs; the trace up to here stays", "file", t.File)
	}
	r.debug.close()
}

// SetDebugLog switches the debug log on or off as the settings say; a trace keeps it on beside them.
func (r *Recorder) SetDebugLog(dir string, on bool) error {
	return r.debug.setReason(dir, bySetting, on)
}

// FlushDebugLog writes what waits to the file. It returns why lines were lost since the log was switched on, or nil.
func (r *Recorder) FlushDebugLog() error { return r.debug.flushed() }

// DaemonEnded says that no more records come until the next daemon's start record.
func (r *Recorder) DaemonEnded() { r.debug.daemonEnded() }
