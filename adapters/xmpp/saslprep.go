package xmpp

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

var errPrep = errors.New("it has control characters or is not valid UTF-8; type it again")

// saslprep prepares a user name or password for SASL (RFC 4013): other spaces become a space, what
// is mapped to nothing goes, the rest is normalised by NFKC, control characters are refused. The
// check of writing directions is left to the server, where failing it means something.
func saslprep(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", errPrep
	}
	s = norm.NFKC.String(strings.Map(mapRune, s))
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Noncharacter_Code_Point, r) || r == unicode.ReplacementChar {
			return "", errPrep
		}
	}
	return s, nil
}

// mapRune applies RFC 3454's tables C.1.2 (to a space) and B.1 (to nothing).
func mapRune(r rune) rune {
	switch {
	case r == 0x200B:
		return -1
	case r > 0x7F && unicode.Is(unicode.Zs, r):
		return ' '
	case r == 0xAD, r == 0x34F, r == 0x1806, 0x180B <= r && r <= 0x180D, r == 0x200C, r == 0x200D,
		r == 0x2060, 0xFE00 <= r && r <= 0xFE0F, r == 0xFEFF:
		return -1
	}
	return r
}
