// Package notices keeps and logs what an operator must know: the newest notices of a daemon, for `offhook status`.
//
// The engine raises a notice as an event, notice.raised (decision T2-NAMES). [Keeper.Add] gets it once the journal has it,
// logs it with the event id of a notice, and keeps it; a notice that comes again is counted. Nothing is kept over a restart
// of the program: the journal has them all. A newcomer begins with Keeper.
package notices

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/eventid"
)

// Notice is one thing that an operator must know.
type Notice struct {
	Severity events.Severity
	Code     string // a stable word
	Text     string
	Line     string // the address of the line concerned; empty when none or all are
	First    time.Time
	Last     time.Time
	Times    int // how often it was raised
}

// limit is how many different notices are kept; the oldest go first.
const limit = 100

// Keeper keeps the newest notices. All methods may be called at the same time.
type Keeper struct {
	log *slog.Logger

	mu  sync.Mutex
	all []Notice // by Last, oldest first
}

// New returns a keeper that logs to log.
func New(log *slog.Logger) *Keeper { return &Keeper{log: log} }

var levels = map[events.Severity]slog.Level{events.SeverityInfo: slog.LevelInfo, events.SeverityWarning: slog.LevelWarn, events.SeverityCritical: slog.LevelError}

// Add takes a change of kind NoticeRaised.
func (k *Keeper) Add(c *engine.Change) {
	at := c.At.Time()
	n := Notice{Severity: c.Severity, Code: c.Code, Text: c.Text, First: at, Last: at, Times: 1}
	attrs := []slog.Attr{eventid.Notice.Attr(), slog.String("code", n.Code), slog.String("text", n.Text)}
	if c.Line != nil {
		n.Line = c.Line.Address
		attrs = append(attrs, slog.String("line", n.Line))
	}
	k.log.LogAttrs(context.Background(), levels[n.Severity], "notice", attrs...)
	k.mu.Lock()
	defer k.mu.Unlock()
	if i := slices.IndexFunc(k.all, func(o Notice) bool { return o.Code == n.Code && o.Line == n.Line && o.Text == n.Text }); i >= 0 {
		n.First, n.Times = k.all[i].First, k.all[i].Times+1
		k.all = slices.Delete(k.all, i, i+1)
	}
	k.all = append(k.all, n)
	if len(k.all) > limit {
		k.all = slices.Delete(k.all, 0, len(k.all)-limit)
	}
}

// Recent lists the kept notices, the newest first.
func (k *Keeper) Recent() []Notice {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := slices.Clone(k.all)
	slices.Reverse(all)
	return all
}
