package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/conformance"
	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/engine/live"
	"offhook/events"
)

// recorder is a frontend that keeps all changes and messages.
type recorder struct {
	ready chan struct{} // closed with the first snapshot

	mu      sync.Mutex
	changed chan struct{} // closed and renewed with every batch
	snaps   int
	proj    *projection.Projection
	monitor *conformance.Monitor

	text     []string // messages to TAPI, in text
	json     []string // the same in JSON
	states   []string // "41/1 offering -> connected"
	ignored  []string // "code: text"
	breaches []string // broken conformance rules
	finished map[uint32]events.FinishedFacts
	accepted map[uint32]events.RequestFacts
	lines    map[string]engine.LineView
	calls    map[string]engine.CallView // by "line/number"
	cursor   int                        // of see, in text
	bridged  int                        // messages that told of what was there before
	muted    bool                       // see mute
}

var _ live.Frontend = (*recorder)(nil)

func newRecorder() *recorder {
	return &recorder{ready: make(chan struct{}), changed: make(chan struct{}), proj: projection.New(projection.Options{}),
		monitor: conformance.NewMonitor(), finished: map[uint32]events.FinishedFacts{}, accepted: map[uint32]events.RequestFacts{},
		lines: map[string]engine.LineView{}, calls: map[string]engine.CallView{}}
}

func (n *recorder) Name() string { return "recorder" }

func (n *recorder) Run(ctx context.Context, r *live.Reader, _ live.Asker) error {
	for {
		b, err := r.Next(ctx)
		if err != nil {
			return err
		}
		n.take(b)
	}
}

func (n *recorder) take(b live.Batch) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if b.Snapshot != nil {
		n.snapshot(b.Snapshot)
	}
	for _, c := range b.Changes {
		n.change(c)
	}
	close(n.changed)
	n.changed = make(chan struct{})
}

func (n *recorder) snapshot(s *engine.Snapshot) {
	for _, l := range s.Lines {
		n.lines[l.Key] = l
	}
	for _, c := range s.Calls {
		n.calls[callName(&c)] = c
	}
	n.proj.Bridge(*s, n.notice)
	if n.snaps++; n.snaps == 1 {
		n.bridged = len(n.text)
		close(n.ready)
	}
}

func callName(c *engine.CallView) string { return fmt.Sprintf("%s/%d", c.Line, c.Number) }

func (n *recorder) change(c *engine.Change) {
	if c.Line != nil {
		n.lines[c.Line.Key] = *c.Line
	}
	if c.Call != nil {
		n.calls[callName(c.Call)] = *c.Call
	}
	switch c.Kind {
	case engine.CallMoved:
		n.states = append(n.states, fmt.Sprintf("%s/%d %s -> %s", n.lines[c.Call.Line].Address, c.Call.Number, c.From, c.To))
	case engine.RequestAccepted:
		n.accepted[c.Request.Ref] = c.Request
	case engine.RequestEnded:
		n.finished[c.Finished.Ref] = c.Finished
	case engine.InputIgnored:
		n.ignored = append(n.ignored, c.Code+": "+c.Text)
	}
	n.proj.Apply(*c, n.notice)
}

func (n *recorder) notice(m projection.TAPIMessage) {
	n.breaches = append(n.breaches, n.monitor.Observe(m)...)
	if n.muted && m.Message == spec.MessageCallInfo {
		return
	}
	f := m.Fact()
	n.text = append(n.text, string(f.AppendText(nil)))
	n.json = append(n.json, string(f.AppendJSON(nil)))
}

var requestRef = regexp.MustCompile(`request=[0-9]+`)

// requestID writes the engine's number of a request for the test's own.
func (n *recorder) requestID(text string) string {
	ref, _ := strconv.ParseUint(strings.TrimPrefix(text, "request="), 10, 32)
	return fmt.Sprintf("request=%d", n.accepted[uint32(ref)].ID)
}

// until waits until the record satisfies a condition.
func (n *recorder) until(t *testing.T, what string, holds func(*recorder) bool) {
	t.Helper()
	limit := time.After(patience)
	for {
		n.mu.Lock()
		ok, changed, text := holds(n), n.changed, n.text
		n.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-limit:
			require.FailNow(t, "waited in vain for "+what, "told were:\n%s\nignored: %q", strings.Join(text, "\n"), n.ignored)
		}
	}
}

// see waits for the next message whose text has all parts of the given one; … stands between parts. request=N is the
// request with the test's own number N.
func (n *recorder) see(t *testing.T, text string) {
	t.Helper()
	n.until(t, text, func(n *recorder) bool {
		parts := strings.Split(requestRef.ReplaceAllStringFunc(text, n.requestID), "…")
		for i := n.cursor; i < len(n.text); i++ {
			if has(n.text[i], parts) {
				n.cursor = i + 1
				return true
			}
		}
		return false
	})
}

// outcome waits for a request's end.
func (n *recorder) outcome(t *testing.T, id uint32) (f events.FinishedFacts) {
	t.Helper()
	n.until(t, fmt.Sprintf("the outcome of request %d", id), func(n *recorder) (ok bool) { f, ok = n.finished[id]; return })
	return f
}

// passed waits until an input was ignored for the reason, so often.
func (n *recorder) passed(t *testing.T, reason string, times int) {
	t.Helper()
	n.until(t, fmt.Sprintf("%d inputs ignored: %s", times, reason), func(n *recorder) bool { return n.count(reason) >= times })
}

func (n *recorder) count(reason string) (c int) {
	for _, s := range n.ignored {
		if strings.Contains(s, reason) {
			c++
		}
	}
	return c
}

// told is everything that was written down, when the daemon has ended.
func (n *recorder) told() (text, json, states, ignored []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text, n.json, n.states, n.ignored
}

func has(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}
