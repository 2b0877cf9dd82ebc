package xmpp

import "bytes"

// badPart is malformed input that is being passed over in Resync mode. Looking for a place to go on
// has to guess; it guesses so that a stanza nested in the bad one (a forwarded message, say) is not
// taken for one the server sent:
//
//   - a stream header, an XML declaration or the end of the stream always ends the bad part;
//   - the end tag of the bad stanza does;
//   - a message, iq or presence does at the start of a line, or anywhere once MaxBytes were passed;
//   - when the bad part is not inside an element, any start tag does.
type badPart struct {
	active  bool
	reason  string
	dropped int
	root    []byte // the stanza the bad part is in, nil outside
	nest    int    // elements of that name open
	prev    byte   // the byte before pos
}

// lookahead is what resync wants to see behind a '<' to decide.
const lookahead = 64

// beginResync drops the stanza being read up to the place where it went wrong.
func (s *Splitter) beginResync(reason string) {
	s.bad = badPart{active: true, reason: reason, dropped: s.skip.dropped + s.pos - s.start, prev: '\n'}
	if s.pos > 0 {
		s.bad.prev = s.buf[s.pos-1]
	}
	if len(s.marks) > 0 {
		s.bad.nest = 1
		s.bad.root = append(s.bad.root, s.firstName()...)
	}
	outside := len(s.marks) == 0
	s.marks, s.names, s.beyond = s.marks[:0], s.names[:0], 0
	s.skip, s.wait = skipping{}, pending{}
	s.start = s.pos
	if outside {
		s.badStart()
	}
}

func (s *Splitter) firstName() []byte {
	if len(s.marks) > 1 {
		return s.names[:s.marks[1]]
	}
	return s.names
}

// badStart handles a bad token between stanzas: when it is a start tag its whole element is bad.
func (s *Splitter) badStart() {
	b := s.buf[s.pos:s.end]
	if b[0] == '<' {
		i, code := nameEnd(b, 1)
		closing := bytes.IndexByte(b, '>')
		switch {
		case code == scanOn && closing > 0 && b[closing-1] == '/':
			s.drop(closing)
		case code == scanOn:
			s.bad.root, s.bad.nest = append(s.bad.root, b[1:i]...), 1
		}
	}
	s.drop(1)
}

// drop passes n bytes of the bad part.
func (s *Splitter) drop(n int) {
	if n == 0 {
		return
	}
	s.bad.prev = s.buf[s.pos+n-1]
	s.bad.dropped += n
	s.pos += n
	s.start = s.pos
}

// resync looks for the end of the bad part; ok false means "call again".
func (s *Splitter) resync() (Item, bool) {
	b := s.buf[s.pos:s.end]
	i := bytes.IndexByte(b, '<')
	if i < 0 {
		i = len(b)
	}
	s.drop(i)
	b = b[i:]
	if len(b) < lookahead && s.fill() {
		return Item{}, false
	}
	if len(b) == 0 {
		if s.bad.nest > 0 && s.fail == nil {
			s.fail = ErrTruncated
		}
		return s.endResync(), true
	}
	if s.goOnAt(b) {
		return s.endResync(), true
	}
	s.drop(1)
	return Item{}, false
}

// goOnAt decides about the '<' at pos.
func (s *Splitter) goOnAt(b []byte) bool {
	bad := &s.bad
	switch {
	case tagIs(b, "<?xml"), tagIs(b, "<stream:stream"), tagIs(b, "</stream:stream"):
		return true
	case bad.nest == 0:
		return len(b) > 1 && nameClass[b[1]] != notName && nameClass[b[1]] != namePart
	case (bad.prev == '\n' || bad.prev == '\r' || bad.dropped > s.lim.MaxBytes) && isTopLevel(b):
		return true
	case len(bad.root) == 0:
	case tagIs(b, "</"+string(bad.root)):
		if bad.nest--; bad.nest == 0 {
			s.drop(max(bytes.IndexByte(b, '>'), 0) + 1)
			return true
		}
	case tagIs(b, "<"+string(bad.root)):
		if end := bytes.IndexByte(b, '>'); end < 0 || b[end-1] != '/' {
			bad.nest++
		}
	}
	return false
}

func (s *Splitter) endResync() Item {
	it := Item{Kind: Malformed, Reason: s.bad.reason, Dropped: s.bad.dropped, Offset: s.began}
	s.bad = badPart{}
	s.began = s.base + int64(s.pos)
	return it
}

func isTopLevel(b []byte) bool {
	return tagIs(b, "<message") || tagIs(b, "<iq") || tagIs(b, "<presence") ||
		tagIs(b, "<stream:features") || tagIs(b, "<stream:error")
}

// tagIs tells whether b begins with that tag's opening and the name ends there.
func tagIs(b []byte, open string) bool {
	return len(b) > len(open) && string(b[:len(open)]) == open && nameClass[b[len(open)]] == notName
}
