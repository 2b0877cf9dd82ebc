package engine

import (
	"encoding/binary"

	"offhook/events"
)

// compactCodec writes fields into out, or reads them from in. It reads only what it wrote itself, in this process.
type compactCodec struct {
	writing bool
	out     []byte
	in      string
	seen    sharedTexts
}

func (p *compactCodec) number(n *uint64) {
	if p.writing {
		p.out = binary.AppendUvarint(p.out, *n)
		return
	}
	*n = 0
	for shift := 0; ; shift += 7 {
		b := p.in[0]
		p.in = p.in[1:]
		if *n |= uint64(b&0x7f) << shift; b < 0x80 {
			return
		}
	}
}

func codecInt[T ~uint8 | ~uint16 | ~uint32 | ~int64](p *compactCodec, v *T) {
	n := uint64(*v)
	p.number(&n)
	*v = T(n)
}

func (p *compactCodec) bits(all ...*bool) {
	n := uint64(0)
	for i, b := range all {
		if *b {
			n |= 1 << i
		}
	}
	p.number(&n)
	for i, b := range all {
		*b = n&(1<<i) != 0
	}
}

// since writes or reads a time as its distance from another, in zigzag; 0 means not known.
func (p *compactCodec) since(v *events.Millis, from events.Millis) {
	n := uint64(0)
	if *v != 0 {
		d := int64(*v - from)
		n = (uint64(d)<<1 ^ uint64(d>>63)) + 1
	}
	p.number(&n)
	if *v = 0; n != 0 {
		n--
		*v = from + events.Millis(int64(n>>1)^-int64(n&1))
	}
}

// A text is stored as 0 for none, as the index of an equal text before it, or as its length plus textBase and its bytes.
const textBase = 48

func (p *compactCodec) text(s *string) {
	n := uint64(0)
	if p.writing && *s != "" {
		if n = p.seen.index(*s); n == 0 {
			n = uint64(len(*s) + textBase)
		}
	}
	p.number(&n)
	switch {
	case n >= textBase && p.writing:
		p.seen.add(*s)
		p.out = append(p.out, *s...)
	case n >= textBase:
		*s, p.in = p.in[:n-textBase], p.in[n-textBase:]
		p.seen.add(*s)
	case n > 0:
		*s = p.seen.all[n-1]
	}
}

// sharedTexts keeps the texts of a call: most occur twice, such as the caller's number and the connected party's.
type sharedTexts struct {
	all [32]string
	n   int
}

func (t *sharedTexts) add(s string) {
	if t.n < len(t.all) {
		t.all[t.n] = s
		t.n++
	}
}

// index returns the index of an equal text, from 1; 0 for none.
func (t *sharedTexts) index(s string) uint64 {
	for i := range t.n {
		if t.all[i] == s {
			return uint64(i + 1)
		}
	}
	return 0
}
