package winservice

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"offhook/internal/eventid"
)

// eventOf returns the event id of a record, and whether the event log gets the record: with an id of its own at every
// level, without one from warning on. given is the id among the logger's own attributes, or 0.
func eventOf(r slog.Record, given eventid.ID) (id eventid.ID, logged bool) {
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

// eventsPerHour is how many events of one id are written within an hour, so that a line that fails again and again does
// not push out all other events.
const eventsPerHour = 30

// eventHandler is a slog handler that passes every record to another one, and those for administrators to the event log
// too.
type eventHandler struct {
	slog.Handler
	sink   eventSink
	format func(slog.Record) string
	counts *eventCounts
	id     eventid.ID // among the logger's own attributes, or 0
}

// eventCounts counts the events of the present hour.
type eventCounts struct {
	mu   sync.Mutex
	hour time.Time
	seen map[eventid.ID]int
}

// Handle writes a record.
func (h eventHandler) Handle(ctx context.Context, r slog.Record) error {
	if id, logged := eventOf(r, h.id); logged {
		if text, ok := h.counts.text(id, h.format(r), r.Time); ok {
			h.write(r.Level, id, text)
		}
	}
	if !h.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

// Enabled is true from info on: whether a record has an id shows in Handle.
func (h eventHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelInfo || h.Handler.Enabled(ctx, l)
}

// WithAttrs keeps the event log.
func (h eventHandler) WithAttrs(a []slog.Attr) slog.Handler {
	h.Handler = h.Handler.WithAttrs(a)
	for _, x := range a {
		if id, ok := eventid.Of(x); ok {
			h.id = id
		}
	}
	return h
}

// WithGroup keeps the event log.
func (h eventHandler) WithGroup(name string) slog.Handler {
	h.Handler = h.Handler.WithGroup(name)
	return h
}

// write writes one event.
func (h eventHandler) write(l slog.Level, id eventid.ID, text string) {
	switch { // a record that the event log refuses is still in the log file
	case l >= slog.LevelError:
		_ = h.sink.Error(uint32(id), text)
	case l >= slog.LevelWarn:
		_ = h.sink.Warning(uint32(id), text)
	default:
		_ = h.sink.Info(uint32(id), text)
	}
}

// text counts an event and returns its text, or false when the hour has enough of it. The last one says so.
func (t *eventCounts) text(id eventid.ID, text string, at time.Time) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at.Sub(t.hour) >= time.Hour || t.seen == nil {
		t.hour, t.seen = at, map[eventid.ID]int{}
	}
	t.seen[id]++
	switch n := t.seen[id]; {
	case n < eventsPerHour:
		return text, true
	case n == eventsPerHour:
		return text + "\nMore events of this id within this hour are in the log file only.", true
	}
	return "", false
}

// eventText returns a record as the event log shows it: the message, and a line for each attribute.
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
