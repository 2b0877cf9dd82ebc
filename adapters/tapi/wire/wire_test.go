package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/spec"
)

func frameBytes(t testing.TB, id uint32, b Body) []byte {
	t.Helper()
	f, err := NewFrame(id, b)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, WriteFrame(&out, f))
	return out.Bytes()
}

func TestFramesFollowEachOther(t *testing.T) {
	var stream bytes.Buffer
	for _, e := range examples() {
		stream.Write(frameBytes(t, e.id, e.body))
	}
	r := iotest.OneByteReader(&stream)
	for _, e := range examples() {
		f, err := ReadFrame(r)
		require.NoError(t, err)
		got, err := f.Decode()
		require.NoError(t, err)
		require.Equal(t, e.body.Kind(), got.Kind())
	}
	_, err := ReadFrame(r)
	require.Equal(t, io.EOF, err)
}

func TestDecodedIsWhatWasSent(t *testing.T) {
	for _, e := range examples() {
		f, err := NewFrame(e.id, e.body)
		require.NoError(t, err)
		got, err := f.Decode()
		require.NoError(t, err)
		clear(f.Payload)
		require.Equal(t, e.body, got, "%s: equal, and no memory shared", e.name)
	}
}

func TestNullIsNotEmpty(t *testing.T) {
	for _, text := range []spec.Wide{nil, {}, spec.NewWide("41")} {
		f, err := NewFrame(1, &Request{Function: FuncLineMakeCall, Text: text})
		require.NoError(t, err)
		got, err := f.Decode()
		require.NoError(t, err)
		require.Equal(t, text, got.(*Request).Text)
	}
}

func TestEveryCutIsNoticed(t *testing.T) {
	for _, e := range examples() {
		whole := frameBytes(t, e.id, e.body)
		for n := 1; n < len(whole); n++ {
			_, err := ReadFrame(bytes.NewReader(whole[:n]))
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%s cut at %d", e.name, n)
		}
		f, err := ReadFrame(bytes.NewReader(whole))
		require.NoError(t, err)
		for n := range f.Payload {
			_, err := Frame{f.Kind, f.ID, f.Payload[:n]}.Decode()
			require.ErrorIs(t, err, ErrPayload, "%s payload cut at %d", e.name, n)
		}
		_, err = Frame{f.Kind, f.ID, append(f.Payload, 0)}.Decode()
		require.ErrorIs(t, err, ErrPayload)
	}
}

func TestHeadersRefused(t *testing.T) {
	for name, c := range map[string]struct {
		at   int
		with []byte
		want error
	}{
		"magic":    {0, []byte("HTTP"), ErrMagic},
		"version":  {4, []byte{2}, ErrVersion},
		"reserved": {7, []byte{1}, ErrPayload},
		"length":   {12, []byte{0xF1, 0xFF, 0, 0}, ErrTooLong},
		"huge":     {12, []byte{0xFF, 0xFF, 0xFF, 0xFF}, ErrTooLong},
	} {
		b := frameBytes(t, 1, &Heartbeat{})
		copy(b[c.at:], c.with)
		_, err := ReadFrame(bytes.NewReader(b))
		require.ErrorIs(t, err, c.want, name)
	}
	_, err := Frame{Kind: 77}.Decode()
	require.ErrorIs(t, err, ErrKind)
}

func TestLargestFrame(t *testing.T) {
	f := Frame{KindError, 0, make([]byte, MaxPayload)}
	var out bytes.Buffer
	require.NoError(t, WriteFrame(&out, f))
	require.Equal(t, MaxFrame, out.Len())
	back, err := ReadFrame(&out)
	require.NoError(t, err)
	require.Equal(t, f, back)
	require.ErrorIs(t, WriteFrame(io.Discard, Frame{Payload: make([]byte, MaxPayload+1)}), ErrTooLong)

	broken := errors.New("pipe gone")
	pr, pw := io.Pipe()
	require.NoError(t, pr.CloseWithError(broken))
	require.ErrorIs(t, WriteFrame(pw, f), broken)
	_, err = ReadFrame(iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
}

func TestBoundsOfMembers(t *testing.T) {
	full := &Hello{Lines: make([]LiveLine, MaxLiveLines), Calls: make([]LiveCall, MaxLiveCalls), Product: strings.Repeat("p", maxID), Journal: strings.Repeat("j", maxID)}
	f, err := NewFrame(0, full)
	require.NoError(t, err, "the fullest hello fits")
	_, err = f.Decode()
	require.NoError(t, err)
	for name, b := range map[string]Body{
		"lines":     &Hello{Lines: make([]LiveLine, MaxLiveLines+1)},
		"calls":     &Hello{Calls: make([]LiveCall, MaxLiveCalls+1)},
		"product":   &Hello{Product: strings.Repeat("p", maxID+1)},
		"journal":   &Welcome{Journal: strings.Repeat("j", 300)},
		"resume":    &Welcome{Resume: 3},
		"error":     &Error{Text: strings.Repeat("e", 256)},
		"function":  &Request{Function: 999},
		"odd text":  &Request{Function: FuncLineDial, Text: spec.Wide{1}},
		"images":    &Reply{Images: make([]spec.Image, 3)},
		"no image":  &Reply{Images: make([]spec.Image, 1)},
		"own range": &Reply{Images: []spec.Image{{Fixed: make([]byte, 24), Own: []spec.Span{{Off: 20, Len: 8}}}}},
		"total":     &Reply{Images: []spec.Image{{Fixed: make([]byte, 24), Own: []spec.Span{{Off: 0, Len: 8}}}}},
		"pair":      &Reply{Images: []spec.Image{{Fixed: make([]byte, 24), Items: []spec.Item{{Pair: 20, Bytes: []byte{1}}}}}},
		"empty":     &Reply{Images: []spec.Image{{Fixed: make([]byte, 24), Items: []spec.Item{{Pair: 16, Bytes: nil}}}}},
	} {
		_, err := NewFrame(0, b)
		require.ErrorIs(t, err, ErrPayload, name)
	}
	_, err = NewFrame(0, &Reply{Block: make([]byte, MaxPayload)})
	require.ErrorIs(t, err, ErrTooLong)
}

// The fullest image of a call fits into a frame, twice.
func TestFullestNotificationFits(t *testing.T) {
	long := strings.Repeat("😀", spec.MaxText)
	p := spec.Party{Number: long, Name: long}
	block := make([]byte, spec.MaxBlock)
	info := spec.CallInfo{CallerID: p, CalledID: p, ConnectedID: p, RedirectionID: p, RedirectingID: p, Display: long, UserUserInfo: block, CallData: block, DevSpecific: block}
	_, err := NewFrame(0, &Notification{Images: []spec.Image{info.Image(spec.Version31), info.Image(spec.Version31)}})
	require.NoError(t, err)
}

func FuzzReadFrame(f *testing.F) {
	names, err := filepath.Glob("testdata/frames/*.golden")
	require.NoError(f, err)
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(unhex(f, string(text)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, err := ReadFrame(bytes.NewReader(b))
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(fr.Payload), MaxPayload)
		var out bytes.Buffer
		require.NoError(t, WriteFrame(&out, fr))
		require.Equal(t, b[:out.Len()], out.Bytes())
		body, err := fr.Decode()
		if err != nil {
			return
		}
		again, err := NewFrame(fr.ID, body)
		require.NoError(t, err)
		require.Equal(t, fr, again, "one form only")
		for _, im := range imagesOf(body) {
			im.CopyTo(buffer(im.Needed()))
			im.CopyTo(buffer(len(im.Fixed)))
		}
	})
}

func imagesOf(b Body) []spec.Image {
	switch b := b.(type) {
	case *Reply:
		return b.Images
	case *Completion:
		return b.Images
	case *Notification:
		return b.Images
	}
	return nil
}

func TestPositions(t *testing.T) {
	require.True(t, Position{1, 9}.Before(Position{2, 0}))
	require.True(t, Position{2, 0}.Before(Position{2, 1}))
	require.False(t, Position{2, 1}.Before(Position{2, 1}))
	require.False(t, Position{3, 0}.Before(Position{2, 1}))
	require.Equal(t, "2.1", Position{2, 1}.String())
	require.Equal(t, "kind 99", Kind(99).String())
	require.Contains(t, (&Error{CodeStopping, "bye"}).Error(), "bye")
}

// Every class B and S export has a code, and a form that agrees.
func TestFunctions(t *testing.T) {
	for _, e := range exports(t) {
		f, err := ParseFunction(e[0])
		require.NoError(t, err)
		require.Equal(t, e[0], f.String())
		require.Equal(t, e[2] == "async", f.Form() != FormSync, e[0])
	}
	seen := map[Function]bool{}
	for _, f := range Functions() {
		require.False(t, seen[f], f)
		seen[f] = true
	}
	require.Len(t, seen, len(exports(t))+1, "and lineGetCallIDs")
	require.Equal(t, FormNewCall, FuncLineMakeCall.Form())
	require.Equal(t, "function 999", Function(999).String())
	_, err := ParseFunction("TSPI_lineDial")
	require.ErrorIs(t, err, spec.ErrUnknownName)
}

// exports reads what the DLL exports: name, class and form of each function.
func exports(t *testing.T) [][]string {
	t.Helper()
	b, err := os.ReadFile("testdata/exports.golden")
	require.NoError(t, err)
	var out [][]string
	for line := range strings.Lines(string(b)) {
		if !strings.HasPrefix(line, "#") {
			out = append(out, strings.Fields(line))
		}
	}
	require.NotEmpty(t, out)
	return out
}

// buffer is one as TAPI would give it: dwTotalSize set, and bytes behind the total.
func buffer(total int) []byte {
	b := make([]byte, total+64)
	binary.LittleEndian.PutUint32(b, uint32(total))
	return b
}
