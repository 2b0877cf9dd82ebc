package wiring

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/adapters/xmpp/pascom"
	"offhook/internal/dialplan"
	"offhook/internal/settings"
)

// Read gives a replay's settings to the parts they are for: those of the dialect and those of the projection. The schema
// table of package settings says which there are and how they are spelt; unknown ones are refused.
func Read(m map[string]string) (pascom.Options, projection.Options, error) {
	s, _, err := settings.FromReplay(m)
	if err != nil {
		return pascom.Options{}, projection.Options{}, err
	}
	dialect := pascom.Options{Dial: s.PascomDial, Prefix: s.PascomDialPrefix, Device: s.PascomPhonesBy}
	options, err := projectionOptions(&s)
	return dialect, options, errors.Join(err, dialect.Validate(), options.Numbers.Check())
}

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
	n.Emergency = []string{} // not nil, which stands for the usual ones
	if !slices.Equal(s.DialEmergency, []string{"none"}) {
		n.Emergency = append(n.Emergency, s.DialEmergency...)
	}
	if n.Inbound, err = rules(s.NumbersRewrite); err != nil {
		return o, err
	}
	n.Outbound, err = rules(s.DialRewrite)
	return o, err
}

// rules reads rewrite rules, each written PATTERN=REPLACEMENT.
func rules(texts []string) (all dialplan.Rules, err error) {
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
