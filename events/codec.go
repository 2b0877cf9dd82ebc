package events

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// CodecVersion is the first byte of an encoded event. A reader knows every version up to its own.
const CodecVersion = 1

// ErrCorrupt says that bytes are not an event this program can read: damaged, cut off, or from a newer version.
var ErrCorrupt = errors.New("events: unreadable event")

// maxField bounds any one string of an event (decision A8: a stanza is at most 256 KiB; four times that is damage).
const maxField = 1 << 20

// AppendBinary appends the event's binary form to b, without its raw stanza: packs keep the stanzas of many events in
// one compressed block beside them (decision A8). The form is a version byte, then varints and length-prefixed text.
func (e Event) AppendBinary(b []byte) []byte {
	w := writer{b: append(b, CodecVersion, byte(e.body.Type()))}
	w.uint(e.seq)
	w.int(int64(e.at))
	w.text(e.journal)
	w.text(e.source)
	w.uint(e.cause.Input)
	e.body.encode(&w)
	return w.b
}

// Decode reads one event from the start of b and says how many bytes it took. raw is the stanza kept beside it.
// The event's strings are copies unless b's owner promises never to change it (see [DecodeBorrowed]).
func Decode(b []byte, raw string) (Event, int, error) { return decode(string(b), raw) }

// DecodeBorrowed is Decode for text that never changes; the event's strings share its memory.
func DecodeBorrowed(s, raw string) (Event, int, error) { return decode(s, raw) }

func decode(s, raw string) (Event, int, error) {
	if len(s) < 2 {
		return Event{}, 0, fmt.Errorf("%w: %d bytes", ErrCorrupt, len(s))
	}
	if s[0] == 0 || s[0] > CodecVersion {
		return Event{}, 0, fmt.Errorf("%w: codec version %d, this program reads up to %d", ErrCorrupt, s[0], CodecVersion)
	}
	t := Type(s[1])
	if t >= typeLimit || table[t].decode == nil {
		return Event{}, 0, fmt.Errorf("%w: type %d", ErrCorrupt, t)
	}
	r := &reader{s: s, i: 2}
	e := Event{seq: r.uint(), at: Millis(r.int()), journal: r.text(), source: r.text()}
	e.cause = Cause{Raw: raw, Input: r.uint()}
	e.body = table[t].decode(t, r)
	if r.err != nil {
		return Event{}, 0, fmt.Errorf("%w: %s: %w", ErrCorrupt, t, r.err)
	}
	return e, r.i, nil
}

type writer struct{ b []byte }

func (w *writer) uint(v uint64) { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) int(v int64)   { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) text(s string) {
	w.b = binary.AppendUvarint(w.b, uint64(len(s)))
	w.b = append(w.b, s...)
}
func (w *writer) bool(v bool) {
	if v {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

// reader reads what writer wrote. After the first error everything reads as zero.
type reader struct {
	s   string
	i   int
	err error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
		r.i = len(r.s)
	}
}

func (r *reader) uint() uint64 {
	var v uint64
	for shift := uint(0); ; shift += 7 {
		if r.i >= len(r.s) || shift > 63 {
			r.fail("number cut off at byte %d", r.i)
			return 0
		}
		c := r.s[r.i]
		r.i++
		if shift == 63 && c > 1 {
			r.fail("number too large at byte %d", r.i)
			return 0
		}
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
}

func (r *reader) int() int64 {
	u := r.uint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *reader) uint32() uint32 {
	v := r.uint()
	if v > math.MaxUint32 {
		r.fail("number %d does not fit 32 bits", v)
		return 0
	}
	return uint32(v)
}

// word reads the number of a named value; limit is the first that has no name.
func (r *reader) word(what string, limit uint8) uint8 {
	v := r.uint()
	if v >= uint64(limit) {
		r.fail("%s %d has no meaning", what, v)
		return 0
	}
	return uint8(v)
}

func (r *reader) count() int {
	v := r.uint()
	if v > uint64(len(r.s)-r.i) { // each item takes at least a byte
		r.fail("count %d beyond the end", v)
		return 0
	}
	return int(v)
}

func (r *reader) bool() bool {
	v := r.uint()
	if v > 1 {
		r.fail("truth value %d", v)
	}
	return v == 1
}

func (r *reader) text() string {
	n := r.uint()
	if n > maxField || n > uint64(len(r.s)-r.i) {
		r.fail("text of %d bytes beyond the end", n)
		return ""
	}
	s := r.s[r.i : r.i+int(n)]
	r.i += int(n)
	return s
}
