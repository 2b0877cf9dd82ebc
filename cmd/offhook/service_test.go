package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/internal/eventid"
)

// TestAccessRules reads the descriptors as a person would: who is in, who is out.
func TestAccessRules(t *testing.T) {
	sid := serviceSID()
	require.True(t, strings.HasPrefix(sid, "S-1-5-80-"), sid)
	root, table := rootAccess(sid), tableAccess(sid)
	require.Equal(t, "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;"+sid+")", root)
	require.Equal(t, "D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;"+sid+")(A;;FR;;;NS)", table)
	require.Equal(t, root+"(A;OICI;0x1301bf;;;NS)", providerLogAccess(sid), "the Telephony service writes its provider's log, and may do nothing beside it")
	for _, out := range []string{";;;WD)", ";;;BU)", ";;;AU)", ";;;IU)", ";;;AN)", ";;;LS)", ";;;CO)"} {
		require.NotContains(t, root, out)
		require.NotContains(t, table, out)
		require.NotContains(t, providerLogAccess(sid), out)
	}
}

// registryOf plays the key of the provider list.
func registryOf(values map[string]any) (func(string) (uint32, bool), func(string) (string, bool)) {
	return func(name string) (uint32, bool) { v, ok := values[name].(uint32); return v, ok },
		func(name string) (string, bool) { v, ok := values[name].(string); return v, ok }
}

func TestProviderList(t *testing.T) {
	ours := func(files ...string) map[string]any {
		m := map[string]any{"NumProviders": uint32(len(files)), "NextProviderID": uint32(len(files) + 1)}
		for i, f := range files {
			m[fmt.Sprint("ProviderID", i)], m[fmt.Sprint("ProviderFilename", i)] = uint32(i+1), f
		}
		return m
	}
	without := func(m map[string]any, names ...string) map[string]any {
		for _, n := range names {
			delete(m, n)
		}
		return m
	}
	for _, c := range []struct {
		name        string
		values      map[string]any
		sound, here bool
		after       string // the files with their ids once ours is in
		next        uint32
	}{
		{"as it should be", ours("unimdm.tsp", "offhook.tsp"), true, true, "1=unimdm.tsp 2=offhook.tsp", 3},
		{"with its directory", ours(`C:\Windows\System32\OffHook.TSP`), true, true, `1=C:\Windows\System32\OffHook.TSP`, 2},
		{"gone", ours("unimdm.tsp", "hidphone.tsp"), true, false, "1=unimdm.tsp 2=hidphone.tsp 3=offhook.tsp", 4},
		{"nothing at all", map[string]any{}, false, false, "1=offhook.tsp", 2},
		{"empty", map[string]any{"NumProviders": uint32(0), "NextProviderID": uint32(0)}, true, false, "1=offhook.tsp", 2},
		{"a hole", without(ours("unimdm.tsp", "gone.tsp", "offhook.tsp"), "ProviderFilename1"), false, true, "1=unimdm.tsp 3=offhook.tsp", 4},
		{"no next id", without(ours("unimdm.tsp"), "NextProviderID"), false, false, "1=unimdm.tsp 2=offhook.tsp", 3},
		{"a count that is none", map[string]any{"NumProviders": uint32(1 << 31), "ProviderID0": uint32(1), "ProviderFilename0": "unimdm.tsp", "NextProviderID": uint32(2)},
			false, false, "1=unimdm.tsp 2=offhook.tsp", 3},
	} {
		number, text := registryOf(c.values)
		l, sound := readProviders(number, text)
		require.Equal(t, c.sound, sound, c.name)
		require.Equal(t, c.here, l.has(providerFile), c.name)
		if !c.here {
			l.add(providerFile)
		}
		written := map[string]any{}
		var order []string
		require.NoError(t, l.write(
			func(name string, v uint32) error { written[name], order = v, append(order, name); return nil },
			func(name, v string) error { written[name], order = v, append(order, name); return nil }), c.name)
		require.Equal(t, "NumProviders", order[len(order)-1], "the count stands last")
		number, text = registryOf(written)
		again, sound := readProviders(number, text)
		require.True(t, sound, c.name)
		require.Equal(t, l, again, c.name)
		var got []string
		for _, p := range again.all {
			got = append(got, fmt.Sprint(p.id, "=", p.file))
		}
		require.Equal(t, c.after, strings.Join(got, " "), c.name)
		require.Equal(t, c.next, again.next, c.name)
	}
	fails := errors.New("no")
	l := providerList{all: []listedProvider{{1, "a"}}, next: 2}
	require.ErrorIs(t, l.write(func(string, uint32) error { return fails }, func(string, string) error { return nil }), fails)
	require.ErrorIs(t, l.write(func(string, uint32) error { return nil }, func(string, string) error { return fails }), fails)
}

// events plays the event log.
type eventsSeen struct{ all []string }

func (e *eventsSeen) Info(id uint32, text string) error    { return e.add("info", id, text) }
func (e *eventsSeen) Warning(id uint32, text string) error { return e.add("warning", id, text) }
func (e *eventsSeen) Error(id uint32, text string) error   { return e.add("error", id, text) }

func (e *eventsSeen) add(level string, id uint32, text string) error {
	e.all = append(e.all, fmt.Sprint(level, " ", id, " ", text))
	return nil
}

func TestEventLog(t *testing.T) {
	var file logBuffer
	seen := &eventsSeen{}
	log := slog.New(eventLog{Handler: slog.NewTextHandler(&file, &slog.HandlerOptions{Level: slog.LevelWarn}), sink: seen, format: eventText, told: &toldEvents{}})
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
	h := eventLog{Handler: slog.DiscardHandler, sink: seen, format: eventText, told: &toldEvents{}}
	down := func(at time.Time) slog.Record {
		r := slog.NewRecord(at, slog.LevelWarn, "xmpp: session down", 0)
		r.AddAttrs(eventid.SessionDown.Attr())
		return r
	}
	for range 100 {
		require.NoError(t, h.Handle(context.Background(), down(now)))
	}
	require.Len(t, seen.all, eventsEach)
	require.Contains(t, seen.all[eventsEach-1], "in the log file only")
	require.NoError(t, h.Handle(context.Background(), slog.NewRecord(now, slog.LevelError, "other", 0)))
	require.NoError(t, h.Handle(context.Background(), down(now.Add(time.Hour))))
	require.Len(t, seen.all, eventsEach+2)
}

// TestServiceElsewhere: on other systems the commands say where to look.
func TestServiceElsewhere(t *testing.T) {
	if os.PathSeparator != '/' {
		t.Skip("this is Windows")
	}
	for _, c := range []string{"install", "uninstall", "start", "stop", "status", "repair", "run"} {
		code, _, errs := call("", "service", c)
		require.Equal(t, 2, code)
		require.Contains(t, errs, "on Windows only")
	}
}
