package fact

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// AppendText appends the fact's text form, one line of a scenario file, without the newline.
func (f *Fact) AppendText(b []byte) []byte {
	switch f.Kind {
	case Event:
		b = append(b, "event "...)
		b = strconv.AppendUint(b, f.Seq, 10)
		b = appendWord(b, f.Name)
		for _, x := range f.Fields {
			b = appendPair(b, x.Key, x.Value)
		}
	case State:
		b = appendCall(append(b, "state "...), f)
		b = appendWord(append(appendWord(b, f.From), " ->"...), f.To)
	case Line:
		b = appendWord(append(append(b, "line  "...), quoteIfNeeded(f.Line)...), f.Msg)
		b = f.appendMessage(b)
	case Send:
		b = append(append(b, "send  "...), escapeUnprintable(f.Raw)...)
	case Ignored:
		b = append(append(appendWord(append(b, "ignored"...), f.Code), ": "...), escapeUnprintable(f.Text)...)
		if f.Channel != "" {
			b = appendPair(b, "channel", f.Channel)
		}
	case Notice:
		b = appendWord(appendWord(append(b, "notice"...), f.Severity), f.Code)
		b = append(append(b, ": "...), escapeUnprintable(f.Text)...)
		if f.Line != "" {
			b = appendPair(b, "line", f.Line)
		}
	}
	return b
}

func (f *Fact) appendMessage(b []byte) []byte {
	if f.Call != 0 {
		b = appendPair(b, "call", strconv.FormatUint(uint64(f.Call), 10))
	}
	for _, word := range []string{f.CallState, f.Mode, strings.Join(f.Bits, "|")} {
		if word != "" {
			b = appendWord(b, word)
		}
	}
	if f.Ringing {
		b = appendPair(b, "mode", strconv.Itoa(f.RingMode))
		b = appendPair(b, "count", strconv.Itoa(f.RingCount))
	}
	if f.Msg == "ASYNC_COMPLETION" {
		b = appendPair(b, "request", strconv.FormatUint(uint64(f.Request), 10))
		b = appendWord(b, f.Result)
	}
	if f.Msg == "LINE_CALLINFO" && f.Info != nil {
		b = f.Info.appendText(b)
	}
	return b
}

// appendText appends what a LINE_CALLINFO says, without unknown parties.
func (i *Info) appendText(b []byte) []byte {
	for _, x := range i.fields() {
		if x.Value != "" {
			b = appendPair(b, x.Key, x.Value)
		}
	}
	return b
}

func (i *Info) fields() []Field {
	return []Field{{Key: "origin", Value: i.Origin}, {Key: "reason", Value: i.Reason},
		{Key: "caller", Value: i.Caller}, {Key: "callerName", Value: i.CallerName},
		{Key: "called", Value: i.Called}, {Key: "calledName", Value: i.CalledName},
		{Key: "connected", Value: i.Connected}, {Key: "connectedName", Value: i.ConnectedName},
		{Key: "redirecting", Value: i.Redirecting}, {Key: "redirection", Value: i.Redirection}}
}

// appendWord appends a blank and a word. The word is escaped, since a hostile trace may hold any text.
func appendWord(b []byte, word string) []byte {
	return append(append(b, ' '), escapeUnprintable(word)...)
}

func appendCall(b []byte, f *Fact) []byte {
	b = append(append(b, quoteIfNeeded(f.Line)...), '/')
	return strconv.AppendUint(b, uint64(f.Call), 10)
}

func appendPair(b []byte, key, value string) []byte {
	return append(append(appendWord(b, key), '='), quoteIfNeeded(value)...)
}

// quoteIfNeeded quotes a value that would otherwise not read as one word.
func quoteIfNeeded(s string) string {
	if s == "" || strings.ContainsAny(s, " \"\\\t\r\n") || strconv.Quote(s) != `"`+s+`"` {
		return strconv.Quote(s)
	}
	return s
}

// escapeUnprintable keeps a fact on one line. If the text has an unprintable character (line breaks of any script, control
// and direction characters, invalid UTF-8), it escapes these and backslashes.
func escapeUnprintable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r == utf8.RuneError || !strconv.IsPrint(r) }) < 0 {
		return s
	}
	q := strconv.Quote(s)
	return unescapeQuotes.Replace(q[1 : len(q)-1])
}

// unescapeQuotes removes the backslash before a quotation mark. It matches an escaped backslash first, so that a quotation
// mark after one is not changed.
var unescapeQuotes = strings.NewReplacer(`\\`, `\\`, `\"`, `"`)
