package daemon

import (
	"context"
	"log/slog"
	"time"
	"unsafe"

	"offhook/adapters/xmpp"
	"offhook/engine/live"
	"offhook/internal/trace"
)

// sink puts what the session reports into the engine's timeline. While the timeline is full it waits, and the session
// stops reading.
type sink struct {
	ctx  context.Context
	loop *live.Loop
	log  *slog.Logger
}

var _ xmpp.Sink = (*sink)(nil)

// put puts a record into the timeline.
func (s *sink) put(r trace.Record) {
	if err := s.loop.Put(s.ctx, r); err != nil && s.ctx.Err() == nil {
		s.log.Debug("an input came after the end", "kind", r.Kind)
	}
}

// Up implements xmpp.Sink: the session is bound. (The session logs that itself.)
func (s *sink) Up(info xmpp.Info, _ time.Time) {
	s.put(trace.Record{Kind: trace.Up, JID: info.JID, Domain: info.Domain})
}

// Stanza implements xmpp.Sink. raw belongs to the sink, so the string may share its memory.
func (s *sink) Stanza(raw []byte, _ time.Time) {
	s.put(trace.Record{Kind: trace.In, Raw: unsafe.String(unsafe.SliceData(raw), len(raw))})
}

// Skipped implements xmpp.Sink: a stanza broke a limit.
func (s *sink) Skipped(reason string, bytes int, _ time.Time) {
	s.log.Warn("a stanza was skipped", "reason", reason, "bytes", bytes)
	s.put(trace.Record{Kind: trace.Skipped, Code: "skipped", Text: reason})
}

// Sent implements xmpp.Sink. The sequencer has written the stanza to the trace already.
func (s *sink) Sent([]byte, time.Time) {}

// Down implements xmpp.Sink: the session ended, or a login failed.
func (s *sink) Down(r xmpp.Reason, _ time.Time) {
	s.put(trace.Record{Kind: trace.Down, Code: string(r.Code), Text: r.Text})
}
