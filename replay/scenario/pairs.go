package scenario

import (
	"fmt"
	"strconv"
	"strings"
)

// argument is a key=value of a step's line, or a word without a key.
type argument struct{ key, value string }

// parseArguments reads words and key=value pairs. A value that begins with a quotation mark is quoted as in Go.
func parseArguments(s string) ([]argument, error) {
	var all []argument
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" {
			return all, nil
		}
		var p argument
		end := strings.IndexAny(s, " \t=")
		if end > 0 && s[end] == '=' {
			p.key, s = s[:end], s[end+1:]
		}
		if strings.HasPrefix(s, `"`) {
			q, err := strconv.QuotedPrefix(s)
			if err != nil {
				return nil, fmt.Errorf("the quotes of %s do not match", s)
			}
			p.value, _ = strconv.Unquote(q)
			s = s[len(q):]
			if s != "" && s[0] != ' ' && s[0] != '\t' {
				return nil, fmt.Errorf("text right after the quoted %s", q)
			}
		} else {
			if end = strings.IndexAny(s, " \t"); end < 0 {
				end = len(s)
			}
			p.value, s = s[:end], s[end:]
		}
		all = append(all, p)
	}
}

// stepLine builds the line of a step from words and pairs.
type stepLine struct{ b strings.Builder }

func (l *stepLine) word(s string) *stepLine {
	if l.b.Len() > 0 {
		l.b.WriteByte(' ')
	}
	l.b.WriteString(s)
	return l
}

func (l *stepLine) optional(key, value string) *stepLine {
	if value == "" {
		return l
	}
	return l.pair(key, value)
}

func (l *stepLine) pair(key, value string) *stepLine {
	return l.word(key + "=" + quoteIfNeeded(value))
}

func (l *stepLine) optionalNumber(key string, n uint32) *stepLine {
	if n == 0 {
		return l
	}
	return l.pair(key, strconv.FormatUint(uint64(n), 10))
}

func (l *stepLine) text() string { return l.b.String() + "\n" }

// quoteIfNeeded quotes a value that would otherwise not read as one word, or not as the same value.
func quoteIfNeeded(s string) string {
	if q := strconv.Quote(s); strings.ContainsAny(s, " \t") || q != `"`+s+`"` {
		return q
	}
	return s
}
