package engine

import (
	"encoding/binary"

	"offhook/events"
)

// packer writes fields into out, or reads them from in. What it reads it wrote itself, in this process.
type packer struct {
	packing bool
	out     []byte
	in      string
	seen    texts
}

func (p *packer) number(n *uint64) {
	if p.packing {
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

func pass[T ~uint8 | ~uint16 | ~uint32 | ~int64](p *packer, v *T) {
	n := uint64(*v)
	p.number(&n)
	*v = T(n)
}

func (p *packer) bits(all ...*bool) {
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

// since passes a time as its distance from another, in zigzag; 0 says that it is not known.
func (p *packer) since(v *events.Millis, from events.Millis) {
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

// A text is packed as 0 for none, the place of an equal one before it, or its length and textBase, and its bytes.
const textBase = 48

func (p *packer) text(s *string) {
	n := uint64(0)
	if p.packing && *s != "" {
		if n = p.seen.place(*s); n == 0 {
			n = uint64(len(*s) + textBase)
		}
	}
	p.number(&n)
	switch {
	case n >= textBase && p.packing:
		p.seen.add(*s)
		p.out = append(p.out, *s...)
	case n >= textBase:
		*s, p.in = p.in[:n-textBase], p.in[n-textBase:]
		p.seen.add(*s)
	case n > 0:
		*s = p.seen.all[n-1]
	}
}

// texts remembers the texts of a call: most stand in it twice, as the caller's number, say, and the connected party's.
type texts struct {
	all [32]string
	n   int
}

func (t *texts) add(s string) {
	if t.n < len(t.all) {
		t.all[t.n] = s
		t.n++
	}
}

// place is where an equal text stands, from 1; 0 for nowhere.
func (t *texts) place(s string) uint64 {
	for i := range t.n {
		if t.all[i] == s {
			return uint64(i + 1)
		}
	}
	return 0
}
