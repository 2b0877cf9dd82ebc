package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"offhook/adapters/tapi"
	"offhook/engine"
	"offhook/engine/live"
)

// debugWatcher writes every message to TAPI into the debug log, as the provider DLL writes it into its own. It has no
// handles: Line is the line's permanent id, Call the call's id.
type debugWatcher struct {
	say   func(level, text string)
	proj  *tapi.Projection
	lines map[string]lineMark // by key
}

// lineMark is what a line is called in the debug log.
type lineMark struct {
	name      string
	permanent uint32
}

func newDebugWatcher(o tapi.Options, say func(level, text string)) *debugWatcher {
	return &debugWatcher{say: say, proj: tapi.NewProjection(o), lines: map[string]lineMark{}}
}

// shownFrom begins the text that says where messages begin: what comes before it was there already.
const shownFrom = "messages are shown from behind event "

func (w *debugWatcher) run(ctx context.Context, r *live.Reader) {
	for {
		b, err := r.Next(ctx)
		if err != nil {
			return
		}
		if s := b.Snapshot; s != nil {
			for i := range s.Lines {
				w.learn(&s.Lines[i])
			}
			w.proj.Bridge(*s, func(tapi.Notice) {})
			w.say("INFO", fmt.Sprintf("%s%d", shownFrom, s.Pos.Seq))
		}
		for _, c := range b.Changes {
			w.learn(c.Line)
			w.proj.Apply(*c, func(n tapi.Notice) { w.say("DEBUG", w.text(n)) })
		}
	}
}

func (w *debugWatcher) learn(l *engine.LineView) {
	if l != nil {
		w.lines[l.Key] = lineMark{tapi.LineName(l), l.Permanent}
	}
}

func (w *debugWatcher) text(n tapi.Notice) string {
	if n.Message == tapi.MessageAsyncCompletion {
		return fmt.Sprintf("ASYNC_COMPLETION: Request=0x%x, Result=0x%x", n.Request, uint32(n.Result))
	}
	l, p1, p2, p3 := w.lines[n.Line], uint32(0), uint32(0), uint32(0)
	p1, p2, p3 = n.Params()
	call := n.Call
	if n.Message == tapi.MessageNewCall {
		p1, call = n.Call, 0 // as the DLL has it: the call is in P1
	}
	return fmt.Sprintf("%s: Send_TAPI_Event: <0x%x> Line=0x%x, Call=0x%x, Msg=0x%x (LINE_%s), P1=0x%x, P2=0x%x, P3=0x%x", l.name,
		l.permanent, l.permanent, call, uint32(n.Message), n.Message, p1, p2, p3)
}

// drainTime is how long messages that are on their way at a daemon's end are waited for.
const drainTime = 2 * time.Second

// watch writes the messages of a daemon while the log is on, until the daemon is over; what it had to say by then is
// written.
func (l *debugLog) watch(over <-chan struct{}, d *daemon, o tapi.Options) {
	for {
		live, changed := l.lives()
		if live && l.show(over, changed, d, o) {
			return
		}
		select {
		case <-changed:
		case <-over:
			return
		}
	}
}

// show writes messages until the log changes, or the daemon is over.
func (l *debugLog) show(over, changed <-chan struct{}, d *daemon, o tapi.Options) bool {
	ctx, end := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		newDebugWatcher(o, func(level, text string) { l.line(level, tidMessages, text) }).run(ctx, d.loop.Reader())
	}()
	defer func() { end(); <-done }()
	select {
	case <-changed:
		return false
	case <-over:
	}
	select {
	case <-done:
	case <-time.After(drainTime):
	}
	return true
}

// debugTee is a slog handler that writes everything into the debug log while that is on, and passes it on.
type debugTee struct {
	slog.Handler
	log  *debugLog
	text slog.Handler // writes one record into buf
	out  *teeBuffer
}

type teeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func newDebugTee(next slog.Handler, l *debugLog) debugTee {
	out := &teeBuffer{}
	text := slog.NewTextHandler(&out.buf, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
			return slog.Attr{}
		}
		return a
	}})
	return debugTee{next, l, text, out}
}

// Enabled says yes to everything while the debug log is on.
func (t debugTee) Enabled(ctx context.Context, l slog.Level) bool {
	return t.log.on.Load() || t.Handler.Enabled(ctx, l)
}

// Handle writes and passes on.
func (t debugTee) Handle(ctx context.Context, r slog.Record) error {
	if t.log.on.Load() {
		t.out.mu.Lock()
		t.out.buf.Reset()
		err := t.text.Handle(ctx, r)
		text := strings.TrimRight(t.out.buf.String(), "\n")
		t.out.mu.Unlock()
		if err == nil {
			t.log.line(r.Level.String(), tidLog, text)
		}
	}
	if !t.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return t.Handler.Handle(ctx, r)
}

// WithAttrs and WithGroup keep the debug log beside.
func (t debugTee) WithAttrs(a []slog.Attr) slog.Handler {
	t.Handler, t.text = t.Handler.WithAttrs(a), t.text.WithAttrs(a)
	return t
}

// WithGroup is as WithAttrs.
func (t debugTee) WithGroup(name string) slog.Handler {
	t.Handler, t.text = t.Handler.WithGroup(name), t.text.WithGroup(name)
	return t
}
