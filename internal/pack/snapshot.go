package pack

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/klauspost/compress/s2"

	"offhook/events"
)

// A snapshot's bytes:
//
//	"OHS" version(2)   4 bytes
//	checksum           4 bytes, little endian: CRC-32C of all that follows
//	S2 block of        uvarints: format, event number, count of parts; then by name: length, name, length, part
const (
	snapshotMagic = "OHS\x02"
	snapshotHead  = len(snapshotMagic) + 4

	// MaxSnapshot is the limit of a snapshot's bytes, packed or not.
	MaxSnapshot = 1 << 30
)

// Snapshot is what somebody knows as of an event, so that it need not read the journal from its beginning (decision A10).
type Snapshot struct {
	Format int               // of the parts, chosen by who writes them; an engine reads its own and the one before
	Seq    uint64            // the last event it contains
	Parts  map[string][]byte // the engine's, and one per frontend that needs one
}

// EncodeSnapshot is its bytes.
func EncodeSnapshot(s Snapshot) []byte {
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
	return sealSnapshot(s2.Encode(nil, b))
}

func sealSnapshot(block []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(snapshotMagic), crc32.Checksum(block, castagnoli))
	return append(b, block...)
}

// DecodeSnapshot reads them; the error is events.ErrCorrupt.
func DecodeSnapshot(b []byte) (Snapshot, error) {
	bad := func(why string) (Snapshot, error) {
		return Snapshot{}, fmt.Errorf("%w: snapshot: %s", events.ErrCorrupt, why)
	}
	if len(b) < snapshotHead || string(b[:len(snapshotMagic)]) != snapshotMagic {
		return bad("not one, or from another version")
	}
	block := b[snapshotHead:]
	if binary.LittleEndian.Uint32(b[len(snapshotMagic):]) != crc32.Checksum(block, castagnoli) {
		return bad("its checksum is wrong")
	}
	if n, err := s2.DecodedLen(block); err != nil || n > MaxSnapshot {
		return bad("its size")
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
	s := Snapshot{Format: int(number() & (1<<31 - 1)), Seq: number(), Parts: map[string][]byte{}}
	for n := number(); n > 0 && ok; n-- {
		name := string(text())
		s.Parts[name] = text()
	}
	if !ok || len(rest) > 0 {
		return bad("cut off or with bytes left over")
	}
	return s, nil
}
