package wiring

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/internal/dialplan"
	"offhook/internal/settings"
)

// MakeFromReplay is Make with a replay's settings, as scenarios and traces name them. Settings that are not in the schema
// table are refused.
func (w *Wiring) MakeFromReplay(m map[string]string) (engine.Dialect, projection.Options, error) {
	s, old, err := w.schema.FromReplay(m)
	for _, u := range old {
		if w.OldSpelling != nil {
			w.OldSpelling(u)
		}
	}
	if err != nil {
		return nil, projection.Options{}, err
	}
	return w.Make(&s)
}

// Make makes the dialect that the settings choose, and the options of the projection.
func (w *Wiring) Make(s *settings.Settings) (engine.Dialect, projection.Options, error) {
	options, err := projectionOptions(s)
	dialect, wrong := w.Dialect(s)
	return dialect, options, errors.Join(err, wrong, options.Numbers.Check())
}

// Dialect makes the dialect that the settings choose.
func (w *Wiring) Dialect(s *settings.Settings) (engine.Dialect, error) {
	registration, err := w.dialects.Lookup(s.Dialect)
	if err != nil {
		return nil, err
	}
	return registration.New(engine.DialectConfig{Values: s.DialectValue, CommandTo: s.CommandTo})
}

// DefaultDomain returns the XMPP domain that PBXes of the chosen dialect have unless somebody changed it; empty if the
// settings name no dialect that there is.
func (w *Wiring) DefaultDomain(s *settings.Settings) string {
	registration, err := w.dialects.Lookup(s.Dialect)
	if err != nil {
		return ""
	}
	return registration.DefaultDomain
}

// Schema returns the table of the settings, with those of the dialects.
func (w *Wiring) Schema() *settings.Schema { return w.schema }

func projectionOptions(s *settings.Settings) (o projection.Options, err error) {
	if o.Version, err = spec.ParseVersion(s.TAPIVersion); err != nil {
		return o, err
	}
	if s.TAPIRingback == "evidence" {
		o.Ringback = projection.RingbackEvidence
	}
	n := &o.Numbers
	if n.Mode, err = dialplan.ParsePresentMode(s.NumbersPresent); err != nil {
		return o, err
	}
	n.Country, n.ExtensionDigits, n.AreaCode = s.NumbersCountry, s.NumbersExtensionDigits, s.DialAreacode
	n.Emergency = []string{} // not nil, which means the default numbers
	if !slices.Equal(s.DialEmergency, []string{"none"}) {
		n.Emergency = append(n.Emergency, s.DialEmergency...)
	}
	if n.Inbound, err = parseRules(s.NumbersRewrite); err != nil {
		return o, err
	}
	n.Outbound, err = parseRules(s.DialRewrite)
	return o, err
}

// parseRules reads rewrite rules, each written PATTERN=REPLACEMENT.
func parseRules(texts []string) (all dialplan.Rules, err error) {
	for _, text := range texts {
		pattern, replacement, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("the rule %q is not PATTERN=REPLACEMENT", text)
		}
		r, err := dialplan.NewRule(pattern, replacement, false)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}
