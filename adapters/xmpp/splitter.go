package xmpp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Kind says what an Item of a Splitter is.
type Kind uint8

// The kinds of Item. Everything but Malformed (outside Resync) leaves the splitter usable.
const (
	Stanza      Kind = iota // one complete, well-formed top-level stanza
	Oversize                // a stanza longer than Limits.MaxBytes, skipped in the stream
	TooDeep                 // a stanza nested deeper than Limits.MaxDepth, skipped in the stream
	StreamOpen              // a stream header; Raw is the start tag
	StreamClose             // the end tag of the stream
	Malformed               // bytes that are not well-formed XML
	Restarted               // a stream header while a stream was open (after STARTTLS or SASL, in a log); Raw is the start tag
)

var kindNames = [...]string{"stanza", "oversize", "too-deep", "stream-open", "stream-close", "malformed", "restarted"}

// String returns the kind's stable lower-case name.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Errors of Splitter.Next that callers test for.
var (
	// ErrMalformed says that the input is not well-formed XML. Without Limits.Resync the splitter stays there.
	ErrMalformed = errors.New("not well-formed XML")
	// ErrTruncated says that the input ended inside a stanza; it wraps io.ErrUnexpectedEOF.
	ErrTruncated = fmt.Errorf("xmpp: input ends inside a stanza: %w", io.ErrUnexpectedEOF)
)

// Defaults of Limits: the stanza limit of decision A8 and a depth that no known payload comes near.
const (
	DefaultMaxBytes = 256 << 10
	DefaultMaxDepth = 32
)

// Limits bound what a Splitter keeps and choose how it delivers.
type Limits struct {
	MaxBytes int  // longest stanza delivered, in bytes; 0 means DefaultMaxBytes
	MaxDepth int  // deepest nesting delivered, the stanza itself being 1; 0 means DefaultMaxDepth
	Resync   bool // file mode: report malformed input as an item and go on at the next top-level stanza
	Borrow   bool // Item.Raw points into the splitter's buffer and is valid until the next Next
}

// Item is one thing found in the stream.
type Item struct {
	Kind    Kind
	Raw     []byte // exact bytes of a Stanza, or of a stream header's start tag; nil otherwise
	Reason  string // why, for Oversize, TooDeep and Malformed
	Dropped int    // bytes left out, for Oversize, TooDeep and Malformed
	Offset  int64  // where it began, in bytes from the start of the input
}

// Splitter cuts a byte stream into top-level stanzas without building anything: it checks
// well-formedness, counts depth and copies nothing but the result. Its memory is bounded by
// MaxBytes whatever the peer sends. It is not safe for concurrent use.
//
// A stanza it delivers is one that encoding/xml's Decoder accepts with the same boundaries (RFC
// 6120 section 4, XML 1.0); it is stricter than the Decoder in three ways: no document type
// declaration, no text between stanzas, no XML declaration inside a stanza (RFC 6120 section 11.1).
type Splitter struct {
	r   io.Reader
	lim Limits

	buf        []byte // buf[start:end] is held, buf[pos:end] is not scanned yet
	start      int    // first byte of the stanza being read, or == pos between stanzas
	pos        int
	end        int
	bufOffset  int64 // stream offset of buf[0]
	itemOffset int64 // stream offset of the stanza being read
	readErr    error // from r, delivered when buf is used up
	failure    error // sticky

	names       []byte // names of the open elements, one after the other
	nameStarts  []int  // where each name begins; an empty name matches any end tag
	tooDeepOpen int    // elements open below MaxDepth, in a stanza that is being skipped
	stream      []byte // name of the open stream element, nil when none

	partial partialToken // an incomplete token at pos
	skip    skippedStanza
	bad     badPart
}

// NewSplitter reads stanzas from r within the limits given.
func NewSplitter(r io.Reader, lim Limits) *Splitter {
	if lim.MaxBytes <= 0 {
		lim.MaxBytes = DefaultMaxBytes
	}
	if lim.MaxDepth <= 0 {
		lim.MaxDepth = DefaultMaxDepth
	}
	return &Splitter{r: r, lim: lim, buf: make([]byte, min(32<<10, lim.MaxBytes+readAhead))}
}

// readAhead is the room for reading ahead beyond the longest stanza.
const readAhead = 32 << 10

// Next returns the next item. After the last one it returns io.EOF when the input ended between
// stanzas, ErrTruncated when it ended inside one, or the reader's own error. Malformed input gives
// an Item of kind Malformed together with an error wrapping ErrMalformed, and again at each later call; in Resync mode
// the error is nil and reading goes on.
func (s *Splitter) Next() (Item, error) {
	for s.failure == nil {
		if s.bad.active {
			if it, ok := s.resync(); ok {
				return it, nil
			}
			continue
		}
		switch v := s.scan(); v.code {
		case scanNeedsBytes:
			s.readMore()
		case scanItemComplete:
			return s.item(v)
		case scanMalformed:
			if it, ok := s.malformed(v.reason); ok {
				return it, s.failure
			}
		}
	}
	return Item{}, s.failure
}

// item turns a finished scan into what the caller gets.
func (s *Splitter) item(v verdict) (Item, error) {
	it := Item{Kind: v.kind, Offset: s.itemOffset}
	size := s.pos - s.start
	switch {
	case s.skip.active:
		it.Kind, it.Reason, it.Dropped = s.skip.kind, s.skip.reason, s.skip.dropped+size
		s.skip = skippedStanza{}
	case size > s.lim.MaxBytes:
		it.Kind, it.Reason, it.Dropped = Oversize, s.sizeReason(), size
	case v.kind != StreamClose:
		it.Raw = s.buf[s.start:s.pos:s.pos]
		if !s.lim.Borrow {
			it.Raw = append(make([]byte, 0, size), it.Raw...)
		}
	}
	s.start = s.pos
	return it, nil
}

// malformed ends the input, or in Resync mode begins the search for the next stanza.
func (s *Splitter) malformed(reason string) (Item, bool) {
	at := s.bufOffset + int64(s.pos)
	reason = fmt.Sprintf("%s at byte %d", reason, at)
	if s.lim.Resync {
		s.beginResync(reason)
		return Item{}, false
	}
	s.failure = fmt.Errorf("xmpp: %w: %s", ErrMalformed, reason)
	return Item{Kind: Malformed, Reason: reason, Dropped: s.skip.dropped + s.end - s.start, Offset: s.itemOffset}, true
}

// readMore reads on, first making an oversize stanza a skipped one so that memory stays bounded.
func (s *Splitter) readMore() {
	if s.skip.active {
		s.discardSkipped()
	} else if s.end-s.start > s.lim.MaxBytes {
		s.beginSkip(Oversize, s.sizeReason())
		s.discardSkipped()
	}
	ended := s.readErr != nil
	if !s.fill() && (ended || !s.partial.active) {
		s.failure = s.endError()
	} // else a waiting token is looked at once more: it may be bad as far as it goes
}

// endError returns the error for the end of the input at this place.
func (s *Splitter) endError() error {
	if s.readErr != io.EOF {
		return s.readErr
	}
	if len(s.nameStarts) > 0 || s.tooDeepOpen > 0 || s.pos < s.end || s.skip.active {
		return ErrTruncated
	}
	return io.EOF
}

// fill makes room and reads once; it reports whether bytes came.
func (s *Splitter) fill() bool {
	if s.readErr != nil {
		return false
	}
	s.makeRoom()
	for range 100 {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		s.readErr = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.readErr = io.ErrNoProgress
	return false
}

// makeRoom makes space behind end: by moving what is held to the front, else by growing.
func (s *Splitter) makeRoom() {
	if s.start == s.end {
		s.bufOffset += int64(s.end)
		s.start, s.pos, s.end = 0, 0, 0
	}
	if len(s.buf)-s.end >= 4<<10 {
		return
	}
	held := s.end - s.start
	to := s.buf
	if held > len(s.buf)/2 {
		to = make([]byte, min(2*len(s.buf), s.lim.MaxBytes+2*readAhead))
	}
	copy(to, s.buf[s.start:s.end])
	s.bufOffset += int64(s.start)
	s.buf, s.pos, s.start, s.end = to, s.pos-s.start, 0, held
}

func (s *Splitter) sizeReason() string {
	return fmt.Sprintf("longer than %d bytes", s.lim.MaxBytes)
}

// Depth bookkeeping: names are kept as copies so that skipping may discard the bytes.

func (s *Splitter) pushName(name []byte) {
	s.nameStarts = append(s.nameStarts, len(s.names))
	s.names = append(s.names, name...)
}

func (s *Splitter) popName() {
	last := len(s.nameStarts) - 1
	s.names = s.names[:s.nameStarts[last]]
	s.nameStarts = s.nameStarts[:last]
}

// topName is the name of the innermost open element.
func (s *Splitter) topName() []byte { return s.names[s.nameStarts[len(s.nameStarts)-1]:] }

var byteOrderMark = []byte("\xEF\xBB\xBF")

// skipToToken passes white space and byte order marks; it reports whether a token may begin at pos.
func (s *Splitter) skipToToken() bool {
	for s.pos < s.end {
		switch c := s.buf[s.pos]; {
		case c == ' ' || c == '\n' || c == '\r' || c == '\t':
			s.pos++
		case c == byteOrderMark[0] && bytes.HasPrefix(s.buf[s.pos:s.end], byteOrderMark):
			s.pos += len(byteOrderMark)
		case c == byteOrderMark[0] && bytes.HasPrefix(byteOrderMark, s.buf[s.pos:s.end]):
			s.beginItem()
			return false
		default:
			s.beginItem()
			return true
		}
	}
	s.beginItem()
	return false
}

// beginItem marks pos as the first byte of the next top-level item.
func (s *Splitter) beginItem() { s.start, s.itemOffset = s.pos, s.bufOffset+int64(s.pos) }
