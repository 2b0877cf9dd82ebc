// Package linewatch prints every message to TAPI as a row of a table, for people who check what telephony programs receive.
//
// It is a frontend of its own beside the one that serves the provider: it reads the feed, makes the messages of an
// always-open line of them and prints one row each, with line, call, message and the parties as of that message. It takes
// no requests, and what one particular Telephony service has open is not its concern. `offhook run --watch` and `offhook
// demo` use it. A newcomer begins with New.
package linewatch

import (
	"context"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"offhook/adapters/tapi/projection"
	"offhook/engine"
	"offhook/engine/live"
	"offhook/internal/fact"
)

// Watcher is the frontend.
type Watcher struct {
	// Observe gets each message in its neutral form before its row is printed; it may be nil.
	Observe func(*fact.Fact)

	out        io.Writer
	projection *projection.Projection
}

var _ live.Frontend = (*Watcher)(nil)

// New returns a watcher that prints to out. The options are those of the projection that the provider's frontend has.
func New(out io.Writer, o projection.Options) *Watcher {
	return &Watcher{out: out, projection: projection.New(o)}
}

// Name returns the frontend's name.
func (w *Watcher) Name() string { return "line watcher" }

// header is the table's first line; its columns are those of printRow.
var header = fmt.Sprintf("%-12s %-5s %5s  %-36s %-26s %-26s %s", "Time", "Line", "Call", "Event", "Caller ID", "Called ID", "Connected ID")

// Run prints the header and then rows until ctx is done.
func (w *Watcher) Run(ctx context.Context, r *live.Reader, _ live.Asker) error {
	fmt.Fprintln(w.out, header)
	fmt.Fprintln(w.out, strings.Repeat("─", utf8.RuneCountInString(header)+18))
	return r.Follow(ctx, live.Follower{
		Snapshot: func(s *engine.Snapshot) { w.projection.Bridge(*s, w.printRow) },
		Change:   func(c *engine.Change) { w.projection.Apply(*c, w.printRow) },
	})
}

// printRow prints one message.
func (w *Watcher) printRow(n projection.TAPIMessage) {
	f := n.Fact()
	if w.Observe != nil {
		w.Observe(&f)
	}
	call, caller, called, connected := "", "", "", ""
	if f.Call != 0 {
		call = fmt.Sprint(f.Call)
	}
	if i := f.Info; i != nil {
		caller, called, connected = party(i.Caller, i.CallerName), party(i.Called, i.CalledName), party(i.Connected, i.ConnectedName)
	}
	fmt.Fprintln(w.out, strings.TrimRight(fmt.Sprintf("%-12s %-5s %5s  %s %s %s %s", n.At.Time().Format("15:04:05.000"), f.Line, call,
		column(messageText(&f), 36), column(caller, 26), column(called, 26), connected), " "))
}

// messageText returns the row's text for a message: state, completion, or name and bits.
func messageText(f *fact.Fact) string {
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

// party returns a number with its name.
func party(number, name string) string {
	if name == "" {
		return number
	}
	return strings.TrimSpace(number + " " + name)
}

// column returns a text as exactly n characters.
func column(s string, n int) string {
	r := []rune(s)
	if len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s + strings.Repeat(" ", n-len(r))
}
