package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"offhook/internal/control"
	"offhook/internal/trace"
)

// tracing is a trace that an operator switches on in a running daemon and fetches as one archive (offhook trace). It
// begins with the present state, outlives a change of settings, and stops by itself.
type tracing struct {
	op sync.Mutex // one start or stop at a time

	mu    sync.Mutex
	run   *traceRun // nil: none runs
	armed bool      // it begins with the next start record
	last  string    // what became of the one before, for people
}

// traceRun is one trace.
type traceRun struct {
	file    *traceFile
	name    string
	began   time.Time
	minutes int
	size    int // in MiB
}

// Bounds of a trace, and what it has when nobody says.
const (
	traceMinutes   = int(traceLimit / time.Minute)
	traceMegabytes = 256
	mostMegabytes  = 1024
	tracesKept     = 5 // archives and left files in the log directory; older ones go
	traceBegin     = 5 * time.Second
	traceNames     = "offhook-trace-"
)

// The codes of refusals of the trace verbs.
const (
	codeRunning    = "running"
	codeNotRunning = "not-running"
)

// put takes a record of the present daemon; it runs in the engine's sequencer.
func (t *tracing) put(r trace.Record) {
	t.mu.Lock()
	run := t.run
	if r.Kind == trace.Start {
		t.armed = false
	}
	armed := t.armed
	t.mu.Unlock()
	if run != nil && !armed {
		run.file.Put(r)
	}
}

// now is the running trace.
func (t *tracing) now() *traceRun {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.run
}

// story is what became of the trace before.
func (t *tracing) story() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last
}

func (t *tracing) set(run *traceRun, armed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.run, t.armed = run, armed
}

// traceStart is the verb that begins a trace.
func (r *runner) traceStart(ctx context.Context, c control.Caller, q control.Values) (control.Values, error) {
	minutes, err := between(q, "minutes", traceMinutes, 1, traceMinutes)
	if err != nil {
		return nil, err
	}
	megabytes, err := between(q, "megabytes", traceMegabytes, 1, mostMegabytes)
	if err != nil {
		return nil, err
	}
	r.tracing.op.Lock()
	defer r.tracing.op.Unlock()
	if run := r.tracing.now(); run != nil {
		return nil, &control.Error{Code: codeRunning, Text: fmt.Sprintf("a trace runs already, since %s, into %s; offhook trace stop ends it",
			run.began.Format(time.TimeOnly), run.name)}
	}
	run, err := r.newTrace(minutes, megabytes)
	if err != nil {
		return nil, err
	}
	r.tracing.set(run, true)
	if err := r.debug.want(filepath.Dir(run.name), byTrace, true); err != nil {
		r.log.Warn("the trace has no debug log", "error", err)
	}
	r.beginRecords(ctx)
	r.log.Info("a trace begins", "file", run.name, "by", c.User, "minutes", minutes, "megabytes", megabytes)
	return control.Values{{Name: "file", Value: run.name}, {Name: "minutes", Value: strconv.Itoa(minutes)},
		{Name: "megabytes", Value: strconv.Itoa(megabytes)}}, nil
}

// between reads a number of a request.
func between(q control.Values, name string, usual, least, most int) (int, error) {
	if !q.Has(name) {
		return usual, nil
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < least || n > most {
		return 0, &control.Error{Code: control.CodeBadRequest, Text: fmt.Sprintf("%s is a number from %d to %d", name, least, most)}
	}
	return n, nil
}

func (r *runner) newTrace(minutes, megabytes int) (*traceRun, error) {
	dir, err := r.logDir()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the directory for traces cannot be made: %w", err)
	}
	forgetTraces(dir, tracesKept-1)
	run := &traceRun{began: time.Now(), minutes: minutes, size: megabytes}
	stem := filepath.Join(dir, traceNames+run.began.Format("20060102-150405"))
	run.name = stem + ".ndjson"
	for n := 2; there(run.name) || there(zipName(run.name)); n++ {
		run.name = fmt.Sprintf("%s-%d.ndjson", stem, n)
	}
	file, err := newTraceFile(run.name, r.log)
	if err != nil {
		return nil, err
	}
	run.file = file
	file.bound(time.Duration(minutes)*time.Minute, int64(megabytes)<<20, func(why error) { r.traceOver(run, why) })
	return run, nil
}

func there(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// zipName is the archive that a trace's file becomes.
func zipName(name string) string { return strings.TrimSuffix(name, ".ndjson") + ".zip" }

// forgetTraces keeps the newest ones only: traces hold personal data and disks end.
func forgetTraces(dir string, keep int) {
	all, _ := filepath.Glob(filepath.Join(dir, traceNames+"*"))
	slices.Sort(all) // by their time
	for len(all) > keep {
		_ = os.Remove(all[0])
		all = all[1:]
	}
}

// beginRecords asks the present daemon for its state, for the trace and the debug log. Without a daemon both begin with
// the next one.
func (r *runner) beginRecords(ctx context.Context) {
	d, _ := r.daemonNow()
	if d == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, traceBegin)
	defer cancel()
	if err := d.loop.Capture(ctx, func(start trace.Record) {
		r.tracing.put(start)
		r.debug.begin(start)
	}); err != nil {
		r.log.Debug("the present state was not had for the trace", "error", err)
		r.debug.notRenewed()
	}
}

// renewDebug begins the debug log's next file; see debugLog.renew.
func (r *runner) renewDebug() {
	go func() {
		if d, _ := r.daemonNow(); d != nil {
			ctx, cancel := context.WithTimeout(context.Background(), traceBegin)
			defer cancel()
			if d.loop.Capture(ctx, r.debug.begin) == nil {
				return
			}
		}
		r.debug.notRenewed()
	}()
}

// traceStop is the verb that ends a trace and answers with the archive.
func (r *runner) traceStop(ctx context.Context, c control.Caller, _ control.Values) (control.Values, error) {
	r.tracing.op.Lock()
	defer r.tracing.op.Unlock()
	run := r.tracing.now()
	if run == nil {
		text := "no trace runs; offhook trace start begins one"
		if last := r.tracing.story(); last != "" {
			text = "no trace runs: " + last
		}
		return nil, &control.Error{Code: codeNotRunning, Text: text}
	}
	name, err := r.finishTrace(run, "offhook trace stop by "+c.User)
	if err != nil {
		return nil, err
	}
	return control.Values{{Name: "file", Value: name}}, nil
}

// traceOver is called when a trace ended by itself.
func (r *runner) traceOver(run *traceRun, why error) {
	r.tracing.op.Lock()
	defer r.tracing.op.Unlock()
	if r.tracing.now() != run {
		return
	}
	name, err := r.finishTrace(run, "it ended by itself: "+why.Error())
	said := fmt.Sprintf("the last one ended by itself, since %v; it is in %s", why, name)
	if err != nil {
		said = fmt.Sprintf("the last one ended by itself, since %v; what it has is in %s: %v", why, run.name, err)
	}
	r.tracing.mu.Lock()
	r.tracing.last = said
	r.tracing.mu.Unlock()
	r.log.Warn("the trace ended by itself", "why", why, "file", name)
}

// finishTrace closes a trace and packs the archive. It does not depend on the caller: who has gone finds the file.
func (r *runner) finishTrace(run *traceRun, why string) (string, error) {
	r.tracing.set(nil, false)
	run.file.Close()
	lost := r.debug.trouble()
	name, err := r.pack(run, why, lost)
	if e := r.debug.want("", byTrace, false); e != nil {
		r.log.Debug("the debug log did not close well", "error", e)
	}
	if err != nil {
		return "", fmt.Errorf("the trace is in %s, but the archive could not be made: %w", run.name, err)
	}
	if err := os.Remove(run.name); err != nil && !errors.Is(err, os.ErrNotExist) {
		r.log.Warn("the trace was packed, but its file could not be removed", "file", run.name, "error", err)
	}
	r.tracing.mu.Lock()
	r.tracing.last = "the last one is in " + name
	r.tracing.mu.Unlock()
	r.log.Info("a trace ended", "file", name, "why", why)
	return name, nil
}

// closeTraces ends what is written when the process ends. An unfinished trace stays as it is: it replays.
func (r *runner) closeTraces() {
	r.tracing.op.Lock()
	defer r.tracing.op.Unlock()
	if run := r.tracing.now(); run != nil {
		r.tracing.set(nil, false)
		run.file.Close()
		r.log.Info("offhook ends while a trace runs; the trace up to here stays", "file", run.name)
	}
	r.debug.close()
}

// traceValues say in a status whether a trace runs.
func (r *runner) traceValues() (v control.Values) {
	if run := r.tracing.now(); run != nil {
		v.Add("trace", run.name)
		v.Add("trace-since", run.began.Format(time.RFC3339))
	}
	return v
}

// logDir is where traces and logs are.
func (r *runner) logDir() (string, error) {
	r.mu.Lock()
	dir := r.logs
	r.mu.Unlock()
	if dir != "" {
		return dir, nil
	}
	set, err := readSettings(r.args)
	if err != nil {
		return "", err
	}
	return logDir(set), nil
}

// logDir is the directory of logs and traces: beside the settings file's usual place.
func logDir(s *settings) string { return filepath.Join(settingsDir(s.run.DataDir), "log") }
