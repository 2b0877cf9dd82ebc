package spec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrUnknownName is wrapped by every Parse function of this package.
var ErrUnknownName = errors.New("unknown name")

// word is one constant of a family: its value, its name without prefix and the
// first version that knows it.
type word[T ~uint32] struct {
	value T
	name  string
	since Version
}

// family is one group of TAPI constants: bits that may be joined, or an
// enumeration whose values stand alone.
type family[T ~uint32] struct {
	kind  string
	enum  bool
	words []word[T]
}

// names lists the names of v; bits without a name follow as one hexadecimal word.
func (f *family[T]) names(v T) []string {
	var out []string
	rest := v
	for _, w := range f.words {
		if f.enum && w.value == v || !f.enum && rest&w.value != 0 {
			out = append(out, w.name)
			rest &^= w.value
		}
	}
	if rest != 0 {
		out = append(out, fmt.Sprintf("0x%X", uint32(rest)))
	}
	return out
}

func (f *family[T]) text(v T) string {
	names := f.names(v)
	if len(names) == 0 {
		return "0"
	}
	return strings.Join(names, "|")
}

// in keeps what ver knows: of bits the known ones, of an enumeration the value or 0.
func (f *family[T]) in(v T, ver Version) T {
	var known T
	for _, w := range f.words {
		switch {
		case w.since > ver:
		case f.enum && w.value == v:
			return v
		case !f.enum:
			known |= w.value
		}
	}
	return v & known
}

// parse reads text's form: names joined by "|", hexadecimal words, "0" for none.
func (f *family[T]) parse(text string) (T, error) {
	var v T
	if text == "0" {
		return v, nil
	}
	for name := range strings.SplitSeq(text, "|") {
		one, ok := f.value(name)
		if !ok {
			return 0, fmt.Errorf("spec: %w: %q is not a %s; write names without prefix joined by |, as %s", ErrUnknownName, text, f.kind, f.words[0].name)
		}
		if f.enum && name != text {
			return 0, fmt.Errorf("spec: %w: %q joins values of %s, which stand alone", ErrUnknownName, text, f.kind)
		}
		v |= one
	}
	return v, nil
}

func (f *family[T]) value(name string) (T, bool) {
	for _, w := range f.words {
		if w.name == name {
			return w.value, true
		}
	}
	hex, ok := parseHex(name)
	return T(hex), ok
}

// parseHex reads the "0x…" form that stands for a value without a name.
func parseHex(text string) (uint32, bool) {
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok {
		return 0, false
	}
	v, err := strconv.ParseUint(digits, 16, 32)
	return uint32(v), err == nil
}
