package tapi

import "testing"

// BenchmarkCallInfoEncode is what a GetCallInfo costs without the frame.
func BenchmarkCallInfoEncode(b *testing.B) {
	x := exampleInfo()
	buf := make([]byte, x.Needed(Version31))
	putWord(buf, headerTotal, uint32(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		if err := x.Encode(buf, Version31); err != LineErrNone {
			b.Fatal(err)
		}
	}
}

// BenchmarkNotificationFrame is a LINE_CALLSTATE with status and info, ready to write.
func BenchmarkNotificationFrame(b *testing.B) {
	status, info := exampleStatus(), exampleInfo()
	b.ReportAllocs()
	for b.Loop() {
		n := Notification{Message: MessageCallState, Images: []Image{status.Image(Version31), info.Image(Version31)}}
		if _, err := NewFrame(0, &n); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCleanDialable(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := CleanDialable("T 030/12 34-5(0)6"); err != nil {
			b.Fatal(err)
		}
	}
}
