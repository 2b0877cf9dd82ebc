package trace

import (
	"strconv"
	"strings"
	"time"
)

// Columns are what was found before the text of a line of a saved log: what DebugView puts there, and what the driver's
// own line begins with. Either may be missing.
type Columns struct {
	Viewed bool          // DebugView's number stands at the beginning
	Since  time.Duration // DebugView's time in seconds since it began (Clock false), or the time of day (Clock true)
	Timed  bool          // Since counts
	Clock  bool

	Own bool // the driver's own beginning is there: Line counts but for At
	// Month to Milli are the own time; there is no year.
	Month, Day, Hour, Minute, Second, Milli int

	PID uint32 // of whichever has it; 0: neither
}

// ParseLogLine takes a line of a saved debug log apart. It accepts DebugView's columns (number, seconds or time of day,
// [pid]) in any of its forms, set apart by tabs or blanks, with or without what the driver puts before its text; a line
// without any of them is all text.
func ParseLogLine(line string) (Columns, LogLine) {
	var c Columns
	s := scan(strings.TrimRight(line, "\r"))
	s.viewed(&c)
	rest := s
	l := LogLine{Text: strings.TrimLeft(string(rest), " \t")}
	if c.Viewed {
		l.Text = string(rest)
	}
	if s.own(&c, &l) {
		c.Own = true
		l.Text = string(s)
	}
	l.PID = c.PID
	return c, l
}

// scan is what is left of a line.
type scan string

// viewed takes DebugView's columns, if they are there: a number, then a time or [pid] or both.
func (s *scan) viewed(c *Columns) {
	t := *s
	t.blanks()
	if n, ok := t.number(10); !ok || n < 0 || !t.gap() {
		return
	}
	timed := t.elapsed(c) || t.clock(c)
	if timed && !t.gap() && t != "" {
		*c = Columns{}
		return
	}
	pid := t.pid(c)
	if !timed && !pid {
		return
	}
	c.Viewed, c.Timed = true, timed
	*s = t
}

func (s *scan) blanks() { *s = scan(strings.TrimLeft(string(*s), " \t")) }

// gap takes white space; there must be some.
func (s *scan) gap() bool {
	n := len(*s)
	s.blanks()
	return len(*s) < n
}

// number takes at most so many digits.
func (s *scan) number(most int) (int64, bool) {
	i := 0
	for i < len(*s) && i < most && (*s)[i] >= '0' && (*s)[i] <= '9' {
		i++
	}
	n, err := strconv.ParseInt(string((*s)[:i]), 10, 64)
	*s = (*s)[i:]
	return n, err == nil
}

func (s *scan) take(text string) bool {
	rest, ok := strings.CutPrefix(string(*s), text)
	if ok {
		*s = scan(rest)
	}
	return ok
}

// elapsed takes seconds with a fraction: 0.00012345, or 0,00012345 where that is how it is written.
func (s *scan) elapsed(c *Columns) bool {
	t := *s
	n, ok := t.number(9)
	if !ok || !t.take(".") && !t.take(",") {
		return false
	}
	f, ok := t.fraction()
	if ok {
		c.Since, *s = time.Duration(n)*time.Second+f, t
	}
	return ok
}

// fraction takes the digits behind the point.
func (s *scan) fraction() (time.Duration, bool) {
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

// clock takes a time of day: 12:34:56 with or without milliseconds, with or without AM or PM.
func (s *scan) clock(c *Columns) bool {
	t := *s
	h, m, sec, ok := t.hms()
	if !ok {
		return false
	}
	var f time.Duration
	if t.take(".") || t.take(",") {
		if f, ok = t.fraction(); !ok {
			return false
		}
	}
	u := t
	u.blanks()
	switch { // 12 AM is midnight, 12 PM noon
	case u.take("AM") || u.take("am"):
		h, t = h%12, u
	case u.take("PM") || u.take("pm"):
		h, t = h%12+12, u
	}
	c.Clock, c.Since = true, time.Duration(h)*time.Hour+time.Duration(m)*time.Minute+time.Duration(sec)*time.Second+f
	*s = t
	return true
}

func (s *scan) hms() (h, m, sec int, ok bool) {
	a, ok1 := s.number(2)
	c1 := s.take(":")
	b, ok2 := s.number(2)
	c2 := s.take(":")
	d, ok3 := s.number(2)
	ok = ok1 && ok2 && ok3 && c1 && c2 && a < 24 && b < 60 && d < 61
	return int(a), int(b), int(d), ok
}

// pid takes "[1234] ".
func (s *scan) pid(c *Columns) bool {
	t := *s
	if !t.take("[") {
		return false
	}
	n, ok := t.number(10)
	if !ok || n > 0xffffffff || !t.take("]") {
		return false
	}
	t.take(" ")
	c.PID, *s = uint32(n), t
	return true
}

// own takes what the driver itself puts before its text; its process id may be missing or be DebugView's.
func (s *scan) own(c *Columns, l *LogLine) bool {
	t, d := *s, *c
	t.blanks()
	t.pid(&d)
	t.blanks()
	month, ok1 := t.number(2)
	slash := t.take("/")
	day, ok2 := t.number(2)
	if !ok1 || !ok2 || !slash || month < 1 || month > 12 || day < 1 || day > 31 || !t.take(" ") {
		return false
	}
	var ok bool
	if d.Hour, d.Minute, d.Second, ok = t.hms(); !ok || !t.take(":") {
		return false
	}
	milli, ok := t.number(4)
	if !ok || milli > 999 || !t.gap() || !t.take("[TID=") {
		return false
	}
	tid, ok := t.number(10)
	if !ok || tid > 0xffffffff || !t.take("]") || !t.gap() || !t.take("[") {
		return false
	}
	level, text, ok := strings.Cut(string(t), "]")
	if !ok || len(level) > 10 {
		return false
	}
	d.Month, d.Day, d.Milli = int(month), int(day), int(milli)
	l.TID, l.Level = uint32(tid), level
	*c, *s = d, scan(strings.TrimPrefix(strings.TrimPrefix(text, " "), " "))
	return true
}

// Moment is the own time of a line in a year and a zone.
func (c *Columns) Moment(year int, zone *time.Location) time.Time {
	return time.Date(year, time.Month(c.Month), c.Day, c.Hour, c.Minute, c.Second, c.Milli*1e6, zone)
}
