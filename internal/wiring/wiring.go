// Package wiring makes the parts around the engine of a daemon and of a replay out of the real packages: the dialect that
// the settings choose, the TAPI projection and the splitter of the live session. The command line and the tests of the
// fixtures use it, so that a scenario means the same in both. It holds no logic of its own. Begin reading at [Open].
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

	// OldSpelling gets each old spelling that Read finds; may be nil.
	OldSpelling func(settings.OldSpelling)
}

// New makes a wiring for the dialects of a registry.
func New(dialects engine.Registry) *Wiring {
	return &Wiring{dialects: dialects, schema: settings.NewSchema(dialects)}
}

// Open returns a function for replay.Options.Open that makes the real parts, with the program's dialects. onMessage is
// called with every message to TAPI before it becomes a fact; it may be nil.
func Open(onMessage func(projection.TAPIMessage)) func(map[string]string) (replay.Parts, error) {
	return New(dialects.Registry()).Open(onMessage)
}

// Open returns a function for replay.Options.Open that makes the real parts. onMessage is called with every message to TAPI
// before it becomes a fact; it may be nil.
func (w *Wiring) Open(onMessage func(projection.TAPIMessage)) func(map[string]string) (replay.Parts, error) {
	return func(m map[string]string) (replay.Parts, error) {
		dialect, options, err := w.MakeFromReplay(m)
		if err != nil {
			return replay.Parts{}, err
		}
		plan := options.Numbers
		return replay.Parts{
			Dialect:   dialect,
			Projector: &projector{projection.New(options), onMessage},
			Split:     splitStanzas,
			Canonical: w.schema.CanonicalKeys,
			CleanNumber: func(number string) (string, string) {
				clean, err := dialplan.Clean(number)
				if err != nil {
					return "", provider.DialError(err).Name()
				}
				return plan.Dial(clean), ""
			},
		}, nil
	}
}

// projector makes facts of the projection's messages to TAPI.
type projector struct {
	projection *projection.Projection
	onMessage  func(projection.TAPIMessage)
}

func (p *projector) emitMessages(emit func(fact.Fact)) func(projection.TAPIMessage) {
	return func(n projection.TAPIMessage) {
		if p.onMessage != nil {
			p.onMessage(n)
		}
		emit(n.Fact())
	}
}

func (p *projector) Apply(c engine.Change, emit func(fact.Fact)) {
	p.projection.Apply(c, p.emitMessages(emit))
}

func (p *projector) Bridge(s engine.Snapshot, emit func(fact.Fact)) {
	p.projection.Bridge(s, p.emitMessages(emit))
}

func (p *projector) Flush(func(fact.Fact)) {}

// splitStanzas splits files with the splitter of the live session.
func splitStanzas(r io.Reader) func() (source.Piece, error) {
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
