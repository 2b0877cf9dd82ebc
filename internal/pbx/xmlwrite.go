package pbx

import (
	"bytes"
	"encoding/xml"
	"strconv"
)

// xmlWriter writes elements with escaped content. Attributes are name, value pairs.
type xmlWriter struct{ bytes.Buffer }

func (w *xmlWriter) chars(s string) { _ = xml.EscapeText(w, []byte(s)) }

func (w *xmlWriter) tag(name string, attrs []string) {
	w.WriteByte('<')
	w.WriteString(name)
	for i := 0; i+1 < len(attrs); i += 2 {
		w.WriteByte(' ')
		w.WriteString(attrs[i])
		w.WriteString(`="`)
		w.chars(attrs[i+1])
		w.WriteByte('"')
	}
}

func (w *xmlWriter) open(name string, attrs ...string) {
	w.tag(name, attrs)
	w.WriteByte('>')
}

func (w *xmlWriter) empty(name string, attrs ...string) {
	w.tag(name, attrs)
	w.WriteString("/>")
}

func (w *xmlWriter) end(name string) {
	w.WriteString("</")
	w.WriteString(name)
	w.WriteByte('>')
}

// leaf writes <name>text</name>, or <name/> for an empty text.
func (w *xmlWriter) leaf(name, text string) {
	if text == "" {
		w.empty(name)
		return
	}
	w.open(name)
	w.chars(text)
	w.end(name)
}

func (w *xmlWriter) flag(name string, v bool)    { w.leaf(name, strconv.FormatBool(v)) }
func (w *xmlWriter) number(name string, v int64) { w.leaf(name, strconv.FormatInt(v, 10)) }

// cmdOpen begins a payload of the command namespace.
func (w *xmlWriter) cmdOpen(module string) { w.open("cmd", "xmlns", nsCmd, "module", module) }

func cmdPayload(module string, body func(w *xmlWriter)) []byte {
	var w xmlWriter
	w.cmdOpen(module)
	body(&w)
	w.end("cmd")
	return w.Bytes()
}

// outcome returns a Success or Failure payload; its module is always base.
func outcome(name, message string) []byte {
	return cmdPayload("base", func(w *xmlWriter) {
		w.open(name)
		w.leaf("message", message)
		w.end(name)
	})
}
