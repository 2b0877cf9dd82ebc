package trace

import (
	"strconv"
	"strings"
	"time"
)

// LogColumns are the columns before the text of a line of a saved log: those of DebugView, and the prefix that the driver
// itself writes. Either may be missing.
type LogColumns struct {
	DebugView     bool          // the line begins with DebugView's line number
	DebugViewTime time.Duration // the time of day if IsTimeOfDay, else the time since DebugView's start
	HasTime       bool          // DebugViewTime is valid
	IsTimeOfDay   bool

	DriverPrefix bool // the line has the driver's prefix: the LogLine is valid but for At
	// Month to Milli are the time in the driver's prefix, which has no year.
	Month, Day, Hour, Minute, Second, Milli int

	PID uint32 // the process id from either; 0 if none has it
}

// ParseLogLine splits a line of a saved debug log into columns and text. It accepts DebugView's columns (number, seconds or
// time of day, [pid]) in all their forms, separated by tabs or blanks, with or without the driver's prefix. A line without
// any of them is text.
func ParseLogLine(line string) (LogColumns, LogLine) {
	var c LogColumns
	s := logScanner(strings.TrimRight(line, "\r"))
	s.debugViewColumns(&c)
	rest := s
	l := LogLine{Text: strings.TrimLeft(string(rest), " \t")}
	if c.DebugView {
		l.Text = string(rest)
	}
	if s.driverPrefix(&c, &l) {
		c.DriverPrefix = true
		l.Text = string(s)
	}
	l.PID = c.PID
	return c, l
}

// logScanner is the rest of a line that is not read yet. Its methods read a part and leave the rest; if the part is not
// there they return false.
type logScanner string

// debugViewColumns reads DebugView's columns, if there are any: a number, then a time or [pid] or both.
func (s *logScanner) debugViewColumns(c *LogColumns) {
	t := *s
	t.blanks()
	if n, ok := t.number(10); !ok || n < 0 || !t.space() {
		return
	}
	timed := t.seconds(c) || t.timeOfDay(c)
	if timed && !t.space() && t != "" {
		*c = LogColumns{}
		return
	}
	pid := t.pid(c)
	if !timed && !pid {
		return
	}
	c.DebugView, c.HasTime = true, timed
	*s = t
}

func (s *logScanner) blanks() { *s = logScanner(strings.TrimLeft(string(*s), " \t")) }

// space skips white space. It returns false if there is none.
func (s *logScanner) space() bool {
	n := len(*s)
	s.blanks()
	return len(*s) < n
}

// number reads at most that many digits.
func (s *logScanner) number(most int) (int64, bool) {
	i := 0
	for i < len(*s) && i < most && (*s)[i] >= '0' && (*s)[i] <= '9' {
		i++
	}
	n, err := strconv.ParseInt(string((*s)[:i]), 10, 64)
	*s = (*s)[i:]
	return n, err == nil
}

// accept skips the text, if it comes next.
func (s *logScanner) accept(text string) bool {
	rest, ok := strings.CutPrefix(string(*s), text)
	if ok {
		*s = logScanner(rest)
	}
	return ok
}

// seconds reads seconds with a fraction: 0.00012345 or, in some locales, 0,00012345.
func (s *logScanner) seconds(c *LogColumns) bool {
	t := *s
	n, ok := t.number(9)
	if !ok || !t.accept(".") && !t.accept(",") {
		return false
	}
	f, ok := t.fraction()
	if ok {
		c.DebugViewTime, *s = time.Duration(n)*time.Second+f, t
	}
	return ok
}

// fraction reads the digits after the point.
func (s *logScanner) fraction() (time.Duration, bool) {
	i := 0
	for i < len(*s) && (*s)[i] >= '0' && (*s)[i] <= '9' {
		i++
	}
	if i == 0 || i > 12 {
		return 0, false
	}
	f, err := strconv.ParseInt((string((*s)[:i]) + "000000000")[:9], 10, 64)
	*s = (*s)[i:]
	return time.Duration(f), err == nil
}

// timeOfDay reads a time of day: 12:34:56 with or without milliseconds, with or without AM or PM.
func (s *logScanner) timeOfDay(c *LogColumns) bool {
	t := *s
	h, m, sec, ok := t.hms()
	if !ok {
		return false
	}
	var f time.Duration
	if t.accept(".") || t.accept(",") {
		if f, ok = t.fraction(); !ok {
			return false
		}
	}
	u := t
	u.blanks()
	switch { // 12 AM is midnight, 12 PM noon
	case u.accept("AM") || u.accept("am"):
		h, t = h%12, u
	case u.accept("PM") || u.accept("pm"):
		h, t = h%12+12, u
	}
	c.IsTimeOfDay, c.DebugViewTime = true, time.Duration(h)*time.Hour+time.Duration(m)*time.Minute+time.Duration(sec)*time.Second+f
	*s = t
	return true
}

func (s *logScanner) hms() (h, m, sec int, ok bool) {
	a, ok1 := s.number(2)
	c1 := s.accept(":")
	b, ok2 := s.number(2)
	c2 := s.accept(":")
	d, ok3 := s.number(2)
	ok = ok1 && ok2 && ok3 && c1 && c2 && a < 24 && b < 60 && d < 61
	return int(a), int(b), int(d), ok
}

// pid reads "[1234] ".
func (s *logScanner) pid(c *LogColumns) bool {
	t := *s
	if !t.accept("[") {
		return false
	}
	n, ok := t.number(10)
	if !ok || n > 0xffffffff || !t.accept("]") {
		return false
	}
	t.accept(" ")
	c.PID, *s = uint32(n), t
	return true
}

// driverPrefix reads the prefix that the driver writes before its text. Its process id may be missing, since DebugView
// writes one too.
func (s *logScanner) driverPrefix(c *LogColumns, l *LogLine) bool {
	t, d := *s, *c
	t.blanks()
	t.pid(&d)
	t.blanks()
	month, ok1 := t.number(2)
	slash := t.accept("/")
	day, ok2 := t.number(2)
	if !ok1 || !ok2 || !slash || month < 1 || month > 12 || day < 1 || day > 31 || !t.accept(" ") {
		return false
	}
	var ok bool
	if d.Hour, d.Minute, d.Second, ok = t.hms(); !ok || !t.accept(":") {
		return false
	}
	milli, ok := t.number(4)
	if !ok || milli > 999 || !t.space() || !t.accept("[TID=") {
		return false
	}
	tid, ok := t.number(10)
	if !ok || tid > 0xffffffff || !t.accept("]") || !t.space() || !t.accept("[") {
		return false
	}
	level, text, ok := strings.Cut(string(t), "]")
	if !ok || len(level) > 10 {
		return false
	}
	d.Month, d.Day, d.Milli = int(month), int(day), int(milli)
	l.TID, l.Level = uint32(tid), level
	*c, *s = d, logScanner(strings.TrimPrefix(strings.TrimPrefix(text, " "), " "))
	return true
}

// Time returns the time in the driver's prefix, in the given year and zone.
func (c *LogColumns) Time(year int, zone *time.Location) time.Time {
	return time.Date(year, time.Month(c.Month), c.Day, c.Hour, c.Minute, c.Second, c.Milli*1e6, zone)
}
