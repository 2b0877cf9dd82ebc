package spec

import (
	"encoding/binary"
	"testing"
)

// BenchmarkCallInfoEncode is what a GetCallInfo costs without the frame.
func BenchmarkCallInfoEncode(b *testing.B) {
	x := NewCallInfo()
	x.CallerID, x.CalledID = Party{Number: "0049301234", Name: "Jürgen 😀"}, Party{Number: "41"}
	x.LineDeviceID, x.CallID, x.Origin, x.Reason = 7, 12, CallOriginExternal, CallReasonDirect
	buf := make([]byte, x.Needed(Version31))
	binary.LittleEndian.PutUint32(buf, uint32(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		if err := x.Encode(buf, Version31); err != LineErrNone {
			b.Fatal(err)
		}
	}
}
