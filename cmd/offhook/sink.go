package main

import (
	"context"
	"log/slog"
	"time"
	"unsafe"

	"offhook/adapters/xmpp"
	"offhook/engine/live"
	"offhook/internal/trace"
)

// sink puts what the session says into the engine's timeline. Its waiting is what slows the PBX down.
type sink struct {
	ctx  context.Context
	loop *live.Loop
	log  *slog.Logger
}

var _ xmpp.Sink = (*sink)(nil)

func (s *sink) put(r trace.Record) {
	if err := s.loop.Put(s.ctx, r); err != nil && s.ctx.Err() == nil {
		s.log.Debug("an input came after the end", "kind", r.Kind)
	}
}

// Up passes on that the session is bound. (The session logs its own ups and downs.)
func (s *sink) Up(info xmpp.Info, _ time.Time) {
	s.put(trace.Record{Kind: trace.Up, JID: info.JID, Domain: info.Domain})
}

// Stanza passes on one stanza; raw belongs to us, so the string may share its memory.
func (s *sink) Stanza(raw []byte, _ time.Time) {
	s.put(trace.Record{Kind: trace.In, Raw: unsafe.String(unsafe.SliceData(raw), len(raw))})
}

// Skipped passes on that a stanza broke a limit.
func (s *sink) Skipped(reason string, bytes int, _ time.Time) {
	s.log.Warn("a stanza was skipped", "reason", reason, "bytes", bytes)
	s.put(trace.Record{Kind: trace.Skipped, Code: "skipped", Text: reason})
}

// Sent is in the trace already: the sequencer writes what it sends.
func (s *sink) Sent([]byte, time.Time) {}

// Down passes on that the session is gone, or says why a login failed.
func (s *sink) Down(r xmpp.Reason, _ time.Time) {
	s.put(trace.Record{Kind: trace.Down, Code: string(r.Code), Text: r.Text})
}
