package scenario

import (
	"fmt"
	"strconv"
	"strings"
)

// pair is a key=value of a step's line, or a bare word (its key is empty).
type pair struct{ key, value string }

// parsePairs reads words and key=value pairs; a value that begins with a quote is quoted as in Go.
func parsePairs(s string) ([]pair, error) {
	var all []pair
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" {
			return all, nil
		}
		var p pair
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
				return nil, fmt.Errorf("text right behind the quoted %s", q)
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

// line writes words and pairs; empty values are left out.
type line struct{ b strings.Builder }

func (l *line) word(s string) *line {
	if l.b.Len() > 0 {
		l.b.WriteByte(' ')
	}
	l.b.WriteString(s)
	return l
}

func (l *line) pair(key, value string) *line {
	if value == "" {
		return l
	}
	return l.given(key, value)
}

func (l *line) given(key, value string) *line {
	return l.word(key + "=" + quoted(value))
}

func (l *line) number(key string, n uint32) *line {
	if n == 0 {
		return l
	}
	return l.given(key, strconv.FormatUint(uint64(n), 10))
}

func (l *line) end() string { return l.b.String() + "\n" }

// quoted puts a value into quotes when it would not read as one word, or not as itself, otherwise.
func quoted(s string) string {
	if q := strconv.Quote(s); strings.ContainsAny(s, " \t") || q != `"`+s+`"` {
		return q
	}
	return s
}
