package pascom

// scanner reads a stanza from left to right; after the first unexpected byte it is broken and every step fails.
type scanner struct {
	s      string
	i      int
	broken bool
	space  string // the namespace of cmd
	label  label  // the one being read
}

// scan reads a simple stanza: a message with one cmd with one ChannelEvent or PickupEvent of plain children, or a
// presence of plain children. It leaves every other stanza to encoding/xml.
func scan(s string, e *simpleStanza) bool {
	c := scanner{s: s, i: spaceAt(s, 0)}
	switch name := c.openTag(); name {
	case "message":
		closed := c.attributes(e, partHead)
		c.message(e)
		c.broken = c.broken || closed
	case "presence":
		e.form = formPresence
		if !c.attributes(e, partHead) {
			c.children(e, partPresence)
			c.endTag(name)
		}
	default:
		return false
	}
	return !c.broken && spaceAt(s, c.i) == len(s)
}

func (c *scanner) message(e *simpleStanza) {
	c.skipSpace()
	if c.openTag() != "cmd" {
		c.broken = true
	}
	if c.attributes(e, partCmd) || c.space != namespace {
		c.broken = true
	}
	c.skipSpace()
	name := c.openTag()
	switch name {
	case "ChannelEvent":
		e.form = formChannel
	case "PickupEvent":
		e.form = formPickup
	default:
		c.broken = true
	}
	if !c.attributes(e, partEvent) {
		c.children(e, partEvent)
		c.endTag(name)
	}
	c.skipSpace()
	c.endTag("cmd")
	c.skipSpace()
	c.endTag("message")
}

func (c *scanner) skipSpace() { c.i = spaceAt(c.s, c.i) }

// openTag reads '<' and a name.
func (c *scanner) openTag() (name string) {
	if c.broken || c.i >= len(c.s) || c.s[c.i] != '<' {
		c.broken = true
		return ""
	}
	if name, c.i = nameAt(c.s, c.i+1); name == "" {
		c.broken = true
	}
	return name
}

// endTag reads an end tag without any space in it.
func (c *scanner) endTag(name string) {
	end := c.i + len(name) + 3
	if c.broken || end > len(c.s) || c.s[c.i] != '<' || c.s[c.i+1] != '/' || c.s[c.i+2:end-1] != name || c.s[end-1] != '>' {
		c.broken = true
		return
	}
	c.i = end
}

// attributes reads the rest of a start tag; none may come twice, none may be unknown. closed: the element was
// self-closed.
func (c *scanner) attributes(e *simpleStanza, of part) (closed bool) {
	var seen uint
	for !c.broken {
		at := c.i
		c.skipSpace()
		if c.i+1 < len(c.s) && c.s[c.i] == '/' && c.s[c.i+1] == '>' {
			c.i += 2
			return true
		}
		if c.i < len(c.s) && c.s[c.i] == '>' {
			c.i++
			return false
		}
		name, i := nameAt(c.s, c.i)
		if at == c.i || name == "" || i >= len(c.s) || c.s[i] != '=' {
			break
		}
		value, end, ok := valueAt(c.s, i+1)
		bit := c.attribute(e, of, name, value)
		if !ok || bit == 0 || seen&bit != 0 {
			break
		}
		seen |= bit
		c.i = end
	}
	c.broken = true
	return false
}

// children reads plain children (text only, no attributes) and the LabelList, up to the end tag of their parent.
func (c *scanner) children(e *simpleStanza, of part) {
	var seen uint
	for {
		c.skipSpace()
		if c.broken || c.i+1 < len(c.s) && c.s[c.i] == '<' && c.s[c.i+1] == '/' {
			return
		}
		name := c.openTag()
		if c.broken || c.i+1 >= len(c.s) {
			c.broken = true
			return
		}
		text := ""
		switch {
		case c.s[c.i] == '/' && c.s[c.i+1] == '>':
			c.i += 2
		case c.s[c.i] == '>':
			c.i++
			text = c.content(e, of, name)
		default:
			c.broken = true
		}
		bit := c.child(e, of, name, text)
		c.broken = c.broken || seen&bit != 0
		seen |= bit
	}
}

// content reads what stands between a child's tags, and its end tag.
func (c *scanner) content(e *simpleStanza, of part, name string) (text string) {
	if of == partEvent && name == fieldNames[fieldLabels] {
		c.labels(e)
	} else {
		var ok bool
		if text, c.i, ok = textAt(c.s, c.i); !ok {
			c.broken = true
			return ""
		}
	}
	c.endTag(name)
	return text
}
