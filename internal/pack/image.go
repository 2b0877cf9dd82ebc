package pack

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/klauspost/compress/s2"

	"offhook/events"
)

// An engine image's bytes:
//
//	"OHS" version(2)   4 bytes
//	checksum           4 bytes, little endian: CRC-32C of all that follows
//	S2 block of        uvarints: format, event number, count of parts; then by name: length, name, length, part
const (
	imageMagic = "OHS\x02"
	imageHead  = len(imageMagic) + 4

	// MaxImage is the limit of an engine image's bytes, compressed or not.
	MaxImage = 1 << 30
)

// EngineImage holds the engine's state at an event, so that a start need not read the journal from its beginning (decision
// A10).
type EngineImage struct {
	Format int               // of the parts, chosen by the engine, which reads its own format and the one before
	Seq    uint64            // the last event it contains
	Parts  map[string][]byte // the engine's, and one per frontend that needs one
}

// EncodeImage returns the image's bytes.
func EncodeImage(s EngineImage) []byte {
	var b []byte
	for _, v := range [...]uint64{uint64(s.Format), s.Seq, uint64(len(s.Parts))} {
		b = binary.AppendUvarint(b, v)
	}
	names := make([]string, 0, len(s.Parts))
	for n := range s.Parts {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		b = append(binary.AppendUvarint(b, uint64(len(n))), n...)
		b = append(binary.AppendUvarint(b, uint64(len(s.Parts[n]))), s.Parts[n]...)
	}
	return sealImage(s2.Encode(nil, b))
}

func sealImage(block []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(imageMagic), crc32.Checksum(block, castagnoli))
	return append(b, block...)
}

// DecodeImage reads what EncodeImage wrote. The error wraps events.ErrCorrupt.
func DecodeImage(b []byte) (EngineImage, error) {
	bad := func(why string) (EngineImage, error) {
		return EngineImage{}, fmt.Errorf("%w: engine image: %s", events.ErrCorrupt, why)
	}
	if len(b) < imageHead || string(b[:len(imageMagic)]) != imageMagic {
		return bad("it has another form, or is from another version")
	}
	block := b[imageHead:]
	if binary.LittleEndian.Uint32(b[len(imageMagic):]) != crc32.Checksum(block, castagnoli) {
		return bad("its checksum is wrong")
	}
	if n, err := s2.DecodedLen(block); err != nil || n > MaxImage {
		return bad("its size is out of range")
	}
	rest, err := s2.Decode(nil, block)
	if err != nil {
		return bad(err.Error())
	}
	ok := true
	number := func() uint64 {
		v, n := binary.Uvarint(rest)
		if n <= 0 {
			ok, n = false, 0
		}
		rest = rest[n:]
		return v
	}
	text := func() []byte {
		n := number()
		if n > uint64(len(rest)) {
			ok, n = false, 0
		}
		part := rest[:n:n]
		rest = rest[n:]
		return part
	}
	s := EngineImage{Format: int(number() & (1<<31 - 1)), Seq: number(), Parts: map[string][]byte{}}
	for n := number(); n > 0 && ok; n-- {
		name := string(text())
		s.Parts[name] = text()
	}
	if !ok || len(rest) > 0 {
		return bad("it is cut off or has bytes left over")
	}
	return s, nil
}
