package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// eventKind is a message of the log with its own id in the Windows event log (docs/windows-service.md has the table).
type eventKind struct {
	id     uint32
	starts string // of the log's message
}

// eventKinds are the messages that have an id; the first that fits counts. They go to the event log whatever their level.
var eventKinds = []eventKind{
	{100, "offhook is running"},
	{101, "offhook ends"},
	{102, "the daemon does not end in time"},
	{110, "xmpp: session up"},
	{111, "xmpp: session down"},
	{112, "xmpp: the PBX refused this user name and password too often"},
	{113, "xmpp: the login is held back"},
	{120, "the journal"},
	{120, "engine: the journal"},
	{120, "nats: "},
	{120, "disk: "},
	{130, "the registration of the provider was repaired"},
	{131, "the registration of the provider is damaged"},
	{140, "offhook waits for settings it can use"},
	{141, "settings changed"},
	{142, "a password that was laid down"},
	{150, "the control channel cannot be opened"},
}

// The ids of messages that have none of their own: only warnings and errors are told.
const (
	eventOtherWarning = 2
	eventOtherError   = 3
)

// kindOf is a record's id; tell says whether the event log gets it at all.
func kindOf(level slog.Level, message string) (id uint32, tell bool) {
	for _, k := range eventKinds {
		if strings.HasPrefix(message, k.starts) {
			return k.id, k.id != 120 || level >= slog.LevelWarn
		}
	}
	if level >= slog.LevelError {
		return eventOtherError, true
	}
	return eventOtherWarning, level >= slog.LevelWarn
}

// eventSink is the Windows event log.
type eventSink interface {
	Info(id uint32, text string) error
	Warning(id uint32, text string) error
	Error(id uint32, text string) error
}

// eventsEach is how many events of one id an hour are told: a line that flaps must not push everything else out.
const eventsEach = 30

// eventLog is a slog handler that passes on everything to another one, and what administrators should see to the event
// log as well.
type eventLog struct {
	slog.Handler
	sink   eventSink
	format func(slog.Record) string
	told   *toldEvents
}

type toldEvents struct {
	mu   sync.Mutex
	hour time.Time
	seen map[uint32]int
}

// Handle passes a record on.
func (h eventLog) Handle(ctx context.Context, r slog.Record) error {
	if id, tell := kindOf(r.Level, r.Message); tell {
		if text, ok := h.told.text(id, h.format(r), r.Time); ok {
			h.write(r.Level, id, text)
		}
	}
	if !h.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// Enabled lets through what has an id.
func (h eventLog) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelInfo || h.Handler.Enabled(ctx, l)
}

// WithAttrs and WithGroup keep the event log behind.
func (h eventLog) WithAttrs(a []slog.Attr) slog.Handler {
	h.Handler = h.Handler.WithAttrs(a)
	return h
}

// WithGroup is as WithAttrs.
func (h eventLog) WithGroup(name string) slog.Handler {
	h.Handler = h.Handler.WithGroup(name)
	return h
}

func (h eventLog) write(l slog.Level, id uint32, text string) {
	switch { // what the event log does not take is in the log file still
	case l >= slog.LevelError:
		_ = h.sink.Error(id, text)
	case l >= slog.LevelWarn:
		_ = h.sink.Warning(id, text)
	default:
		_ = h.sink.Info(id, text)
	}
}

// text counts; the last event of an hour says that it is the last.
func (t *toldEvents) text(id uint32, text string, at time.Time) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at.Sub(t.hour) >= time.Hour || t.seen == nil {
		t.hour, t.seen = at, map[uint32]int{}
	}
	t.seen[id]++
	switch n := t.seen[id]; {
	case n < eventsEach:
		return text, true
	case n == eventsEach:
		return text + "\nMore events of this id within this hour are in the log file only.", true
	}
	return "", false
}

// eventText is a record as people read it.
func eventText(r slog.Record) string {
	var b strings.Builder
	b.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString("\n" + a.Key + ": " + a.Value.String())
		return b.Len() < 8<<10
	})
	return b.String()
}
