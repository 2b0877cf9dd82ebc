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
	textPlain     = iota // nothing special
	textLessThan         // <
	textAmpersand        // &
	textBracket          // ]
	textNonASCII         // first or later byte of a character beyond ASCII
	textIllegal          // a control character XML does not allow
)

// What a byte means inside a name.
const (
	notName   = iota
	nameStart // letters, underscore
	namePart  // digits, dot, hyphen
	nameColon
	nameNonASCII // beyond ASCII: checked against XML's tables
)

var textClass, nameClass = classes()

func classes() (text, name [256]uint8) {
	for c := range 256 {
		switch b := byte(c); {
		case c >= utf8.RuneSelf:
			text[c], name[c] = textNonASCII, nameNonASCII
		case c < 0x20 && b != '\t' && b != '\n' && b != '\r':
			text[c] = textIllegal
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', b == '_':
			name[c] = nameStart
		case '0' <= b && b <= '9', b == '.', b == '-':
			name[c] = namePart
		}
	}
	text['<'], text['&'], text[']'] = textLessThan, textAmpersand, textBracket
	name[':'] = nameColon
	return text, name
}

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// zeroBytes returns a word that has the top bit set at the first zero byte of v (bytes above it may be wrong).
func zeroBytes(v uint64) uint64 { return (v - lowBits) & ^v & highBits }

// specialBytes returns a word that has its lowest set bit in the first byte of v that is <, &, the byte of stop, a control
// character or beyond ASCII; 0 when there is none.
func specialBytes(v, stop uint64) uint64 {
	return v&highBits | (v-0x20*lowBits)&^v&highBits | zeroBytes(v^'<'*lowBits) | zeroBytes(v^'&'*lowBits) | zeroBytes(v^stop)
}

// plainRun returns the first index from i on that is not plain text; it also ends at the byte stop.
func plainRun(b []byte, i int, stop byte) int {
	wideStop := uint64(stop) * lowBits
	for i+8 <= len(b) {
		m := specialBytes(binary.LittleEndian.Uint64(b[i:]), wideStop)
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
	for i < len(b) && b[i] != stop && textClass[b[i]] == textPlain {
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
			return i, scanNeedsBytes
		}
		var code scanCode
		switch c := b[i]; textClass[c] {
		case textLessThan:
			return i, scanContinue
		case textAmpersand:
			i, code = reference(b, i)
		case textBracket:
			i, code = closingBracket(b, i)
		case textNonASCII:
			i, code = character(b, i)
		case textIllegal:
			code = scanMalformed
		default:
			i++
		}
		if code != scanContinue {
			return i, code
		}
	}
}

// closingBracket passes one ']' unless it begins the forbidden "]]>".
func closingBracket(b []byte, i int) (int, scanCode) {
	rest := b[i:]
	switch {
	case bytes.HasPrefix(rest, cdataEnd):
		return i, scanMalformed
	case bytes.HasPrefix(cdataEnd, rest):
		return i, scanNeedsBytes
	}
	return i + 1, scanContinue
}

// valueEnd checks an attribute value from i on; the index returned is behind the closing quote.
func valueEnd(b []byte, i int, quote byte) (int, scanCode) {
	for {
		i = plainRun(b, i, quote)
		if i >= len(b) {
			return i, scanNeedsBytes
		}
		if b[i] == quote {
			return i + 1, scanContinue
		}
		var code scanCode
		switch textClass[b[i]] {
		case textLessThan, textIllegal:
			return i, scanMalformed
		case textAmpersand:
			i, code = reference(b, i)
		case textNonASCII:
			i, code = character(b, i)
		default:
			i++
		}
		if code != scanContinue {
			return i, code
		}
	}
}

// character passes one character beyond ASCII: valid UTF-8 and allowed in XML.
func character(b []byte, i int) (int, scanCode) {
	r, size := utf8.DecodeRune(b[i:])
	if r == utf8.RuneError && size <= 1 {
		if !utf8.FullRune(b[i:]) {
			return i, scanNeedsBytes
		}
		return i, scanMalformed
	}
	if r == 0xFFFE || r == 0xFFFF {
		return i, scanMalformed
	}
	return i + size, scanContinue
}

// charactersOK says whether CDATA holds only characters that XML allows.
func charactersOK(b []byte) bool {
	for i := 0; i < len(b); {
		switch textClass[b[i]] {
		case textIllegal:
			return false
		case textNonASCII:
			next, code := character(b, i)
			if code != scanContinue {
				return false
			}
			i = next
		default:
			i++
		}
	}
	return true
}

// longestReference bounds "&…;" so that a server cannot send one without end.
const longestReference = 64

// reference passes a predefined entity or a character reference.
func reference(b []byte, i int) (int, scanCode) {
	rest := b[i+1:]
	if len(rest) > longestReference {
		rest = rest[:longestReference]
	}
	n := bytes.IndexByte(rest, ';')
	if n < 0 {
		if len(rest) == longestReference || !referencePrefixOK(rest) {
			return i, scanMalformed
		}
		return i, scanNeedsBytes
	}
	if !referenceOK(string(rest[:n])) {
		return i, scanMalformed
	}
	return i + n + 2, scanContinue
}

// referencePrefixOK says whether b can be the beginning of a reference.
func referencePrefixOK(b []byte) bool {
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

// inCharacterRange checks XML 1.0's Char production; a surrogate stands for U+FFFD, as encoding/xml has it.
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
		case nameNonASCII:
			beyond = true
		}
	}
	return i, scanNeedsBytes
}

func nameOK(name []byte, colonsOK, beyond bool) scanCode {
	switch {
	case len(name) == 0 || !colonsOK || nameClass[name[0]] == namePart:
		return scanMalformed
	case beyond && !nonASCIINameOK(name):
		return scanMalformed
	}
	return scanContinue
}

// nonASCIINameOK asks encoding/xml, whose tables decide which characters beyond ASCII a name may have.
func nonASCIINameOK(name []byte) bool {
	doc := append(append([]byte("<?"), name...), '?', '>') // a target may have any number of colons
	_, err := xml.NewDecoder(bytes.NewReader(doc)).RawToken()
	return err == nil
}
