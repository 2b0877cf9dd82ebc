// Package wiring assembles the real parts of a replay: the pascom dialect, the TAPI projection and the splitter of the
// live session, with the settings that scenarios name. The command line and the fixtures share it, so that a scenario
// means the same in both.
package wiring

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/provider"
	"offhook/adapters/tapi/spec"
	"offhook/adapters/xmpp"
	"offhook/adapters/xmpp/pascom"
	"offhook/engine"
	"offhook/internal/dialplan"
	"offhook/internal/fact"
	"offhook/replay"
	"offhook/replay/source"
)

// settings are those of the real parts, as scenarios name them.
type settings struct {
	dialect    pascom.Options
	projection projection.Options
}

// set takes one setting; unknown ones are refused.
func (s *settings) set(key, value string) (err error) {
	n := &s.projection.Numbers
	if strings.HasPrefix(key, "numbers.rewrite.") {
		return addRule(&n.Inbound, value)
	}
	if strings.HasPrefix(key, "dial.rewrite.") {
		return addRule(&n.Outbound, value)
	}
	switch key {
	case "tapi.version":
		s.projection.Version, err = spec.ParseVersion(value)
	case "tapi.ringback":
		if value != "vendor" && value != "evidence" {
			return fmt.Errorf("tapi.ringback is %q, it may be vendor or evidence", value)
		}
		if value == "evidence" {
			s.projection.Ringback = projection.RingbackEvidence
		}
	case "numbers.present":
		n.Mode, err = dialplan.ParsePresentMode(value)
	case "numbers.country":
		n.Country = value
	case "numbers.extension-digits":
		n.ExtensionDigits, err = strconv.Atoi(value)
	case "dial.areacode":
		n.AreaCode = value
	case "dial.emergency":
		n.Emergency = []string{}
		if value != "" && value != "none" {
			n.Emergency = strings.Split(value, ",")
		}
	case "pascom.dial":
		s.dialect.Dial = value
	case "pascom.prefix":
		s.dialect.Prefix = value
	case "pascom.device":
		s.dialect.Device = value
	default:
		return fmt.Errorf("unknown setting %s", key)
	}
	return err
}

// addRule adds a rewrite rule, written PATTERN=REPLACEMENT.
func addRule(to *dialplan.Rules, text string) error {
	pattern, replacement, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("the rule %q is not PATTERN=REPLACEMENT", text)
	}
	r, err := dialplan.NewRule(pattern, replacement, false)
	if err == nil {
		*to = append(*to, r)
	}
	return err
}

// Read gives the settings to the parts they are for: those of the dialect and those of the projection. Rewrite rules
// (numbers.rewrite.N, dial.rewrite.N) are taken in the order of their keys. Unknown keys are refused.
func Read(m map[string]string) (pascom.Options, projection.Options, error) {
	var s settings
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if err := s.set(key, m[key]); err != nil {
			return s.dialect, s.projection, err
		}
	}
	return s.dialect, s.projection, errors.Join(s.dialect.Validate(), s.projection.Numbers.Check())
}

// Open is replay.Options.Open with the real parts; watch gets every message to TAPI before it becomes a fact, and may be nil.
func Open(watch func(projection.Notice)) func(map[string]string) (replay.Parts, error) {
	return func(m map[string]string) (replay.Parts, error) {
		dialect, options, err := Read(m)
		if err != nil {
			return replay.Parts{}, err
		}
		plan := options.Numbers
		return replay.Parts{
			Dialect:   pascom.New(dialect),
			Projector: &projector{projection.NewProjection(options), watch},
			Split:     split,
			Dialable: func(number string) (string, string) {
				clean, err := dialplan.CleanDialable(number)
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
