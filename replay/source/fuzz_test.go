package source

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"offhook/internal/trace"
)

// FuzzRead: reading any file ends; the times of its records do not go back, and an error is ErrUnreadable.
func FuzzRead(f *testing.F) {
	for _, log := range hostileLogs {
		f.Add([]byte(log))
	}
	f.Add(archiveOf(f, ArchiveTrace, ndjsonOf(stanzaRecord(5, ringing))))
	f.Add(archiveOf(f, ArchiveLog, driverPrefix+"received "+ringing))
	f.Add([]byte(ndjsonOf(stanzaRecord(5, ringing), trace.Record{Kind: trace.Timer, At: 900_000})))
	f.Fuzz(func(t *testing.T, file []byte) {
		isLog := looksLikeLog(file)
		in := NewInput(Options{Stdin: bytes.NewReader(file), OnLogLine: func(trace.LogLine) {}}, Stdin)
		defer in.Close()
		for last := int64(0); ; {
			r, err := in.Next()
			if err == io.EOF {
				return
			}
			if err != nil {
				if !errors.Is(err, ErrUnreadable) {
					t.Fatal(err)
				}
				return
			}
			if isLog && r.At < last && r.Kind == trace.In {
				t.Fatalf("%d follows %d", r.At, last)
			}
			last = r.At
		}
	})
}
