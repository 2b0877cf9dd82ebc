package spec

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// Sizes and offsets of every member against the reference.
func TestLayoutsAreThoseOfTheReference(t *testing.T) {
	want := map[string][]string{}
	for _, g := range golden(t, "layouts.golden") {
		want[g[0]] = append(want[g[0]], strings.Join(g[1:], " "))
	}
	for _, s := range samples(0) {
		var got []string
		for _, r := range s.rows {
			got = append(got, r.golden()...)
		}
		require.Equal(t, want[s.kind.String()], got, s.kind)
	}
}

// golden is the row as the reference lists it, a pair as its two members, and
// LINEDIALPARAMS as the one member it is there.
func (r row) golden() []string {
	one := func(name string, off, size int) string {
		return fmt.Sprintf("%s %d %d %s", name, off, size, r.since)
	}
	if r.size == 8 {
		return []string{one(r.name+"Size", r.off, 4), one(r.name+"Offset", r.off+4, 4)}
	}
	return []string{one(r.name, r.off, r.size)}
}

// The members known at a version end where table d.2 says.
func TestMembersFillTheFixedPart(t *testing.T) {
	for _, s := range samples(0) {
		for _, v := range Versions {
			end := 0
			for _, r := range s.rows {
				if r.since <= v {
					require.Equal(t, end, r.off, "%s.%s: no gap, no overlap", s.kind, r.name)
					end += r.size
				}
			}
			require.Equal(t, s.kind.FixedSize(v), end, "%s %s", s.kind, v)
		}
	}
}

// Rule R-15.
func TestFixedPartAlone(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample, v Version) {
		fixed := s.kind.FixedSize(v)
		buf := host(fixed)
		require.Equal(t, LineErrNone, s.x.Encode(buf, v))
		require.GreaterOrEqual(t, int(word32(buf, headerNeeded)), fixed)
		require.Equal(t, s.x.Needed(v), int(word32(buf, headerNeeded)))
		require.Equal(t, fixed, int(word32(buf, headerUsed)))
		for _, r := range s.rows {
			if r.kind != "" && r.since <= v {
				require.Zero(t, word32(buf, r.off), r.name)
				require.Zero(t, word32(buf, r.off+4), r.name)
			}
		}
	})
}

type placed struct {
	row
	at, n int
}

// itemsIn lists the items present in an encoded buffer by offset.
func itemsIn(buf []byte, s sample, v Version) []placed {
	var out []placed
	for _, r := range s.rows {
		if r.kind == "" || r.since > v {
			continue
		}
		if n := int(word32(buf, r.off)); n > 0 {
			out = append(out, placed{r, int(word32(buf, r.off+4)), n})
		}
	}
	slices.SortFunc(out, func(a, b placed) int { return cmp.Compare(a.at, b.at) })
	return out
}

// Rule R-16.
func TestEverythingFitsInNeeded(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample, v Version) {
		needed := s.x.Needed(v)
		buf := host(needed)
		require.Equal(t, LineErrNone, s.x.Encode(buf, v))
		require.Equal(t, needed, int(word32(buf, headerUsed)))
		end := s.kind.FixedSize(v)
		for _, p := range itemsIn(buf, s, v) {
			require.GreaterOrEqual(t, p.at, end, p.name)
			end = p.at + p.n
		}
		require.Equal(t, needed, end)
	})
}

// Rules: every total between fixed and needed.
func TestEveryTotal(t *testing.T) {
	for _, s := range samples(3) {
		for _, v := range Versions {
			needed := s.x.Needed(v)
			whole := host(needed)
			require.Equal(t, LineErrNone, s.x.Encode(whole, v))
			for total := s.kind.FixedSize(v); total <= needed; total++ {
				checkTotal(t, s, v, total, whole)
			}
		}
	}
}

func checkTotal(t *testing.T, s sample, v Version, total int, whole []byte) {
	t.Helper()
	buf := host(total)
	require.Equal(t, LineErrNone, s.x.Encode(buf, v))
	require.Equal(t, total, int(word32(buf, headerTotal)))
	require.Equal(t, word32(whole, headerNeeded), word32(buf, headerNeeded))
	used := int(word32(buf, headerUsed))
	require.LessOrEqual(t, used, total)
	require.Equal(t, bytes.Repeat([]byte{pattern}, len(buf)-used), buf[used:], "nothing behind dwUsedSize")
	full := map[string][]byte{}
	for _, p := range itemsIn(whole, s, v) {
		full[p.name] = whole[p.at : p.at+p.n]
	}
	for _, p := range itemsIn(buf, s, v) {
		require.LessOrEqual(t, p.at+p.n, used)
		require.Equal(t, full[p.name], buf[p.at:p.at+p.n], "%s is whole", p.name)
	}
}

// Rule R-18, and the other buffers that cannot be used.
func TestTooSmall(t *testing.T) {
	for _, s := range samples(1) {
		for _, v := range Versions {
			for _, total := range []int{0, 3, 4, 11, s.kind.FixedSize(v) - 1} {
				buf := host(total)
				before := bytes.Clone(buf)
				require.Equal(t, LineErrStructureTooSmall, s.x.Encode(buf, v), "%s %s %d", s.kind, v, total)
				require.Equal(t, before, buf)
			}
		}
		lying := host(s.kind.FixedSize(Version31))
		putWord(lying, headerTotal, 0xFFFFFFFF)
		require.Equal(t, LineErrNone, s.x.Encode(lying, Version31), "the slice bounds as well")
		require.Equal(t, LineErrStructureTooSmall, s.x.Encode(nil, Version31))
		require.Equal(t, LineErrIncompatibleAPIVersion, s.x.Encode(lying, 0x00020003))
		require.Zero(t, s.x.Needed(0x00020003))
	}
}

// Rules: what is not ours keeps its pattern.
func TestForeignMembersStay(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample, v Version) {
		buf := host(400 + s.x.Needed(v))
		require.Equal(t, LineErrNone, s.x.Encode(buf, v))
		for _, r := range s.rows {
			if r.owner == byTAPI && r.since <= v {
				require.Equal(t, bytes.Repeat([]byte{pattern}, r.size), buf[r.off:r.off+r.size], r.name)
			}
		}
		require.Equal(t, len(buf)-64, int(word32(buf, headerTotal)))
		require.NotContains(t, string(buf[s.kind.FixedSize(v):word32(buf, headerUsed)]), strings.Repeat("\xCC", 4), "no hole")
	})
}

func TestTAPIOwnedMembers(t *testing.T) {
	owned := map[Struct]string{
		StructLineCallInfo:   "hLine dwMonitorDigitModes dwMonitorMediaModes dwNumOwners dwNumMonitors dwAppName dwDisplayableAddress dwCalledParty dwComment",
		StructLineCallStatus: "dwCallPrivilege",
		StructLineDevStatus:  "dwNumOpens dwOpenMediaModes dwAppInfo",
	}
	for _, s := range samples(0) {
		var got []string
		for _, r := range s.rows {
			if r.owner == byTAPI {
				got = append(got, r.name)
			}
		}
		require.Equal(t, owned[s.kind], strings.Join(got, " "), s.kind)
	}
}

// Rules.
func TestTextItems(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample, v Version) {
		buf := host(s.x.Needed(v))
		require.Equal(t, LineErrNone, s.x.Encode(buf, v))
		for _, p := range itemsIn(buf, s, v) {
			require.Zero(t, p.at%2, p.name)
			switch item := buf[p.at : p.at+p.n]; p.kind {
			case "text":
				requireWide(t, item, 1)
			case "classes":
				require.GreaterOrEqual(t, v, Version20)
				requireWide(t, item, 2)
				require.Equal(t, "tapi/line", wideString(item))
			}
		}
	})
}

// requireWide checks a UTF-16 item that ends in exactly so many NULs.
func requireWide(t *testing.T, item []byte, nuls int) {
	t.Helper()
	require.Zero(t, len(item)%2)
	var units []uint16
	for i := 0; i < len(item); i += 2 {
		units = append(units, uint16(item[i])|uint16(item[i+1])<<8)
	}
	require.Greater(t, len(units), nuls)
	require.Equal(t, len(units)-nuls, slices.Index(units, 0))
	require.Equal(t, units, utf16.Encode(utf16.Decode(units)), "valid UTF-16")
	require.LessOrEqual(t, len(units), MaxText+nuls)
}
