package support

import (
	"context"
	"fmt"
	"time"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/engine/live"
)

// messageWriter writes every message to TAPI into the debug log, as the provider DLL writes it into its own. It has no
// handles: Line is the line's permanent id, Call the call's id.
type messageWriter struct {
	write      func(level, text string)
	projection *projection.Projection
	lines      map[string]lineLabel // by key
}

// lineLabel is what a line is called in the debug log.
type lineLabel struct {
	name      string
	permanent uint32
}

func newMessageWriter(o projection.Options, write func(level, text string)) *messageWriter {
	return &messageWriter{write: write, projection: projection.New(o), lines: map[string]lineLabel{}}
}

// messagesFrom begins the line that says from which event on messages are written.
const messagesFrom = "messages are shown from behind event "

// run writes until ctx is done or the engine ends.
func (w *messageWriter) run(ctx context.Context, r *live.Reader) {
	_ = r.Follow(ctx, live.Follower{ // it ends with ctx or the engine only
		Snapshot: func(s *engine.Snapshot) {
			for i := range s.Lines {
				w.learn(&s.Lines[i])
			}
			w.projection.Bridge(*s, func(projection.TAPIMessage) {})
			w.write("INFO", fmt.Sprintf("%s%d", messagesFrom, s.Pos.Seq))
		},
		Change: func(c *engine.Change) {
			w.learn(c.Line)
			w.projection.Apply(*c, func(n projection.TAPIMessage) { w.write("DEBUG", w.text(n)) })
		},
	})
}

// learn keeps the label of a line.
func (w *messageWriter) learn(l *engine.LineView) {
	if l != nil {
		w.lines[l.Key] = lineLabel{projection.LineName(l), l.Permanent}
	}
}

// text returns a message as the provider DLL's log has it.
func (w *messageWriter) text(n projection.TAPIMessage) string {
	if n.Message == projection.MessageAsyncCompletion {
		return fmt.Sprintf("ASYNC_COMPLETION: Request=0x%x, Result=0x%x", n.Request, uint32(n.Result))
	}
	l, p1, p2, p3 := w.lines[n.Line], uint32(0), uint32(0), uint32(0)
	p1, p2, p3 = n.Params()
	call := n.Call
	if n.Message == spec.MessageNewCall {
		p1, call = n.Call, 0 // as the DLL has it: the call is in P1
	}
	return fmt.Sprintf("%s: Send_TAPI_Event: <0x%x> Line=0x%x, Call=0x%x, Msg=0x%x (LINE_%s), P1=0x%x, P2=0x%x, P3=0x%x", l.name,
		l.permanent, l.permanent, call, uint32(n.Message), n.Message, p1, p2, p3)
}

// drainTimeout bounds the wait for the last messages of a daemon that ended.
const drainTimeout = 2 * time.Second

// WriteMessages writes the messages to TAPI into the debug log while that is on, until ended is closed; the messages of
// what happened before that are written. The options are those of the provider's frontend.
func (r *Recorder) WriteMessages(ended <-chan struct{}, e Engine, o projection.Options) {
	for {
		started, changed := r.debug.isStarted()
		if started && r.writeUntil(ended, changed, e, o) {
			return
		}
		select {
		case <-changed:
		case <-ended:
			return
		}
	}
}

// writeUntil writes messages until the debug log changes, or until the daemon has ended; then it returns true.
func (r *Recorder) writeUntil(ended, changed <-chan struct{}, e Engine, o projection.Options) bool {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		newMessageWriter(o, func(level, text string) { r.debug.line(level, tidMessages, text) }).run(ctx, e.Reader())
	}()
	defer func() { stop(); <-done }()
	select {
	case <-changed:
		return false
	case <-ended:
	}
	select {
	case <-done:
	case <-time.After(drainTimeout):
	}
	return true
}
