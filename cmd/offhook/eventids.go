package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"offhook/internal/eventid"
)

// eventOf returns a record's event id, and whether the event log gets the record at all: one with an id of its own does
// whatever its level, one without only from warning on. given is the id of the logger's own attributes; 0 is none.
func eventOf(r slog.Record, given eventid.ID) (id eventid.ID, told bool) {
	id = given
	r.Attrs(func(a slog.Attr) bool {
		if own, ok := eventid.Of(a); ok {
			id = own
		}
		return true
	})
	switch {
	case id != 0:
		return id, true
	case r.Level >= slog.LevelError:
		return eventid.OtherError, true
	}
	return eventid.OtherWarning, r.Level >= slog.LevelWarn
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
	id     eventid.ID // of the logger's own attributes; 0: none
}

type toldEvents struct {
	mu   sync.Mutex
	hour time.Time
	seen map[eventid.ID]int
}

// Handle passes a record on.
func (h eventLog) Handle(ctx context.Context, r slog.Record) error {
	if id, tell := eventOf(r, h.id); tell {
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
	for _, x := range a {
		if id, ok := eventid.Of(x); ok {
			h.id = id
		}
	}
	return h
}

// WithGroup is as WithAttrs.
func (h eventLog) WithGroup(name string) slog.Handler {
	h.Handler = h.Handler.WithGroup(name)
	return h
}

func (h eventLog) write(l slog.Level, id eventid.ID, text string) {
	switch { // what the event log does not take is in the log file still
	case l >= slog.LevelError:
		_ = h.sink.Error(uint32(id), text)
	case l >= slog.LevelWarn:
		_ = h.sink.Warning(uint32(id), text)
	default:
		_ = h.sink.Info(uint32(id), text)
	}
}

// text counts; the last event of an hour says that it is the last.
func (t *toldEvents) text(id eventid.ID, text string, at time.Time) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at.Sub(t.hour) >= time.Hour || t.seen == nil {
		t.hour, t.seen = at, map[eventid.ID]int{}
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
		if _, ok := eventid.Of(a); ok {
			return true // the event log has a column for it
		}
		b.WriteString("\n" + a.Key + ": " + a.Value.String())
		return b.Len() < 8<<10
	})
	return b.String()
}
