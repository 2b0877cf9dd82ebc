package trace_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"offhook/internal/trace"
)

var allKinds = []trace.Kind{trace.Start, trace.In, trace.Out, trace.Skipped, trace.Up, trace.Down, trace.Request, trace.Timer, trace.Gap}

// lines are records and their lines in a trace.
var lines = []struct {
	rec  trace.Record
	line string
}{
	{trace.Record{Kind: trace.Start, At: 1704164645067, Start: json.RawMessage(`{"settings":{"User":"ida"}}`)},
		`{"at":"2024-01-02T03:04:05.067Z","kind":"start","start":{"settings":{"User":"ida"}}}`},
	{trace.Record{Kind: trace.In, At: 0, Raw: "<message a=\"1\">\n<b/>&amp;</message>"},
		`{"at":"1970-01-01T00:00:00.000Z","kind":"in","raw":"<message a=\"1\">\n<b/>&amp;</message>"}`},
	{trace.Record{Kind: trace.Out, At: 1, Raw: "<iq/>"}, `{"at":"1970-01-01T00:00:00.001Z","kind":"out","raw":"<iq/>"}`},
	{trace.Record{Kind: trace.Skipped, At: 2, Code: "skipped", Text: "oversize"},
		`{"at":"1970-01-01T00:00:00.002Z","kind":"skipped","code":"skipped","text":"oversize"}`},
	{trace.Record{Kind: trace.Up, At: 3, JID: "ida@branch/offhook", Domain: "branch"},
		`{"at":"1970-01-01T00:00:00.003Z","kind":"session","session":"up","jid":"ida@branch/offhook","domain":"branch"}`},
	{trace.Record{Kind: trace.Down, At: 4, Code: "reset", Text: "connection reset"},
		`{"at":"1970-01-01T00:00:00.004Z","kind":"session","session":"down","code":"reset","text":"connection reset"}`},
	{trace.Record{Kind: trace.Request, At: 5, Request: &trace.RequestRecord{ID: 7, Name: "dial", Line: "ida", Number: "0711"}},
		`{"at":"1970-01-01T00:00:00.005Z","kind":"request","request":{"id":7,"name":"dial","line":"ida","number":"0711"}}`},
	{trace.Record{Kind: trace.Request, At: 5, Request: &trace.RequestRecord{ID: 8, Name: "complete-transfer", Line: "ida", Call: 1, Other: 2}},
		`{"at":"1970-01-01T00:00:00.005Z","kind":"request","request":{"id":8,"name":"complete-transfer","line":"ida","call":1,"other":2}}`},
	{trace.Record{Kind: trace.Timer, At: 6}, `{"at":"1970-01-01T00:00:00.006Z","kind":"timer"}`},
	{trace.Record{Kind: trace.Gap, At: 7, Code: "journal", Text: "3s"}, `{"at":"1970-01-01T00:00:00.007Z","kind":"gap","code":"journal","text":"3s"}`},
}

func TestRoundTrip(t *testing.T) {
	seen := map[trace.Kind]bool{}
	var file []byte
	for _, c := range lines {
		seen[c.rec.Kind] = true
		require.Equal(t, c.line+"\n", string(c.rec.Append(nil)))
		got, err := trace.Parse([]byte(c.line))
		require.NoError(t, err)
		require.Equal(t, c.rec, got)
		file = c.rec.Append(file)
	}
	require.Len(t, seen, len(allKinds), "a kind without a sample")
	r := trace.NewReader(iotest.OneByteReader(strings.NewReader(string(file))))
	for _, c := range lines {
		got, err := r.Next()
		require.NoError(t, err)
		require.Equal(t, c.rec, got)
	}
	_, err := r.Next()
	require.Equal(t, io.EOF, err)
	_, err = r.Next()
	require.Equal(t, io.EOF, err, "the end stays the end")
}

// TestReader reads whole files: how many records they have and which error ends them.
func TestReader(t *testing.T) {
	const tick = `{"at":"1970-01-01T00:00:00.001Z","kind":"timer"}`
	long := strings.Repeat("x", 300<<10)
	in := `{"at":"1970-01-01T00:00:00.002Z","kind":"in","raw":"` + long + `"}`
	for name, c := range map[string]struct {
		file string
		want int
		err  error
		says string
	}{
		"empty":                   {"", 0, io.EOF, ""},
		"only blank lines":        {"\n \n\t\r\n", 0, io.EOF, ""},
		"blank lines between":     {"\n" + tick + "\n\n  \n" + tick + "\n\n", 2, io.EOF, ""},
		"carriage returns":        {tick + "\r\n\r\n" + tick + "\r\n", 2, io.EOF, ""},
		"no newline at the end":   {tick + "\n" + tick, 2, io.EOF, ""},
		"a long line":             {tick + "\n" + in + "\n" + tick + "\n", 3, io.EOF, ""},
		"a long last line":        {tick + "\n" + in, 2, io.EOF, ""},
		"cut off":                 {tick + "\n" + tick[:20], 1, trace.ErrTruncated, "line 2"},
		"cut off, long":           {tick + "\n\n" + in[:200<<10], 1, trace.ErrTruncated, "line 3"},
		"cut off after a bracket": {tick + "\n{", 1, trace.ErrTruncated, "line 2"},
		"whole, but wrong, and no newline": {tick + "\n" + `{"at":"1970-01-01T00:00:00.001Z","kind":"tick"}`, 1, trace.ErrBadRecord,
			`line 2: trace: not a trace record: kind "tick"`},
		"not JSON":      {tick + "\n\n<message/>\n" + tick, 1, trace.ErrBadRecord, "line 3"},
		"two on a line": {tick + tick + "\n", 0, trace.ErrBadRecord, "line 1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := trace.NewReader(strings.NewReader(c.file))
			var err error
			n := 0
			for ; ; n++ {
				if _, err = r.Next(); err != nil {
					break
				}
			}
			require.Equal(t, c.want, n)
			require.ErrorIs(t, err, c.err)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for line, says := range map[string]string{
		``:                                "unexpected end",
		`null`:                            "not RFC 3339",
		`[]`:                              "cannot unmarshal",
		`"in"`:                            "cannot unmarshal",
		`{}`:                              "not RFC 3339",
		`{"kind":"in","raw":"<a/>"}`:      "not RFC 3339",
		`{"at":"yesterday","kind":"in"}`:  `"yesterday"`,
		`{"at":1,"kind":"in"}`:            "cannot unmarshal",
		`{"at":"2024-01-02","kind":"in"}`: "not RFC 3339",
		`{"at":"2024-02-30T00:00:00Z"}`:   "not RFC 3339",
		`{"at":"2024-01-02T03:04:05Z"}`:   `kind ""`,
		`{"at":"2024-01-02T03:04:05Z","kind":"In"}`:                                           `kind "In"`,
		`{"at":"2024-01-02T03:04:05Z","kind":"in","raw":7}`:                                   "cannot unmarshal",
		`{"at":"2024-01-02T03:04:05Z","kind":"request"}`:                                      "without the key request",
		`{"at":"2024-01-02T03:04:05Z","kind":"request","request":{"id":-1}}`:                  "cannot unmarshal",
		`{"at":"2024-01-02T03:04:05Z","kind":"request","request":{"id":1,"call":4294967296}}`: "cannot unmarshal",
		`{"at":"0000-01-01T00:00:00+14:00","kind":"timer"}`:                                   "years 0000 to 9999",
		`{"at":"9999-12-31T23:59:59-14:00","kind":"timer"}`:                                   "years 0000 to 9999",
	} {
		_, err := trace.Parse([]byte(line))
		require.ErrorIs(t, err, trace.ErrBadRecord, "%s", line)
		require.ErrorContains(t, err, says, "%s", line)
	}
}

func TestParseTakesOtherZonesAndFinerTime(t *testing.T) {
	r, err := trace.Parse([]byte(` {"kind":"timer","at":"2024-01-02T04:04:05.0679+01:00","later":"unknown keys are passed over"} `))
	require.NoError(t, err)
	require.Equal(t, trace.Record{Kind: trace.Timer, At: 1704164645067}, r)
}

func TestABadLineDoesNotEndTheReading(t *testing.T) {
	r := trace.NewReader(strings.NewReader("nonsense\n" + lines[8].line + "\n"))
	_, err := r.Next()
	require.ErrorIs(t, err, trace.ErrBadRecord)
	got, err := r.Next()
	require.NoError(t, err)
	require.Equal(t, lines[8].rec, got)
}

// endless is a line that never ends.
type endless struct{ given int }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	e.given += len(b)
	return len(b), nil
}

func TestAHugeLineIsRefusedInBoundedMemory(t *testing.T) {
	e := &endless{}
	r := trace.NewReader(io.MultiReader(strings.NewReader("\n"+lines[8].line+"\n"), e))
	_, err := r.Next()
	require.NoError(t, err)
	for range 2 { // what follows of the line is not taken for another one
		_, err = r.Next()
		require.ErrorIs(t, err, trace.ErrBadRecord)
		require.ErrorContains(t, err, "line 3")
	}
	require.Less(t, e.given, trace.MaxLine+1<<20)
}

func TestAReadersErrorIsPassedOn(t *testing.T) {
	broken := errors.New("the disk is gone")
	r := trace.NewReader(io.MultiReader(strings.NewReader(lines[8].line+"\n{"), iotest.ErrReader(broken)))
	_, err := r.Next()
	require.NoError(t, err)
	for range 2 {
		_, err = r.Next()
		require.ErrorIs(t, err, broken)
	}
}

func TestAnInvalidStartIsAMistakeOfTheProgram(t *testing.T) {
	require.Panics(t, func() { trace.Record{Kind: trace.Start, Start: json.RawMessage(`{`)}.Append(nil) })
}
