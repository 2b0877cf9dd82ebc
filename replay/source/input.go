package source

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"offhook/internal/trace"
)

// Input reads files of any form as consecutive parts of one timeline. It detects the form by the content, not by the name:
// an archive of offhook trace stop, gzip or plain; a trace (it begins with "{"), XML, or a debug log.
type Input struct {
	files     []string
	stdin     io.Reader
	split     Split
	stanzas   stanzaFile
	onLogLine func(trace.LogLine)
	preferLog bool // read the debug log of an archive, not its trace
	next      func() (trace.Record, error)
	close     func() error
	name      string
}

// ErrUnreadable says that an input could not be read to its end. What followed from the inputs before that was written.
// Exit code 1.
var ErrUnreadable = errors.New("replay: unreadable input")

// Piece is one part of a file of stanzas: a stanza, or something that was left out.
type Piece struct {
	Raw    string // the exact bytes of the stanza; empty if something was left out
	Code   string // why it was left out: a stable word such as "malformed" or "oversize"
	Text   string // the same for people
	Offset int64  // where the piece begins, in bytes
}

// Split splits a byte stream into stanzas, without stream headers. The function that it returns returns the next piece,
// io.EOF after the last one, and another error if the stream ends inside a stanza or cannot be read.
type Split func(io.Reader) func() (Piece, error)

// Options say how files are read.
type Options struct {
	Split Split     // nil: no stanza files
	Stdin io.Reader // is read for the file name "-"
	// OnLogLine is called with each line of a debug log that is no input, between the inputs. If it is set, Input reads the
	// debug log of an archive instead of its trace.
	OnLogLine func(trace.LogLine)
}

// Stdin is the file name that stands for standard input.
const Stdin = "-"

// NewInput reads the files in their order. Nothing is opened before the first Next.
func NewInput(o Options, files ...string) *Input {
	return &Input{files: files, stdin: o.Stdin, split: o.Split, onLogLine: o.OnLogLine, preferLog: o.OnLogLine != nil}
}

// Next returns the next record, and io.EOF after the last file. Any other error wraps ErrUnreadable and names the file and
// the line or byte.
func (in *Input) Next() (trace.Record, error) {
	for {
		if in.next == nil {
			if len(in.files) == 0 {
				return trace.Record{}, io.EOF
			}
			if err := in.open(); err != nil {
				return trace.Record{}, in.fail(err)
			}
		}
		r, err := in.next()
		if err == nil {
			return r, nil
		}
		in.Close()
		if err != io.EOF {
			return trace.Record{}, in.fail(err)
		}
	}
}

// Name returns the name of the file that was read last.
func (in *Input) Name() string { return in.name }

// Outgoing returns how many stanzas went out, as far as the file itself does not tell directions, and were left out.
func (in *Input) Outgoing() int { return in.stanzas.outgoing }

// Close closes the open file.
func (in *Input) Close() {
	if in.close != nil {
		in.close()
	}
	in.next, in.close = nil, nil
}

func (in *Input) fail(err error) error {
	in.Close()
	in.files = nil
	return fmt.Errorf("%w: %s: %w", ErrUnreadable, in.name, err)
}

func (in *Input) open() error {
	in.name, in.files = in.files[0], in.files[1:]
	r := in.stdin
	if in.name != Stdin {
		f, err := os.Open(in.name)
		if err != nil {
			return err
		}
		r, in.close = f, f.Close
	} else if in.name = "standard input"; r == nil {
		return fmt.Errorf("there is no standard input")
	}
	b := bufio.NewReaderSize(r, 64<<10)
	if head, _ := b.Peek(len(zipMagic)); bytes.Equal(head, []byte(zipMagic)) {
		entry, err := openArchive(r, b, in.preferLog)
		if err != nil {
			return err
		}
		b = bufio.NewReaderSize(entry, 64<<10)
	}
	b, err := decompressed(b)
	if err != nil {
		return err
	}
	return in.detectForm(decodeUTF16(b))
}

// decompressed returns a reader of the content if b is gzip (RFC 1952), even gzip within gzip, and else b.
func decompressed(b *bufio.Reader) (*bufio.Reader, error) {
	for range 2 {
		head, _ := b.Peek(2)
		if !bytes.Equal(head, []byte{0x1f, 0x8b}) {
			break
		}
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("not read as gzip: %w", err)
		}
		b = bufio.NewReaderSize(z, 64<<10)
	}
	return b, nil
}

// detectForm chooses the reader by the first characters.
func (in *Input) detectForm(b *bufio.Reader) error {
	c, err := skipToFirstByte(b)
	switch {
	case err == io.EOF:
		in.next = func() (trace.Record, error) { return trace.Record{}, io.EOF }
	case err != nil:
		return err
	case c == '{':
		in.next = trace.NewReader(b).Next
	case c == '<' && in.split != nil:
		next := in.split(b)
		in.next = func() (trace.Record, error) { return in.stanzas.next(next) }
	case looksLikeLog(peekBuffer(b)):
		d := newLogReader(b, &in.stanzas)
		d.onLogLine = in.onLogLine
		in.next = d.next
	default:
		return fmt.Errorf("it begins with %q: neither a trace (one JSON object a line) nor stanzas (XML) nor a debug log", c)
	}
	return nil
}

// skipToFirstByte skips a byte order mark and white space and returns the byte that comes next.
func skipToFirstByte(b *bufio.Reader) (byte, error) {
	if head, _ := b.Peek(3); bytes.Equal(head, []byte("\xEF\xBB\xBF")) {
		b.Discard(3)
	}
	for {
		c, err := b.ReadByte()
		if err != nil {
			return 0, err
		}
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c, b.UnreadByte()
		}
	}
}

// peekBuffer returns as much of the beginning as the buffer holds.
func peekBuffer(b *bufio.Reader) []byte {
	head, _ := b.Peek(b.Size())
	return head
}
