package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"offhook/adapters/tapi"
	"offhook/engine/live"
	"offhook/internal/fact"
)

// lineWatcher is a frontend that prints every message to TAPI as a row, like the Line Watcher that support people know.
type lineWatcher struct {
	out  io.Writer
	proj *tapi.Projection
	seen func(*fact.Fact) // also told, in order; nil: nobody
}

var _ live.Frontend = (*lineWatcher)(nil)

func newLineWatcher(out io.Writer, o tapi.Options) *lineWatcher {
	return &lineWatcher{out: out, proj: tapi.NewProjection(o)}
}

// Name names it.
func (w *lineWatcher) Name() string { return "line watcher" }

// watchHeader is the table's head; the columns are those of the row.
var watchHeader = fmt.Sprintf("%-12s %-5s %5s  %-36s %-26s %-26s %s", "Time", "Line", "Call", "Event", "Caller ID", "Called ID", "Connected ID")

// Run prints until ctx is done.
func (w *lineWatcher) Run(ctx context.Context, r *live.Reader, _ live.Asker) error {
	fmt.Fprintln(w.out, watchHeader)
	fmt.Fprintln(w.out, strings.Repeat("─", utf8.RuneCountInString(watchHeader)+18))
	for {
		b, err := r.Next(ctx)
		if err != nil {
			return err
		}
		if b.Snapshot != nil {
			w.proj.Bridge(*b.Snapshot, w.row)
		}
		for _, c := range b.Changes {
			w.proj.Apply(*c, w.row)
		}
	}
}

// row prints one message.
func (w *lineWatcher) row(n tapi.Notice) {
	f := n.Fact()
	if w.seen != nil {
		w.seen(&f)
	}
	if w.out == nil {
		return
	}
	call, caller, called, connected := "", "", "", ""
	if f.Call != 0 {
		call = fmt.Sprint(f.Call)
	}
	if i := f.Info; i != nil {
		caller, called, connected = who(i.Caller, i.CallerName), who(i.Called, i.CalledName), who(i.Connected, i.ConnectedName)
	}
	fmt.Fprintln(w.out, strings.TrimRight(fmt.Sprintf("%-12s %-5s %5s  %s %s %s %s", n.At.Time().Format("15:04:05.000"), f.Line, call,
		cell(message(&f), 36), cell(caller, 26), cell(called, 26), connected), " "))
}

// message is what a row shows of a message.
func message(f *fact.Fact) string {
	switch {
	case f.CallState != "":
		return strings.TrimSpace(f.CallState + " " + f.Mode)
	case f.Msg == "ASYNC_COMPLETION":
		return fmt.Sprintf("completion of request %d: %s", f.Request, f.Result)
	case len(f.Bits) > 0:
		return strings.TrimPrefix(f.Msg, "LINE_") + " " + strings.Join(f.Bits, "|")
	}
	return strings.TrimPrefix(f.Msg, "LINE_")
}

func who(number, name string) string {
	if name == "" {
		return number
	}
	return strings.TrimSpace(number + " " + name)
}

// cell is a text of exactly n columns.
func cell(s string, n int) string {
	r := []rune(s)
	if len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s + strings.Repeat(" ", n-len(r))
}
