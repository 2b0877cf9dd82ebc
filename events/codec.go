package events

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// CodecVersion is the first byte of an encoded event. A reader knows every version up to its own. Version 2 stores who
// made a request.
const CodecVersion = 2

// ErrCorrupt says that bytes are no event that this program can read: they are damaged, cut off, or from a newer version.
var ErrCorrupt = errors.New("events: unreadable event")

// maxField bounds the bytes of each string of an event: four times the stanza limit (decision A8). A longer one is damage.
const maxField = 1 << 20

// AppendBinary appends the event's binary form to b, without its raw stanza: packs keep the stanzas of many events in
// one compressed block beside them (decision A8). The form is a version byte, then varints and length-prefixed text.
func (e Event) AppendBinary(b []byte) []byte {
	w := encoder{b: append(b, CodecVersion, byte(e.body.Type()))}
	w.uint(e.seq)
	w.int(int64(e.at))
	w.text(e.journal)
	w.text(e.source)
	w.uint(e.cause.Input)
	e.body.encode(&w)
	return w.b
}

// Decode reads one event from the start of b and returns how many bytes it has. raw is the stanza that was stored beside
// it. The event's strings are copies; [DecodeBorrowed] makes none.
func Decode(b []byte, raw string) (Event, int, error) { return decode(string(b), raw) }

// DecodeBorrowed is Decode without copies: the event's strings share the memory of s.
func DecodeBorrowed(s, raw string) (Event, int, error) { return decode(s, raw) }

func decode(s, raw string) (Event, int, error) {
	if len(s) < 2 {
		return Event{}, 0, fmt.Errorf("%w: %d bytes", ErrCorrupt, len(s))
	}
	if s[0] == 0 || s[0] > CodecVersion {
		return Event{}, 0, fmt.Errorf("%w: codec version %d, this program reads up to %d", ErrCorrupt, s[0], CodecVersion)
	}
	t := Type(s[1])
	if t >= typeLimit || typeTable[t].decode == nil {
		return Event{}, 0, fmt.Errorf("%w: type %d", ErrCorrupt, t)
	}
	r := &decoder{s: s, offset: 2, version: s[0]}
	e := Event{seq: r.uint(), at: Millis(r.int()), journal: r.text(), source: r.text()}
	e.cause = Cause{Raw: raw, Input: r.uint()}
	e.body = typeTable[t].decode(t, r)
	if r.err != nil {
		return Event{}, 0, fmt.Errorf("%w: %s: %w", ErrCorrupt, t, r.err)
	}
	return e, r.offset, nil
}

type encoder struct{ b []byte }

func (w *encoder) uint(v uint64) { w.b = binary.AppendUvarint(w.b, v) }
func (w *encoder) int(v int64)   { w.b = binary.AppendVarint(w.b, v) }
func (w *encoder) text(s string) {
	w.b = binary.AppendUvarint(w.b, uint64(len(s)))
	w.b = append(w.b, s...)
}
func (w *encoder) bool(v bool) {
	if v {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

// decoder reads what encoder wrote. After the first error every value reads as zero.
type decoder struct {
	s       string
	offset  int
	version byte // of the codec that encoded the event
	err     error
}

func (r *decoder) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
		r.offset = len(r.s)
	}
}

func (r *decoder) uint() uint64 {
	var v uint64
	for shift := uint(0); ; shift += 7 {
		if r.offset >= len(r.s) || shift > 63 {
			r.fail("number cut off at byte %d", r.offset)
			return 0
		}
		c := r.s[r.offset]
		r.offset++
		if shift == 63 && c > 1 {
			r.fail("number too large at byte %d", r.offset)
			return 0
		}
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
}

func (r *decoder) int() int64 {
	u := r.uint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *decoder) uint32() uint32 {
	v := r.uint()
	if v > math.MaxUint32 {
		r.fail("number %d does not fit 32 bits", v)
		return 0
	}
	return uint32(v)
}

// enum reads the number of a named value; limit is the first number without a name.
func (r *decoder) enum(what string, limit uint8) uint8 {
	v := r.uint()
	if v >= uint64(limit) {
		r.fail("%s %d has no meaning", what, v)
		return 0
	}
	return uint8(v)
}

func (r *decoder) count() int {
	v := r.uint()
	if v > uint64(len(r.s)-r.offset) { // each item takes at least a byte
		r.fail("count %d beyond the end", v)
		return 0
	}
	return int(v)
}

func (r *decoder) bool() bool {
	v := r.uint()
	if v > 1 {
		r.fail("truth value %d", v)
	}
	return v == 1
}

func (r *decoder) text() string {
	n := r.uint()
	if n > maxField || n > uint64(len(r.s)-r.offset) {
		r.fail("text of %d bytes beyond the end", n)
		return ""
	}
	s := r.s[r.offset : r.offset+int(n)]
	r.offset += int(n)
	return s
}
