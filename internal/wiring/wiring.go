// Package wiring assembles the real parts of a daemon's and a replay's engine: the dialect that the settings choose, the
// TAPI projection and the splitter of the live session. The command line and the fixtures share it, so that a scenario
// means the same in both.
package wiring

import (
	"io"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/provider"
	"offhook/adapters/xmpp"
	"offhook/engine"
	"offhook/internal/dialects"
	"offhook/internal/dialplan"
	"offhook/internal/fact"
	"offhook/internal/settings"
	"offhook/replay"
	"offhook/replay/source"
)

// Wiring makes parts from settings. It knows the dialects that there are.
type Wiring struct {
	dialects engine.Registry
	schema   *settings.Schema
}

// New makes a wiring for the dialects of a registry.
func New(dialects engine.Registry) *Wiring {
	return &Wiring{dialects, settings.NewSchema(dialects)}
}

// Open is replay.Options.Open with the real parts and the program's dialects; watch gets every message to TAPI before it
// becomes a fact, and may be nil.
func Open(watch func(projection.Notice)) func(map[string]string) (replay.Parts, error) {
	return New(dialects.Registry()).Open(watch)
}

// Open is replay.Options.Open with the real parts; watch gets every message to TAPI before it becomes a fact, and may be
// nil.
func (w *Wiring) Open(watch func(projection.Notice)) func(map[string]string) (replay.Parts, error) {
	return func(m map[string]string) (replay.Parts, error) {
		dialect, options, err := w.Read(m)
		if err != nil {
			return replay.Parts{}, err
		}
		plan := options.Numbers
		return replay.Parts{
			Dialect:   dialect,
			Projector: &projector{projection.New(options), watch},
			Split:     split,
			Canonical: w.schema.CanonicalKeys,
			CleanNumber: func(number string) (string, string) {
				clean, err := dialplan.Clean(number)
				if err != nil {
					return "", provider.DialFault(err).Name()
				}
				return plan.Dial(clean), ""
			},
		}, nil
	}
}

// projector shows changes as messages to TAPI.
type projector struct {
	p     *projection.Projection
	watch func(projection.Notice)
}

func (p *projector) taking(emit func(fact.Fact)) func(projection.Notice) {
	return func(n projection.Notice) {
		if p.watch != nil {
			p.watch(n)
		}
		emit(n.Fact())
	}
}

func (p *projector) Apply(c engine.Change, emit func(fact.Fact)) { p.p.Apply(c, p.taking(emit)) }

func (p *projector) Bridge(s engine.Snapshot, emit func(fact.Fact)) { p.p.Bridge(s, p.taking(emit)) }

func (p *projector) Flush(func(fact.Fact)) {}

// split cuts files with the splitter of the live session.
func split(r io.Reader) func() (source.Piece, error) {
	s := xmpp.NewSplitter(r, xmpp.Limits{Resync: true, Borrow: true})
	last := int64(0)
	return func() (source.Piece, error) {
		for {
			it, err := s.Next()
			if err != nil {
				return source.Piece{Offset: last}, err
			}
			last = it.Offset
			switch it.Kind {
			case xmpp.Stanza:
				return source.Piece{Raw: string(it.Raw), Offset: it.Offset}, nil
			case xmpp.Oversize, xmpp.TooDeep, xmpp.Malformed:
				return source.Piece{Code: it.Kind.String(), Text: it.Reason, Offset: it.Offset}, nil
			}
		}
	}
}
