package xmpp

import (
	"bytes"
	"encoding/xml"
	"strings"

	"gosrc.io/xmpp/stanza"
)

// scanCode is how a piece of scanning ended.
type scanCode uint8

const (
	scanOn   scanCode = iota // fine, go on
	scanMore                 // more bytes are needed
	scanItem                 // an item is complete
	scanBad                  // not well-formed
)

type verdict struct {
	code   scanCode
	kind   Kind
	reason string
}

func badly(reason string) verdict { return verdict{code: scanBad, reason: reason} }

var (
	commentOpen = []byte("<!--")
	cdataOpen   = []byte("<![CDATA[")
	cdataEnd    = []byte("]]>")
	pieceEnd    = []byte("?>")
	dashes      = []byte("--")
)

// scan works through the buffer until an item is complete, bytes run out or something is wrong.
func (s *Splitter) scan() verdict {
	if s.skip.token != noToken {
		return s.passToken()
	}
	for {
		if len(s.marks) == 0 {
			if !s.between() {
				return verdict{code: scanMore}
			}
		} else if v := s.text(); v.code != scanOn {
			return v
		}
		if s.wait.active && !s.arrived() {
			return verdict{code: scanMore}
		}
		if v := s.token(); v.code != scanOn {
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
	if code == scanBad {
		return badly("bad character, reference or ]]> in text")
	}
	return verdict{code: code}
}

// token scans the one markup token at pos. On scanMore pos stays and wait remembers it.
func (s *Splitter) token() verdict {
	b := s.buf[s.pos:s.end]
	if b[0] != '<' {
		return badly("text between stanzas")
	}
	v := verdict{code: scanMore}
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
	if v.code == scanMore {
		s.wait.active = true
	} else if s.wait.active {
		s.wait = pending{}
	}
	return v
}

// endTag scans "</name>".
func (s *Splitter) endTag(b []byte) verdict {
	if len(s.marks) > 0 && s.beyond == 0 {
		top := s.top()
		if n := 2 + len(top); len(top) > 0 && n < len(b) && b[n] == '>' && string(b[2:n]) == string(top) {
			return s.closed(n + 1)
		}
	}
	i, code := nameEnd(b, 2)
	if code == scanOn {
		name := b[2:i]
		if i = pastSpace(b, i); i == len(b) {
			return verdict{code: scanMore}
		}
		if b[i] == '>' {
			return s.endTagNamed(name, i+1)
		}
	}
	if code == scanMore {
		return verdict{code: scanMore}
	}
	return badly("bad end tag")
}

func (s *Splitter) endTagNamed(name []byte, n int) verdict {
	switch {
	case s.beyond > 0:
		s.beyond--
		s.pos += n
		return verdict{}
	case len(s.marks) == 0:
		return s.streamEnd(name, n)
	case len(s.top()) > 0 && string(s.top()) != string(name):
		return badly("end tag does not match")
	}
	return s.closed(n)
}

// streamEnd takes the end of the stream; a fragment of a log may end a stream it did not begin.
func (s *Splitter) streamEnd(name []byte, n int) verdict {
	known := s.stream != nil && string(name) == string(s.stream)
	if !known && !(s.lim.Resync && s.stream == nil && string(name) == "stream:stream") {
		return badly("stray end tag")
	}
	s.stream = nil
	s.pos += n
	return verdict{code: scanItem, kind: StreamClose}
}

// closed takes n bytes of an end tag and closes the innermost element.
func (s *Splitter) closed(n int) verdict {
	s.pos += n
	s.pop()
	if len(s.marks) == 0 {
		return verdict{code: scanItem, kind: Stanza}
	}
	return verdict{}
}

// startTag scans "<name attributes>" or "<name attributes/>".
func (s *Splitter) startTag(b []byte) verdict {
	i, code := nameEnd(b, 1)
	if code != scanOn {
		return tagVerdict(code)
	}
	name := b[1:i]
	for {
		if i = pastSpace(b, i); i == len(b) {
			return verdict{code: scanMore}
		}
		switch b[i] {
		case '>':
			return s.opened(name, b[:i+1], false)
		case '/':
			if i+1 == len(b) {
				return verdict{code: scanMore}
			}
			if b[i+1] != '>' {
				return badly("bad start tag")
			}
			return s.opened(name, b[:i+2], true)
		}
		if i, code = attribute(b, i); code != scanOn {
			return tagVerdict(code)
		}
	}
}

func tagVerdict(code scanCode) verdict {
	if code == scanMore {
		return verdict{code: scanMore}
	}
	return badly("bad start tag")
}

// attribute passes name='value' or name="value".
func attribute(b []byte, i int) (int, scanCode) {
	i, code := nameEnd(b, i)
	if code != scanOn {
		return i, code
	}
	if i = pastSpace(b, i); i == len(b) {
		return i, scanMore
	}
	if b[i] != '=' {
		return i, scanBad
	}
	if i = pastSpace(b, i+1); i == len(b) {
		return i, scanMore
	}
	if q := b[i]; q == '"' || q == '\'' {
		return valueEnd(b, i+1, q)
	}
	return i, scanBad
}

func pastSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// opened takes a complete start tag.
func (s *Splitter) opened(name, tag []byte, empty bool) verdict {
	depth := len(s.marks) + s.beyond + 1
	if depth == 1 && isStreamHeader(name, tag) {
		return s.header(name, tag, empty)
	}
	s.pos += len(tag)
	if depth > s.lim.MaxDepth {
		if !s.skip.active {
			s.beginSkip(TooDeep, "nested too deep")
		}
		if !empty {
			s.beyond++
		}
		return verdict{}
	}
	if !empty {
		s.push(s.kept(name))
	} else if depth == 1 {
		return verdict{code: scanItem, kind: Stanza}
	}
	return verdict{}
}

// kept bounds the names held while a stanza is skipped; one that is left out matches anything.
func (s *Splitter) kept(name []byte) []byte {
	if s.skip.active && len(name) > 1<<10 {
		return nil
	}
	return name
}

// header takes a stream header, the first or one that replaces an open stream.
func (s *Splitter) header(name, tag []byte, empty bool) verdict {
	if empty || len(tag) > s.lim.MaxBytes {
		return badly("bad stream header")
	}
	kind := StreamOpen
	if s.stream != nil {
		kind = Restarted
	}
	s.stream = append([]byte(nil), name...)
	s.pos += len(tag)
	return verdict{code: scanItem, kind: kind}
}

// isStreamHeader knows "stream:stream" by sight and any other prefix by its namespace.
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
			return verdict{code: scanMore}
		}
		if b[4+i+2] != '>' {
			return badly("-- inside a comment")
		}
		return s.passed(4 + i + 3)
	case bytes.HasPrefix(b, cdataOpen) && len(s.marks) > 0:
		i := bytes.Index(b[9:], cdataEnd)
		if i < 0 {
			return verdict{code: scanMore}
		}
		if !checkChars(b[9 : 9+i]) {
			return badly("bad character in CDATA")
		}
		return s.passed(9 + i + 3)
	case bytes.HasPrefix(commentOpen, b), bytes.HasPrefix(cdataOpen, b) && len(s.marks) > 0:
		return verdict{code: scanMore}
	}
	return badly("document type declaration or other forbidden markup")
}

// instruction scans "<?target …?>". An XML declaration may stand before or between streams only
// and must not name another character set or version.
func (s *Splitter) instruction(b []byte) verdict {
	i, code := anyNameEnd(b, 2, len(b)) // a target is no qualified name
	if code == scanBad {
		return badly("bad processing instruction")
	}
	if code == scanMore {
		return verdict{code: scanMore}
	}
	if string(b[2:i]) == "xml" && len(s.marks) > 0 {
		return badly("XML declaration inside a stanza")
	}
	j := bytes.Index(b[i:], pieceEnd)
	if j < 0 {
		return verdict{code: scanMore}
	}
	if string(b[2:i]) == "xml" && !declarationOK(b[:i+j+2]) {
		return badly("unsupported XML version or encoding")
	}
	return s.passed(i + j + 2)
}

func declarationOK(decl []byte) bool {
	_, err := xml.NewDecoder(bytes.NewReader(decl)).RawToken()
	return err == nil
}

// passed takes n bytes of markup that is no element; between stanzas it is simply dropped.
func (s *Splitter) passed(n int) verdict {
	s.pos += n
	if len(s.marks) == 0 {
		s.start = s.pos
	}
	return verdict{}
}

// attrOf finds an attribute of a well-formed start tag and returns its value undecoded.
func attrOf(tag []byte, name string) ([]byte, bool) {
	i, code := nameEnd(tag, 1)
	for code == scanOn {
		i = pastSpace(tag, i)
		begin := i
		if i, code = attribute(tag, i); code != scanOn {
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
