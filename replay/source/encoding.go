package source

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Programs for Windows save text as UTF-8 with or without a byte order mark, as UTF-16, or in the code page of the
// system, which for western languages is Windows-1252.

// decodeUTF16 returns a reader that turns UTF-16 into UTF-8. It detects UTF-16 by the byte order mark or by the zero bytes
// of its ASCII characters, and returns b itself for any other text.
func decodeUTF16(b *bufio.Reader) *bufio.Reader {
	head, _ := b.Peek(4)
	u := &utf16Reader{r: b}
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		b.Discard(2)
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		b.Discard(2)
		u.bigEndian = true
	case len(head) == 4 && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
	case len(head) == 4 && head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
		u.bigEndian = true
	default:
		return b
	}
	return bufio.NewReaderSize(u, 64<<10)
}

// utf16Reader turns UTF-16 into UTF-8. An unpaired surrogate and an odd last byte become U+FFFD.
type utf16Reader struct {
	r           *bufio.Reader
	bigEndian   bool
	out         []byte
	pendingUnit int32 // a code unit that was read and not used; 0: none
	err         error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) < len(p) && u.err == nil {
		c, err := u.readRune()
		if err != nil {
			u.err = err
			break
		}
		u.out = utf8.AppendRune(u.out, c)
	}
	n := copy(p, u.out)
	u.out = append(u.out[:0], u.out[n:]...)
	if n > 0 || len(p) == 0 {
		return n, nil
	}
	return 0, u.err
}

func (u *utf16Reader) readRune() (rune, error) {
	c, err := u.readUnit()
	if err != nil || !utf16.IsSurrogate(c) {
		return c, err
	}
	second, err := u.readUnit()
	if err != nil {
		return utf8.RuneError, nil
	}
	if pair := utf16.DecodeRune(c, second); pair != utf8.RuneError {
		return pair, nil
	}
	u.pendingUnit = second
	return utf8.RuneError, nil
}

func (u *utf16Reader) readUnit() (rune, error) {
	if c := u.pendingUnit; c != 0 {
		u.pendingUnit = 0
		return c, nil
	}
	a, err := u.r.ReadByte()
	if err != nil {
		return 0, err
	}
	b, err := u.r.ReadByte()
	if err == io.EOF {
		return utf8.RuneError, nil
	}
	if u.bigEndian {
		a, b = b, a
	}
	return rune(a) | rune(b)<<8, err
}

// windows1252High has the characters 0x80 to 0x9F of Windows-1252; the other characters are those of Unicode.
const windows1252High = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"

var windows1252HighRunes = []rune(windows1252High)

// lineAsUTF8 returns a line as UTF-8, without a byte order mark. A line that is no UTF-8 is read as Windows-1252.
func lineAsUTF8(line string) string {
	line = strings.TrimPrefix(line, "\uFEFF")
	if utf8.ValidString(line) {
		return line
	}
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c >= 0x80 && c < 0xa0:
			b.WriteRune(windows1252HighRunes[c-0x80])
		default:
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}
