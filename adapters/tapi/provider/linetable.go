package provider

import (
	"unicode/utf8"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/adapters/tapi/wire"
	"offhook/engine"
)

// NewLineTable makes the line table of lines, in their order.
func NewLineTable(lines []engine.LineView, source string, offers engine.Actions) *wire.LineTable {
	t := &wire.LineTable{Lines: make([]wire.TableLine, len(lines))}
	for i := range lines {
		t.Lines[i] = newTableLine(&lines[i], source, offers)
	}
	return t
}

func newTableLine(v *engine.LineView, source string, offers engine.Actions) wire.TableLine {
	idle := engine.LineView{Key: v.Key, User: v.User, Name: v.Name, Address: v.Address, Permanent: v.Permanent}
	caps, address := projection.DevCapsOf(&idle, source, offers), projection.AddressCapsOf(&idle, 0, offers)
	device, status := projection.StatusOf(&idle, projection.Counts{}, false)
	l := wire.TableLine{Permanent: v.Permanent, Name: shortText(projection.LineName(v)), Address: shortText(v.Address)}
	for _, at := range spec.Versions {
		l.Versions = append(l.Versions, wire.TableVersion{Version: at, Images: [4]spec.Image{caps.Image(at), address.Image(at), device.Image(at), status.Image(at)}})
	}
	return l
}

// shortText returns a text as TAPI shows it, cut to what a length byte can count.
func shortText(s string) string {
	s = spec.CleanText(s)
	for len(s) > 255 {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}
