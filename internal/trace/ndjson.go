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

// MaxLine bounds one line: a stanza of the largest allowed size in its worst JSON spelling.
const MaxLine = 8 << 20

var kinds = []Kind{Start, In, Out, Skipped, Up, Down, Request, Timer, Gap}

// Append writes the record as one line of JSON with its newline.
func (r Record) Append(b []byte) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(wire{At: FormatTime(r.At), Kind: r.Kind, Raw: r.Raw, Code: r.Code, Text: r.Text, JID: r.JID,
		Domain: r.Domain, Request: r.Request, Start: r.Start})
	if err != nil { // only an invalid Start can fail, and the engine made it
		panic("trace: " + err.Error())
	}
	return append(b, buf.Bytes()...)
}

// Parse reads one line.
func Parse(line []byte) (Record, error) {
	var w wire
	if err := json.Unmarshal(line, &w); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrBadRecord, err)
	}
	at, err := time.Parse(time.RFC3339, w.At)
	if err != nil {
		return Record{}, fmt.Errorf("%w: the time %q is not RFC 3339", ErrBadRecord, w.At)
	}
	if !slices.Contains(kinds, w.Kind) {
		return Record{}, fmt.Errorf("%w: kind %q", ErrBadRecord, w.Kind)
	}
	if w.Kind == Request && w.Request == nil {
		return Record{}, fmt.Errorf("%w: a request without its content", ErrBadRecord)
	}
	return Record{Kind: w.Kind, At: at.UnixMilli(), Raw: w.Raw, Code: w.Code, Text: w.Text, JID: w.JID, Domain: w.Domain,
		Request: w.Request, Start: w.Start}, nil
}

// Reader reads a trace line by line in constant memory.
type Reader struct {
	s    *bufio.Reader
	line int
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{s: bufio.NewReaderSize(r, 64<<10)} }

// Next is the next record; io.EOF after the last. An error names the line; ErrTruncated is for a last line that was cut off.
func (t *Reader) Next() (Record, error) {
	for {
		line, err := t.readLine()
		if err != nil && (err != io.EOF || len(line) == 0) {
			return Record{}, err
		}
		t.line++
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		rec, bad := Parse(line)
		if bad != nil && err == io.EOF {
			return Record{}, fmt.Errorf("%w (line %d)", ErrTruncated, t.line)
		}
		if bad != nil {
			return Record{}, fmt.Errorf("line %d: %w", t.line, bad)
		}
		return rec, nil
	}
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
