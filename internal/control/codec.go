package control

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// MaxMessage bounds a request or a response, in bytes.
const MaxMessage = 256 << 10

// maxNameBytes bounds a verb, a code and a name.
const maxNameBytes = 64

const greeting = "offhook 1 "

// Errors of reading a message.
var (
	ErrMalformed = errors.New("malformed message")
	ErrTooLong   = errors.New("message too long")
)

// request is a verb with its values.
type request struct {
	verb   string
	values Values
}

// response is the daemon's response: values, and an Error if it refused.
type response struct {
	values  Values
	refusal *Error
}

func readRequest(r io.Reader) (request, error) {
	s := lineReader{r: bufio.NewReader(r)}
	head, err := s.line()
	if err != nil {
		return request{}, err
	}
	verb, ok := strings.CutPrefix(head, greeting)
	if !ok || !isName(verb) {
		return request{}, fmt.Errorf("control: %w: a request begins with %q and a verb", ErrMalformed, strings.TrimSpace(greeting))
	}
	values, err := s.values()
	return request{verb, values}, err
}

func readResponse(r io.Reader) (response, error) {
	s := lineReader{r: bufio.NewReader(r)}
	head, err := s.line()
	if err != nil {
		return response{}, err
	}
	var a response
	if rest, refused := strings.CutPrefix(head, "error "); refused {
		code, text, _ := strings.Cut(rest, " ")
		text, ok := unescape(text)
		if !ok || !isName(code) {
			return response{}, fmt.Errorf("control: %w: an error without a code", ErrMalformed)
		}
		a.refusal = &Error{code, text}
	} else if head != "ok" {
		return response{}, fmt.Errorf("control: %w: a response begins with ok or error", ErrMalformed)
	}
	a.values, err = s.values()
	return a, err
}

func (q request) appendTo(b []byte) ([]byte, error) {
	if !isName(q.verb) {
		return b, fmt.Errorf("control: %w: verb %q", ErrMalformed, q.verb)
	}
	b = append(append(append(b, greeting...), q.verb...), '\n')
	return appendValues(b, q.values)
}

func (a response) appendTo(b []byte) ([]byte, error) {
	if a.refusal == nil {
		return appendValues(append(b, "ok\n"...), a.values)
	}
	if !isName(a.refusal.Code) {
		return b, fmt.Errorf("control: %w: code %q", ErrMalformed, a.refusal.Code)
	}
	b = append(append(append(b, "error "...), a.refusal.Code...), ' ')
	return appendValues(append(escape(b, a.refusal.Text), '\n'), a.values)
}

func appendValues(b []byte, values Values) ([]byte, error) {
	for _, v := range values {
		if !isName(v.Name) {
			return b, fmt.Errorf("control: %w: name %q", ErrMalformed, v.Name)
		}
		if !utf8.ValidString(v.Value) {
			return b, fmt.Errorf("control: %w: the value of %s is not UTF-8", ErrMalformed, v.Name)
		}
		b = append(escape(append(append(b, v.Name...), '='), v.Value), '\n')
	}
	if b = append(b, '\n'); len(b) > MaxMessage {
		return b, fmt.Errorf("control: %w: %d bytes", ErrTooLong, len(b))
	}
	return b, nil
}

// lineReader reads the lines of one message and counts their bytes.
type lineReader struct {
	r         *bufio.Reader
	bytesRead int
}

func (s *lineReader) line() (string, error) {
	var b []byte
	for {
		part, err := s.r.ReadSlice('\n')
		if s.bytesRead += len(part); s.bytesRead > MaxMessage {
			return "", fmt.Errorf("control: %w: more than %d bytes", ErrTooLong, MaxMessage)
		}
		b = append(b, part...)
		switch {
		case err == nil:
			return checkLine(b[:len(b)-1])
		case errors.Is(err, io.EOF):
			return "", fmt.Errorf("control: the message ends early: %w", io.ErrUnexpectedEOF)
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", fmt.Errorf("control: %w", err)
		}
	}
}

func checkLine(b []byte) (string, error) {
	if !utf8.Valid(b) {
		return "", fmt.Errorf("control: %w: not UTF-8", ErrMalformed)
	}
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return "", fmt.Errorf("control: %w: a control character in a line", ErrMalformed)
		}
	}
	return string(b), nil
}

func (s *lineReader) values() (Values, error) {
	var all Values
	for {
		line, err := s.line()
		if err != nil || line == "" {
			return all, err
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || !isName(name) {
			return nil, fmt.Errorf("control: %w: a line that is not name=value", ErrMalformed)
		}
		if value, ok = unescape(value); !ok {
			return nil, fmt.Errorf("control: %w: %s has %% without two hexadecimal digits, or is not UTF-8", ErrMalformed, name)
		}
		all.Add(name, value)
	}
}

func isName(s string) bool {
	if s == "" || len(s) > maxNameBytes {
		return false
	}
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-') {
			return false
		}
	}
	return true
}

const hexDigits = "0123456789ABCDEF"

// escape appends a value with % and control characters escaped, but not tabs, which separate the fields of a list.
func escape(b []byte, s string) []byte {
	for _, c := range []byte(s) {
		if c == '%' || c < ' ' && c != '\t' || c == 0x7f {
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
			continue
		}
		b = append(b, c)
	}
	return b
}

func unescape(s string) (string, bool) {
	if !strings.Contains(s, "%") {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", false
		}
		high, low := hexValue(s[i+1]), hexValue(s[i+2])
		if high < 0 || low < 0 {
			return "", false
		}
		b = append(b, byte(high<<4|low))
		i += 2
	}
	return string(b), utf8.Valid(b)
}

func hexValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
