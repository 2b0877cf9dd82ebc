package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"offhook/internal/trace"
)

// logReader makes records of a debug log (docs/integrate/traces.md): offhook's own rolling file, which has every input, or a
// log of any driver that DebugView saved, which gives the lines with stanzas. It keeps one line and one stanza in memory.
type logReader struct {
	r         *bufio.Reader
	onLogLine func(trace.LogLine) // is called with every line that is no input; may be nil
	stanzas   *stanzaFile

	line      int
	err       error
	found     []trace.Record // records that next has not returned yet; at most four
	clock     logClock
	byOffhook bool // offhook wrote the log: only its own forms are inputs

	joined        strings.Builder // the beginning of a line of offhook's that DebugView may have got in pieces
	partial       strings.Builder // the beginning of a stanza whose end is on another line
	partialRecord trace.Record
	partialPID    uint32 // the process that wrote the beginning
	partialLine   int    // the number of the line with the beginning
	partialEnd    endFinder
	partCount     int
	lastPartFull  bool // the last line was as long as DebugView's buffer
}

// Bounds of a debug log's parts.
const (
	maxLogStanza = 512 << 10 // bytes; more than a session accepts
	maxLogParts  = 1000
	// debugViewBuffer is how many bytes of a text reach DebugView at once: its buffer has 4096 bytes with the process id, and
	// the system sends a longer text in pieces. Pieces are joined without a line end, separate lines with one.
	debugViewBuffer = 4000
	detectLines     = 200
)

func newLogReader(r *bufio.Reader, b *stanzaFile) *logReader { return &logReader{r: r, stanzas: b} }

// next returns the next record, and io.EOF after the last one.
func (d *logReader) next() (trace.Record, error) {
	for len(d.found) == 0 && d.err == nil {
		line, err := d.readLine()
		if line != nil {
			d.line++
			d.joinPieces(string(line))
		}
		if err != nil {
			d.readJoined()
			d.abandonPartial("the log ends within it")
			d.err = err
		}
	}
	if len(d.found) > 0 {
		r := d.found[0]
		d.found = d.found[1:]
		return r, nil
	}
	return trace.Record{}, d.err
}

// readLine returns the next line without its end. Of a line that is too long it returns the beginning.
func (d *logReader) readLine() (line []byte, err error) {
	for {
		part, err := d.r.ReadSlice('\n')
		if room := trace.MaxLine - len(line); len(part) > room {
			part = part[:room]
		}
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && len(line) == 0 {
			return nil, err
		}
		return bytes.TrimRight(line, "\r\n"), err
	}
}

// joinPieces joins the pieces of a line that was longer than DebugView's buffer, and reads complete lines.
func (d *logReader) joinPieces(text string) {
	c, l := trace.ParseLogLine(lineAsUTF8(text))
	if d.joined.Len() > 0 && !c.DriverPrefix && d.joined.Len()+len(l.Text) <= trace.MaxLine {
		d.joined.WriteString(l.Text)
	} else {
		d.readJoined()
		if !d.byOffhook || !c.DriverPrefix || len(text) < debugViewBuffer { // addPart joins the stanzas of other drivers
			d.readText(text)
			return
		}
		d.joined.WriteString(text)
	}
	if len(text) < debugViewBuffer {
		d.readJoined()
	}
}

// readJoined reads the line that joinPieces has joined, if there is one.
func (d *logReader) readJoined() {
	if d.joined.Len() > 0 {
		text := d.joined.String()
		d.joined.Reset()
		d.readText(text)
	}
}

// readText reads one complete line.
func (d *logReader) readText(text string) {
	c, l := trace.ParseLogLine(lineAsUTF8(text))
	if at, ok := trace.ParseLogMark(l.Text); ok && c.DriverPrefix {
		d.byOffhook = true
		d.clock.setFromMark(at)
		return
	}
	if d.partial.Len() > 0 && !c.DriverPrefix && (c.PID == d.partialPID || !c.DebugView) {
		d.addPart(l.Text, len(text))
		return
	}
	if r, ok := trace.ParseLogText(l.Text, 0); ok && c.DriverPrefix && (d.byOffhook || !strings.Contains(l.Text, " <")) {
		d.abandonPartial("another entry follows")
		d.addOwnRecord(c, r)
		return
	}
	if d.byOffhook {
		d.reportLine(d.clock.momentOf(&c), l) // its time is that of writing, while inputs have that of receiving, so it does not move the clock
		return
	}
	at := d.clock.next(&c)
	if stanza, out := findStanza(l.Text); stanza != "" {
		d.abandonPartial("another stanza follows")
		d.partialRecord, d.partialPID, d.partialLine = trace.Record{Kind: trace.In, At: at}, c.PID, d.line
		if out {
			d.partialRecord.Kind = trace.Out
		}
		d.addPart(stanza, len(text))
		return
	}
	d.reportLine(at, l)
}

// addOwnRecord adds a record that offhook wrote. The file's mark may be missing, if its beginning was cut off.
func (d *logReader) addOwnRecord(c trace.LogColumns, r trace.Record) {
	if r.Kind == trace.In || r.Kind == trace.Out {
		r.At = d.clock.next(&c)
	} else {
		d.clock.setFromRecord(&c, r.At)
	}
	d.found = append(d.found, r)
}

// reportLine passes a line that is no input to onLogLine.
func (d *logReader) reportLine(at int64, l trace.LogLine) {
	if d.onLogLine != nil {
		l.At = time.UnixMilli(at)
		d.onLogLine(l)
	}
}

// addPart adds a part to the partial stanza, and adds its record once the stanza is complete. width is the length of the
// whole log line.
func (d *logReader) addPart(part string, width int) {
	if d.partial.Len() > 0 && !d.lastPartFull {
		d.partial.WriteByte('\n')
	}
	d.lastPartFull = width >= debugViewBuffer
	d.partCount++
	d.partial.WriteString(part)
	raw, end := d.partial.String(), -1
	if strings.Contains(part, ">") {
		end = d.partialEnd.find(raw)
	}
	if end < 0 {
		if d.partial.Len() > maxLogStanza || d.partCount > maxLogParts {
			d.abandonPartial("it is too long")
		}
		return
	}
	d.resetPartial()
	if t := readFirstTag(raw); d.partialRecord.Kind == trace.Out || t.isOutgoing() {
		d.stanzas.outgoing++
		return
	}
	d.partialRecord.Raw = raw[:end]
	d.found = append(d.found, d.partialRecord)
}

// abandonPartial drops the partial stanza and records that it was left out.
func (d *logReader) abandonPartial(why string) {
	if d.partial.Len() == 0 {
		return
	}
	d.resetPartial()
	if d.partialRecord.Kind == trace.In {
		d.found = append(d.found, trace.Record{Kind: trace.Skipped, At: d.partialRecord.At, Code: "truncated",
			Text: fmt.Sprintf("the log has only the beginning of a stanza (line %d): %s", d.partialLine, why)})
	}
}

func (d *logReader) resetPartial() {
	d.partial.Reset()
	d.partialEnd, d.partCount, d.lastPartFull = endFinder{}, 0, false
}

// findStanza finds a stanza in the text of a line, and whether the words before it say that it went out. Without such words
// the stanza counts as incoming, unless its first tag shows that it went out.
func findStanza(text string) (stanza string, out bool) {
	for i := 0; i < len(text); {
		at := strings.IndexByte(text[i:], '<')
		if at < 0 {
			return "", false
		}
		i += at
		for _, name := range [...]string{"message", "iq", "presence"} {
			if rest, ok := strings.CutPrefix(text[i+1:], name); ok && (rest == "" || strings.ContainsRune(" \t\r\n/>", rune(rest[0]))) {
				return text[i:], saysOutgoing(text[:i])
			}
		}
		i++
	}
	return "", false
}

// outWords are the words by which logs say that something was sent.
var outWords = [...]string{"sent", "send", "sending", "outgoing", "out", "tx", "xmlout", "xmloutgoing", ">>>", "-->", ">>", "->", ">"}

// inWords are the words by which logs say that something was received.
var inWords = [...]string{"received", "receive", "recv", "incoming", "in", "rx", "xmlin", "xmlincoming", "<<<", "<--", "<<", "<-"}

// saysOutgoing reports whether one of the last three words before a stanza says that it was sent.
func saysOutgoing(before string) bool {
	words := strings.Fields(strings.ToLower(before))
	for _, w := range words[max(0, len(words)-3):] {
		bare := strings.Trim(w, ":,;()[]")
		for _, o := range outWords {
			if bare == o {
				return true
			}
		}
	}
	return false
}

// logClock computes the times of lines. With the mark of offhook's own files they are exact. Without a date they begin at
// 1970-01-01 (decision D1); with a date but no year they are in 1972, a leap year.
type logClock struct {
	zone          *time.Location
	year          int
	last          int64
	dayOffset     int64 // milliseconds added for midnights, where lines have only the time of day
	lastTimeOfDay time.Duration
	month         int
}

const dayMillis = 24 * 3600 * 1000

func (k *logClock) setFromMark(at time.Time) {
	k.zone, k.year, k.month = at.Location(), at.Year(), int(at.Month())
}

// setFromRecord sets year and zone from a line whose record has a time of its own.
func (k *logClock) setFromRecord(c *trace.LogColumns, at int64) {
	utc := time.UnixMilli(at).UTC()
	for _, year := range [...]int{utc.Year() - 1, utc.Year(), utc.Year() + 1} { // local time may be in another year
		offset := c.Time(year, time.UTC).Sub(utc).Round(15 * time.Minute)
		if offset.Abs() <= 15*time.Hour {
			k.zone, k.year, k.month = time.FixedZone("", int(offset.Seconds())), year, c.Month
		}
	}
	k.last = max(k.last, at)
}

// next returns the line's time, but never one before that of the line before.
func (k *logClock) next(c *trace.LogColumns) int64 {
	k.last = max(k.last, k.momentOf(c))
	return k.last
}

func (k *logClock) momentOf(c *trace.LogColumns) int64 {
	switch {
	case c.DriverPrefix:
		if k.zone == nil {
			k.zone, k.year = time.UTC, 1972
		}
		if c.Month == 1 && k.month == 12 {
			k.year++
		}
		k.month = c.Month
		return c.Time(k.year, k.zone).UnixMilli()
	case c.HasTime && c.IsTimeOfDay:
		if c.DebugViewTime+12*time.Hour < k.lastTimeOfDay {
			k.dayOffset += dayMillis
		}
		k.lastTimeOfDay = c.DebugViewTime
		return k.dayOffset + c.DebugViewTime.Milliseconds()
	case c.HasTime:
		return c.DebugViewTime.Milliseconds()
	}
	return k.last
}

// looksLikeLog reports whether a file with this beginning is a debug log: one of its first lines has a driver's prefix or
// DebugView's columns, or a stanza after a word for its direction. Scenarios have such lines too ("send  <iq…"), but after
// the line of a step or a separator, which end the search.
func looksLikeLog(head []byte) bool {
	for i, line := range bytes.SplitN(head, []byte("\n"), detectLines+1) {
		if i == detectLines || isScenarioLine(string(line)) {
			break
		}
		c, l := trace.ParseLogLine(lineAsUTF8(string(line)))
		if c.DriverPrefix || c.DebugView {
			return true
		}
		if stanza, _ := findStanza(l.Text); stanza != "" && saysDirection(strings.TrimSuffix(l.Text, stanza)) {
			return true
		}
	}
	return false
}

// isScenarioLine reports whether a line is the line of a step or a separator. The words are those of package scenario,
// whose test requires that none is missing here.
func isScenarioLine(line string) bool {
	line = strings.TrimRight(line, " \t\r")
	name, rest, _ := strings.Cut(line, " ")
	switch name {
	case "----", "calls":
		return rest == ""
	case "config":
		return rest != ""
	case "recv", "tspi", "request", "drop", "resume", "tick", "skip", "gap", "start":
		return strings.HasPrefix(strings.TrimLeft(rest, " \t"), "at=")
	}
	return false
}

// saysDirection reports whether the words before a stanza say that it was received or sent.
func saysDirection(before string) bool {
	if saysOutgoing(before) {
		return true
	}
	for w := range strings.FieldsSeq(strings.ToLower(before)) {
		for _, in := range inWords {
			if strings.Trim(w, ":,;()[]") == in {
				return true
			}
		}
	}
	return false
}

// LooksLikeLog reports whether the file is a debug log, or an archive, which holds one, by its content.
func LooksLikeLog(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	b := bufio.NewReaderSize(f, 64<<10)
	if head, _ := b.Peek(len(zipMagic)); string(head) == zipMagic {
		return true
	}
	if b, err = decompressed(b); err != nil {
		return false
	}
	return looksLikeLog(peekBuffer(decodeUTF16(b)))
}
