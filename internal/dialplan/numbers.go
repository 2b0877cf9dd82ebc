package dialplan

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxDialable bounds a number to dial, in characters, as TAPI's own limit for
// a destination address does; MaxDialableInput bounds the text it is made of.
const (
	MaxDialable      = 80
	MaxDialableInput = 1024
)

// What Clean says of a text that cannot be dialled.
var (
	ErrNumber          = errors.New("not a number that can be dialled")
	ErrWaitForDialTone = errors.New("the number waits for a dial tone (W)")
	ErrWaitForQuiet    = errors.New("the number waits for quiet (@)")
	ErrBillingTone     = errors.New("the number waits for a billing tone ($)")
	ErrPrompt          = errors.New("the number waits for the user (?)")
)

// countryDigits is how many digits a country code has at most (ITU-T E.164).
const countryDigits = 3

// Clean turns the text an application wants to dial into the number
// that the PBX is given (decision TAPI-b.3, decision B16, rule R-41):
//
//   - everything from a sub-address mark on ("|", "^", CR or LF) is cut off;
//   - tone and pulse marks T and P, pauses "," and the partial-dial mark ";"
//     are dropped: a PBX that dials by number has no use for them;
//   - separators are dropped: blanks, dashes, "(", ")", "/", ".", and invisible
//     characters that come with pasted text;
//   - "(0)" is dropped as a whole after a leading "+" or "00" and the country
//     code; anywhere else its 0 is a digit;
//   - 0 to 9, "*", "#", A to D and one leading "+" are kept.
//
// The modifiers W, "@", "$" and "?" give ErrWaitForDialTone, ErrWaitForQuiet,
// ErrBillingTone and ErrPrompt; of several faults the first one in the text
// counts. Anything else, a text without a digit and one too long give
// ErrNumber, the empty text too: a caller to whom it is legal asks before.
func Clean(s string) (number string, err error) {
	if len(s) > MaxDialableInput {
		return "", ErrNumber
	}
	if cut := strings.IndexAny(s, "|^\r\n"); cut >= 0 {
		s = s[:cut]
	}
	var c cleaner
	for s != "" {
		n, fault := c.next(s)
		if fault != nil {
			return "", fault
		}
		s = s[n:]
	}
	return c.result()
}

// cleaner is a number in the making.
type cleaner struct {
	out          []byte
	trunkDropped bool // a "(0)" has been dropped
}

// next takes the first character of s, or a "(0)" as one, and gives its length.
func (c *cleaner) next(s string) (int, error) {
	if n := c.trunkZero(s); n > 0 {
		c.trunkDropped = true
		return n, nil
	}
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r >= '0' && r <= '9', r == '*', r == '#':
		c.out = append(c.out, byte(r))
		return n, nil
	case r == '+' && len(c.out) == 0:
		c.out = append(c.out, '+')
		return n, nil
	case ignoredInNumber(r):
		return n, nil
	}
	return n, c.letter(unicode.ToUpper(r))
}

func (c *cleaner) letter(r rune) error {
	switch r {
	case 'A', 'B', 'C', 'D':
		c.out = append(c.out, byte(r))
	case 'T', 'P':
	case 'W':
		return ErrWaitForDialTone
	case '@':
		return ErrWaitForQuiet
	case '$':
		return ErrBillingTone
	case '?':
		return ErrPrompt
	default:
		return ErrNumber
	}
	return nil
}

func ignoredInNumber(r rune) bool {
	switch r {
	case '(', ')', '/', '.', ',', ';':
		return true
	}
	return unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cf)
}

// trunkZero gives the length of a "(0)" at the start of s if it is a trunk
// prefix written after a country code, else 0. Blanks inside are allowed.
func (c *cleaner) trunkZero(s string) int {
	if c.trunkDropped || !strings.HasPrefix(s, "(") || !c.afterCountry() {
		return 0
	}
	end := strings.IndexByte(s, ')')
	if end < 0 || strings.TrimSpace(s[1:end]) != "0" {
		return 0
	}
	return end + 1
}

func (c *cleaner) afterCountry() bool {
	code, ok := strings.CutPrefix(string(c.out), "+")
	if !ok {
		code, ok = strings.CutPrefix(code, "00")
	}
	return ok && code != "" && len(code) <= countryDigits
}

func (c *cleaner) result() (string, error) {
	if len(c.out) > MaxDialable || !strings.ContainsAny(string(c.out), "0123456789*#ABCD") {
		return "", ErrNumber
	}
	return string(c.out), nil
}
