// Package pack encodes what journals store: events with their stanzas as packs (decision A8), and the engine's state at
// an event as engine images (decision A10). Both are blocks of bytes with a checksum, compressed. The package does no
// I/O; adapters/nats and adapters/disk write and read the blocks. Begin reading at [Packer] and [Unpack].
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
	MaxEvent   = 1 << 20
	maxStanzas = events.PackBytes + MaxEvent
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrTooLarge says that one event is beyond the limits; trying again is useless.
var ErrTooLarge = errors.New("pack: too large to store")

// Packer encodes packs. It reuses its buffers.
type Packer struct {
	encoded, stanzaRefs, stanzas, compressed, packBytes []byte
}

// Pack encodes as many events of the batch as fit into one pack and returns how many. The bytes are valid until the next
// call.
func (p *Packer) Pack(batch []events.Event) ([]byte, int, error) {
	p.encoded, p.stanzaRefs, p.stanzas = p.encoded[:0], p.stanzaRefs[:0], p.stanzas[:0]
	n, lastStanza := 0, ""
	for _, e := range batch[:min(len(batch), events.PackEvents)] {
		start := len(p.encoded)
		p.encoded = e.AppendBinary(p.encoded)
		raw := e.Cause().Raw
		if size := len(p.encoded) - start; size > MaxEvent || len(raw) > MaxEvent {
			return nil, 0, fmt.Errorf("%w: event %d (%s) has %d bytes and a stanza of %d, the limit of each is %d", ErrTooLarge, e.Seq(), e.Name(), size, len(raw), MaxEvent)
		}
		added := raw
		if raw == lastStanza {
			added = ""
		}
		if n > 0 && len(p.encoded)+len(p.stanzas)+len(added) > events.PackBytes {
			p.encoded = p.encoded[:start]
			break
		}
		switch n++; {
		case raw == "":
			p.stanzaRefs = append(p.stanzaRefs, 0)
			continue
		case raw == lastStanza:
			p.stanzaRefs = append(p.stanzaRefs, 1)
			continue
		}
		p.stanzaRefs = binary.AppendUvarint(p.stanzaRefs, uint64(len(raw))+2)
		p.stanzas = append(p.stanzas, raw...)
		lastStanza = raw
	}
	return p.assemble(batch[0].Seq(), n), n, nil
}

func (p *Packer) assemble(first uint64, n int) []byte {
	b := append(p.packBytes[:0], 'O', 'H', 'P', packVersion, 0, 0, 0, 0)
	for _, v := range [...]uint64{first, uint64(n), uint64(len(p.encoded)), uint64(len(p.stanzaRefs))} {
		b = binary.AppendUvarint(b, v)
	}
	p.compressed = s2.Encode(p.compressed[:cap(p.compressed)], p.stanzas)
	b = append(append(append(b, p.encoded...), p.stanzaRefs...), p.compressed...)
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(b[packHead:], castagnoli))
	p.packBytes = b
	return b
}

// Unpack decodes a pack into all, which it empties first. The events' strings share the memory of b, so b must not change
// afterwards, and a caller that keeps a few events for long must clone them.
func Unpack(b []byte, all []events.Event) ([]events.Event, error) {
	return unpack(b, all, false)
}

// UnpackWithoutStanzas is Unpack without the stanzas, which are most of a pack's bytes: the events' causes have none.
func UnpackWithoutStanzas(b []byte, all []events.Event) ([]events.Event, error) {
	return unpack(b, all, true)
}

func unpack(b []byte, all []events.Event, withoutStanzas bool) ([]events.Event, error) {
	first, count, bin, refs, block, err := splitPack(b)
	if err != nil {
		return nil, err
	}
	if withoutStanzas {
		return decodeWithoutStanzas(first, count, stringOf(bin), all)
	}
	stanzas, err := decompress(block)
	if err != nil {
		return nil, err
	}
	all = slices.Grow(all[:0], count)
	text, lastStanza := stringOf(bin), ""
	for i := range count {
		ref, k := binary.Uvarint(refs)
		if k <= 0 || ref > uint64(len(stanzas))+2 {
			return nil, fmt.Errorf("%w: event %d's reference to a stanza", events.ErrCorrupt, i)
		}
		refs = refs[k:]
		raw := lastStanza
		if ref == 0 {
			raw = ""
		} else if ref >= 2 {
			raw, stanzas = stanzas[:ref-2], stanzas[ref-2:]
			lastStanza = raw
		}
		e, n, err := events.DecodeBorrowed(text, raw)
		if err != nil {
			return nil, err
		}
		if e.Seq() != first+uint64(i) {
			return nil, fmt.Errorf("%w: event %d of the pack from %d has number %d", events.ErrCorrupt, i, first, e.Seq())
		}
		all, text = append(all, e), text[n:]
	}
	if len(text)+len(refs)+len(stanzas) > 0 {
		return nil, fmt.Errorf("%w: a pack with bytes left over", events.ErrCorrupt)
	}
	return all, nil
}

// decodeWithoutStanzas decodes the events of a pack, their stanzas left out.
func decodeWithoutStanzas(first uint64, count int, text string, all []events.Event) ([]events.Event, error) {
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

// EventRange returns which events a pack holds. It checks the checksum and decodes no event.
func EventRange(b []byte) (first uint64, count int, err error) {
	first, count, _, _, _, err = splitPack(b)
	return first, count, err
}

// splitPack checks a pack's head and checksum and returns its parts.
func splitPack(b []byte) (first uint64, count int, bin, refs, block []byte, err error) {
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

// decompress decodes the S2 block. It refuses more bytes than a pack can hold.
func decompress(block []byte) (string, error) {
	n, err := s2.DecodedLen(block)
	if err != nil || n > maxStanzas {
		return "", fmt.Errorf("%w: stanzas of %d bytes", events.ErrCorrupt, n)
	}
	stanzas, err := s2.Decode(nil, block)
	if err != nil {
		return "", fmt.Errorf("%w: stanzas: %w", events.ErrCorrupt, err)
	}
	return stringOf(stanzas), nil
}

// stringOf returns b as a string without a copy: b must not change afterwards.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
