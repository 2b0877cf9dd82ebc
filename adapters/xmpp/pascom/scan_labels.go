package pascom

// labels reads the Labels of a LabelList up to its end tag.
func (c *scanner) labels(e *simpleStanza) {
	const name = "Label"
	for {
		c.skipSpace()
		if c.broken || c.i+1 < len(c.s) && c.s[c.i] == '<' && c.s[c.i+1] == '/' {
			return
		}
		if c.openTag() != name || len(e.labels) == maxLabels {
			c.broken = true
			return
		}
		c.label = label{}
		if !c.attributes(e, partLabel) {
			c.children(e, partLabel)
			c.endTag(name)
		}
		e.labels = append(e.labels, c.label)
	}
}

// set keeps an attribute or child of a Label and returns its bit; 0 for an unknown name.
func (l *label) set(name, text string) uint {
	var at *string
	var bit uint
	switch name {
	case "displayName":
		at, bit = &l.display, 1
	case "value":
		at, bit = &l.value, 2
	case "visible":
		at, bit = &l.visible, 4
	case "id":
		return 8
	case "type":
		return 16
	default:
		return 0
	}
	if text != "" {
		*at = text
	}
	return bit
}
