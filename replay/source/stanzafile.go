package source

import (
	"fmt"
	"io"
	"strings"

	"offhook/internal/trace"
)

// stanzaFile makes records out of a file of stanzas, which says nothing of time: a millisecond passes with each (decision D1).
type stanzaFile struct {
	at       int64
	outgoing int
}

// next is the next record of what came from the PBX.
func (b *stanzaFile) next(piece func() (Piece, error)) (trace.Record, error) {
	for {
		p, err := piece()
		if err == io.EOF {
			return trace.Record{}, err
		}
		if err != nil {
			return trace.Record{}, fmt.Errorf("behind byte %d: %w", p.Offset, err)
		}
		if p.Raw == "" {
			return trace.Record{Kind: trace.Skipped, At: b.nextTime(), Code: p.Code, Text: p.Text}, nil
		}
		t := readFirstTag(p.Raw)
		switch {
		case !t.isStanza():
			continue // the log's negotiation: stream features, SASL (RFC 6120 clauses 5 and 6)
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

// firstTag is what a stanza's first tag says.
type firstTag struct{ name, from, to, typ string }

// isStanza says whether it is one of the three kinds (RFC 6120 clause 8).
func (t firstTag) isStanza() bool {
	return t.name == "message" || t.name == "presence" || t.name == "iq"
}

// isOutgoing says whether the log's own side sent the stanza. A server stamps what it delivers (RFC 6120 clause 8.1.2.1), but
// for answers to commands; requests of the PBX itself do not exist, and one of a contact has an address. A message
// without sender and type is nobody's chat: it pretends to be the PBX's, and the dialect says so.
func (t firstTag) isOutgoing() bool {
	switch t.name {
	case "iq":
		return (t.typ == "get" || t.typ == "set") && (t.from == "" || t.to == "")
	case "message":
		return t.from == "" && t.typ != ""
	}
	return t.from == ""
}

// readFirstTag reads name and attributes of a well-formed stanza's first tag.
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
