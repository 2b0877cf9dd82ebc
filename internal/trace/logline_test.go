package trace

import (
	"strings"
	"testing"
	"time"
)

// TestLogLineIsTheVendors: a line has byte for byte the form that the vendor's driver writes.
func TestLogLineIsTheVendors(t *testing.T) {
	at := time.Date(2014, 4, 29, 15, 6, 29, 597e6, time.UTC)
	got := string(LogLine{PID: 1852, At: at, TID: 2268, Level: "DEBUG", Text: "CmdtspLine::UnsolicitedEvent()"}.Append(nil))
	if want := "[1852] 04/29 15:06:29:0597 [TID=2268] [DEBUG]  CmdtspLine::UnsolicitedEvent()\n"; got != want {
		t.Fatalf("%q, want %q", got, want)
	}
	got = string(LogLine{At: at, Level: "INFO", Text: "a\nb\r\x00\x7fc\xff"}.Append(nil))
	if want := "[0] 04/29 15:06:29:0597 [TID=0] [INFO]  a?b???c\uFFFD\n"; got != want {
		t.Fatalf("%q, want %q", got, want)
	}
}

func TestParseLogLine(t *testing.T) {
	const own = "04/29 15:06:29:0597 [TID=2268] [DEBUG]  text [x]"
	for _, c := range []struct {
		line   string
		own    bool
		viewed bool
		since  string // empty: no time
		clock  bool
		pid    uint32
		text   string
	}{
		{"[1852] " + own, true, false, "", false, 1852, "text [x]"},
		{own, true, false, "", false, 0, "text [x]"},
		{"00000001\t0.00012345\t[1852] " + own, true, true, "123.45µs", false, 1852, "text [x]"},
		{"1\t12.5\t[1852] [1853] " + own, true, true, "12.5s", false, 1853, "text [x]"},
		{"1\t0,00012345\t[1852] text", false, true, "123.45µs", false, 1852, "text"},
		{"1\t12:34:56 PM\t[1852] text", false, true, "12h34m56s", true, 1852, "text"},
		{"1\t12:34:56 AM\t[1852] text", false, true, "34m56s", true, 1852, "text"},
		{"1\t1:34:56 pm\t[1852] text", false, true, "13h34m56s", true, 1852, "text"},
		{"1\t12:34:56.789\ttext", false, true, "12h34m56.789s", true, 0, "text"},
		{"1\t12:34:56.789 PM\t  text", false, true, "12h34m56.789s", true, 0, "text"},
		{"  7   0.5   [3] text", false, true, "500ms", false, 3, "text"},
		{"7\t[3] text", false, true, "", false, 3, "text"},
		{"7\t0.5", false, true, "500ms", false, 0, ""},
		{"7\t0.5\t[3]", false, true, "500ms", false, 3, ""},
		{"text", false, false, "", false, 0, "text"},
		{"7 texts", false, false, "", false, 0, "7 texts"},
		{"7\t0.5x\t[3] text", false, false, "", false, 0, "7\t0.5x\t[3] text"},
		{"7\t24:00:00\ttext", false, false, "", false, 0, "7\t24:00:00\ttext"},
		{"[99999999999] text", false, false, "", false, 0, "[99999999999] text"},
		{"[1] 13/01 00:00:00:0000 [TID=1] [DEBUG]  text", false, false, "", false, 0, "[1] 13/01 00:00:00:0000 [TID=1] [DEBUG]  text"},
		{"[1] 12/01 00:00:00:1000 [TID=1] [DEBUG]  text", false, false, "", false, 0, "[1] 12/01 00:00:00:1000 [TID=1] [DEBUG]  text"},
		{"", false, false, "", false, 0, ""},
	} {
		got, l := ParseLogLine(c.line)
		since := ""
		if got.HasTime {
			since = got.DebugViewTime.String()
		}
		if got.DriverPrefix != c.own || got.DebugView != c.viewed || since != c.since || got.IsTimeOfDay != c.clock || l.PID != c.pid || l.Text != c.text {
			t.Errorf("%q: %+v %+v", c.line, got, l)
		}
	}
}

func TestLogMark(t *testing.T) {
	at := time.Date(2026, 11, 23, 23, 30, 0, 5e6, time.FixedZone("", -3*3600-1800))
	text := LogMark(at)
	if text != "offhook debug log 1: 2026-11-24T03:00:00.005Z, local time is UTC-03:30" {
		t.Fatal(text)
	}
	back, ok := ParseLogMark(text)
	if !ok || !back.Equal(at) || back.Day() != 23 {
		t.Fatal(back, ok)
	}
	for _, bad := range []string{"", text[1:], text + "x", strings.Replace(text, "2026", "year", 1), "offhook debug log 1: "} {
		if _, ok := ParseLogMark(bad); ok {
			t.Errorf("%q is read", bad)
		}
	}
}

// TestLogTextReadsBack: a record of each kind is the same after it is written as text and read again.
func TestLogTextReadsBack(t *testing.T) {
	for _, r := range []Record{
		{Kind: In, At: 5, Raw: "<a/>"}, {Kind: In, At: 5, Raw: "<a>\n\"\u0001ü</a>"}, {Kind: In, At: 5}, {Kind: Out, At: 5, Raw: "x"},
		{Kind: Start, At: 7, Start: []byte(`{"a":"\n"}`)}, {Kind: Up, At: 7, JID: "a@b/c", Domain: "b"}, {Kind: Down, At: 7, Code: "reset", Text: "t\nu"},
		{Kind: Request, At: 7, Request: &RequestRecord{ID: 1, Name: "dial", Line: "a", Number: "1"}}, {Kind: Timer, At: 7}, {Kind: Gap, At: 7},
		{Kind: Skipped, At: 7, Code: "c", Text: "t"},
	} {
		text := LogText(r)
		if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' }) {
			t.Errorf("%q has control characters", text)
		}
		got, ok := ParseLogText(text, 5)
		if !ok || got.Kind != r.Kind || got.At != r.At || got.Raw != r.Raw || got.Text != r.Text || string(got.Start) != string(r.Start) || got.JID != r.JID {
			t.Errorf("%q: %+v, %v", text, got, ok)
		}
	}
	for _, bad := range []string{"", "received", "received x", `received "`, "start", "start x", `start {"at":"2026-01-01T00:00:00Z","kind":"timer"}`, "session {}", "in {}"} {
		if _, ok := ParseLogText(bad, 0); ok {
			t.Errorf("%q is read", bad)
		}
	}
}

// FuzzParseLogLine: any line can be split, and a line made of its parts is split the same again.
func FuzzParseLogLine(f *testing.F) {
	f.Add("[1852] 04/29 15:06:29:0597 [TID=2268] [DEBUG]  text")
	f.Add("00000001\t12:34:56.789 PM\t[1852] [1853] 02/29 23:59:60:0999 [TID=1] [x]y")
	f.Add("1\t0,1\treceived <iq/>")
	f.Fuzz(func(t *testing.T, line string) {
		c, l := ParseLogLine(line)
		if len(l.Text) > len(line) {
			t.Fatalf("%q has more text than the line", l.Text)
		}
		ParseLogText(l.Text, 0)
		ParseLogMark(l.Text)
		if !c.DriverPrefix {
			return
		}
		l.At = c.Time(1972, time.UTC)
		again, back := ParseLogLine(strings.TrimSuffix(string(l.Append(nil)), "\n"))
		if !again.DriverPrefix || again.Time(1972, time.UTC) != l.At || back.PID != l.PID || back.TID != l.TID {
			t.Fatalf("%q came back as %+v %+v", line, again, back)
		}
	})
}
