package xmpp

import "bytes"

// badPart is malformed input that is being skipped in Resync mode. Where a stanza begins again can only
// be guessed; the rules make sure that a stanza nested in the bad one (a forwarded message, say) is not
// taken for one the server sent:
//
//   - a stream header, an XML declaration or the end of the stream always ends the bad part;
//   - the end tag of the bad stanza does;
//   - a message, iq or presence does at the start of a line, or anywhere once MaxBytes were passed;
//   - when the bad part is not inside an element, any start tag does.
type badPart struct {
	active    bool
	reason    string
	dropped   int
	root      []byte // the stanza the bad part is in, nil outside
	openRoots int    // elements of that name open
	prev      byte   // the byte before pos
}

// lookahead is how many bytes resync needs behind a '<' to decide.
const lookahead = 64

// beginResync drops the stanza being read up to the place where it went wrong.
func (s *Splitter) beginResync(reason string) {
	s.bad = badPart{active: true, reason: reason, dropped: s.skip.dropped + s.pos - s.start, prev: '\n'}
	if s.pos > 0 {
		s.bad.prev = s.buf[s.pos-1]
	}
	if len(s.nameStarts) > 0 {
		s.bad.openRoots = 1
		s.bad.root = append(s.bad.root, s.firstName()...)
	}
	outside := len(s.nameStarts) == 0
	s.nameStarts, s.names, s.tooDeepOpen = s.nameStarts[:0], s.names[:0], 0
	s.skip, s.partial = skippedStanza{}, partialToken{}
	s.start = s.pos
	if outside {
		s.dropBadToken()
	}
}

func (s *Splitter) firstName() []byte {
	if len(s.nameStarts) > 1 {
		return s.names[:s.nameStarts[1]]
	}
	return s.names
}

// dropBadToken drops a bad token between stanzas; of a start tag the whole element.
func (s *Splitter) dropBadToken() {
	b := s.buf[s.pos:s.end]
	if b[0] == '<' {
		i, code := nameEnd(b, 1)
		closing := bytes.IndexByte(b, '>')
		switch {
		case code == scanContinue && closing > 0 && b[closing-1] == '/':
			s.dropBad(closing)
		case code == scanContinue:
			s.bad.root, s.bad.openRoots = append(s.bad.root, b[1:i]...), 1
		}
	}
	s.dropBad(1)
}

// dropBad drops n bytes of the bad part.
func (s *Splitter) dropBad(n int) {
	if n == 0 {
		return
	}
	s.bad.prev = s.buf[s.pos+n-1]
	s.bad.dropped += n
	s.pos += n
	s.start = s.pos
}

// resync looks for the end of the bad part; ok is false while it must be called again.
func (s *Splitter) resync() (Item, bool) {
	b := s.buf[s.pos:s.end]
	i := bytes.IndexByte(b, '<')
	if i < 0 {
		i = len(b)
	}
	s.dropBad(i)
	b = b[i:]
	if len(b) < lookahead && s.fill() {
		return Item{}, false
	}
	if len(b) == 0 {
		if s.bad.openRoots > 0 && s.failure == nil {
			s.failure = ErrTruncated
		}
		return s.endResync(), true
	}
	if s.resumesAt(b) {
		return s.endResync(), true
	}
	s.dropBad(1)
	return Item{}, false
}

// resumesAt says whether reading resumes at the '<' at pos.
func (s *Splitter) resumesAt(b []byte) bool {
	bad := &s.bad
	switch {
	case hasTag(b, "<?xml"), hasTag(b, "<stream:stream"), hasTag(b, "</stream:stream"):
		return true
	case bad.openRoots == 0:
		return len(b) > 1 && nameClass[b[1]] != notName && nameClass[b[1]] != namePart
	case (bad.prev == '\n' || bad.prev == '\r' || bad.dropped > s.lim.MaxBytes) && isTopLevel(b):
		return true
	case len(bad.root) == 0:
	case hasTag(b, "</"+string(bad.root)):
		if bad.openRoots--; bad.openRoots == 0 {
			s.dropBad(max(bytes.IndexByte(b, '>'), 0) + 1)
			return true
		}
	case hasTag(b, "<"+string(bad.root)):
		if end := bytes.IndexByte(b, '>'); end < 0 || b[end-1] != '/' {
			bad.openRoots++
		}
	}
	return false
}

func (s *Splitter) endResync() Item {
	it := Item{Kind: Malformed, Reason: s.bad.reason, Dropped: s.bad.dropped, Offset: s.itemOffset}
	s.bad = badPart{}
	s.itemOffset = s.bufOffset + int64(s.pos)
	return it
}

func isTopLevel(b []byte) bool {
	return hasTag(b, "<message") || hasTag(b, "<iq") || hasTag(b, "<presence") ||
		hasTag(b, "<stream:features") || hasTag(b, "<stream:error")
}

// hasTag tells whether b begins with that tag's opening and the name ends there.
func hasTag(b []byte, open string) bool {
	return len(b) > len(open) && string(b[:len(open)]) == open && nameClass[b[len(open)]] == notName
}
