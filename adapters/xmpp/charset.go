package xmpp

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"math/bits"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// What a byte means inside text.
const (
	plain   = iota // nothing special
	angle          // <
	amp            // &
	square         // ]
	wide           // first or later byte of a character beyond ASCII
	illegal        // a control character XML does not allow
)

// What a byte means inside a name.
const (
	notName   = iota
	nameStart // letters, underscore
	namePart  // digits, dot, hyphen
	nameColon
	nameWide // beyond ASCII: checked against XML's tables
)

var textClass, nameClass = classes()

func classes() (text, name [256]uint8) {
	for c := range 256 {
		switch b := byte(c); {
		case c >= utf8.RuneSelf:
			text[c], name[c] = wide, nameWide
		case c < 0x20 && b != '\t' && b != '\n' && b != '\r':
			text[c] = illegal
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', b == '_':
			name[c] = nameStart
		case '0' <= b && b <= '9', b == '.', b == '-':
			name[c] = namePart
		}
	}
	text['<'], text['&'], text[']'] = angle, amp, square
	name[':'] = nameColon
	return text, name
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// zeros has the top bit set at the first zero byte of v (bytes above it may be wrong).
func zeros(v uint64) uint64 { return (v - ones) & ^v & highs }

// odd has its lowest set bit in the first byte of v that is <, &, the byte of stop, a control
// character or beyond ASCII; 0 when there is none.
func odd(v, stop uint64) uint64 {
	return v&highs | (v-0x20*ones)&^v&highs | zeros(v^'<'*ones) | zeros(v^'&'*ones) | zeros(v^stop)
}

// plainRun returns the first index from i on that is not plain text; stop is one more byte to end at.
func plainRun(b []byte, i int, stop byte) int {
	wideStop := uint64(stop) * ones
	for i+8 <= len(b) {
		m := odd(binary.LittleEndian.Uint64(b[i:]), wideStop)
		if m == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(m) >> 3
		if c := b[i]; c != '\n' && c != '\r' && c != '\t' {
			return i
		}
		i++
	}
	for i < len(b) && b[i] != stop && textClass[b[i]] == plain {
		i++
	}
	return i
}

// textEnd checks character content from i on and stops at '<'. When the bytes run out first, the
// index says how far they are certainly right.
func textEnd(b []byte, i int) (int, scanCode) {
	for {
		i = plainRun(b, i, ']')
		if i >= len(b) {
			return i, scanMore
		}
		var code scanCode
		switch c := b[i]; textClass[c] {
		case angle:
			return i, scanOn
		case amp:
			i, code = reference(b, i)
		case square:
			i, code = squares(b, i)
		case wide:
			i, code = character(b, i)
		case illegal:
			code = scanBad
		default:
			i++
		}
		if code != scanOn {
			return i, code
		}
	}
}

// squares passes one ']' unless it begins the forbidden "]]>".
func squares(b []byte, i int) (int, scanCode) {
	rest := b[i:]
	switch {
	case bytes.HasPrefix(rest, cdataEnd):
		return i, scanBad
	case bytes.HasPrefix(cdataEnd, rest):
		return i, scanMore
	}
	return i + 1, scanOn
}

// valueEnd checks an attribute value from i on; the index returned is behind the closing quote.
func valueEnd(b []byte, i int, quote byte) (int, scanCode) {
	for {
		i = plainRun(b, i, quote)
		if i >= len(b) {
			return i, scanMore
		}
		if b[i] == quote {
			return i + 1, scanOn
		}
		var code scanCode
		switch textClass[b[i]] {
		case angle, illegal:
			return i, scanBad
		case amp:
			i, code = reference(b, i)
		case wide:
			i, code = character(b, i)
		default:
			i++
		}
		if code != scanOn {
			return i, code
		}
	}
}

// character passes one character beyond ASCII: valid UTF-8 and allowed in XML.
func character(b []byte, i int) (int, scanCode) {
	r, size := utf8.DecodeRune(b[i:])
	if r == utf8.RuneError && size <= 1 {
		if !utf8.FullRune(b[i:]) {
			return i, scanMore
		}
		return i, scanBad
	}
	if r == 0xFFFE || r == 0xFFFF {
		return i, scanBad
	}
	return i + size, scanOn
}

// checkChars is character and plainRun for CDATA, where only the characters matter.
func checkChars(b []byte) bool {
	for i := 0; i < len(b); {
		switch textClass[b[i]] {
		case illegal:
			return false
		case wide:
			next, code := character(b, i)
			if code != scanOn {
				return false
			}
			i = next
		default:
			i++
		}
	}
	return true
}

// longestReference bounds "&…;" so that one cannot be fed a digit at a time for ever.
const longestReference = 64

// reference passes a predefined entity or a character reference.
func reference(b []byte, i int) (int, scanCode) {
	rest := b[i+1:]
	if len(rest) > longestReference {
		rest = rest[:longestReference]
	}
	n := bytes.IndexByte(rest, ';')
	if n < 0 {
		if len(rest) == longestReference || !referenceSoFar(rest) {
			return i, scanBad
		}
		return i, scanMore
	}
	if !referenceOK(string(rest[:n])) {
		return i, scanBad
	}
	return i + n + 2, scanOn
}

// referenceSoFar refuses early what no further byte can repair.
func referenceSoFar(b []byte) bool {
	for _, c := range b {
		if c != '#' && nameClass[c] == notName {
			return false
		}
	}
	return true
}

func referenceOK(name string) bool {
	switch name {
	case "lt", "gt", "amp", "apos", "quot":
		return true
	}
	if len(name) < 2 || name[0] != '#' {
		return false
	}
	digits, radix := name[1:], 10
	if digits[0] == 'x' {
		digits, radix = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, radix, 64)
	return err == nil && n <= unicode.MaxRune && inCharacterRange(rune(n))
}

// inCharacterRange is XML 1.0's Char production; a surrogate stands for U+FFFD, as encoding/xml has it.
func inCharacterRange(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r != 0xFFFE && r != 0xFFFF
}

// nameEnd passes the name of an element or attribute that begins at i: one colon at most.
func nameEnd(b []byte, i int) (int, scanCode) { return anyNameEnd(b, i, 1) }

// anyNameEnd passes a name with up to that many colons.
func anyNameEnd(b []byte, i, maxColons int) (int, scanCode) {
	begin, colons, beyond := i, 0, false
	for ; i < len(b); i++ {
		switch nameClass[b[i]] {
		case notName:
			return i, nameOK(b[begin:i], colons <= maxColons, beyond)
		case nameColon:
			colons++
		case nameWide:
			beyond = true
		}
	}
	return i, scanMore
}

func nameOK(name []byte, colonsOK, beyond bool) scanCode {
	switch {
	case len(name) == 0 || !colonsOK || nameClass[name[0]] == namePart:
		return scanBad
	case beyond && !wideName(name):
		return scanBad
	}
	return scanOn
}

// wideName asks encoding/xml, whose tables decide which characters beyond ASCII a name may have.
func wideName(name []byte) bool {
	doc := append(append([]byte("<?"), name...), '?', '>') // a target may have any number of colons
	_, err := xml.NewDecoder(bytes.NewReader(doc)).RawToken()
	return err == nil
}
