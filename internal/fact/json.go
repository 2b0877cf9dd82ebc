package fact

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// AppendJSON appends the fact as one JSON object without a newline (decision D2). The keys are a stable public interface.
// Empty values are left out, but an unknown party is "".
func (f *Fact) AppendJSON(b []byte) []byte {
	o := objectWriter{buf: append(b, '{')}
	o.text("kind", string(f.Kind))
	o.text("at", time.UnixMilli(f.At).UTC().Format("2006-01-02T15:04:05.000Z"))
	if f.Line != "" {
		o.text("line", f.Line)
	}
	switch f.Kind {
	case Event:
		o.number("seq", f.Seq)
		o.text("name", f.Name)
		o.text("source", f.Source)
		f.appendFields(&o)
	case State:
		o.number("call", uint64(f.Call))
		o.text("channel", f.Channel)
		o.text("from", f.From)
		o.text("to", f.To)
	case Line:
		f.appendMessageJSON(&o)
	case Send:
		o.text("raw", f.Raw)
	case Ignored:
		if f.Seq != 0 {
			o.number("seq", f.Seq)
		}
		o.text("why", f.Code+": "+f.Text)
		o.text("code", f.Code)
		o.optionalText("channel", f.Channel)
		o.optionalText("raw", f.Raw)
	case Notice:
		o.number("seq", f.Seq)
		o.text("severity", f.Severity)
		o.text("code", f.Code)
		o.text("text", f.Text)
	}
	return append(o.buf, '}')
}

// appendFields writes an event's fields under unique keys. A field whose key is one of the fact's own is prefixed with the
// first word of the event's name (a line's name is lineName, a request's kind requestKind); a repeated field, such as a
// line's devices, gets a number at the end of its key.
func (f *Fact) appendFields(o *objectWriter) {
	for i, x := range f.Fields {
		if x.Key == "line" {
			continue // the object has the line's address already
		}
		key := f.fieldKey(i)
		if x.Unquoted && isUnquotedJSON(x.Value) {
			o.key(key)
			o.buf = append(o.buf, x.Value...)
		} else {
			o.text(key, x.Value)
		}
	}
}

// fieldKey returns the key of field i in JSON.
func (f *Fact) fieldKey(i int) string {
	key := f.Fields[i].Key
	n := 1
	for _, x := range f.Fields[:i] {
		if x.Key == key {
			n++
		}
	}
	switch key {
	case "kind", "at", "seq", "name", "source":
		word, _, _ := strings.Cut(f.Name, ".")
		key = word + strings.ToUpper(key[:1]) + key[1:]
	}
	if n > 1 {
		key += strconv.Itoa(n)
	}
	return key
}

// isUnquotedJSON reports whether JSON may write a value without quotes: a boolean or a whole number.
func isUnquotedJSON(s string) bool {
	if s == "true" || s == "false" {
		return true
	}
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || len(digits) > 1 && digits[0] == '0' {
		return false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	return true
}

func (f *Fact) appendMessageJSON(o *objectWriter) {
	o.text("msg", f.Msg)
	if f.Call != 0 {
		o.number("call", uint64(f.Call))
	}
	o.optionalText("state", f.CallState)
	o.optionalText("mode", f.Mode)
	if len(f.Bits) > 0 {
		o.list("bits", f.Bits)
	}
	if f.Msg == "ASYNC_COMPLETION" {
		o.number("request", uint64(f.Request))
		o.text("result", f.Result)
	}
	if f.Ringing {
		o.number("ringMode", uint64(f.RingMode))
		o.number("ringCount", uint64(f.RingCount))
	}
	if f.Info != nil {
		for _, x := range f.Info.fields() {
			o.text(x.Key, x.Value)
		}
		o.list("features", f.Info.Features)
	}
}

// objectWriter writes the members of one JSON object.
type objectWriter struct{ buf []byte }

func (o *objectWriter) key(k string) {
	if o.buf[len(o.buf)-1] != '{' {
		o.buf = append(o.buf, ',')
	}
	o.buf = append(appendString(o.buf, k), ':')
}

func (o *objectWriter) text(k, v string) {
	o.key(k)
	o.buf = appendString(o.buf, v)
}

func (o *objectWriter) optionalText(k, v string) {
	if v != "" {
		o.text(k, v)
	}
}

func (o *objectWriter) number(k string, v uint64) {
	o.key(k)
	o.buf = strconv.AppendUint(o.buf, v, 10)
}

func (o *objectWriter) list(k string, vs []string) {
	o.key(k)
	o.buf = append(o.buf, '[')
	for i, v := range vs {
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		o.buf = appendString(o.buf, v)
	}
	o.buf = append(o.buf, ']')
}

const hex = "0123456789abcdef"

// appendString appends a JSON string (RFC 8259 clause 7). It escapes only what must be escaped; invalid UTF-8 becomes
// U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c < ' ' || c == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		i++
	}
	return append(b, '"')
}
