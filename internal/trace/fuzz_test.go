package trace_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/internal/trace"
)

// FuzzReader: for any bytes, each record is the same after it is written and read again, and the reader ends with io.EOF
// or an error of its own.
func FuzzReader(f *testing.F) {
	var all []byte
	for _, c := range lines {
		all = c.rec.Append(all)
		f.Add([]byte(c.line))
		f.Add([]byte(c.line[:len(c.line)/2]))
	}
	f.Add(all)
	f.Add(bytes.ReplaceAll(all, []byte("\n"), []byte("\r\n\r\n")))
	f.Add([]byte("{\"at\":\"1970-01-01T00:00:00Z\",\"kind\":\"in\",\"raw\":\"\xff\\ud800\"}"))
	f.Add([]byte(`{"at":"0000-01-01T00:00:00+23:59","kind":"start","start":null}`))
	f.Add([]byte(`{"At":"1970-01-01T00:00:00Z","KIND":"timer","raw":null,"raw":"x"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := trace.NewReader(bytes.NewReader(b))
		for range len(b) + 1 { // each line is given once
			rec, err := r.Next()
			if errors.Is(err, trace.ErrBadRecord) {
				continue
			}
			if err != nil {
				require.True(t, err == io.EOF || errors.Is(err, trace.ErrTruncated), "%v", err)
				return
			}
			requireRoundTrip(t, rec)
		}
		t.Fatal("the reader does not end")
	})
}

// requireRoundTrip requires that a record is one line and the same after it is read again.
func requireRoundTrip(t *testing.T, rec trace.Record) {
	line := rec.Append(nil)
	require.Equal(t, 1, strings.Count(string(line), "\n"))
	again, err := trace.Parse(line)
	require.NoError(t, err, "%s", line)
	require.Equal(t, string(line), string(again.Append(nil)))
	if rec.Start != nil { // its white space may differ
		rec.Start, again.Start = nil, nil
	}
	require.Equal(t, rec, again)
}

// FuzzRecord: a record with any text is the same after it is written and read again, but for bytes that are no UTF-8.
func FuzzRecord(f *testing.F) {
	for _, s := range []string{"", "a\nb", `"\`, "\x00\x1b\x7f", "\u2028</script>", "\xff", "\xed\xa0\x80", "😀"} {
		f.Add(s, int64(1704164645067), uint32(7))
	}
	f.Fuzz(func(t *testing.T, s string, at int64, n uint32) {
		at = int64(uint64(at) % 253402300800000) // to the end of the year 9999
		for _, k := range allKinds {
			rec := trace.Record{Kind: k, At: at, Raw: s, Code: s, Text: s, JID: s, Domain: s,
				Request: &trace.RequestRecord{ID: n, Name: s, Line: s, Call: n, Other: n, Number: s}}
			got, err := trace.Parse(rec.Append(nil))
			require.NoError(t, err)
			v := string([]rune(s))
			want := trace.Record{Kind: k, At: at, Raw: v, Code: v, Text: v, JID: v, Domain: v,
				Request: &trace.RequestRecord{ID: n, Name: v, Line: v, Call: n, Other: n, Number: v}}
			require.Equal(t, want, got)
		}
	})
}
