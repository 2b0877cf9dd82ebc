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

// debugLog makes records out of a debug log: offhook's own rolling file, which has every input, or a log that DebugView
// saved of any driver, of which the lines with stanzas are taken (docs/integrate/traces.md). It keeps one line and one stanza.
type debugLog struct {
	r    *bufio.Reader
	said func(trace.LogLine) // gets every line that is no input, with its moment; may be nil
	bare *bare

	line   int
	err    error
	ready  []trace.Record // found and not given yet; at most four
	clock  logClock
	marked bool // offhook wrote it: only its own forms count

	piece  strings.Builder // a line of offhook's own that DebugView may have got in pieces: what came of it so far
	open   strings.Builder // the beginning of a stanza whose end is on another line
	openAs trace.Record
	openBy uint32 // the process that wrote it
	openAt int    // the line it began in
	end    ender
	parts  int
	full   bool // the line it ended with was as long as DebugView's buffer
}

// Bounds of a debug log's parts.
const (
	maxLogStanza = 512 << 10 // a stanza longer than what the session takes is passed over anyway
	maxLogParts  = 1000
	// viewBuffer is how much of a text reaches DebugView at once: its buffer has 4096 bytes with the process id, and the
	// system sends a longer text in pieces. Pieces are joined as they are, lines with a line end.
	viewBuffer = 4000
	sniffLines = 200
)

func newDebugLog(r *bufio.Reader, b *bare) *debugLog { return &debugLog{r: r, bare: b} }

// next is the next record; io.EOF after the last.
func (d *debugLog) next() (trace.Record, error) {
	for len(d.ready) == 0 && d.err == nil {
		line, err := d.readLine()
		if line != nil {
			d.line++
			d.pieces(string(line))
		}
		if err != nil {
			d.whole()
			d.giveUp("the log ends within it")
			d.err = err
		}
	}
	if len(d.ready) > 0 {
		r := d.ready[0]
		d.ready = d.ready[1:]
		return r, nil
	}
	return trace.Record{}, d.err
}

// readLine is the next line without its end; of one that is too long only the beginning.
func (d *debugLog) readLine() (line []byte, err error) {
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

// pieces puts lines together that were longer than DebugView's buffer, and looks at what is whole.
func (d *debugLog) pieces(text string) {
	c, l := trace.ParseLogLine(readable(text))
	if d.piece.Len() > 0 && !c.Own && d.piece.Len()+len(l.Text) <= trace.MaxLine {
		d.piece.WriteString(l.Text)
	} else {
		d.whole()
		if !d.marked || !c.Own || len(text) < viewBuffer { // another driver's stanzas are put together by themselves
			d.take(text)
			return
		}
		d.piece.WriteString(text)
	}
	if len(text) < viewBuffer {
		d.whole()
	}
}

// whole looks at a line that was put together.
func (d *debugLog) whole() {
	if d.piece.Len() > 0 {
		text := d.piece.String()
		d.piece.Reset()
		d.take(text)
	}
}

// take looks at one line.
func (d *debugLog) take(text string) {
	c, l := trace.ParseLogLine(readable(text))
	if at, ok := trace.ParseLogMark(l.Text); ok && c.Own {
		d.marked = true
		d.clock.mark(at)
		return
	}
	if d.open.Len() > 0 && !c.Own && (c.PID == d.openBy || !c.Viewed) {
		d.goOn(l.Text, len(text))
		return
	}
	if r, ok := trace.ParseLogText(l.Text, 0); ok && c.Own && (d.marked || !strings.Contains(l.Text, " <")) {
		d.giveUp("another entry follows")
		d.ours(c, r)
		return
	}
	if d.marked {
		d.tell(d.clock.moment(&c), l) // stamped when it was written, inputs when they came: it does not move the clock
		return
	}
	at := d.clock.at(&c)
	if stanza, out := stanzaIn(l.Text); stanza != "" {
		d.giveUp("another stanza follows")
		d.openAs, d.openBy, d.openAt = trace.Record{Kind: trace.In, At: at}, c.PID, d.line
		if out {
			d.openAs.Kind = trace.Out
		}
		d.goOn(stanza, len(text))
		return
	}
	d.tell(at, l)
}

// ours takes a record that offhook wrote; the mark may have been cut off with the beginning of the file.
func (d *debugLog) ours(c trace.Columns, r trace.Record) {
	if r.Kind == trace.In || r.Kind == trace.Out {
		r.At = d.clock.at(&c)
	} else {
		d.clock.set(&c, r.At)
	}
	d.ready = append(d.ready, r)
}

func (d *debugLog) tell(at int64, l trace.LogLine) {
	if d.said != nil {
		l.At = time.UnixMilli(at)
		d.said(l)
	}
}

// goOn adds a part to the open stanza and gives it when it is whole.
func (d *debugLog) goOn(part string, width int) {
	if d.open.Len() > 0 && !d.full {
		d.open.WriteByte('\n')
	}
	d.full = width >= viewBuffer
	d.parts++
	d.open.WriteString(part)
	raw, end := d.open.String(), -1
	if strings.Contains(part, ">") {
		end = d.end.find(raw)
	}
	if end < 0 {
		if d.open.Len() > maxLogStanza || d.parts > maxLogParts {
			d.giveUp("it is too long")
		}
		return
	}
	d.forget()
	if t := readTag(raw); d.openAs.Kind == trace.Out || t.own() {
		d.bare.own++
		return
	}
	d.openAs.Raw = raw[:end]
	d.ready = append(d.ready, d.openAs)
}

// giveUp passes over a stanza that does not end.
func (d *debugLog) giveUp(why string) {
	if d.open.Len() == 0 {
		return
	}
	d.forget()
	if d.openAs.Kind == trace.In {
		d.ready = append(d.ready, trace.Record{Kind: trace.Skipped, At: d.openAs.At, Code: "truncated",
			Text: fmt.Sprintf("the log has only the beginning of a stanza (line %d): %s", d.openAt, why)})
	}
}

func (d *debugLog) forget() {
	d.open.Reset()
	d.end, d.parts, d.full = ender{}, 0, false
}

// stanzaIn finds a stanza in the text of a line, and what the words before it say of its direction. Words that say
// nothing mean that it came in, unless the stanza itself shows that it went out.
func stanzaIn(text string) (stanza string, out bool) {
	for i := 0; i < len(text); {
		at := strings.IndexByte(text[i:], '<')
		if at < 0 {
			return "", false
		}
		i += at
		for _, name := range [...]string{"message", "iq", "presence"} {
			if rest, ok := strings.CutPrefix(text[i+1:], name); ok && (rest == "" || strings.ContainsRune(" \t\r\n/>", rune(rest[0]))) {
				return text[i:], goesOut(text[:i])
			}
		}
		i++
	}
	return "", false
}

// outWords are how logs say that something was sent.
var outWords = [...]string{"sent", "send", "sending", "outgoing", "out", "tx", "xmlout", "xmloutgoing", ">>>", "-->", ">>", "->", ">"}

var inWords = [...]string{"received", "receive", "recv", "incoming", "in", "rx", "xmlin", "xmlincoming", "<<<", "<--", "<<", "<-"}

// goesOut looks at the last words before a stanza.
func goesOut(before string) bool {
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

// logClock gives lines their moments: by the mark of offhook's own files in full; else by what there is, from
// 1970-01-01 on (decision D1), or from 1972 with a date but no year, since that year had every date.
type logClock struct {
	zone *time.Location
	year int
	last int64
	day  int64 // milliseconds that were added for midnights, where only the time of day is known
	seen time.Duration
	mon  int
}

const dayMillis = 24 * 3600 * 1000

func (k *logClock) mark(at time.Time) {
	k.zone, k.year, k.mon = at.Location(), at.Year(), int(at.Month())
}

// set learns year and zone from a line that says its moment itself.
func (k *logClock) set(c *trace.Columns, at int64) {
	utc := time.UnixMilli(at).UTC()
	for _, year := range [...]int{utc.Year() - 1, utc.Year(), utc.Year() + 1} { // local time may be in another year
		offset := c.Moment(year, time.UTC).Sub(utc).Round(15 * time.Minute)
		if offset.Abs() <= 15*time.Hour {
			k.zone, k.year, k.mon = time.FixedZone("", int(offset.Seconds())), year, c.Month
		}
	}
	k.last = max(k.last, at)
}

// at never goes back.
func (k *logClock) at(c *trace.Columns) int64 {
	k.last = max(k.last, k.moment(c))
	return k.last
}

func (k *logClock) moment(c *trace.Columns) int64 {
	switch {
	case c.Own:
		if k.zone == nil {
			k.zone, k.year = time.UTC, 1972
		}
		if c.Month == 1 && k.mon == 12 {
			k.year++
		}
		k.mon = c.Month
		return c.Moment(k.year, k.zone).UnixMilli()
	case c.Timed && c.Clock:
		if c.Since+12*time.Hour < k.seen {
			k.day += dayMillis
		}
		k.seen = c.Since
		return k.day + c.Since.Milliseconds()
	case c.Timed:
		return c.Since.Milliseconds()
	}
	return k.last
}

// looksLikeLog says whether the beginning of a file is one of a debug log: one of its first lines is the driver's or
// DebugView's, or has a stanza behind a word. A scenario has such lines too ("send  <iq…"), but a step or its separator
// before them.
func looksLikeLog(head []byte) bool {
	for i, line := range bytes.SplitN(head, []byte("\n"), sniffLines+1) {
		if i == sniffLines || ofScenario(string(line)) {
			break
		}
		c, l := trace.ParseLogLine(readable(string(line)))
		if c.Own || c.Viewed {
			return true
		}
		if stanza, _ := stanzaIn(l.Text); stanza != "" && worded(strings.TrimSuffix(l.Text, stanza)) {
			return true
		}
	}
	return false
}

// ofScenario says whether a line is the first of a step, or what stands between a step and what followed.
func ofScenario(line string) bool {
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

// worded says whether the words before a stanza say that it was received or sent, as no scenario's do.
func worded(before string) bool {
	if goesOut(before) {
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

// LooksLikeLog says whether a file is a debug log, or an archive that has one, by its content.
func LooksLikeLog(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	b := bufio.NewReaderSize(f, 64<<10)
	if head, _ := b.Peek(len(zipHead)); string(head) == zipHead {
		return true
	}
	if b, err = unpacked(b); err != nil {
		return false
	}
	return looksLikeLog(peekAll(asUTF8(b)))
}
