package pascom

import (
	"strconv"
	"strings"
)

// unescape resolves the five entities of XML and numeric references. It fails on every other, on references to
// characters that XML forbids, and on an ampersand that begins no reference.
func unescape(s string) (string, bool) {
	var b strings.Builder
	b.Grow(len(s))
	for {
		amp := strings.IndexByte(s, '&')
		if amp < 0 {
			b.WriteString(s)
			return b.String(), true
		}
		b.WriteString(s[:amp])
		s = s[amp+1:]
		end := strings.IndexByte(s, ';')
		if end < 1 || end > 10 {
			return "", false
		}
		r, ok := entityRune(s[:end])
		if !ok {
			return "", false
		}
		b.WriteRune(r)
		s = s[end+1:]
	}
}

func entityRune(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	digits, base := name[1:], 10
	if name[0] != '#' || digits == "" {
		return 0, false
	}
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return rune(n), err == nil && n <= 0x10FFFF && isXMLChar(rune(n))
}

// isXMLChar says whether XML 1.0 clause 2.2 allows the character.
func isXMLChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD ||
		r >= 0x10000 && r <= 0x10FFFF
}
