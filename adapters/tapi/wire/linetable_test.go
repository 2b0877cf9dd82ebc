package wire_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/provider"
	"offhook/adapters/tapi/spec"
	"offhook/adapters/tapi/wire"
	"offhook/engine"
)

func tableViews() []engine.LineView {
	return []engine.LineView{
		{Key: "ilund", User: "ilund", Name: "Ida Lund", Address: "41", Permanent: 1, InService: true, Supervisor: true, Offers: 2, Actions: tapitest.AllActions},
		{Key: "jvogel", User: "jvogel", Name: "Jörg Vogel", Address: "45", Permanent: 7},
	}
}

func tableBytesOf(t testing.TB, views []engine.LineView) []byte {
	t.Helper()
	b, err := provider.NewLineTable(views, "branch", tapitest.AllActions).Append(nil)
	require.NoError(t, err)
	return b
}

// TestGoldenLineTable is the file for the C side, with the name of every member.
func TestGoldenLineTable(t *testing.T) {
	table := provider.NewLineTable(tableViews(), "branch", tapitest.AllActions)
	b, err := table.Append(nil)
	require.NoError(t, err)
	var out strings.Builder
	out.WriteString("# a line table of two lines: hexadecimal bytes, then what they are\n")
	for _, h := range []struct {
		name     string
		from, to int
	}{{"magic", 0, 4}, {"format", 4, 6}, {"reserved", 6, 8}, {"CRC-32 of what follows the header", 8, 12}, {"lines", 12, 16}, {"length of what follows", 16, 20}} {
		wire.HexLines(&out, b[h.from:h.to], h.name)
	}
	require.NoError(t, wire.Members(table, func(name string, b []byte) { wire.HexLines(&out, b, name) }))
	wire.CompareGolden(t, "linetable", out.String())
	require.Equal(t, b, wire.Unhex(t, out.String()))
}

func TestLineTableComesBack(t *testing.T) {
	b := tableBytesOf(t, tableViews())
	table, err := wire.ReadLineTable(bytes.NewReader(b))
	require.NoError(t, err)
	again, err := table.Append(nil)
	require.NoError(t, err)
	require.Equal(t, b, again)
	require.Len(t, table.Lines, 2)
	l := table.Lines[1]
	require.Equal(t, []any{uint32(7), "Jörg Vogel (45)", "45"}, []any{l.Permanent, l.Name, l.Address})
	require.Len(t, l.Versions, len(spec.Versions))
	for i, v := range l.Versions {
		require.Equal(t, spec.Versions[i], v.Version)
		for k, im := range v.Images {
			require.Equal(t, wire.TableStructs[k], im.Struct)
			require.Len(t, im.Fixed, wire.TableStructs[k].FixedSize(v.Version))
		}
		status := v.Images[2]
		buf := make([]byte, status.Needed())
		binary.LittleEndian.PutUint32(buf, uint32(len(buf)))
		require.Equal(t, spec.LineErrNone, status.CopyTo(buf))
		require.Equal(t, bytes.Repeat([]byte{0}, len(buf)-12), buf[12:], "out of service, no calls, no features")
	}
}

func TestLineTableRefuses(t *testing.T) {
	good := tableBytesOf(t, tableViews())
	sum := func(b []byte) []byte {
		binary.LittleEndian.PutUint32(b[8:], crc32.ChecksumIEEE(b[wire.TableHeader:]))
		return b
	}
	for name, b := range map[string][]byte{
		"empty":          {},
		"magic":          edited(good, 0, 'X'),
		"format":         edited(good, 4, 2),
		"reserved":       edited(good, 6, 1),
		"checksum":       edited(good, len(good)-1, good[len(good)-1]+1),
		"cut":            good[:len(good)-1],
		"longer":         append(bytes.Clone(good), 0),
		"fewer lines":    edited(good, 12, 1),
		"more lines":     edited(good, 12, 3),
		"too many lines": edited(good, 14, 1),
		"not ascending":  sum(edited(good, wire.TableHeader+4+1+13+1+2+1, 9)),
		"another image":  sum(edited(good, wire.TableHeader+4+1+13+1+2+1+4+2, byte(spec.StructLineCallInfo))),
	} {
		_, err := wire.ReadLineTable(bytes.NewReader(b))
		require.ErrorIs(t, err, wire.ErrLineTable, name)
	}
}

func edited(b []byte, at int, to byte) []byte {
	b = bytes.Clone(b)
	b[at] = to
	return b
}

func FuzzLineTable(f *testing.F) {
	good := tableBytesOf(f, tableViews()[:1])
	f.Add(good[wire.TableHeader:], uint32(1))
	f.Add([]byte{}, uint32(0))
	f.Add(good[wire.TableHeader:200], uint32(2))
	f.Fuzz(func(t *testing.T, body []byte, lines uint32) { // the checksum is made right, else nothing gets behind it
		b := append(bytes.Clone(good[:wire.TableHeader]), body...)
		binary.LittleEndian.PutUint32(b[8:], crc32.ChecksumIEEE(body))
		binary.LittleEndian.PutUint32(b[12:], lines)
		binary.LittleEndian.PutUint32(b[16:], uint32(len(body)))
		table, err := wire.ReadLineTable(bytes.NewReader(b))
		if err != nil {
			require.ErrorIs(t, err, wire.ErrLineTable)
			return
		}
		again, err := table.Append(nil)
		require.NoError(t, err)
		require.Equal(t, b, again)
		for _, l := range table.Lines {
			for _, v := range l.Versions {
				for _, im := range v.Images {
					buf := make([]byte, 4096)
					binary.LittleEndian.PutUint32(buf, 4096)
					im.CopyTo(buf)
				}
			}
		}
	})
}

// sizedLines are n lines with names of usual length.
func sizedLines(n int) []engine.LineView {
	var l []engine.LineView
	for i := range n {
		key := fmt.Sprintf("user%04d", i)
		l = append(l, engine.LineView{Key: key, User: key, Name: "Marie-Luise Brückner-Hövelmann", Address: fmt.Sprint(2000 + i), Permanent: uint32(i + 1)})
	}
	return l
}

func TestLineTableSize(t *testing.T) {
	b := tableBytesOf(t, sizedLines(500))
	t.Logf("500 lines: %d bytes", len(b))
	require.LessOrEqual(t, len(b), 6<<20)
	table, err := wire.ReadLineTable(bytes.NewReader(b))
	require.NoError(t, err)
	require.Len(t, table.Lines, 500)
	_, err = (&wire.LineTable{Lines: make([]wire.TableLine, wire.TableLines+1)}).Append(nil)
	require.ErrorIs(t, err, wire.ErrLineTable)
}
