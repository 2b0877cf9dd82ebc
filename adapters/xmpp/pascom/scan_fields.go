package pascom

// part is the element whose attributes or children are read.
type part uint8

const (
	partHead part = iota // the stanza itself
	partPresence
	partCmd
	partEvent
	partLabel
)

// attribute keeps an attribute and returns its bit; 0 for one that is left to encoding/xml.
func (c *scanner) attribute(e *simpleStanza, of part, name, value string) uint {
	switch {
	case of == partHead:
		return e.headAttribute(name, value)
	case of == partLabel:
		return c.label.set(name, value)
	case of == partCmd && name == "module":
		return 1
	case of == partCmd && name == "xmlns":
		c.space = value
		return 2
	case of == partEvent && name == "username":
		e.fields[fieldUser] = value
		return 1
	}
	return 0
}

func (e *simpleStanza) headAttribute(name, value string) uint {
	switch name {
	case "to":
		e.to = value
		return 1
	case "from":
		e.from = value
		return 2
	case "type":
		e.stanzaType = value
		return 4
	case "id":
		e.id = value
		return 8
	case "xmlns":
		if value == clientNamespace {
			return 16
		}
	}
	return 0
}

// child keeps a child's text and returns its bit; 0 for one that offhook does not know and that may come again (the set
// grew over time). An empty element leaves the attribute of that name in force.
func (c *scanner) child(e *simpleStanza, of part, name, text string) uint {
	switch of {
	case partLabel:
		return c.label.set(name, text)
	case partPresence:
		if name != "show" {
			return 0
		}
		e.show = text
		return 1
	}
	f, ok := fieldNamed(name)
	if !ok {
		return 0
	}
	if text != "" {
		e.fields[f] = text
	}
	return 1 << f
}
