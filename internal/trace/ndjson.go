package trace

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Errors of a reader. Both name the line in their text.
var (
	// ErrTruncated says that the last line is not complete: the capture was cut off.
	ErrTruncated = errors.New("trace: cut off in the middle of a line")
	// ErrBadRecord says that a line is no record.
	ErrBadRecord = errors.New("trace: not a trace record")
)

// MaxLine bounds one line. A stanza of the largest allowed size takes 1.5 MiB in its worst JSON spelling; a start record
// holds everything that was true, some hundred bytes a call.
const MaxLine = 64 << 20

var kinds = []Kind{Start, In, Out, Skipped, Up, Down, Request, Timer, Gap}

// Append writes the record as one line of JSON with its newline. Bytes that are no UTF-8, which only what was skipped
// can hold, become U+FFFD.
func (r Record) Append(b []byte) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	kind, updown := r.Kind, Kind("")
	if kind == Up || kind == Down {
		kind, updown = session, kind
	}
	err := enc.Encode(wire{At: FormatTime(r.At), Kind: kind, Session: updown, Raw: r.Raw, Code: r.Code, Text: r.Text, JID: r.JID,
		Domain: r.Domain, Request: r.Request, Start: r.Start})
	if err != nil { // only an invalid Start can fail, and the engine made it
		panic("trace: " + err.Error())
	}
	return append(b, buf.Bytes()...)
}

// Parse reads one line.
func Parse(line []byte) (Record, error) {
	if r, ok := fast(line); ok {
		return r, nil
	}
	return slow(line)
}

// slow reads any record.
func slow(line []byte) (Record, error) {
	var w wire
	if err := json.Unmarshal(line, &w); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrBadRecord, err)
	}
	at, err := time.Parse(time.RFC3339, w.At)
	if err != nil {
		return Record{}, fmt.Errorf("%w: the time %q is not RFC 3339", ErrBadRecord, w.At)
	}
	if y := at.UTC().Year(); y < 0 || y > 9999 {
		return Record{}, fmt.Errorf("%w: the time %q lies outside the years 0000 to 9999", ErrBadRecord, w.At)
	}
	if w.Kind == session && (w.Session == Up || w.Session == Down) {
		w.Kind = w.Session
	} else if !slices.Contains(kinds, w.Kind) {
		return Record{}, fmt.Errorf("%w: kind %q", ErrBadRecord, w.Kind)
	}
	if w.Kind == Request && w.Request == nil {
		return Record{}, fmt.Errorf("%w: a request without its content", ErrBadRecord)
	}
	return Record{Kind: w.Kind, At: at.UnixMilli(), Raw: w.Raw, Code: w.Code, Text: w.Text, JID: w.JID, Domain: w.Domain,
		Request: w.Request, Start: w.Start}, nil
}

// Reader reads a trace line by line; it keeps one line, of at most MaxLine bytes.
type Reader struct {
	s    *bufio.Reader
	line int
	err  error // for good: no line can be told from another behind it
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{s: bufio.NewReaderSize(r, 64<<10)} }

// Next is the next record; io.EOF after the last. An error names the line; ErrTruncated is for a last line that was cut
// off. After ErrBadRecord of one line reading may go on with the next; a line beyond MaxLine and the errors of the
// underlying reader are for good.
func (t *Reader) Next() (Record, error) {
	for t.err == nil {
		line, err := t.readLine()
		if err != nil && (err != io.EOF || len(line) == 0) {
			t.err = err
			break
		}
		t.line++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		rec, bad := Parse(line)
		if bad != nil && err == io.EOF && !json.Valid(line) {
			return Record{}, fmt.Errorf("%w (line %d)", ErrTruncated, t.line)
		}
		if bad != nil {
			return Record{}, fmt.Errorf("line %d: %w", t.line, bad)
		}
		return rec, nil
	}
	return Record{}, t.err
}

func (t *Reader) readLine() ([]byte, error) {
	var whole []byte
	for {
		part, err := t.s.ReadSlice('\n')
		if err == nil && whole == nil {
			return part, nil
		}
		whole = append(whole, part...)
		if len(whole) > MaxLine {
			return nil, fmt.Errorf("line %d: %w: longer than %d bytes", t.line+1, ErrBadRecord, MaxLine)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return whole, err
		}
	}
}
