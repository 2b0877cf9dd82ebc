// Package demo is `offhook demo`: a busy minute of a simulated office, in one process.
//
// It runs the simulated PBX by a script, a daemon with its journal, a telephony program behind a TAPI provider that
// answers, holds, transfers and dials, and a line watcher that prints every message. At the end it checks the rules of
// conformance and compares what was shown with the replay of its own trace. Nothing of it remains but the trace. The
// package is for people who look at offhook and a test of the whole; the daemon of a real office is internal/daemon's. A
// newcomer begins with Run.
package demo

import (
	"context"
	"crypto/x509"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"offhook/adapters/nats"
	"offhook/adapters/tapi/projection"
	"offhook/adapters/xmpp"
	"offhook/engine"
	"offhook/engine/live"
	"offhook/internal/daemon"
	"offhook/internal/dialects"
	"offhook/internal/fact"
	"offhook/internal/linewatch"
	"offhook/internal/pbx"
	"offhook/internal/support"
	"offhook/internal/wiring"
	"offhook/replay"
)

//go:embed demo.pbx
var demoScript string

// timeout ends a demo that does not end by itself.
const timeout = 28 * time.Second

// Run plays the demo and prints it to out. It ends by itself with a summary. Its trace is left in traceFile, if that is
// given.
func Run(ctx context.Context, out io.Writer, traceFile, version string) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	screen := &lineWriter{out: out}
	dir, err := os.MkdirTemp("", "offhook-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer os.RemoveAll(dir)
	d, err := newDemo(ctx, dir, version, screen)
	if err != nil {
		return err
	}
	err = d.play(ctx)
	if stop := d.stop(); err == nil {
		err = stop
	}
	if err == nil && traceFile != "" {
		err = os.Rename(d.traceName, traceFile)
		d.traceName = traceFile
	}
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return d.summary(ctx, out, time.Since(began))
}

// demo is the simulated office, and the parts of offhook in it.
type demo struct {
	out       *lineWriter
	pbx       *pbx.Server
	script    *pbx.Script
	journal   *nats.Journal
	daemon    *daemon.Daemon
	crm       *crm
	trace     *support.TraceFile
	traceName string
	shown     []string // the messages to TAPI, in their text form
	ended     chan error
	cancel    context.CancelFunc
	log       *errorLog
}

// newDemo makes the parts; nothing runs yet.
func newDemo(ctx context.Context, dir, version string, out *lineWriter) (*demo, error) {
	d := &demo{out: out, traceName: filepath.Join(dir, "demo.ndjson"), ended: make(chan error, 1), log: &errorLog{}}
	var err error
	if d.script, err = pbx.ParseScript(strings.NewReader(demoScript)); err != nil {
		return nil, err
	}
	office, err := d.script.Config()
	if err != nil {
		return nil, err
	}
	if d.pbx, err = pbx.Start(office); err != nil {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(d.log, nil))
	if d.journal, err = nats.Open(ctx, nats.Config{Dir: filepath.Join(dir, "journal"), Log: log}); err != nil {
		return nil, err
	}
	if d.trace, err = support.NewTraceFile(d.traceName, log); err != nil {
		return nil, err
	}
	watcher := linewatch.New(out, projection.Options{})
	watcher.Observe = func(f *fact.Fact) { d.shown = append(d.shown, string(f.AppendText(nil))) }
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(d.pbx.CertPEM())
	host, port := hostPort(d.pbx.Addr())
	dialect, err := dialects.Registry().Default().New(engine.DialectConfig{})
	if err != nil {
		return nil, err
	}
	d.crm = newCRM(projection.Options{}, dialect.Traits().Offers, func(text string) { fmt.Fprintln(out, text) })
	d.daemon, err = daemon.New(ctx, daemon.Parts{
		Dialect: dialect,
		Settings: engine.Settings{User: "switch", Supervisor: true, Users: []string{"all"}, Handshake: true, Version: version,
			Timers: engine.Timers{SessionGrace: time.Second}},
		Session: xmpp.Config{User: "switch", Domain: d.pbx.Domain(), Host: host, Port: port, TLS: xmpp.TLS{RootCAs: roots},
			Password: func() (string, error) { return pbx.DefaultPassword, nil }, Resource: "offhook-demo", Logger: log, Version: version,
			Backoff: xmpp.Backoff{Min: 100 * time.Millisecond, Max: 300 * time.Millisecond}},
		Journal: d.journal, Frontends: []live.Frontend{watcher, d.crm}, Trace: d.trace.Put, Log: log,
	})
	return d, err
}

// hostPort splits an address.
func hostPort(addr string) (string, int) {
	host, port, _ := net.SplitHostPort(addr)
	n, _ := strconv.Atoi(port)
	return host, n
}

// play starts the daemon and, when it has its lines, runs the script.
func (d *demo) play(ctx context.Context) error {
	running, cancel := context.WithCancel(ctx)
	d.cancel = cancel
	go func() { d.ended <- d.daemon.Run(running) }()
	fmt.Fprintln(d.out, "A simulated office, its PBX at "+d.pbx.Addr()+"; one supervisor session, a line for each user.")
	if _, err := d.pbx.WaitLogin(ctx, "switch"); err != nil {
		return err
	}
	wait(ctx, 900*time.Millisecond) // the lines are looked up ten a second
	err := d.script.Run(ctx, d.pbx, speechWriter{d.out}, 1)
	wait(ctx, 300*time.Millisecond)
	return err
}

// wait waits, unless ctx ends before.
func wait(ctx context.Context, t time.Duration) {
	select {
	case <-time.After(t):
	case <-ctx.Done():
	}
}

// stop ends all parts.
func (d *demo) stop() error {
	d.cancel()
	err := <-d.ended
	d.trace.Close()
	return errors.Join(err, d.journal.Close(), d.pbx.Close())
}

// summary prints the figures of the run and compares it with its replay.
func (d *demo) summary(ctx context.Context, out io.Writer, took time.Duration) error {
	var again []string
	sum, err := replayLines(ctx, d.traceName, func(line string) { again = append(again, line) })
	if err != nil {
		return err
	}
	calls, states := 0, 0
	for _, l := range d.shown {
		if strings.HasSuffix(l, " IDLE") {
			calls++
		}
		if strings.Contains(l, " LINE_CALLSTATE ") {
			states++
		}
	}
	fmt.Fprintf(out, "\nSummary: %d calls, %d state changes, %d TAPI messages in %.1f s; %d stanzas made %d events, all journaled (%d).\n",
		calls, states, len(d.shown), took.Seconds(), sum.Stanzas, sum.Events, d.journal.Last())
	fmt.Fprintf(out, "The CRM made %d requests through TAPI; conformance rules broken: %d.\n", d.crm.requests, len(d.crm.broken))
	if err := compare(d.shown, again); err != nil {
		return err
	}
	fmt.Fprintf(out, "Replayed from its trace: the same %d messages, in the same order.\n", len(again))
	if len(d.crm.broken) > 0 {
		return fmt.Errorf("demo: rules were broken: %s", strings.Join(d.crm.broken, "; "))
	}
	return d.log.err()
}

// compare compares the messages of the run with those of its replay.
func compare(live, again []string) error {
	for i := range max(len(live), len(again)) {
		a, b := "nothing", "nothing"
		if i < len(live) {
			a = live[i]
		}
		if i < len(again) {
			b = again[i]
		}
		if a != b {
			return fmt.Errorf("the replay differs at message %d:\n  live:   %s\n  replay: %s", i+1, a, b)
		}
	}
	return nil
}

// replayLines replays a trace and calls line with each of its messages to TAPI, in their text form.
func replayLines(ctx context.Context, file string, line func(string)) (replay.Summary, error) {
	pr, pw := io.Pipe()
	var sum replay.Summary
	var err error
	var wg sync.WaitGroup
	wg.Go(func() {
		sum, err = replay.Run(ctx, pw, replay.Options{Open: wiring.Open(nil), Format: replay.Text}, file)
		pw.CloseWithError(io.EOF)
	})
	eachLine(pr, func(s string) {
		if strings.HasPrefix(s, "line  ") {
			line(s)
		}
	})
	wg.Wait()
	return sum, err
}
