package source

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/internal/trace"
)

const driverPrefix = "[7] 03/09 10:00:00:0040 [TID=1] [DEBUG]  "

// ringing is a stanza of the plain dialect.
const ringing = `<message k="ringing" ch="c1" from="7" to="41" user="a"/>`

// hostileLogs are damaged or misleading logs.
var hostileLogs = []string{
	driverPrefix + "received " + ringing + "\n",
	"1\t0.00000000\t[7] received " + ringing + "\r\n2\t0.1\t[7] \r\n",
	driverPrefix + trace.LogMark(time.Unix(0, 0)) + "\n" + driverPrefix + "received \"<message k=\\\"ringing\\\"\\n/>\"\n" + driverPrefix + `timer {"at":"2026-03-09T10:00:00Z","kind":"timer"}` + "\n",
	driverPrefix + `timer {"at":"2026-03-09T10:00:00Z","kind":"start"}` + "\n" + driverPrefix + "received \"\n" + driverPrefix + "start {\n",
	driverPrefix + "received <message" + strings.Repeat("\n<", 3000),
	driverPrefix + "received <message>" + strings.Repeat("\n>", 2000) + "\n" + driverPrefix + "received " + ringing,
	driverPrefix + "received <message " + strings.Repeat("x", maxLogStanza) + "\n" + driverPrefix + "received " + ringing,
	"1\t12:00:00 PM\t[7] in: <iq/>\n2\t12:00:00 AM\t[8] <<< <iq\n3\t1:61:00\t[9] >\n",
	driverPrefix + "offhook debug log 1: 9999-99-99T99:99:99.999Z, local time is UTC+99:99\n",
	"[7] 99/99 99:99:99:9999 [TID=1] [DEBUG]  received <message/>\n",
	"[7] 02/29 23:59:60:0999 [TID=4294967296] [DEBUG]  received <message/>\n",
	"\xff\xfe\x00\xd8\x00\xd8x",
}

// logRecords reads a log.
func logRecords(t *testing.T, text string) (all []trace.Record, logLines []trace.LogLine, outgoing int, err error) {
	t.Helper()
	in := NewInput(Options{Stdin: strings.NewReader(text), OnLogLine: func(l trace.LogLine) { logLines = append(logLines, l) }}, Stdin)
	defer in.Close()
	for {
		r, err := in.Next()
		if err == io.EOF {
			return all, logLines, in.Outgoing(), nil
		}
		if err != nil {
			return all, logLines, in.Outgoing(), err
		}
		all = append(all, r)
	}
}

func TestHostileLogsEnd(t *testing.T) {
	for i, text := range hostileLogs {
		began := time.Now()
		all, _, _, err := logRecords(t, text)
		if err != nil {
			require.ErrorIs(t, err, ErrUnreadable)
		}
		require.Less(t, time.Since(began), 3*time.Second, i)
		for j := 1; j < len(all); j++ {
			require.LessOrEqual(t, all[j-1].At, all[j].At, i)
		}
		for _, r := range all {
			require.LessOrEqual(t, len(r.Raw), maxLogStanza, i)
		}
	}
}

// TestLogForms: some lines of a log are inputs, others are not.
func TestLogForms(t *testing.T) {
	const at = 1773050400040 // 2026-03-09T10:00:00.040Z
	mark := driverPrefix + trace.LogMark(time.UnixMilli(at).UTC()) + "\n"
	for _, c := range []struct {
		name, text         string
		want               []trace.Record
		logLines, outgoing int
	}{
		{"ours", mark + driverPrefix + "received <a/>\n" + driverPrefix + "sent <b/>\n" + driverPrefix + "received \"\"\n",
			[]trace.Record{{Kind: trace.In, At: at, Raw: "<a/>"}, {Kind: trace.Out, At: at, Raw: "<b/>"}, {Kind: trace.In, At: at}}, 0, 0},
		{"ours says something about a stanza", mark + driverPrefix + "msg=\"received <message/>\"\n" + driverPrefix + "in: <message/>\n", nil, 2, 0},
		{"a line without a beginning is not ours", mark + driverPrefix + "received \"<a/>\"\n" + "received <message/>\n", []trace.Record{{Kind: trace.In, At: at, Raw: "<a/>"}}, 1, 0},
		{"the mark is gone", driverPrefix + "received \"<a\\n/>\"\n" + driverPrefix + `timer {"at":"2026-03-09T10:00:00.040Z","kind":"timer"}` + "\n" + driverPrefix + "received <iq/>\n",
			[]trace.Record{{Kind: trace.In, At: time.Date(1972, 3, 9, 10, 0, 0, 40e6, time.UTC).UnixMilli(), Raw: "<a\n/>"}, {Kind: trace.Timer, At: at}, {Kind: trace.In, At: at, Raw: "<iq/>"}}, 0, 0},
		{"directions", "1\t1.5\t[7] XmlIn: <iq/>\n2\t2.5\t[7] XmlOut: <iq/>\n3\t2.5\t[7] >>> <message from='x'/>\n4\t2.5\t[7] <message from='x'/>\n5\t2.5\t[7] <message to='x' type='chat'/>\n",
			[]trace.Record{{Kind: trace.In, At: 1500, Raw: "<iq/>"}, {Kind: trace.In, At: 2500, Raw: "<message from='x'/>"}}, 0, 3},
		{"another process between", "1\t1.0\t[7] received <message from='x'>\n2\t1.0\t[8] <noise/>\n3\t1.0\t[7] </message>\n",
			[]trace.Record{{Kind: trace.In, At: 1000, Raw: "<message from='x'>\n</message>"}}, 1, 0},
		{"names that only begin so", driverPrefix + "received <messages/> <iqx/>\n", nil, 1, 0},
		{"behind another tag", driverPrefix + "received <a><presence from='x'/>\n", []trace.Record{{Kind: trace.In, At: time.Date(1972, 3, 9, 10, 0, 0, 40e6, time.UTC).UnixMilli(), Raw: "<presence from='x'/>"}}, 0, 0},
	} {
		got, logLines, outgoing, err := logRecords(t, c.text)
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, got, c.name)
		require.Len(t, logLines, c.logLines, c.name)
		require.Equal(t, c.outgoing, outgoing, c.name)
	}
}

// TestLogTimesOfInputs: a message that is written before an earlier input does not move that input's time.
func TestLogTimesOfInputs(t *testing.T) {
	message := strings.Replace(driverPrefix, "0040", "0047", 1) + "Ida Lund (41): Send_TAPI_Event\n"
	all, lines, _, err := logRecords(t, driverPrefix+trace.LogMark(time.Date(2026, 3, 9, 10, 0, 0, 0, time.UTC))+"\n"+message+driverPrefix+"received "+ringing+"\n")
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, "10:00:00.040", time.UnixMilli(all[0].At).UTC().Format("15:04:05.000"))
	require.Equal(t, "10:00:00.047", lines[0].At.UTC().Format("15:04:05.000"))
}

// TestLogYear: times go on after December in a log without a year, and after midnight in one without a date.
func TestLogYear(t *testing.T) {
	text := "12/31 23:59:59:0000 [TID=1] [DEBUG]  received <iq/>\n" + "01/01 00:00:01:0000 [TID=1] [DEBUG]  received <iq/>\n"
	got, _, _, err := logRecords(t, text)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.EqualValues(t, 2000, got[1].At-got[0].At)
	got, _, _, err = logRecords(t, "1\t23:59:59\t[7] received <iq/>\n2\t00:00:01\t[7] received <iq/>\n3\t23:59:59\t[7] received <iq/>\n4\t0:00:00\t[7] received <iq/>\n")
	require.NoError(t, err)
	require.EqualValues(t, 86_401_000, got[1].At)
	require.EqualValues(t, 2*86_400_000, got[3].At)
}

func TestFilesThatAreNoLogs(t *testing.T) {
	for _, text := range []string{"hello\n", "config line=41\nrecv at=00:00:00.000\n<message/>\n", "recv at=00:00:00.000 raw=\"<message\"\n", "1 2 3\n"} {
		_, _, _, err := logRecords(t, text)
		require.ErrorContains(t, err, "nor a debug log", text)
	}
	require.False(t, LooksLikeLog(filepath.Join(t.TempDir(), "none")))
}

// archiveOf returns an archive with one file.
func archiveOf(t testing.TB, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	require.NoError(t, err)
	_, err = io.WriteString(w, content)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

// TestArchives: an archive of offhook trace stop is read from a file and from a stream; a hostile one is refused.
func TestArchives(t *testing.T) {
	good := archiveOf(t, ArchiveTrace, ndjsonOf(stanzaRecord(5, ringing)))
	read := func(b []byte) (n int, errs [2]error) {
		all, _, _, err := logRecordsOf(t, Stdin, bytes.NewReader(b))
		name := filepath.Join(t.TempDir(), "x.zip")
		require.NoError(t, os.WriteFile(name, b, 0o600))
		again, _, _, err2 := logRecordsOf(t, name, nil)
		require.Equal(t, len(all), len(again))
		return len(all), [2]error{err, err2}
	}
	n, errs := read(good)
	require.Equal(t, [2]error{}, errs)
	require.Equal(t, 1, n)

	for what, bad := range map[string][]byte{
		"no trace":     archiveOf(t, "other", "{}"),
		"cut off":      good[:len(good)-5],
		"a zip in it":  archiveOf(t, ArchiveTrace, string(good)),
		"unpacks much": withSize(archiveOf(t, ArchiveTrace, strings.Repeat(" ", 1<<20)), 1<<30),
	} {
		_, errs := read(bad)
		for _, err := range errs {
			require.ErrorIs(t, err, ErrUnreadable, what)
		}
	}
	var many bytes.Buffer
	z := zip.NewWriter(&many)
	for i := range maxArchiveEntries + 1 {
		_, err := z.Create(fmt.Sprint(i))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	_, errs = read(many.Bytes())
	require.ErrorIs(t, errs[0], ErrArchive)

	liar := withSize(archiveOf(t, ArchiveTrace, strings.Repeat(ndjsonOf(stanzaRecord(5, ringing)), 1000)), 100)
	_, errs = read(liar)
	require.ErrorIs(t, errs[0], ErrUnreadable, "the entry is larger than its size says")
}

// withSize changes the size of the first file in an archive's directory.
func withSize(archive []byte, size uint32) []byte {
	at := bytes.Index(archive, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(archive[at+24:], size)
	return archive
}

// logRecordsOf reads a file of any form, and the trace of an archive.
func logRecordsOf(t *testing.T, name string, stdin io.Reader) (all []trace.Record, logLines []trace.LogLine, outgoing int, err error) {
	t.Helper()
	in := NewInput(Options{Stdin: stdin}, name)
	defer in.Close()
	for {
		r, err := in.Next()
		if err == io.EOF {
			return all, nil, 0, nil
		}
		if err != nil {
			return all, nil, 0, err
		}
		all = append(all, r)
	}
}

// TestUTF16: surrogate pairs, unpaired surrogates and an odd last byte are decoded.
func TestUTF16(t *testing.T) {
	for in, want := range map[string]string{
		"\xff\xfea\x00\x3d\xd8\x00\xde": "a😀", "\xfe\xff\x00a\xd8\x3d\xde\x00": "a😀", "\xff\xfe\x3d\xd8a\x00": "\uFFFDa",
		"\xff\xfe\x3d\xd8": "\uFFFD", "\xff\xfea\x00b": "a\uFFFD", "a\x00b\x00": "ab", "\x00a\x00b": "ab", "ab": "ab", "": "",
	} {
		got, err := io.ReadAll(decodeUTF16(bufio.NewReader(strings.NewReader(in))))
		require.NoError(t, err)
		require.Equal(t, want, string(got), "%q", in)
	}
	require.Equal(t, "Jürgen – “x”", lineAsUTF8("J\xfcrgen \x96 \x93x\x94"))
}

func stanzaRecord(at int64, raw string) trace.Record {
	return trace.Record{Kind: trace.In, At: at, Raw: raw}
}

func ndjsonOf(rs ...trace.Record) string {
	var b []byte
	for _, r := range rs {
		b = r.Append(b)
	}
	return string(b)
}
