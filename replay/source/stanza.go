package source

import (
	"strings"
)

// StanzaEnd returns the offset after the closing tag of the stanza that begins at s[0], and -1 if the stanza does not end.
// It follows tags, quotes, comments and CDATA (XML 1.0) and checks nothing else; the dialect checks whether the stanza is
// well-formed.
func StanzaEnd(s string) int {
	var e endFinder
	return e.find(s)
}

// endFinder is StanzaEnd for a text that grows: it goes on where it ended the last time.
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

// markupLength returns the length of the tag, comment, CDATA section or instruction that begins at s[0], and how it changes
// the depth. The length is -1 if it does not end.
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

// tagLength returns the length up to the first ">" outside quotes, or -1.
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
