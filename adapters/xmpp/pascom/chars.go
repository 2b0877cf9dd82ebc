package pascom

import (
	"strings"
	"unicode/utf8"
)

// The classes of bytes within text, for the strict steps.
const (
	classBad   = iota // ends the strict steps: control characters, CR (encoding/xml rewrites it), '>' (part of "]]>")
	classPlain        // stands for itself
	classHigh         // part of a longer UTF-8 sequence
	classAmp          // begins an entity
	classEnd          // '<'
)

var classes = func() (c [256]uint8) {
	for b := 0x20; b < 0x80; b++ {
		c[b] = classPlain
	}
	for b := 0x80; b < 0x100; b++ {
		c[b] = classHigh
	}
	c['\t'], c['\n'] = classPlain, classPlain
	c['<'], c['&'], c['>'] = classEnd, classAmp, classBad
	return c
}()

// textAt reads character text from s[i:] up to the next '<' and says where that is. It fails on text that encoding/xml
// would refuse or change, and on text that only encoding/xml can check.
func textAt(s string, i int) (text string, end int, ok bool) {
	start := i
	for i < len(s) && classes[s[i]] == classPlain {
		i++
	}
	if i < len(s) && s[i] == '<' {
		return s[start:i], i, true
	}
	return specialTextAt(s, start, i)
}

func specialTextAt(s string, start, i int) (string, int, bool) {
	var seen [classEnd + 1]bool
	for ; i < len(s) && s[i] != '<'; i++ {
		seen[classes[s[i]]] = true
	}
	if i == len(s) || seen[classBad] {
		return "", 0, false
	}
	text, ok := resolveEntities(s[start:i], seen[classHigh], seen[classAmp])
	return text, i, ok
}

// resolveEntities checks the UTF-8 and resolves the entities of text or of an attribute's value.
func resolveEntities(s string, high, amp bool) (string, bool) {
	if high && (!utf8.ValidString(s) || strings.Contains(s, "\uFFFE") || strings.Contains(s, "\uFFFF")) {
		return "", false
	}
	if amp {
		return unescape(s)
	}
	return s, true
}

// valueAt reads an attribute's value; s[i] is the opening quote, end is behind the closing one.
func valueAt(s string, i int) (value string, end int, ok bool) {
	if i >= len(s) || s[i] != '"' && s[i] != '\'' {
		return "", 0, false
	}
	quote := s[i]
	i++
	start := i
	var high, amp bool
	for ; i < len(s) && s[i] != quote; i++ {
		switch classes[s[i]] {
		case classHigh:
			high = true
		case classAmp:
			amp = true
		case classEnd:
			return "", 0, false
		case classBad:
			if s[i] != '>' { // harmless in a value
				return "", 0, false
			}
		}
	}
	if i >= len(s) {
		return "", 0, false
	}
	value, ok = resolveEntities(s[start:i], high, amp)
	return value, i + 1, ok
}

// spaceAt skips white space between tags.
func spaceAt(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t') {
		i++
	}
	return i
}

// nameBytes says which bytes a name may hold, so that no other parser can read it otherwise: ASCII letters, digits,
// '_', '-', '.', no prefixes.
var nameBytes = func() (c [256]bool) {
	for b := range c {
		l := b | 0x20
		c[b] = b < 0x80 && (l >= 'a' && l <= 'z' || b >= '0' && b <= '9' || b == '_' || b == '-' || b == '.')
	}
	return c
}()

// nameAt reads the name of an element or attribute; it is empty if none begins there.
func nameAt(s string, i int) (name string, end int) {
	start := i
	for i < len(s) && nameBytes[s[i]] {
		i++
	}
	if i > start && s[start] <= '9' { // digits, '-' and '.' begin no name
		return "", start
	}
	return s[start:i], i
}
