package pascom

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of one stanza. The session's own limit (decision A8) is far below maxStanza.
const (
	maxStanza = 4 << 20
	maxDepth  = 64
	maxNodes  = 1 << 17
	maxAttrs  = 64 // of one element
)

// node is an element of a stanza that the strict steps left to encoding/xml.
type node struct {
	space, name string
	attrs       []xml.Attr
	text        string // its own character data, without that of its children
	openText    []byte // text while the element is open
	children    []*node
}

// parseTree reads one stanza of at most maxStanza bytes. The error says why it is unreadable; it may quote the stanza.
func parseTree(raw string) (*node, error) {
	p := treeParser{dec: xml.NewDecoder(strings.NewReader(raw))}
	for {
		t, err := p.dec.Token()
		if err == io.EOF && p.root != nil && len(p.open) == 0 {
			return p.root, nil
		}
		if err == nil {
			err = p.addToken(t)
		}
		if err != nil {
			return nil, err
		}
	}
}

type treeParser struct {
	dec   *xml.Decoder
	root  *node
	open  []*node
	nodes int
}

func (p *treeParser) addToken(t xml.Token) error {
	switch t := t.(type) {
	case xml.StartElement:
		return p.openElement(t)
	case xml.EndElement:
		n := p.open[len(p.open)-1]
		n.text, n.openText = string(n.openText), nil
		p.open = p.open[:len(p.open)-1]
	case xml.CharData:
		if len(p.open) > 0 {
			n := p.open[len(p.open)-1]
			n.openText = append(n.openText, t...)
		} else if strings.Trim(string(t), " \t\r\n") != "" {
			return errors.New("text outside the stanza")
		}
	case xml.Directive:
		return errors.New("a document type declaration") // RFC 6120 clause 11.1
	}
	return nil
}

func (p *treeParser) openElement(t xml.StartElement) error {
	if p.nodes++; p.nodes > maxNodes {
		return fmt.Errorf("more than %d elements", maxNodes)
	}
	if len(p.open) == maxDepth {
		return fmt.Errorf("elements nested more than %d deep", maxDepth)
	}
	if err := checkAttrs(t.Attr); err != nil {
		return err
	}
	n := &node{space: t.Name.Space, name: t.Name.Local, attrs: t.Attr}
	switch {
	case len(p.open) > 0:
		parent := p.open[len(p.open)-1]
		parent.children = append(parent.children, n)
	case p.root != nil:
		return errors.New("more than one stanza")
	default:
		p.root = n
	}
	p.open = append(p.open, n)
	return nil
}

// checkAttrs refuses attributes that encoding/xml accepts: too many, or one twice.
func checkAttrs(attrs []xml.Attr) error {
	if len(attrs) > maxAttrs {
		return fmt.Errorf("more than %d attributes", maxAttrs)
	}
	for i, a := range attrs {
		for _, b := range attrs[:i] {
			if a.Name == b.Name {
				return fmt.Errorf("attribute %s written twice", a.Name.Local)
			}
		}
	}
	return nil
}

// attr returns the value of an attribute without prefix; empty if it has none.
func (n *node) attr(name string) string {
	for _, a := range n.attrs {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// child returns the first child of that name in the parent's own namespace, or nil.
func (n *node) child(name string) *node {
	for _, k := range n.children {
		if k.name == name && k.space == n.space {
			return k
		}
	}
	return nil
}

// childOrAttr returns what the node has under a name: the text of the child or, if that is empty, the attribute.
func (n *node) childOrAttr(name string) string {
	if k := n.child(name); k != nil && k.text != "" {
		return k.text
	}
	return n.attr(name)
}

// eachDescendant visits the descendants of that name in the node's namespace, in document order.
func (n *node) eachDescendant(name string, visit func(*node)) {
	for _, k := range n.children {
		if k.space == n.space && k.name == name {
			visit(k)
		}
		k.eachDescendant(name, visit)
	}
}
