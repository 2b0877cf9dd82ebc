package trace

import (
	"bytes"
	"time"
	"unicode/utf8"
)

// parseStanzaRecord reads an incoming or outgoing stanza in the exact form that Append writes, nearly all records of a
// trace. ok is false for anything else, which parseAnyRecord reads; a fuzz test requires the same results of both.
func parseStanzaRecord(line []byte) (Record, bool) {
	rest, ok := bytes.CutPrefix(bytes.TrimRight(line, "\r\n"), []byte(`{"at":"`))
	if !ok || len(rest) < len(Layout) {
		return Record{}, false
	}
	at, ok := parseFixedTime(rest[:len(Layout)])
	rest = rest[len(Layout):]
	r := Record{At: at}
	if after, in := bytes.CutPrefix(rest, []byte(`","kind":"in","raw":"`)); in {
		r.Kind, rest = In, after
	} else if after, out := bytes.CutPrefix(rest, []byte(`","kind":"out","raw":"`)); out {
		r.Kind, rest = Out, after
	} else {
		return Record{}, false
	}
	raw, done := bytes.CutSuffix(rest, []byte(`"}`))
	if !ok || !done {
		return Record{}, false
	}
	r.Raw, ok = unquoteJSON(raw)
	return r, ok
}

// parseFixedTime reads a time of the form Layout.
func parseFixedTime(b []byte) (int64, bool) {
	for i := range b {
		if digit := b[i] >= '0' && b[i] <= '9'; digit != (Layout[i] >= '0' && Layout[i] <= '9') || !digit && b[i] != Layout[i] {
			return 0, false
		}
	}
	n := func(i, j int) (v int) {
		for ; i < j; i++ {
			v = v*10 + int(b[i]-'0')
		}
		return v
	}
	mo, d, h, mi, s := n(5, 7), n(8, 10), n(11, 13), n(14, 16), n(17, 19)
	if mo < 1 || mo > 12 || d < 1 || d > daysIn(n(0, 4), mo) || h > 23 || mi > 59 || s > 59 {
		return 0, false
	}
	return time.Date(n(0, 4), time.Month(mo), d, h, mi, s, n(20, 23)*1e6, time.UTC).UnixMilli(), true
}

// unquoteJSON reads the content of a JSON string whose only escapes are those of quotes, slashes and white space.
func unquoteJSON(b []byte) (string, bool) {
	if !utf8.Valid(b) {
		return "", false
	}
	out := make([]byte, 0, len(b))
	for {
		i := bytes.IndexByte(b, '\\')
		part := b
		if i >= 0 {
			part = b[:i]
		}
		if bytes.IndexByte(part, '"') >= 0 || hasControl(part) {
			return "", false
		}
		out = append(out, part...)
		if i < 0 {
			return string(out), true
		}
		if i+1 >= len(b) {
			return "", false
		}
		c := b[i+1]
		switch c {
		case '"', '\\', '/':
		case 'n':
			c = '\n'
		case 't':
			c = '\t'
		case 'r':
			c = '\r'
		default:
			return "", false
		}
		out, b = append(out, c), b[i+2:]
	}
}

// hasControl reports whether b has a control character.
func hasControl(b []byte) bool {
	for _, c := range b {
		if c < ' ' {
			return true
		}
	}
	return false
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
