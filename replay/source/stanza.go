package source

import (
	"strings"
)

// StanzaEnd finds where the stanza that begins at s[0] ends: behind its closing tag. It follows tags, quotes, comments
// and CDATA (XML 1.0) and judges nothing else: whether it is well-formed is the dialect's to say. -1 means that it does
// not end.
func StanzaEnd(s string) int {
	var e endFinder
	return e.find(s)
}

// endFinder is StanzaEnd for a text that grows: what it has passed it does not look at again.
type endFinder struct{ at, depth int }

func (e *endFinder) find(s string) int {
	for {
		open := strings.IndexByte(s[e.at:], '<')
		if open < 0 {
			e.at = len(s)
			return -1
		}
		e.at += open
		n, change := markupLength(s[e.at:])
		if n < 0 {
			return -1
		}
		e.at += n
		e.depth += change
		if e.depth < 0 {
			return -1
		}
		if e.depth == 0 && (change < 0 || n > 0 && s[e.at-2] == '/') {
			return e.at
		}
	}
}

// markupLength measures what begins at "<" and says how it changes the depth.
func markupLength(s string) (n, change int) {
	for _, t := range [...]struct{ open, end string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}} {
		if strings.HasPrefix(s, t.open) {
			end := strings.Index(s[len(t.open):], t.end)
			if end < 0 {
				return -1, 0
			}
			return len(t.open) + end + len(t.end), 0
		}
	}
	n = tagLength(s)
	switch {
	case n < 3:
		return -1, 0
	case s[1] == '/':
		return n, -1
	case s[n-2] == '/':
		return n, 0
	}
	return n, 1
}

// tagLength finds the ">" that is outside quotes.
func tagLength(s string) int {
	quote := byte(0)
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return -1
}
