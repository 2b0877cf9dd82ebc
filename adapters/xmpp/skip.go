package xmpp

import "bytes"

// pending remembers an incomplete token at pos, so that each byte of a token that arrives in small
// pieces is looked at a bounded number of times.
type pending struct {
	active bool
	seen   int  // bytes of the token already searched for its end
	quote  byte // the quote the search is inside of
}

// skipping is a stanza that is being passed over because it breaks a limit.
type skipping struct {
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
	pieceToken
)

var tokenEnds = [...][]byte{commentToken: []byte("-->"), cdataToken: cdataEnd, pieceToken: pieceEnd}

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
		return pieceToken, 2
	case b[1] == '!':
		return noToken, 0
	}
	return tagToken, 1
}

// arrived tells whether the waiting token may now be complete.
func (s *Splitter) arrived() bool {
	kind, prefix := kindOfToken(s.buf[s.pos:s.end])
	return kind == noToken || s.rerr != nil || s.wait.end(s.buf[s.pos:s.end], kind, prefix) >= 0
}

// end searches the token b for its end, going on where the last search stopped, and returns the
// index behind it or -1.
func (w *pending) end(b []byte, kind tokenKind, prefix int) int {
	var n int
	if kind == tagToken {
		from := max(w.seen, prefix)
		if n = tagEnd(b[from:], &w.quote); n >= 0 {
			n += from
		}
	} else {
		from := max(w.seen-2, prefix) // the end may have come in two pieces
		if n = bytes.Index(b[min(from, len(b)):], tokenEnds[kind]); n >= 0 {
			n += from + len(tokenEnds[kind])
		}
	}
	if w.seen = n; n < 0 {
		w.seen = len(b)
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

// beginSkip turns the stanza being read into one that is passed over.
func (s *Splitter) beginSkip(kind Kind, reason string) {
	s.skip = skipping{active: true, kind: kind, reason: reason}
}

// discard frees what has been scanned of a skipped stanza. A single token larger than the limit is
// from then on only followed to its end.
func (s *Splitter) discard() {
	s.skip.dropped += s.pos - s.start
	s.start = s.pos
	if s.skip.token == noToken && s.wait.active && s.end-s.pos > s.lim.MaxBytes {
		b := s.buf[s.pos:s.end]
		s.skip.token, _ = kindOfToken(b)
		s.skip.endTag = len(b) > 1 && b[1] == '/'
	}
}

// passToken follows a token larger than the limit, keeping only its last two bytes.
func (s *Splitter) passToken() verdict {
	b := s.buf[s.pos:s.end]
	if len(s.marks) == 0 && bytes.HasPrefix(b, []byte("<stream:stream")) {
		return badly("stream header too long")
	}
	n := s.wait.end(b, s.skip.token, 0)
	if n < 0 {
		keep := min(2, len(b))
		s.pos = s.end - keep
		s.wait.seen = keep
		return verdict{code: scanMore}
	}
	s.pos += n
	s.wait = pending{}
	kind := s.skip.token
	s.skip.token = noToken
	return s.passedToken(kind, n > 1 && b[n-2] == '/')
}

// passedToken does what the token would have done to the depth. Its name was not kept, so the
// element it opens accepts any end tag.
func (s *Splitter) passedToken(kind tokenKind, empty bool) verdict {
	switch {
	case kind != tagToken:
		if len(s.marks) == 0 { // a comment between stanzas is nobody's loss
			s.skip, s.start = skipping{}, s.pos
		}
	case s.skip.endTag && s.beyond > 0:
		s.beyond--
	case s.skip.endTag && len(s.marks) == 0:
		return badly("stray end tag")
	case s.skip.endTag:
		return s.closed(0)
	case empty && len(s.marks) == 0:
		return verdict{code: scanItem, kind: Stanza}
	case empty:
	case len(s.marks) == s.lim.MaxDepth:
		s.beyond++
	default:
		s.push(nil)
	}
	return verdict{}
}
