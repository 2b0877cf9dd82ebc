package dialplan

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrPlan is wrapped by the errors of ParsePresentMode, Plan.Check and NewRule.
var ErrPlan = errors.New("bad numbering setting")

// PresentMode is the setting numbers-present (decision B16).
type PresentMode uint8

// The ways to show a number.
const (
	PresentPBX      PresentMode = iota // as the PBX sent it
	PresentPlus                        // +49301234
	PresentNational                    // 0301234 within the own country, else 0033…
)

var presentNames = [...]string{PresentPBX: "pbx", PresentPlus: "plus", PresentNational: "national"}

// String gives the word of the setting.
func (m PresentMode) String() string {
	if int(m) < len(presentNames) {
		return presentNames[m]
	}
	return fmt.Sprintf("PresentMode(%d)", uint8(m))
}

// ParsePresentMode reads the word of the setting.
func ParsePresentMode(word string) (PresentMode, error) {
	for m, name := range presentNames {
		if name == word {
			return PresentMode(m), nil
		}
	}
	return 0, fmt.Errorf("dialplan: %w: numbers-present is %q; use pbx, plus or national", ErrPlan, word)
}

// Plan is how numbers are written where the PBX stands. The zero Plan changes
// nothing.
type Plan struct {
	Mode          PresentMode
	Country       string // code without prefix, "49"; needed by plus and national
	International string // prefix for other countries; "" means "00"
	Trunk         string // prefix for other areas; "" means "0", "-" means there is none
	// AreaCode is the setting dial-areacode: what is put before a dialled
	// number that has neither prefix nor feature code and more than
	// ExtensionDigits digits, "030". "" switches it off.
	AreaCode        string
	ExtensionDigits int // the longest internal number
	// Emergency are the numbers that no area code is put before, no pattern with wildcards bars and no limit counts, as they
	// stand and behind a 0 for an outside line; nil means EmergencyNumbers.
	Emergency []string

	Inbound  Rules // on numbers from the PBX, before Mode
	Outbound Rules // on cleaned numbers to dial, before AreaCode
}

// EmergencyNumbers are the usual ones: of Germany and the European Union (ETSI TS 122 101 clause 10), of North America, the United
// Kingdom and Australia.
var EmergencyNumbers = []string{"110", "112", "911", "999", "000"}

// isEmergency says whether a cleaned number is an emergency call.
func (p *Plan) isEmergency(number string) bool {
	all := p.Emergency
	if all == nil {
		all = EmergencyNumbers
	}
	return slices.Contains(all, number) || slices.Contains(all, strings.TrimPrefix(number, "0"))
}

// emergencyDigits is how long an emergency number may be: it must not let a list of costly numbers through.
const emergencyDigits = 6

// Check reports a plan that cannot work.
func (p *Plan) Check() error {
	switch {
	case int(p.Mode) >= len(presentNames):
		return fmt.Errorf("dialplan: %w: unknown mode %s", ErrPlan, p.Mode)
	case p.Mode != PresentPBX && p.Country == "":
		return fmt.Errorf("dialplan: %w: numbers-present %s needs the own country code, as 49", ErrPlan, p.Mode)
	case !isDigits(p.Country) || len(p.Country) > countryDigits:
		return fmt.Errorf("dialplan: %w: country %q; write one to three digits without prefix", ErrPlan, p.Country)
	case !isDigits(p.International), p.Trunk != "-" && !isDigits(p.Trunk):
		return fmt.Errorf("dialplan: %w: prefixes %q and %q; write digits", ErrPlan, p.International, p.Trunk)
	case !isDigits(p.AreaCode) || len(p.AreaCode) > 10:
		return fmt.Errorf("dialplan: %w: dial-areacode %q; write at most ten digits with the leading 0", ErrPlan, p.AreaCode)
	case p.ExtensionDigits < 0:
		return fmt.Errorf("dialplan: %w: an extension cannot have %d digits", ErrPlan, p.ExtensionDigits)
	}
	for _, n := range p.Emergency {
		if n == "" || len(n) > emergencyDigits || !isDigits(n) {
			return fmt.Errorf("dialplan: %w: emergency number %q; write two to six digits, or none", ErrPlan, n)
		}
	}
	return nil
}

// Present gives the number to show for one that the PBX sent: the inbound
// rules first, then the mode. Extensions, feature codes and anything that is
// not a plain number are left alone.
func (p *Plan) Present(number string) string {
	return p.present(p.Inbound.Apply(number))
}

func (p *Plan) present(number string) string {
	if p.Mode == PresentPBX {
		return number
	}
	code, ok := p.internationalNumber(number)
	if !ok {
		return number
	}
	if p.Mode == PresentPlus {
		return "+" + code
	}
	if national, own := strings.CutPrefix(code, p.Country); own {
		return p.trunk() + national
	}
	return p.international() + code
}

// internationalNumber gives country code and number of a full number, without prefix.
func (p *Plan) internationalNumber(number string) (string, bool) {
	for _, prefix := range [...]string{"+", p.international()} {
		if code, ok := strings.CutPrefix(number, prefix); ok {
			return code, code != "" && isDigits(code)
		}
	}
	trunk := p.trunk()
	if rest, ok := strings.CutPrefix(number, trunk); ok && trunk != "" && rest != "" && isDigits(rest) {
		return p.Country + rest, true
	}
	return "", false
}

// Dial gives the number to send for one that Clean cleaned: the
// outbound rules first, then the area code.
func (p *Plan) Dial(number string) string {
	number = p.Outbound.Apply(number)
	if p.AreaCode == "" || len(number) <= p.ExtensionDigits || !isDigits(number) || p.isEmergency(number) {
		return number
	}
	if strings.HasPrefix(number, p.international()) || p.trunk() != "" && strings.HasPrefix(number, p.trunk()) {
		return number
	}
	return p.AreaCode + number
}

func (p *Plan) international() string {
	if p.International == "" {
		return "00"
	}
	return p.International
}

func (p *Plan) trunk() string {
	switch p.Trunk {
	case "":
		return "0"
	case "-":
		return ""
	}
	return p.Trunk
}

// isDigits reports whether s holds nothing but 0 to 9; "" does.
func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
