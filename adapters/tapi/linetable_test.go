package tapi

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"offhook/engine"
)

func tableViews() []engine.LineView {
	return []engine.LineView{
		{Key: "ilund", User: "ilund", Name: "Ida Lund", Address: "41", Permanent: 1, InService: true, Supervisor: true, Offers: 2, Actions: allActions},
		{Key: "jvogel", User: "jvogel", Name: "Jörg Vogel", Address: "45", Permanent: 7},
	}
}

func tableBytesOf(t testing.TB, views []engine.LineView) []byte {
	t.Helper()
	b, err := NewLineTable(views, "branch", allActions).Append(nil)
	require.NoError(t, err)
	return b
}

// TestGoldenLineTable is the file for the C side, with the name of every member.
func TestGoldenLineTable(t *testing.T) {
	table := NewLineTable(tableViews(), "branch", allActions)
	b, err := table.Append(nil)
	require.NoError(t, err)
	var out strings.Builder
	out.WriteString("# a line table of two lines: hexadecimal bytes, then what they are\n")
	for _, h := range []struct {
		name     string
		from, to int
	}{{"magic", 0, 4}, {"format", 4, 6}, {"reserved", 6, 8}, {"CRC-32 of what follows the header", 8, 12}, {"lines", 12, 16}, {"length of what follows", 16, 20}} {
		hexLines(&out, b[h.from:h.to], h.name)
	}
	c := wireCodec{}
	c.note = func(name string, from, to int) { hexLines(&out, c.buf[from:to], name) }
	table.fields(&c, len(table.Lines))
	require.NoError(t, c.err)
	compareGolden(t, "linetable", out.String())
	require.Equal(t, b, unhex(t, out.String()))
}

func TestLineTableComesBack(t *testing.T) {
	b := tableBytesOf(t, tableViews())
	table, err := ReadLineTable(bytes.NewReader(b))
	require.NoError(t, err)
	again, err := table.Append(nil)
	require.NoError(t, err)
	require.Equal(t, b, again)
	require.Len(t, table.Lines, 2)
	l := table.Lines[1]
	require.Equal(t, []any{uint32(7), "Jörg Vogel (45)", "45"}, []any{l.Permanent, l.Name, l.Address})
	require.Len(t, l.Versions, len(Versions))
	for i, v := range l.Versions {
		require.Equal(t, Versions[i], v.Version)
		for k, im := range v.Images {
			require.Equal(t, tableStructs[k], im.Struct)
			require.Len(t, im.Fixed, tableStructs[k].FixedSize(v.Version))
		}
		status := v.Images[2]
		buf := make([]byte, status.Needed())
		putWord(buf, 0, uint32(len(buf)))
		require.Equal(t, LineErrNone, status.CopyTo(buf))
		require.Equal(t, bytes.Repeat([]byte{0}, len(buf)-12), buf[12:], "out of service, no calls, no features")
	}
}

// TestLineTableTellsNothingThatChanges has a line in and out of service: the table is about what stays.
func TestLineTableTellsNothingThatChanges(t *testing.T) {
	views := tableViews()
	was := tableBytesOf(t, views)
	views[0].InService, views[0].Offers, views[0].Actions = false, 0, 0
	require.Equal(t, was, tableBytesOf(t, views))
}

func TestLineTableSaysWhatTheProviderSays(t *testing.T) {
	h := newHost(t, Version31)
	b, err := NewLineTable([]engine.LineView{ida}, h.p.cfg.Source, h.p.cfg.Offers).Append(nil)
	require.NoError(t, err)
	table, err := ReadLineTable(bytes.NewReader(b))
	require.NoError(t, err)
	for _, v := range table.Lines[0].Versions {
		caps, result := h.p.DevCaps(7)
		require.Equal(t, LineErrNone, result)
		require.Equal(t, caps.Image(v.Version), v.Images[0])
		address, result := h.p.AddressCaps(7, 0)
		require.Equal(t, LineErrNone, result)
		address.LineDeviceID = 0
		require.Equal(t, address.Image(v.Version), v.Images[1])
	}
}

// sized are n lines with names of usual length.
func sized(n int) []engine.LineView {
	var l []engine.LineView
	for i := range n {
		key := fmt.Sprintf("user%04d", i)
		l = append(l, engine.LineView{Key: key, User: key, Name: "Marie-Luise Brückner-Hövelmann", Address: fmt.Sprint(2000 + i), Permanent: uint32(i + 1)})
	}
	return l
}

func TestLineTableSize(t *testing.T) {
	b := tableBytesOf(t, sized(500))
	t.Logf("500 lines: %d bytes", len(b))
	require.LessOrEqual(t, len(b), 6<<20)
	table, err := ReadLineTable(bytes.NewReader(b))
	require.NoError(t, err)
	require.Len(t, table.Lines, 500)
	_, err = NewLineTable(make([]engine.LineView, tableLines+1), "", 0).Append(nil)
	require.ErrorIs(t, err, ErrLineTable)
}

func TestLineTableShortensNames(t *testing.T) {
	long := newTableLine(&engine.LineView{Name: strings.Repeat("ö", 300), Address: "4\n1", Permanent: 1}, "", 0)
	require.True(t, utf8.ValidString(long.Name))
	require.Equal(t, strings.Repeat("ö", 127), long.Name)
	require.Equal(t, "4 1", long.Address)
}

func TestLineTableRefuses(t *testing.T) {
	good := tableBytesOf(t, tableViews())
	sum := func(b []byte) []byte {
		binary.LittleEndian.PutUint32(b[8:], crc32.ChecksumIEEE(b[tableHeader:]))
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
		"not ascending":  sum(edited(good, tableHeader+4+1+13+1+2+1, 9)),
		"another image":  sum(edited(good, tableHeader+4+1+13+1+2+1+4+2, byte(StructLineCallInfo))),
	} {
		_, err := ReadLineTable(bytes.NewReader(b))
		require.ErrorIs(t, err, ErrLineTable, name)
	}
}

func edited(b []byte, at int, to byte) []byte {
	b = bytes.Clone(b)
	b[at] = to
	return b
}

func FuzzLineTable(f *testing.F) {
	good := tableBytesOf(f, tableViews()[:1])
	f.Add(good[tableHeader:], uint32(1))
	f.Add([]byte{}, uint32(0))
	f.Add(good[tableHeader:200], uint32(2))
	f.Fuzz(func(t *testing.T, body []byte, lines uint32) { // the checksum is made right, else nothing gets behind it
		b := append(bytes.Clone(good[:tableHeader]), body...)
		binary.LittleEndian.PutUint32(b[8:], crc32.ChecksumIEEE(body))
		binary.LittleEndian.PutUint32(b[12:], lines)
		binary.LittleEndian.PutUint32(b[16:], uint32(len(body)))
		table, err := ReadLineTable(bytes.NewReader(b))
		if err != nil {
			require.ErrorIs(t, err, ErrLineTable)
			return
		}
		again, err := table.Append(nil)
		require.NoError(t, err)
		require.Equal(t, b, again)
		for _, l := range table.Lines {
			for _, v := range l.Versions {
				for _, im := range v.Images {
					buf := make([]byte, 4096)
					putWord(buf, 0, 4096)
					im.CopyTo(buf)
				}
			}
		}
	})
}

// keeping runs a keeper on a file in a bubble of fake time.
func keeping(t *testing.T, file string, play func(k *tableKeeper)) {
	synctest.Test(t, func(t *testing.T) {
		k := newTableKeeper(FrontendConfig{LineTable: file, Provider: ProviderConfig{Source: "branch", Offers: allActions}, Log: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() { k.keep(ctx); close(ended) }()
		play(k)
		cancel()
		<-ended
	})
}

func linesIn(t *testing.T, file string) int {
	b, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return -1
	}
	require.NoError(t, err)
	table, err := ReadLineTable(bytes.NewReader(b))
	require.NoError(t, err)
	return len(table.Lines)
}

func TestLineTableIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lines.tbl")
	keeping(t, file, func(k *tableKeeper) {
		k.want(nil) // knows nothing yet
		time.Sleep(time.Minute)
		require.Equal(t, -1, linesIn(t, file))
		for n := range 4 { // lines come one after the other; the table waits until they rest
			k.want(sized(n + 1))
			time.Sleep(tableQuiet / 2)
			require.Equal(t, -1, linesIn(t, file))
		}
		time.Sleep(tableQuiet)
		synctest.Wait()
		require.Equal(t, 4, linesIn(t, file))
		for n := range 20 { // but not for ever
			k.want(sized(n + 1))
			time.Sleep(tableQuiet / 2)
		}
		require.Greater(t, linesIn(t, file), 4)
		k.want(sized(2)) // is written when it ends
	})
	require.Equal(t, 2, linesIn(t, file))
	before, err := os.Stat(file)
	require.NoError(t, err)
	keeping(t, file, func(k *tableKeeper) { k.want(sized(2)); time.Sleep(time.Minute) })
	after, err := os.Stat(file)
	require.NoError(t, err)
	require.True(t, os.SameFile(before, after), "the same content is not written again")
	keeping(t, file, func(k *tableKeeper) {
		k.want(sized(2))
		k.want(nil) // the last line was deselected
	})
	require.Equal(t, 0, linesIn(t, file))
	left, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	require.Len(t, left, 1)
}

func TestLineTableIsTriedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "later")
	file := filepath.Join(dir, "lines.tbl")
	keeping(t, file, func(k *tableKeeper) {
		k.want(sized(1))
		time.Sleep(2 * tableQuiet)
		require.NoError(t, os.Mkdir(dir, 0o700))
		time.Sleep(2 * tableLate)
		synctest.Wait()
		require.Equal(t, 1, linesIn(t, file))
	})
}

func BenchmarkLineTable500(b *testing.B) {
	views := sized(500)
	for b.Loop() {
		if _, err := NewLineTable(views, "branch", allActions).Append(nil); err != nil {
			b.Fatal(err)
		}
	}
}
