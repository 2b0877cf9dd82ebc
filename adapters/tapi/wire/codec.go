package wire

import (
	"encoding/binary"
	"fmt"
)

// codec walks the members of a payload in one of two directions, so that
// each layout is written down once: encoding appends to buf, decoding consumes
// it. The first fault stays in err and ends the walk.
type codec struct {
	kind     Kind
	decode   bool
	buf      []byte
	err      error
	onMember func(member string, from, to int) // for the golden files
}

func (c *codec) fail(member, why string) {
	if c.err == nil {
		c.err = fmt.Errorf("wire: %s frame: %w: %s: %s", c.kind, ErrPayload, member, why)
	}
}

// next gives the next n bytes of a payload, nil after a fault.
func (c *codec) next(member string, n int) []byte {
	if c.err != nil {
		return nil
	}
	if len(c.buf) < n {
		c.fail(member, fmt.Sprintf("needs %d bytes, %d left", n, len(c.buf)))
		return nil
	}
	b := c.buf[:n]
	c.buf = c.buf[n:]
	return b
}

// append appends bytes.
func (c *codec) append(member string, b ...byte) {
	if c.err != nil {
		return
	}
	from := len(c.buf)
	c.buf = append(c.buf, b...)
	if c.onMember != nil && len(b) > 0 {
		c.onMember(member, from, len(c.buf))
	}
}

func (c *codec) u8(member string, v *uint8) {
	if !c.decode {
		c.append(member, *v)
	} else if b := c.next(member, 1); b != nil {
		*v = b[0]
	}
}

func (c *codec) u16(member string, v *uint16) {
	if !c.decode {
		var b [2]byte
		binary.LittleEndian.PutUint16(b[:], *v)
		c.append(member, b[:]...)
	} else if b := c.next(member, 2); b != nil {
		*v = binary.LittleEndian.Uint16(b)
	}
}

func (c *codec) u32(member string, v *uint32) { w32(c, member, v) }

// w32 is u32 for any of the 32-bit types.
func w32[T ~uint32 | ~int32](c *codec, member string, v *T) {
	if !c.decode {
		var b [4]byte
		binary.LittleEndian.PutUint32(b[:], uint32(*v))
		c.append(member, b[:]...)
	} else if b := c.next(member, 4); b != nil {
		*v = T(binary.LittleEndian.Uint32(b))
	}
}

func (c *codec) u64(member string, v *uint64) {
	if !c.decode {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], *v)
		c.append(member, b[:]...)
	} else if b := c.next(member, 8); b != nil {
		*v = binary.LittleEndian.Uint64(b)
	}
}

// flag is a byte that is 0 or 1.
func (c *codec) flag(member string, v *bool) {
	var b uint8
	if *v {
		b = 1
	}
	c.u8(member, &b)
	if b > 1 {
		c.fail(member, "neither 0 nor 1")
	}
	*v = b == 1
}

// text is UTF-8 of at most 255 bytes behind a length byte.
func (c *codec) text(member string, v *string, most int) {
	n := uint8(min(len(*v), 255))
	if !c.decode && len(*v) > most {
		c.fail(member, fmt.Sprintf("%d bytes, at most %d", len(*v), most))
	}
	c.u8(member+" length", &n)
	if int(n) > most {
		c.fail(member, fmt.Sprintf("%d bytes, at most %d", n, most))
	}
	if !c.decode {
		c.append(member, []byte(*v)...)
	} else if b := c.next(member, int(n)); b != nil {
		*v = string(b)
	}
}

// nullLength is the length of a block that is NULL, as opposed to empty.
const nullLength uint32 = 0xFFFFFFFF

// block is bytes behind a 32-bit length; nil is NULL.
func (c *codec) block(member string, v *[]byte) {
	n := nullLength
	if *v != nil {
		n = uint32(len(*v))
	}
	c.u32(member+" length", &n)
	switch {
	case c.err != nil || n == nullLength:
	case !c.decode:
		c.append(member, *v...)
	case n > MaxPayload:
		c.fail(member, fmt.Sprintf("%d bytes announced", n))
	default:
		if b := c.next(member, int(n)); b != nil {
			*v = append(make([]byte, 0, n), b...)
		}
	}
}

// elements walks a 16-bit number of elements of at least size bytes each; it
// never makes room for more than the payload can hold.
func elements[T any](c *codec, member string, list *[]T, most, size int, each func(*T)) {
	n := uint16(min(len(*list), most+1))
	c.u16(member+" count", &n)
	if int(n) > most || c.decode && int(n)*size > len(c.buf) {
		c.fail(member, fmt.Sprintf("%d elements, at most %d and no more than the payload holds", n, most))
	}
	if c.err != nil {
		return
	}
	if c.decode && n > 0 {
		*list = make([]T, n)
	}
	for i := range *list {
		each(&(*list)[i])
	}
}
