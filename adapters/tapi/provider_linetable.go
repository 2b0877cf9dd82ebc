package tapi

import (
	"unicode/utf8"

	"offhook/engine"
)

// NewLineTable describes lines, in their order.
func NewLineTable(lines []engine.LineView, source string, offers engine.Actions) *LineTable {
	t := &LineTable{Lines: make([]TableLine, len(lines))}
	for i := range lines {
		t.Lines[i] = newTableLine(&lines[i], source, offers)
	}
	return t
}

func newTableLine(v *engine.LineView, source string, offers engine.Actions) TableLine {
	still := engine.LineView{Key: v.Key, User: v.User, Name: v.Name, Address: v.Address, Permanent: v.Permanent}
	caps, address := DevCapsOf(&still, source, offers), AddressCapsOf(&still, 0, offers)
	device, status := StatusOf(&still, Counts{}, false)
	l := TableLine{Permanent: v.Permanent, Name: shortText(LineName(v)), Address: shortText(v.Address)}
	for _, at := range Versions {
		l.Versions = append(l.Versions, TableVersion{at, [4]Image{caps.Image(at), address.Image(at), device.Image(at), status.Image(at)}})
	}
	return l
}

// shortText is a text as TAPI is shown it, cut to what a length byte can count.
func shortText(s string) string {
	s = CleanText(s)
	for len(s) > 255 {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}
