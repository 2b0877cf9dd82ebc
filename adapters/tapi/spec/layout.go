package spec

import (
	"cmp"
	"slices"
)

// owner says who writes a member of a structure.
type owner uint8

const (
	ours   owner = iota // this package, from the Go struct; 0 where offhook has nothing to say
	header              // dwTotalSize, dwNeededSize, dwUsedSize: TAPI's, or kept by CopyTo
	byTAPI              // never touched, not even zeroed (decision TAPI-d.1)
)

// member is one row of a layout: where a member lies, since when, who writes
// it, and, of the ways to read its value from the Go struct S, at most one.
// A row with text, block or classes is a Size/Offset pair.
type member[S any] struct {
	name  string
	off   int
	size  int
	since Version
	owner owner
	rank  int // of a pair: its place among the items, the most useful first

	word    func(*S, Version) uint32
	bytes16 func(*S) [16]byte
	text    func(*S) string
	block   func(*S) []byte
	classes func(*S) []string
}

func (m *member[S]) variable() bool { return m.text != nil || m.block != nil || m.classes != nil }

// layout is the one description of a structure; its encoder walks it.
type layout[S any] struct {
	kind    Struct
	members []member[S]
	items   []*member[S]          // the pairs with content, by rank
	own     [len(Versions)][]Span // what Image.Own says, per version
}

func newLayout[S any](kind Struct, members []member[S]) *layout[S] {
	l := &layout[S]{kind: kind, members: members}
	for i := range members {
		if members[i].variable() {
			l.items = append(l.items, &members[i])
		}
	}
	slices.SortStableFunc(l.items, func(a, b *member[S]) int { return cmp.Compare(a.rank, b.rank) })
	for i, v := range Versions {
		l.own[i] = l.spans(v)
	}
	return l
}

// spans joins the neighbouring members that are ours at a version.
func (l *layout[S]) spans(v Version) []Span {
	var out []Span
	for _, m := range l.members {
		if m.owner != ours || m.since > v {
			continue
		}
		if n := len(out); n > 0 && int(out[n-1].Off+out[n-1].Len) == m.off {
			out[n-1].Len += uint16(m.size)
			continue
		}
		out = append(out, Span{uint16(m.off), uint16(m.size)})
	}
	return out
}

// image encodes x; fixed must be zeroed and at least the fixed size long, room
// and items are storage to append to.
func (l *layout[S]) image(x *S, v Version, fixed, room []byte, items []Item) Image {
	im := Image{Struct: l.kind, Fixed: fixed[:l.kind.FixedSize(v)], Own: l.own[v.index()]}
	for i := range l.members {
		switch m := &l.members[i]; {
		case m.since > v:
		case m.word != nil:
			putWord(im.Fixed, m.off, m.word(x, v))
		case m.bytes16 != nil:
			b := m.bytes16(x)
			copy(im.Fixed[m.off:m.off+m.size], b[:])
		}
	}
	im.Items = l.variable(x, v, room, items)
	return im
}

func (l *layout[S]) variable(x *S, v Version, room []byte, items []Item) []Item {
	for _, m := range l.items {
		if m.since > v {
			continue
		}
		start := len(room)
		room = m.appendItem(room, x)
		if len(room) > start {
			items = append(items, Item{Pair: uint16(m.off), Bytes: room[start:len(room):len(room)]})
		}
	}
	return items
}

// appendItem appends the bytes of a pair's item, nothing when there is none.
func (m *member[S]) appendItem(b []byte, x *S) []byte {
	switch {
	case m.text != nil:
		return appendText(b, m.text(x))
	case m.classes != nil:
		return appendClasses(b, m.classes(x))
	}
	if block := m.block(x); len(block) <= MaxBlock {
		return append(b, block...)
	}
	return b
}

// largestFixed is the longest fixed part there is, LINECALLINFO's at 3.0.
const largestFixed = 344

// encode writes x into buf; usual contents need no more room than is set aside here.
func (l *layout[S]) encode(x *S, buf []byte, v Version) LineErr {
	if !v.Supported() {
		return LineErrIncompatibleAPIVersion
	}
	if roomOf(buf) < l.kind.FixedSize(v) {
		return LineErrStructureTooSmall
	}
	var fixed [largestFixed]byte
	var room [768]byte
	var items [16]Item
	im := l.image(x, v, fixed[:], room[:0], items[:0])
	return im.CopyTo(buf)
}

// newImage encodes x into storage of its own. An unsupported version gives the
// zero Image.
func (l *layout[S]) newImage(x *S, v Version) Image {
	if !v.Supported() {
		return Image{}
	}
	return l.image(x, v, make([]byte, l.kind.FixedSize(v)), nil, nil)
}

func (l *layout[S]) needed(x *S, v Version) int {
	im := l.newImage(x, v)
	return im.Needed()
}
