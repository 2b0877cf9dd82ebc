package pbx

import (
	"bufio"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	nsCmd     = "http://www.pascom.net/mobydick"
	nsStream  = "http://etherx.jabber.org/streams"
	nsTLS     = "urn:ietf:params:xml:ns:xmpp-tls"
	nsSASL    = "urn:ietf:params:xml:ns:xmpp-sasl"
	nsBind    = "urn:ietf:params:xml:ns:xmpp-bind"
	nsSession = "urn:ietf:params:xml:ns:xmpp-session"
	nsStanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"
	nsStreams = "urn:ietf:params:xml:ns:xmpp-streams"
	nsRoster  = "jabber:iq:roster"
	nsPing    = "urn:xmpp:ping"
	nsVersion = "jabber:iq:version"
	nsDisco   = "http://jabber.org/protocol/disco#info"
	nsItems   = "http://jabber.org/protocol/disco#items"
	maxDepth  = 64
)

var (
	errStanzaSize   = errors.New("pbx: stanza too large or too deep")
	errStreamClosed = errors.New("pbx: stream closed by the client")
	errRestricted   = errors.New("pbx: directive in the stream")
)

// node is one element of a stanza.
type node struct {
	name xml.Name
	attr []xml.Attr
	kids []*node
	text string
}

func (n *node) get(name string) string {
	for _, a := range n.attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// child returns the first child with that namespace and local name; an empty one matches any.
func (n *node) child(space, local string) *node {
	for _, k := range n.kids {
		if (local == "" || k.name.Local == local) && (space == "" || k.name.Space == space) {
			return k
		}
	}
	return nil
}

func (n *node) childText(local string) string {
	if k := n.child("", local); k != nil {
		return strings.TrimSpace(k.text)
	}
	return ""
}

// write writes the element and declares a namespace where it changes.
func (n *node) write(w *xmlWriter, space string) {
	attrs := make([]string, 0, 2*len(n.attr)+2)
	if n.name.Space != space {
		attrs = append(attrs, "xmlns", n.name.Space)
	}
	for _, a := range n.attr {
		switch {
		case a.Name.Local == "xmlns" || a.Name.Space == "xmlns":
		case a.Name.Space == "":
			attrs = append(attrs, a.Name.Local, a.Value)
		case a.Name.Space == "http://www.w3.org/XML/1998/namespace" || a.Name.Space == "xml":
			attrs = append(attrs, "xml:"+a.Name.Local, a.Value)
		}
	}
	if len(n.kids) == 0 && n.text == "" {
		w.empty(n.name.Local, attrs...)
		return
	}
	w.open(n.name.Local, attrs...)
	w.chars(n.text)
	for _, k := range n.kids {
		k.write(w, n.name.Space)
	}
	w.end(n.name.Local)
}

// byteLimit bounds the bytes of one stanza. As an io.ByteReader it also keeps
// xml.Decoder from reading ahead, so that no byte is lost at TLS and stream restarts.
type byteLimit struct {
	r    *bufio.Reader
	left int
}

func (m *byteLimit) ReadByte() (byte, error) {
	if m.left <= 0 {
		return 0, errStanzaSize
	}
	m.left--
	return m.r.ReadByte()
}

func (m *byteLimit) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := m.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// streamReader reads one XMPP stream: a header, then stanzas.
type streamReader struct {
	limit     *byteLimit
	dec       *xml.Decoder
	maxStanza int
}

func newStreamReader(br *bufio.Reader, limit int) *streamReader {
	m := &byteLimit{r: br}
	return &streamReader{limit: m, dec: xml.NewDecoder(m), maxStanza: limit}
}

// header reads up to the end of the opening stream tag.
func (r *streamReader) header() (xml.StartElement, error) {
	r.limit.left = 8 << 10
	start, err := r.startElement()
	if err == nil && (start.Name.Local != "stream" || start.Name.Space != nsStream) {
		return start, fmt.Errorf("pbx: <%s> instead of a stream header", start.Name.Local)
	}
	return start, err
}

// next reads one stanza. At the end of the stream the error is errStreamClosed.
func (r *streamReader) next() (*node, error) {
	r.limit.left = r.maxStanza
	start, err := r.startElement()
	if err != nil {
		return nil, err
	}
	return r.readElement(start, 0)
}

func (r *streamReader) startElement() (xml.StartElement, error) {
	for {
		tok, err := r.dec.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			return t, nil
		case xml.EndElement:
			return xml.StartElement{}, errStreamClosed
		case xml.CharData: // white space between stanzas does not count
			r.limit.left = r.maxStanza
		case xml.Directive:
			return xml.StartElement{}, errRestricted
		}
	}
}

func (r *streamReader) readElement(start xml.StartElement, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, errStanzaSize
	}
	n := &node{name: start.Name, attr: append([]xml.Attr(nil), start.Attr...)}
	var text strings.Builder
	for {
		tok, err := r.dec.Token()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			kid, err := r.readElement(t, depth+1)
			if err != nil {
				return nil, err
			}
			n.kids = append(n.kids, kid)
		case xml.CharData:
			text.Write(t)
		case xml.Directive:
			return nil, errRestricted
		case xml.EndElement:
			n.text = text.String()
			return n, nil
		}
	}
}
