// Package pack is how journals store events and snapshots: many events with their stanzas in one checked, compressed
// block of bytes (decision A8), and what an engine knew as of an event in another (decision A10). It does no I/O.
package pack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"unsafe"

	"github.com/klauspost/compress/s2"

	"offhook/events"
)

// A pack's bytes:
//
//	"OHP" version(1)         4 bytes
//	checksum                 4 bytes, little endian: CRC-32C of all that follows
//	first, count             uvarints: the number of the first event, how many there are
//	len(E), len(R)           uvarints
//	E                        the events' binary forms, one after the other (package events)
//	R                        one uvarint an event: 0 no raw stanza, 1 the one before again, n+2 a new one of n bytes
//	S                        the new raw stanzas joined, as one S2 block
const (
	packVersion = 1
	packHead    = 8

	// MaxEvent is the limit of one event's binary form, and of its raw stanza, in bytes.
	MaxEvent = 1 << 20
	maxRaw   = events.PackBytes + MaxEvent
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrTooLarge says that one event is beyond the limits; trying again is useless.
var ErrTooLarge = errors.New("pack: too large to store")

// Packer makes packs; its buffers are used again.
type Packer struct {
	bin, refs, raw, block, out []byte
}

// Pack encodes as many events of the batch as fit into one pack and says how many. The bytes are valid until the next call.
func (p *Packer) Pack(batch []events.Event) ([]byte, int, error) {
	p.bin, p.refs, p.raw = p.bin[:0], p.refs[:0], p.raw[:0]
	n, last := 0, ""
	for _, e := range batch[:min(len(batch), events.PackEvents)] {
		start := len(p.bin)
		p.bin = e.AppendBinary(p.bin)
		raw := e.Cause().Raw
		if size := len(p.bin) - start; size > MaxEvent || len(raw) > MaxEvent {
			return nil, 0, fmt.Errorf("%w: event %d (%s) has %d bytes and a stanza of %d, the limit of each is %d", ErrTooLarge, e.Seq(), e.Name(), size, len(raw), MaxEvent)
		}
		fresh := raw
		if raw == last {
			fresh = ""
		}
		if n > 0 && len(p.bin)+len(p.raw)+len(fresh) > events.PackBytes {
			p.bin = p.bin[:start]
			break
		}
		switch n++; {
		case raw == "":
			p.refs = append(p.refs, 0)
			continue
		case raw == last:
			p.refs = append(p.refs, 1)
			continue
		}
		p.refs = binary.AppendUvarint(p.refs, uint64(len(raw))+2)
		p.raw = append(p.raw, raw...)
		last = raw
	}
	return p.seal(batch[0].Seq(), n), n, nil
}

func (p *Packer) seal(first uint64, n int) []byte {
	b := append(p.out[:0], 'O', 'H', 'P', packVersion, 0, 0, 0, 0)
	for _, v := range [...]uint64{first, uint64(n), uint64(len(p.bin)), uint64(len(p.refs))} {
		b = binary.AppendUvarint(b, v)
	}
	p.block = s2.Encode(p.block[:cap(p.block)], p.raw)
	b = append(append(append(b, p.bin...), p.refs...), p.block...)
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(b[packHead:], castagnoli))
	p.out = b
	return b
}

// Unpack reads a pack into all, which it empties first. The events' strings share the memory of b, which must never change
// again: who keeps a few of them for long clones them.
func Unpack(b []byte, all []events.Event) ([]events.Event, error) {
	return unpack(b, all, false)
}

// UnpackBare is Unpack without the stanzas, which are most of a pack's bytes; the events' causes lack them.
func UnpackBare(b []byte, all []events.Event) ([]events.Event, error) { return unpack(b, all, true) }

func unpack(b []byte, all []events.Event, bare bool) ([]events.Event, error) {
	first, count, bin, refs, block, err := open(b)
	if err != nil {
		return nil, err
	}
	if bare {
		return decode(first, count, frozen(bin), all)
	}
	raw, err := expand(block)
	if err != nil {
		return nil, err
	}
	all = slices.Grow(all[:0], count)
	text, same := frozen(bin), ""
	for i := range count {
		ref, k := binary.Uvarint(refs)
		if k <= 0 || ref > uint64(len(raw))+2 {
			return nil, fmt.Errorf("%w: event %d's reference to a stanza", events.ErrCorrupt, i)
		}
		refs = refs[k:]
		this := same
		if ref == 0 {
			this = ""
		} else if ref >= 2 {
			this, raw = raw[:ref-2], raw[ref-2:]
			same = this
		}
		e, n, err := events.DecodeBorrowed(text, this)
		if err != nil {
			return nil, err
		}
		if e.Seq() != first+uint64(i) {
			return nil, fmt.Errorf("%w: event %d of the pack from %d has number %d", events.ErrCorrupt, i, first, e.Seq())
		}
		all, text = append(all, e), text[n:]
	}
	if len(text)+len(refs)+len(raw) > 0 {
		return nil, fmt.Errorf("%w: a pack with bytes left over", events.ErrCorrupt)
	}
	return all, nil
}

// decode reads the events alone.
func decode(first uint64, count int, text string, all []events.Event) ([]events.Event, error) {
	all = slices.Grow(all[:0], count)
	for i := range count {
		e, n, err := events.DecodeBorrowed(text, "")
		if err != nil {
			return nil, err
		}
		if e.Seq() != first+uint64(i) {
			return nil, fmt.Errorf("%w: event %d of the pack from %d has number %d", events.ErrCorrupt, i, first, e.Seq())
		}
		all, text = append(all, e), text[n:]
	}
	return all, nil
}

// Span reads which events a pack holds without looking at them; its checksum is checked.
func Span(b []byte) (first uint64, count int, err error) {
	first, count, _, _, _, err = open(b)
	return first, count, err
}

// open checks a pack's head and finds its parts.
func open(b []byte) (first uint64, count int, bin, refs, block []byte, err error) {
	fail := func(what string, v ...any) (uint64, int, []byte, []byte, []byte, error) {
		return 0, 0, nil, nil, nil, fmt.Errorf("%w: "+what, append([]any{events.ErrCorrupt}, v...)...)
	}
	if len(b) < packHead || string(b[:3]) != "OHP" {
		return fail("not a pack")
	}
	if b[3] == 0 || b[3] > packVersion {
		return fail("pack version %d, this program reads up to %d", b[3], packVersion)
	}
	if binary.LittleEndian.Uint32(b[4:]) != crc32.Checksum(b[packHead:], castagnoli) {
		return fail("the checksum of the pack is wrong")
	}
	var head [4]uint64
	for rest, i := b[packHead:], 0; i < len(head); i++ {
		v, k := binary.Uvarint(rest)
		if k <= 0 {
			return fail("the head of the pack is cut off")
		}
		head[i], rest = v, rest[k:]
		b = rest
	}
	size := uint64(len(b))
	if head[1] == 0 || head[1] > events.PackEvents || head[2] > size || head[3] > size-head[2] {
		return fail("a pack of %d events in %d bytes", head[1], size)
	}
	return head[0], int(head[1]), b[:head[2]], b[head[2] : head[2]+head[3]], b[head[2]+head[3]:], nil
}

// expand undoes the S2 block, never to more than a pack can hold.
func expand(block []byte) (string, error) {
	n, err := s2.DecodedLen(block)
	if err != nil || n > maxRaw {
		return "", fmt.Errorf("%w: stanzas of %d bytes", events.ErrCorrupt, n)
	}
	raw, err := s2.Decode(nil, block)
	if err != nil {
		return "", fmt.Errorf("%w: stanzas: %w", events.ErrCorrupt, err)
	}
	return frozen(raw), nil
}

// frozen is b as text without a copy; nobody may change b from now on.
func frozen(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
