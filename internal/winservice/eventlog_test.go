package winservice

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/internal/eventid"
)

// eventsSeen is an event log that keeps what is written.
type eventsSeen struct{ all []string }

func (e *eventsSeen) Info(id uint32, text string) error    { return e.add("info", id, text) }
func (e *eventsSeen) Warning(id uint32, text string) error { return e.add("warning", id, text) }
func (e *eventsSeen) Error(id uint32, text string) error   { return e.add("error", id, text) }

func (e *eventsSeen) add(level string, id uint32, text string) error {
	e.all = append(e.all, fmt.Sprint(level, " ", id, " ", text))
	return nil
}

func TestEventLog(t *testing.T) {
	var file bytes.Buffer
	seen := &eventsSeen{}
	log := slog.New(eventHandler{Handler: slog.NewTextHandler(&file, &slog.HandlerOptions{Level: slog.LevelWarn}), sink: seen, format: eventText, counts: &eventCounts{}})
	log.Info("offhook is running", eventid.DaemonStarted.Attr(), "user", "ilund")
	log.Info("nothing to see")
	log.Debug("nothing at all")
	log.Info("the journal was opened")
	log.Warn("the journal does not keep up", eventid.Journal.Attr())
	log.Warn("xmpp: session down", eventid.SessionDown.Attr(), "code", "refused")
	log.Error("something new")
	log.With("a", 1).Warn("something odd")
	require.Equal(t, []string{"info 100 offhook is running\nuser: ilund", "warning 120 the journal does not keep up", "warning 111 xmpp: session down\ncode: refused",
		"error 3 something new", "warning 2 something odd"}, seen.all)
	require.NotContains(t, file.String(), "is running", "the file has its own level")
	require.Contains(t, file.String(), "something odd")
	require.Contains(t, file.String(), "eventid=111", "the file shows the id too")

	seen.all = nil // the id does not hang on the wording, nor the wording on the id
	log.Warn("the session has ended", eventid.SessionDown.Attr())
	log.With(eventid.SessionDown.Attr()).Warn("no session any more")
	log.Warn("xmpp: session down")
	require.Equal(t, []string{"warning 111 the session has ended", "warning 111 no session any more", "warning 2 xmpp: session down"}, seen.all)

	seen.all = nil
	now := time.Unix(1_000_000, 0)
	h := eventHandler{Handler: slog.DiscardHandler, sink: seen, format: eventText, counts: &eventCounts{}}
	down := func(at time.Time) slog.Record {
		r := slog.NewRecord(at, slog.LevelWarn, "xmpp: session down", 0)
		r.AddAttrs(eventid.SessionDown.Attr())
		return r
	}
	for range 100 {
		require.NoError(t, h.Handle(context.Background(), down(now)))
	}
	require.Len(t, seen.all, eventsPerHour)
	require.Contains(t, seen.all[eventsPerHour-1], "in the log file only")
	require.NoError(t, h.Handle(context.Background(), slog.NewRecord(now, slog.LevelError, "other", 0)))
	require.NoError(t, h.Handle(context.Background(), down(now.Add(time.Hour))))
	require.Len(t, seen.all, eventsPerHour+2)
}
