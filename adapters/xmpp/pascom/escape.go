package pascom

import "unicode/utf8"

// appendText appends s for an element's content or a quoted attribute: escaped, without the characters that XML
// cannot hold (XML 1.0 clause 2.2) and without broken UTF-8.
func appendText(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '&':
			b = append(b, "&amp;"...)
		case r == '<':
			b = append(b, "&lt;"...)
		case r == '>':
			b = append(b, "&gt;"...)
		case r == '"':
			b = append(b, "&quot;"...)
		case r == '\t':
			b = append(b, "&#9;"...) // as such it would become a blank in an attribute
		case r == '\n':
			b = append(b, "&#10;"...)
		case r == '\r':
			b = append(b, "&#13;"...)
		case r == utf8.RuneError && n == 1, !isXMLChar(r):
		default:
			b = append(b, s[i:i+n]...)
		}
		i += n
	}
	return b
}

// appendAttr appends an attribute, unless its value is empty.
func appendAttr(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return appendAttrAlways(b, name, value)
}

// appendAttrAlways appends an attribute even if its value is empty.
func appendAttrAlways(b []byte, name, value string) []byte {
	b = append(append(append(b, ' '), name...), '=', '"')
	return append(appendText(b, value), '"')
}

// appendElement appends an element with text; an empty one is self-closed.
func appendElement(b []byte, name, text string) []byte {
	b = append(append(b, '<'), name...)
	if text == "" {
		return append(b, "/>"...)
	}
	b = appendText(append(b, '>'), text)
	return append(append(append(b, "</"...), name...), '>')
}
