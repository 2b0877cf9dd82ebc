package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/spec"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files of this package anew")

func exampleInfo() *spec.CallInfo {
	x := spec.NewCallInfo()
	x.CallerID = spec.Party{Number: "0049301234", Name: "Jürgen 😀"}
	x.CalledID = spec.Party{Number: "41"}
	x.LineDeviceID, x.CallID, x.Origin, x.Reason = 7, 12, spec.CallOriginExternal, spec.CallReasonDirect
	return &x
}

func exampleStatus() *spec.CallStatus {
	return &spec.CallStatus{
		State: spec.CallStateOffering, Mode: uint32(spec.OfferingModeActive),
		Features:   spec.CallFeatureDrop | spec.CallFeatureAnswer,
		StateEntry: time.Date(2024, 2, 29, 12, 30, 15, 250e6, time.UTC),
	}
}

type example struct {
	name string
	id   uint32
	body Body
}

// examples is at least one frame of every kind.
func examples() []example {
	at := Position{Seq: 0x1122334455, Index: 2}
	return []example{
		{"hello-first", 0, &Hello{WireLow: 1, WireHigh: 1, Bits: 64, Process: 4242, Product: "offhook.tsp 1.0"}},
		{"hello-again", 0, &Hello{
			WireLow: 1, WireHigh: 1, Bits: 32, Process: 4242, Product: "offhook.tsp 1.0", Journal: "j-1", Delivered: at,
			Provider: ProviderState{true, spec.Version31, 3, 7, 2},
			Lines:    []LiveLine{{0x10001, 7, 99, spec.Version21, spec.MediaModeInteractiveVoice, spec.LineDevStateRinging, spec.AddressStateNumCalls, true}, {DeviceID: 8, PermanentID: 100}},
			Calls:    []LiveCall{{0x10001, 0x20001, 12, spec.CallStateConnected, 1}, {0x10001, 0x20002, 13, spec.CallStateOnHold, 0}},
			More:     true,
		}},
		{"welcome", 0, &Welcome{Wire: 1, Resume: ResumeBridged, Heartbeat: 5000, Journal: "j-1", Position: at}},
		{"request-negotiate", 1, &Request{Function: FuncLineNegotiateTSPIVersion, DeviceID: 0xFFFFFFFF, Values: [4]uint32{0x10003, 0x30001}}},
		{"request-makecall", 2, &Request{Function: FuncLineMakeCall, RequestID: 0x7FFFFFFF, Line: 0x10001, Text: spec.NewWide("+49 30"), Block: []byte{}}},
		{"request-pickup", 3, &Request{Function: FuncLinePickup, RequestID: 5, Line: 0x10001, Group: spec.NewWide("")}},
		{"reply-makecall", 2, &Reply{Function: FuncLineMakeCall, Values: [4]uint32{0x20003}}},
		{"reply-refused", 3, &Reply{Function: FuncLinePickup, Result: spec.LineErrInvalAddress}},
		{"reply-addressstatus", 4, &Reply{Function: FuncLineGetAddressStatus, Images: []spec.Image{(&spec.AddressStatus{NumInUse: 1}).Image(spec.Version31)}}},
		{"reply-dialog", 5, &Reply{Function: FuncProviderGenericDialogData, Block: []byte("back")}},
		{"completion", 0, &Completion{at, 0x7FFFFFFF, spec.LineErrNone, 0x20003, []spec.Image{exampleStatus().Image(spec.Version21)}}},
		{"completion-failed", 0, &Completion{at, 5, spec.LineErrOperationFailed, 0, nil}},
		{"notification-newcall", 0, &Notification{Position: at, Message: spec.MessageNewCall, Line: 0x10001, P1: 0x20003}},
		{"notification-offering", 0, &Notification{
			Position: at, Bridging: true, Message: spec.MessageCallState, Line: 0x10001, Call: 0x20003,
			P1: uint64(spec.CallStateOffering), P2: uint64(spec.OfferingModeActive), P3: uint64(spec.MediaModeInteractiveVoice),
			Images: []spec.Image{exampleStatus().Image(spec.Version31), exampleInfo().Image(spec.Version31)},
		}},
		{"newcall-answer", 0, &NewCallAnswer{Call: 0x20003, Accepted: true}},
		{"heartbeat", 0, &Heartbeat{Tick: 0x0102030405060708}},
		{"error", 0, &Error{CodeTooSlow, "fell out of the ring"}},
	}
}

// annotated writes a frame as hexadecimal bytes with the member each belongs to.
func annotated(t *testing.T, e example) string {
	t.Helper()
	f, err := NewFrame(e.id, e.body)
	require.NoError(t, err)
	var out strings.Builder
	fmt.Fprintf(&out, "# one %s frame, version %d: hexadecimal bytes, then what they are\n", f.Kind, Version)
	all := f.append(nil)
	for _, h := range []struct {
		name     string
		from, to int
	}{{"magic", 0, 4}, {"wire version", 4, 5}, {"kind " + f.Kind.String(), 5, 6}, {"reserved", 6, 8}, {"id", 8, 12}, {"payload length", 12, 16}} {
		hexLines(&out, all[h.from:h.to], h.name)
	}
	c := codec{kind: f.Kind}
	c.onMember = func(name string, from, to int) { hexLines(&out, c.buf[from:to], name) }
	e.body.fields(&c)
	require.NoError(t, c.err)
	return out.String()
}

// hexLines writes sixteen bytes a line; the name stands at the first.
func hexLines(out *strings.Builder, b []byte, name string) {
	for ; len(b) > 0; name = "" {
		n := min(16, len(b))
		line := fmt.Sprintf("% X", b[:n])
		if name != "" {
			line = fmt.Sprintf("%-48s# %s", line, name)
		}
		out.WriteString(line + "\n")
		b = b[n:]
	}
}

// unhex reads what hexLines wrote.
func unhex(t testing.TB, text string) []byte {
	t.Helper()
	var all strings.Builder
	for line := range strings.Lines(text) {
		code, _, _ := strings.Cut(line, "#")
		all.WriteString(strings.Join(strings.Fields(code), ""))
	}
	b, err := hex.DecodeString(all.String())
	require.NoError(t, err)
	return b
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "frames", name+".golden")
	if *rewrite {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "run the test with -rewrite if the change is meant")
}

func TestGoldenFrames(t *testing.T) {
	kinds := map[Kind]bool{}
	for _, e := range examples() {
		kinds[e.body.Kind()] = true
		text := annotated(t, e)
		compareGolden(t, e.name, text)

		f, err := ReadFrame(bytes.NewReader(unhex(t, text)))
		require.NoError(t, err, e.name)
		require.Equal(t, e.id, f.ID)
		got, err := f.Decode()
		require.NoError(t, err, e.name)
		again, err := NewFrame(e.id, got)
		require.NoError(t, err)
		require.Equal(t, f, again, e.name)
	}
	require.Len(t, kinds, len(kindNames))
	files, err := filepath.Glob("testdata/frames/*.golden")
	require.NoError(t, err)
	require.Len(t, files, len(examples())+2, "no golden file without its example")
}

// The five steps of CopyTo, for the C side: one image into buffers of several sizes.
func TestGoldenCopy(t *testing.T) {
	im := exampleInfo().Image(spec.Version31)
	var out strings.Builder
	out.WriteString("# the LINECALLINFO image of notification-offering copied into TAPI buffers\n")
	for _, total := range []int{343, 344, 344 + 22, 344 + 23, im.Needed(), im.Needed() + 4} {
		buf := bytes.Repeat([]byte{0xCC}, total)
		binary.LittleEndian.PutUint32(buf, uint32(total))
		result := im.CopyTo(buf)
		fmt.Fprintf(&out, "# total %d of CC but dwTotalSize, result %s\n", total, result.Name())
		hexLines(&out, buf, "")
	}
	compareGolden(t, "copy-callinfo", out.String())
}

// BenchmarkNotificationFrame is a LINE_CALLSTATE with status and info, ready to write.
func BenchmarkNotificationFrame(b *testing.B) {
	status, info := exampleStatus(), exampleInfo()
	b.ReportAllocs()
	for b.Loop() {
		n := Notification{Message: spec.MessageCallState, Images: []spec.Image{status.Image(spec.Version31), info.Image(spec.Version31)}}
		if _, err := NewFrame(0, &n); err != nil {
			b.Fatal(err)
		}
	}
}
