package pascom

// scanner walks over a stanza; after the first surprise it is broken and everything fails.
type scanner struct {
	s      string
	i      int
	broken bool
	space  string // the namespace of cmd
	label  label  // the one being read
}

// scan reads a simple stanza: a message with one cmd with one ChannelEvent or PickupEvent of plain children, or a
// presence of plain children. It is strict: whatever is unusual, it leaves to encoding/xml.
func scan(s string, e *event) bool {
	c := scanner{s: s, i: spaceAt(s, 0)}
	switch name := c.open(); name {
	case "message":
		closed := c.attributes(e, partHead)
		c.message(e)
		c.broken = c.broken || closed
	case "presence":
		e.form = formPresence
		if !c.attributes(e, partHead) {
			c.children(e, partPresence)
			c.close(name)
		}
	default:
		return false
	}
	return !c.broken && spaceAt(s, c.i) == len(s)
}

func (c *scanner) message(e *event) {
	c.skip()
	if c.open() != "cmd" {
		c.broken = true
	}
	if c.attributes(e, partCmd) || c.space != namespace {
		c.broken = true
	}
	c.skip()
	name := c.open()
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
		c.close(name)
	}
	c.skip()
	c.close("cmd")
	c.skip()
	c.close("message")
}

func (c *scanner) skip() { c.i = spaceAt(c.s, c.i) }

// open reads '<' and a name.
func (c *scanner) open() (name string) {
	if c.broken || c.i >= len(c.s) || c.s[c.i] != '<' {
		c.broken = true
		return ""
	}
	if name, c.i = nameAt(c.s, c.i+1); name == "" {
		c.broken = true
	}
	return name
}

// close reads an end tag without any space in it.
func (c *scanner) close(name string) {
	end := c.i + len(name) + 3
	if c.broken || end > len(c.s) || c.s[c.i] != '<' || c.s[c.i+1] != '/' || c.s[c.i+2:end-1] != name || c.s[end-1] != '>' {
		c.broken = true
		return
	}
	c.i = end
}

// attributes reads the rest of a start tag; none may come twice, none may be unknown. closed: the element was
// self-closed.
func (c *scanner) attributes(e *event, of part) (closed bool) {
	var seen uint
	for !c.broken {
		at := c.i
		c.skip()
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
func (c *scanner) children(e *event, of part) {
	var seen uint
	for {
		c.skip()
		if c.broken || c.i+1 < len(c.s) && c.s[c.i] == '<' && c.s[c.i+1] == '/' {
			return
		}
		name := c.open()
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
func (c *scanner) content(e *event, of part, name string) (text string) {
	if of == partEvent && name == fieldNames[fieldLabels] {
		c.labels(e)
	} else {
		var ok bool
		if text, c.i, ok = textAt(c.s, c.i); !ok {
			c.broken = true
			return ""
		}
	}
	c.close(name)
	return text
}
