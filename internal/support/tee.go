package support

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
)

// teeHandler is a slog handler that writes everything into the debug log while that is on, and passes it on.
type teeHandler struct {
	slog.Handler
	log  *debugLog
	text slog.Handler // writes one record into buf
	out  *teeBuffer
}

type teeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func newTeeHandler(next slog.Handler, l *debugLog) teeHandler {
	out := &teeBuffer{}
	text := slog.NewTextHandler(&out.buf, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
			return slog.Attr{}
		}
		return a
	}})
	return teeHandler{next, l, text, out}
}

// Enabled says yes to everything while the debug log is on.
func (t teeHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return t.log.on.Load() || t.Handler.Enabled(ctx, l)
}

// Handle writes and passes on.
func (t teeHandler) Handle(ctx context.Context, r slog.Record) error {
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
func (t teeHandler) WithAttrs(a []slog.Attr) slog.Handler {
	t.Handler, t.text = t.Handler.WithAttrs(a), t.text.WithAttrs(a)
	return t
}

// WithGroup is as WithAttrs.
func (t teeHandler) WithGroup(name string) slog.Handler {
	t.Handler, t.text = t.Handler.WithGroup(name), t.text.WithGroup(name)
	return t
}
