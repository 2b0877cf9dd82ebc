package spec

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxText bounds every text offhook hands to TAPI, in UTF-16 units without the
// terminator: longer ones lose their end. Names come from strangers.
const MaxText = 256

// CleanText makes a text from the PBX fit to show: line breaks and other
// control characters become one space each, direction overrides and other
// invisible format characters are removed, bytes that are no UTF-8 become
// U+FFFD, and what exceeds MaxText is cut at a whole character. Ordinary text
// comes back byte for byte (decision B18).
func CleanText(s string) string {
	if plainText(s) {
		return s
	}
	var b strings.Builder
	units := 0
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		if r = cleanRune(r); r < 0 {
			continue
		}
		if units += utf16.RuneLen(r); units > MaxText {
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}

// plainText is the quick yes for short printable ASCII.
func plainText(s string) bool {
	if len(s) > MaxText {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// cleanRune gives the rune to show for r, -1 for none. Joiners stay: several
// scripts and emoji need them.
func cleanRune(r rune) rune {
	const zeroWidthNonJoiner, zeroWidthJoiner = 0x200C, 0x200D
	switch {
	case unicode.IsControl(r), r == '\u2028', r == '\u2029':
		return ' '
	case r == zeroWidthNonJoiner, r == zeroWidthJoiner:
		return r
	case unicode.Is(unicode.Cf, r):
		return -1
	}
	return r
}

// appendWide appends s as UTF-16LE without a terminator. Bytes that are no
// UTF-8 become U+FFFD, so no unpaired surrogate can leave (rule R-21).
func appendWide(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			b = append(b, c, 0)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if hi, lo := utf16.EncodeRune(r); hi != unicode.ReplacementChar {
			b = binary.LittleEndian.AppendUint16(b, uint16(hi))
			r = lo
		}
		b = binary.LittleEndian.AppendUint16(b, uint16(r))
	}
	return b
}

// appendText appends a cleaned text with its terminator, nothing for an empty one.
func appendText(b []byte, s string) []byte {
	if s = CleanText(s); s == "" {
		return b
	}
	return append(appendWide(b, s), 0, 0)
}

// appendClasses appends device classes, each with a terminator, and the final
// one that makes the double NUL (rule R-22).
func appendClasses(b []byte, classes []string) []byte {
	start := len(b)
	for _, c := range classes {
		b = appendText(b, c)
	}
	if len(b) == start {
		return b
	}
	return append(b, 0, 0)
}

// wideString decodes UTF-16LE up to the first NUL. Unpaired surrogates become
// U+FFFD; an odd last byte is no character and is left out.
func wideString(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		u := binary.LittleEndian.Uint16(b)
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}

// Wide is a text as TAPI passes it: UTF-16LE bytes without terminator. nil is
// a NULL pointer, which is not the same as an empty text (lineMakeCall).
type Wide []byte

// NewWide encodes a text; bytes that are no UTF-8 become U+FFFD.
func NewWide(s string) Wide { return appendWide(make(Wide, 0, 2*len(s)), s) }

// String decodes up to the first NUL; unpaired surrogates become U+FFFD.
func (w Wide) String() string { return wideString(w) }
