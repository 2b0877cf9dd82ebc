package trace

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// LogLine is one line of a debug log in the form that telephony drivers, the vendor's too, write for DebugView:
//
//	[pid] MM/DD hh:mm:ss:mmmm [TID=n] [LEVEL]  text
//
// The time is local, with milliseconds in four digits and without a year; see [LogMark].
type LogLine struct {
	PID   uint32
	At    time.Time
	TID   uint32
	Level string // DEBUG, INFO, WARN, ERROR
	Text  string
}

// Append appends the line with its newline. Control characters in the text become "?", so that no text can begin a new
// line.
func (l LogLine) Append(b []byte) []byte {
	_, month, day := l.At.Date()
	b = fmt.Appendf(b, "[%d] %02d/%02d %02d:%02d:%02d:%04d [TID=%d] [%s]  ", l.PID, month, day, l.At.Hour(), l.At.Minute(),
		l.At.Second(), l.At.Nanosecond()/1e6, l.TID, l.Level)
	if isPlainText(l.Text) {
		return append(append(b, l.Text...), '\n')
	}
	for _, r := range l.Text {
		if r < ' ' || r == 0x7f {
			r = '?'
		}
		b = utf8.AppendRune(b, r)
	}
	return append(b, '\n')
}

// isPlainText reports whether a log line can hold a text unchanged.
func isPlainText(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7f {
			return false
		}
	}
	return utf8.ValidString(s)
}

// The beginnings of a record's text and of a mark's.
const (
	logReceived   = "received "
	logSent       = "sent "
	logMarkPrefix = "offhook debug log 1: "
)

// LogText returns a record as the text of a log line, which ParseLogText reads. A stanza is written unchanged, or quoted as
// in Go if it has control characters; any other record is its kind and its JSON form.
func LogText(r Record) string {
	switch r.Kind {
	case In:
		return logReceived + quoteUnlessPlain(r.Raw)
	case Out:
		return logSent + quoteUnlessPlain(r.Raw)
	}
	return string(r.Kind) + " " + strings.TrimSuffix(string(r.Append(nil)), "\n")
}

func quoteUnlessPlain(raw string) string {
	if strings.HasPrefix(raw, "<") && isPlainText(raw) {
		return raw
	}
	return strconv.Quote(raw)
}

// ParseLogText reads the text of a line that offhook wrote. ok reports whether it is a record. The record's time is at,
// unless the text has one.
func ParseLogText(text string, at int64) (r Record, ok bool) {
	kind, rest, _ := strings.Cut(text, " ")
	switch kind {
	case "received", "sent":
		if r.Kind = In; kind == "sent" {
			r.Kind = Out
		}
		r.At, r.Raw = at, rest
		if strings.HasPrefix(rest, `"`) {
			raw, err := strconv.Unquote(rest)
			if err != nil {
				return r, false
			}
			r.Raw = raw
		} else if !strings.HasPrefix(rest, "<") {
			return r, false
		}
		return r, true
	case string(Start), string(Skipped), string(Up), string(Down), string(Request), string(Timer), string(Gap):
		if !strings.HasPrefix(rest, "{") {
			return r, false
		}
		r, err := Parse([]byte(rest))
		return r, err == nil && string(r.Kind) == kind
	}
	return r, false
}

// LogMark returns the text of a mark, which says the year and the time zone of the lines after it. offhook writes a mark at
// the beginning of a file and when one of the two changes.
func LogMark(at time.Time) string {
	return logMarkPrefix + at.UTC().Format(Layout) + ", local time is UTC" + at.Format("-07:00")
}

// ParseLogMark reads a mark and returns its time in the zone of the lines.
func ParseLogMark(text string) (time.Time, bool) {
	rest, ok := strings.CutPrefix(text, logMarkPrefix)
	utc, zone, both := strings.Cut(rest, ", local time is UTC")
	if !ok || !both {
		return time.Time{}, false
	}
	at, err := time.Parse(Layout, utc)
	if err != nil {
		return time.Time{}, false
	}
	offset, err := time.Parse("-07:00", zone)
	if err != nil {
		return time.Time{}, false
	}
	_, seconds := offset.Zone()
	return at.In(time.FixedZone("", seconds)), true
}
