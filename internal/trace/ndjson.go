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

// Errors of a Reader. Their texts name the line.
var (
	// ErrTruncated says that the last line is incomplete: the capture was cut off.
	ErrTruncated = errors.New("trace: cut off in the middle of a line")
	// ErrBadRecord says that a line holds no record.
	ErrBadRecord = errors.New("trace: not a trace record")
)

// MaxLine bounds one line. A stanza of the largest allowed size has at most 1.5 MiB as JSON; a start record holds the whole
// state of the engine, some hundred bytes a call.
const MaxLine = 64 << 20

var allKinds = []Kind{Start, In, Out, Skipped, Up, Down, Request, Timer, Gap}

// Append appends the record as one line of JSON with its newline. Bytes that are no UTF-8, which only skipped input can
// hold, become U+FFFD.
func (r Record) Append(b []byte) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	kind, updown := r.Kind, Kind("")
	if kind == Up || kind == Down {
		kind, updown = kindSession, kind
	}
	err := enc.Encode(jsonRecord{At: FormatTime(r.At), Kind: kind, Session: updown, Raw: r.Raw, Code: r.Code, Text: r.Text, JID: r.JID,
		Domain: r.Domain, Request: r.Request, Start: r.Start})
	if err != nil { // only an invalid Start can fail, and the engine made it
		panic("trace: " + err.Error())
	}
	return append(b, buf.Bytes()...)
}

// Parse reads one line.
func Parse(line []byte) (Record, error) {
	if r, ok := parseStanzaRecord(line); ok {
		return r, nil
	}
	return parseAnyRecord(line)
}

// parseAnyRecord reads any record with encoding/json.
func parseAnyRecord(line []byte) (Record, error) {
	var w jsonRecord
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
	if w.Kind == kindSession && (w.Session == Up || w.Session == Down) {
		w.Kind = w.Session
	} else if !slices.Contains(allKinds, w.Kind) {
		return Record{}, fmt.Errorf("%w: kind %q", ErrBadRecord, w.Kind)
	}
	if w.Kind == Request && w.Request == nil {
		return Record{}, fmt.Errorf("%w: a request without the key request", ErrBadRecord)
	}
	return Record{Kind: w.Kind, At: at.UnixMilli(), Raw: w.Raw, Code: w.Code, Text: w.Text, JID: w.JID, Domain: w.Domain,
		Request: w.Request, Start: w.Start}, nil
}

// Reader reads a trace line by line. It keeps one line of at most MaxLine bytes in memory.
type Reader struct {
	buffered *bufio.Reader
	line     int
	err      error // final: after it the next line's beginning is unknown
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{buffered: bufio.NewReaderSize(r, 64<<10)} }

// Next returns the next record, and io.EOF after the last one. The error names the line; ErrTruncated says that the last
// line is incomplete. After ErrBadRecord the caller may go on with the next line, but a line beyond MaxLine and the errors
// of the underlying reader are final.
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
		part, err := t.buffered.ReadSlice('\n')
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
