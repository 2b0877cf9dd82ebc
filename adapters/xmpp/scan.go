package xmpp

import (
	"bytes"
	"encoding/xml"
	"strings"

	"gosrc.io/xmpp/stanza"
)

// scanCode says how a step of the scan ended.
type scanCode uint8

const (
	scanContinue     scanCode = iota // fine, go on
	scanNeedsBytes                   // more bytes are needed
	scanItemComplete                 // an item is complete
	scanMalformed                    // not well-formed
)

type verdict struct {
	code   scanCode
	kind   Kind
	reason string
}

func malformedVerdict(reason string) verdict { return verdict{code: scanMalformed, reason: reason} }

var (
	commentOpen    = []byte("<!--")
	cdataOpen      = []byte("<![CDATA[")
	cdataEnd       = []byte("]]>")
	instructionEnd = []byte("?>")
	dashes         = []byte("--")
)

// scan works through the buffer until an item is complete, bytes run out or something is wrong.
func (s *Splitter) scan() verdict {
	if s.skip.token != noToken {
		return s.followToken()
	}
	for {
		if len(s.nameStarts) == 0 {
			if !s.skipToToken() {
				return verdict{code: scanNeedsBytes}
			}
		} else if v := s.text(); v.code != scanContinue {
			return v
		}
		if s.partial.active && !s.partialComplete() {
			return verdict{code: scanNeedsBytes}
		}
		if v := s.token(); v.code != scanContinue {
			return v
		}
	}
}

// text passes character content inside a stanza.
func (s *Splitter) text() verdict {
	if s.pos < s.end && s.buf[s.pos] == '<' {
		return verdict{}
	}
	i, code := textEnd(s.buf[:s.end], s.pos)
	s.pos = i
	if code == scanMalformed {
		return malformedVerdict("bad character, reference or ]]> in text")
	}
	return verdict{code: code}
}

// token scans the one markup token at pos. On scanMore pos stays and wait remembers it.
func (s *Splitter) token() verdict {
	b := s.buf[s.pos:s.end]
	if b[0] != '<' {
		return malformedVerdict("text between stanzas")
	}
	v := verdict{code: scanNeedsBytes}
	if len(b) > 1 {
		switch b[1] {
		case '/':
			v = s.endTag(b)
		case '!':
			v = s.declaration(b)
		case '?':
			v = s.instruction(b)
		default:
			v = s.startTag(b)
		}
	}
	if v.code == scanNeedsBytes {
		s.partial.active = true
	} else if s.partial.active {
		s.partial = partialToken{}
	}
	return v
}

// endTag scans "</name>".
func (s *Splitter) endTag(b []byte) verdict {
	if len(s.nameStarts) > 0 && s.tooDeepOpen == 0 {
		top := s.topName()
		if n := 2 + len(top); len(top) > 0 && n < len(b) && b[n] == '>' && string(b[2:n]) == string(top) {
			return s.closeElement(n + 1)
		}
	}
	i, code := nameEnd(b, 2)
	if code == scanContinue {
		name := b[2:i]
		if i = pastSpace(b, i); i == len(b) {
			return verdict{code: scanNeedsBytes}
		}
		if b[i] == '>' {
			return s.endTagNamed(name, i+1)
		}
	}
	if code == scanNeedsBytes {
		return verdict{code: scanNeedsBytes}
	}
	return malformedVerdict("bad end tag")
}

func (s *Splitter) endTagNamed(name []byte, n int) verdict {
	switch {
	case s.tooDeepOpen > 0:
		s.tooDeepOpen--
		s.pos += n
		return verdict{}
	case len(s.nameStarts) == 0:
		return s.streamEnd(name, n)
	case len(s.topName()) > 0 && string(s.topName()) != string(name):
		return malformedVerdict("end tag does not match")
	}
	return s.closeElement(n)
}

// streamEnd takes the end of the stream; a fragment of a log may end a stream it did not begin.
func (s *Splitter) streamEnd(name []byte, n int) verdict {
	known := s.stream != nil && string(name) == string(s.stream)
	if !known && !(s.lim.Resync && s.stream == nil && string(name) == "stream:stream") {
		return malformedVerdict("stray end tag")
	}
	s.stream = nil
	s.pos += n
	return verdict{code: scanItemComplete, kind: StreamClose}
}

// closeElement skips n bytes of an end tag and closes the innermost element.
func (s *Splitter) closeElement(n int) verdict {
	s.pos += n
	s.popName()
	if len(s.nameStarts) == 0 {
		return verdict{code: scanItemComplete, kind: Stanza}
	}
	return verdict{}
}

// startTag scans "<name attributes>" or "<name attributes/>".
func (s *Splitter) startTag(b []byte) verdict {
	i, code := nameEnd(b, 1)
	if code != scanContinue {
		return tagVerdict(code)
	}
	name := b[1:i]
	for {
		if i = pastSpace(b, i); i == len(b) {
			return verdict{code: scanNeedsBytes}
		}
		switch b[i] {
		case '>':
			return s.takeStartTag(name, b[:i+1], false)
		case '/':
			if i+1 == len(b) {
				return verdict{code: scanNeedsBytes}
			}
			if b[i+1] != '>' {
				return malformedVerdict("bad start tag")
			}
			return s.takeStartTag(name, b[:i+2], true)
		}
		if i, code = attribute(b, i); code != scanContinue {
			return tagVerdict(code)
		}
	}
}

func tagVerdict(code scanCode) verdict {
	if code == scanNeedsBytes {
		return verdict{code: scanNeedsBytes}
	}
	return malformedVerdict("bad start tag")
}

// attribute passes name='value' or name="value".
func attribute(b []byte, i int) (int, scanCode) {
	i, code := nameEnd(b, i)
	if code != scanContinue {
		return i, code
	}
	if i = pastSpace(b, i); i == len(b) {
		return i, scanNeedsBytes
	}
	if b[i] != '=' {
		return i, scanMalformed
	}
	if i = pastSpace(b, i+1); i == len(b) {
		return i, scanNeedsBytes
	}
	if q := b[i]; q == '"' || q == '\'' {
		return valueEnd(b, i+1, q)
	}
	return i, scanMalformed
}

func pastSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// takeStartTag opens the element of a complete start tag.
func (s *Splitter) takeStartTag(name, tag []byte, empty bool) verdict {
	depth := len(s.nameStarts) + s.tooDeepOpen + 1
	if depth == 1 && isStreamHeader(name, tag) {
		return s.takeStreamHeader(name, tag, empty)
	}
	s.pos += len(tag)
	if depth > s.lim.MaxDepth {
		if !s.skip.active {
			s.beginSkip(TooDeep, "nested too deep")
		}
		if !empty {
			s.tooDeepOpen++
		}
		return verdict{}
	}
	if !empty {
		s.pushName(s.boundedName(name))
	} else if depth == 1 {
		return verdict{code: scanItemComplete, kind: Stanza}
	}
	return verdict{}
}

// boundedName returns the name to keep of an open element: of a skipped stanza none longer than 1 KiB; an empty name
// matches any end tag.
func (s *Splitter) boundedName(name []byte) []byte {
	if s.skip.active && len(name) > 1<<10 {
		return nil
	}
	return name
}

// takeStreamHeader takes a stream header, the first or one that replaces an open stream.
func (s *Splitter) takeStreamHeader(name, tag []byte, empty bool) verdict {
	if empty || len(tag) > s.lim.MaxBytes {
		return malformedVerdict("bad stream header")
	}
	kind := StreamOpen
	if s.stream != nil {
		kind = Restarted
	}
	s.stream = append([]byte(nil), name...)
	s.pos += len(tag)
	return verdict{code: scanItemComplete, kind: kind}
}

// isStreamHeader says whether a start tag is a stream header: by the name "stream:stream", or with another prefix by
// its namespace.
func isStreamHeader(name, tag []byte) bool {
	if string(name) == "stream:stream" {
		return true
	}
	prefix, local, found := bytes.Cut(name, []byte{':'})
	if string(name) != "stream" && !(found && string(local) == "stream") {
		return false
	}
	space := []byte("xmlns")
	if found {
		space = append(append(space, ':'), prefix...)
	}
	value, ok := attrOf(tag, string(space))
	return ok && string(value) == stanza.NSStream
}

// declaration scans what begins with "<!": a comment, or CDATA inside a stanza.
func (s *Splitter) declaration(b []byte) verdict {
	switch {
	case bytes.HasPrefix(b, commentOpen):
		i := bytes.Index(b[4:], dashes)
		if i < 0 || 4+i+2 == len(b) {
			return verdict{code: scanNeedsBytes}
		}
		if b[4+i+2] != '>' {
			return malformedVerdict("-- inside a comment")
		}
		return s.passMarkup(4 + i + 3)
	case bytes.HasPrefix(b, cdataOpen) && len(s.nameStarts) > 0:
		i := bytes.Index(b[9:], cdataEnd)
		if i < 0 {
			return verdict{code: scanNeedsBytes}
		}
		if !charactersOK(b[9 : 9+i]) {
			return malformedVerdict("bad character in CDATA")
		}
		return s.passMarkup(9 + i + 3)
	case bytes.HasPrefix(commentOpen, b), bytes.HasPrefix(cdataOpen, b) && len(s.nameStarts) > 0:
		return verdict{code: scanNeedsBytes}
	}
	return malformedVerdict("document type declaration or other forbidden markup")
}

// instruction scans "<?target …?>". An XML declaration may stand before or between streams only
// and must not name another character set or version.
func (s *Splitter) instruction(b []byte) verdict {
	i, code := anyNameEnd(b, 2, len(b)) // a target is no qualified name
	if code == scanMalformed {
		return malformedVerdict("bad processing instruction")
	}
	if code == scanNeedsBytes {
		return verdict{code: scanNeedsBytes}
	}
	if string(b[2:i]) == "xml" && len(s.nameStarts) > 0 {
		return malformedVerdict("XML declaration inside a stanza")
	}
	j := bytes.Index(b[i:], instructionEnd)
	if j < 0 {
		return verdict{code: scanNeedsBytes}
	}
	if string(b[2:i]) == "xml" && !declarationOK(b[:i+j+2]) {
		return malformedVerdict("unsupported XML version or encoding")
	}
	return s.passMarkup(i + j + 2)
}

func declarationOK(decl []byte) bool {
	_, err := xml.NewDecoder(bytes.NewReader(decl)).RawToken()
	return err == nil
}

// passMarkup skips n bytes of markup that is no element; between stanzas they are dropped.
func (s *Splitter) passMarkup(n int) verdict {
	s.pos += n
	if len(s.nameStarts) == 0 {
		s.start = s.pos
	}
	return verdict{}
}

// attrOf finds an attribute of a well-formed start tag and returns its value undecoded.
func attrOf(tag []byte, name string) ([]byte, bool) {
	i, code := nameEnd(tag, 1)
	for code == scanContinue {
		i = pastSpace(tag, i)
		begin := i
		if i, code = attribute(tag, i); code != scanContinue {
			break
		}
		key, value, _ := strings.Cut(string(tag[begin:i]), "=")
		if strings.TrimRight(key, " \r\n\t") == name {
			value = strings.TrimLeft(value, " \r\n\t")
			return []byte(value[1 : len(value)-1]), true
		}
	}
	return nil, false
}
