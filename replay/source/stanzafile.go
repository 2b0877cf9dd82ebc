package source

import (
	"fmt"
	"io"
	"strings"

	"offhook/internal/trace"
)

// stanzaFile makes records of a file of stanzas. Such a file has no times, so each record is a millisecond later than the
// one before (decision D1).
type stanzaFile struct {
	at       int64 // the next record's time
	outgoing int   // stanzas that went out and were left out
}

// next returns the next stanza that came in, as a record.
func (b *stanzaFile) next(piece func() (Piece, error)) (trace.Record, error) {
	for {
		p, err := piece()
		if err == io.EOF {
			return trace.Record{}, err
		}
		if err != nil {
			return trace.Record{}, fmt.Errorf("after byte %d: %w", p.Offset, err)
		}
		if p.Raw == "" {
			return trace.Record{Kind: trace.Skipped, At: b.nextTime(), Code: p.Code, Text: p.Text}, nil
		}
		t := readFirstTag(p.Raw)
		switch {
		case !t.isStanza():
			continue // stream negotiation: features, SASL (RFC 6120 clauses 5 and 6)
		case t.isOutgoing():
			b.outgoing++
			continue
		}
		return trace.Record{Kind: trace.In, At: b.nextTime(), Raw: p.Raw}, nil
	}
}

func (b *stanzaFile) nextTime() int64 {
	b.at++
	return b.at - 1
}

// firstTag holds the name and some attributes of a stanza's first tag.
type firstTag struct{ name, from, to, typ string }

// isStanza reports whether the tag begins one of the three kinds of stanza (RFC 6120 clause 8).
func (t firstTag) isStanza() bool {
	return t.name == "message" || t.name == "presence" || t.name == "iq"
}

// isOutgoing reports whether the client that wrote the log sent the stanza. A server adds the sender to what it delivers
// (RFC 6120 clause 8.1.2.1), but not to replies to commands. The PBX itself sends no requests, and the request of a contact
// has both addresses. A message without sender and type counts as incoming: it claims to come from the PBX, and the
// dialect judges that.
func (t firstTag) isOutgoing() bool {
	switch t.name {
	case "iq":
		return (t.typ == "get" || t.typ == "set") && (t.from == "" || t.to == "")
	case "message":
		return t.from == "" && t.typ != ""
	}
	return t.from == ""
}

// readFirstTag reads the first tag of a well-formed stanza.
func readFirstTag(raw string) firstTag {
	var t firstTag
	s := strings.TrimLeft(raw, " \t\r\n")
	s = strings.TrimPrefix(s, "<")
	end := strings.IndexAny(s, " \t\r\n/>")
	if end < 0 {
		return t
	}
	t.name, s = s[:end], s[end:]
	for {
		s = strings.TrimLeft(s, " \t\r\n")
		eq := strings.IndexByte(s, '=')
		if s == "" || s[0] == '/' || s[0] == '>' || eq < 0 {
			return t
		}
		name := strings.TrimRight(s[:eq], " \t\r\n")
		s = strings.TrimLeft(s[eq+1:], " \t\r\n")
		if s == "" || s[0] != '"' && s[0] != '\'' {
			return t
		}
		quote := strings.IndexByte(s[1:], s[0])
		if quote < 0 {
			return t
		}
		value := s[1 : 1+quote]
		s = s[quote+2:]
		switch name {
		case "from":
			t.from = value
		case "to":
			t.to = value
		case "type":
			t.typ = value
		}
	}
}
