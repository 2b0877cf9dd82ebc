package xmpp

import "bytes"

// partialToken is an incomplete token at pos, so that each byte of a token that arrives in small
// pieces is read a bounded number of times.
type partialToken struct {
	active   bool
	searched int  // bytes of the token already searched for its end
	quote    byte // the quote the search is inside of
}

// skippedStanza is a stanza that is being skipped because it breaks a limit.
type skippedStanza struct {
	active  bool
	kind    Kind
	reason  string
	dropped int       // bytes already gone from the buffer
	token   tokenKind // a single token larger than the limit, passed without looking inside
	endTag  bool      // that token is an end tag
}

// tokenKind is what must end a token.
type tokenKind uint8

const (
	noToken tokenKind = iota
	tagToken
	commentToken
	cdataToken
	instructionToken
)

var tokenEnds = [...][]byte{commentToken: []byte("-->"), cdataToken: cdataEnd, instructionToken: instructionEnd}

// kindOfToken needs a token's first nine bytes; noToken means "too few, or not worth waiting for".
func kindOfToken(b []byte) (kind tokenKind, prefix int) {
	switch {
	case len(b) < len(cdataOpen):
		return noToken, 0
	case bytes.HasPrefix(b, commentOpen):
		return commentToken, len(commentOpen)
	case bytes.HasPrefix(b, cdataOpen):
		return cdataToken, len(cdataOpen)
	case b[1] == '?':
		return instructionToken, 2
	case b[1] == '!':
		return noToken, 0
	}
	return tagToken, 1
}

// partialComplete says whether the partial token may now be complete.
func (s *Splitter) partialComplete() bool {
	kind, prefix := kindOfToken(s.buf[s.pos:s.end])
	return kind == noToken || s.readErr != nil || s.partial.findEnd(s.buf[s.pos:s.end], kind, prefix) >= 0
}

// findEnd searches the token b for its end from where the last search stopped, and returns the
// index behind it or -1.
func (w *partialToken) findEnd(b []byte, kind tokenKind, prefix int) int {
	var n int
	if kind == tagToken {
		from := max(w.searched, prefix)
		if n = tagEnd(b[from:], &w.quote); n >= 0 {
			n += from
		}
	} else {
		from := max(w.searched-2, prefix) // the end may have come in two pieces
		if n = bytes.Index(b[min(from, len(b)):], tokenEnds[kind]); n >= 0 {
			n += from + len(tokenEnds[kind])
		}
	}
	if w.searched = n; n < 0 {
		w.searched = len(b)
	}
	return n
}

// tagEnd finds the '>' that is outside quotes and returns the index behind it or -1.
func tagEnd(b []byte, quote *byte) int {
	for i := 0; i < len(b); i++ {
		if *quote != 0 {
			j := bytes.IndexByte(b[i:], *quote)
			if j < 0 {
				return -1
			}
			i, *quote = i+j, 0
			continue
		}
		switch c := b[i]; c {
		case '"', '\'':
			*quote = c
		case '>':
			return i + 1
		}
	}
	return -1
}

// beginSkip turns the stanza being read into a skipped one.
func (s *Splitter) beginSkip(kind Kind, reason string) {
	s.skip = skippedStanza{active: true, kind: kind, reason: reason}
}

// discardSkipped frees what has been scanned of a skipped stanza. A single token larger than the limit is
// from then on only followed to its end.
func (s *Splitter) discardSkipped() {
	s.skip.dropped += s.pos - s.start
	s.start = s.pos
	if s.skip.token == noToken && s.partial.active && s.end-s.pos > s.lim.MaxBytes {
		b := s.buf[s.pos:s.end]
		s.skip.token, _ = kindOfToken(b)
		s.skip.endTag = len(b) > 1 && b[1] == '/'
	}
}

// followToken follows a token larger than the limit, keeping only its last two bytes.
func (s *Splitter) followToken() verdict {
	b := s.buf[s.pos:s.end]
	if len(s.nameStarts) == 0 && bytes.HasPrefix(b, []byte("<stream:stream")) {
		return malformedVerdict("stream header too long")
	}
	n := s.partial.findEnd(b, s.skip.token, 0)
	if n < 0 {
		keep := min(2, len(b))
		s.pos = s.end - keep
		s.partial.searched = keep
		return verdict{code: scanNeedsBytes}
	}
	s.pos += n
	s.partial = partialToken{}
	kind := s.skip.token
	s.skip.token = noToken
	return s.endFollowedToken(kind, n > 1 && b[n-2] == '/')
}

// endFollowedToken does what the token would have done to the depth. Its name was not kept, so the
// element it opens accepts any end tag.
func (s *Splitter) endFollowedToken(kind tokenKind, empty bool) verdict {
	switch {
	case kind != tagToken:
		if len(s.nameStarts) == 0 { // a comment between stanzas is dropped without a report
			s.skip, s.start = skippedStanza{}, s.pos
		}
	case s.skip.endTag && s.tooDeepOpen > 0:
		s.tooDeepOpen--
	case s.skip.endTag && len(s.nameStarts) == 0:
		return malformedVerdict("stray end tag")
	case s.skip.endTag:
		return s.closeElement(0)
	case empty && len(s.nameStarts) == 0:
		return verdict{code: scanItemComplete, kind: Stanza}
	case empty:
	case len(s.nameStarts) == s.lim.MaxDepth:
		s.tooDeepOpen++
	default:
		s.pushName(nil)
	}
	return verdict{}
}
