package spec

import (
	"encoding/binary"
	"errors"
)

// MaxBlock bounds a binary item of a structure, in bytes; longer ones are left
// out whole.
const MaxBlock = 2048

// Span is a range of bytes in a fixed part.
type Span struct{ Off, Len uint16 }

// Item is one variable item: Pair is the offset of its Size member, its Offset
// member follows four bytes later.
type Item struct {
	Pair  uint16
	Bytes []byte
}

// Image is an encoded structure that is not yet in anybody's buffer. Whoever
// holds a TAPI buffer copies it with CopyTo's five steps and needs to know
// nothing of the structure: Go does so here, the provider DLL does the same
// with images it received in a frame (decision A5).
type Image struct {
	Struct Struct
	// Fixed is the fixed part of the version, zero outside Own.
	Fixed []byte
	// Own are the ranges of Fixed that are ours to write; the header and
	// TAPI's own members are not among them (decision TAPI-d.1).
	Own []Span
	// Items are the variable items, the most useful first.
	Items []Item
}

const (
	headerTotal  = 0
	headerNeeded = 4
	headerUsed   = 8
	headerSize   = 12
)

// Needed gives dwNeededSize: the fixed part and every item, each aligned to four.
func (im *Image) Needed() int {
	n := len(im.Fixed)
	for _, it := range im.Items {
		n = align4(n) + len(it.Bytes)
	}
	return n
}

// CopyTo writes the image into a buffer whose dwTotalSize its owner has set
// (decision TAPI-d.1):
//
//  1. dwTotalSize less than the fixed part: STRUCTURETOOSMALL, nothing written;
//  2. copy the ranges of Own, so that TAPI's members and dwTotalSize stay;
//  3. each item in order: whole at the next multiple of four, or, if it does
//     not fit, Size and Offset 0;
//  4. dwNeededSize counts every item, dwUsedSize those written;
//  5. success all the same: the application compares Needed with Total.
//
// A buffer shorter than its dwTotalSize bounds the copy as well.
func (im *Image) CopyTo(buf []byte) LineErr {
	room := roomOf(buf)
	if room < len(im.Fixed) {
		return LineErrStructureTooSmall
	}
	for _, s := range im.Own {
		copy(buf[s.Off:s.Off+s.Len], im.Fixed[s.Off:s.Off+s.Len])
	}
	used := len(im.Fixed)
	for _, it := range im.Items {
		used = putItem(buf[:room], it, used)
	}
	putWord(buf, headerNeeded, uint32(im.Needed()))
	putWord(buf, headerUsed, uint32(used))
	return LineErrNone
}

// roomOf gives the bytes that may be written: dwTotalSize, but no more than there are.
func roomOf(buf []byte) int {
	if len(buf) < headerSize {
		return 0
	}
	return int(min(uint64(word32(buf, headerTotal)), uint64(len(buf))))
}

// putItem writes an item behind used, or its absence, and gives the new used.
func putItem(buf []byte, it Item, used int) int {
	at := align4(used)
	if at+len(it.Bytes) > len(buf) {
		putWord(buf, int(it.Pair), 0)
		putWord(buf, int(it.Pair)+4, 0)
		return used
	}
	clear(buf[used:at])
	copy(buf[at:], it.Bytes)
	putWord(buf, int(it.Pair), uint32(len(it.Bytes)))
	putWord(buf, int(it.Pair)+4, uint32(at))
	return at + len(it.Bytes)
}

func align4(n int) int { return (n + 3) &^ 3 }

func word32(buf []byte, off int) uint32       { return binary.LittleEndian.Uint32(buf[off:]) }
func putWord(buf []byte, off int, val uint32) { binary.LittleEndian.PutUint32(buf[off:], val) }

// Check proves that CopyTo of an image from elsewhere cannot write outside a
// buffer that has room for the fixed part, nor touch dwTotalSize.
func (im *Image) Check() error {
	fixed := len(im.Fixed)
	if int(im.Struct) >= len(structTable) || fixed < headerSize || fixed > largestFixed {
		return errors.New("unknown structure or impossible fixed size")
	}
	for _, s := range im.Own {
		if s.Off < headerSize || int(s.Off)+int(s.Len) > fixed {
			return errors.New("own: outside the fixed part")
		}
	}
	for _, it := range im.Items {
		if it.Pair < headerSize || int(it.Pair)+8 > fixed || len(it.Bytes) == 0 {
			return errors.New("item: pair outside the fixed part, or empty")
		}
	}
	return nil
}
