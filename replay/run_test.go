package replay

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/trace"
	"offhook/replay/scenario"
	"offhook/replay/source"
)

func stanzaRecord(at int64, raw string) trace.Record {
	return trace.Record{Kind: trace.In, At: at, Raw: raw}
}

// allKinds has a record of every kind that a scenario can say.
func allKinds(t *testing.T) []trace.Record {
	t.Helper()
	core := engine.NewCore(engine.Settings{Learn: true}, plainDialect{})
	fresh := core.StartRecord(1773046680250, false)
	core.Step(fresh)
	core.Step(stanzaRecord(1773046680300, `<message k="talking" ch="c1" from="7  8" to="41" user="a"/>`))
	return []trace.Record{
		fresh, core.StartRecord(1773046680400, true),
		stanzaRecord(1773046680500, "<message k=\"hold\" ch=\"c1\"\n\n/>"), stanzaRecord(36_000_000, "broken \"<\n"), stanzaRecord(3, "<a/>\r"),
		{Kind: trace.Skipped, At: 4, Code: "oversize", Text: "longer than 5 bytes", Raw: "<mess\x01"},
		{Kind: trace.Down, At: 5, Code: "reset", Text: "by \"peer\""}, {Kind: trace.Up, At: 6, JID: "a@b/c d", Domain: "b"},
		{Kind: trace.Gap, At: 7, Code: "journal", Text: "9 s"}, {Kind: trace.Timer, At: 8},
		{Kind: trace.Request, At: 9, Request: &trace.RequestRecord{ID: 3, Name: "hold", Line: "a", Call: 1}},
	}
}

func ndjsonOf(rs ...trace.Record) string {
	var b []byte
	for _, r := range rs {
		b = r.Append(b)
	}
	return string(b)
}

func gzipOf(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(s))
	z.Flush() // a capture flushes in between: flushed content is readable even if the end is missing
	z.Close()
	return b.String()
}

func mustRun(t *testing.T, f Format, stdin string, files ...string) (string, Summary, error) {
	t.Helper()
	var out bytes.Buffer
	o := plainOptions
	o.Format, o.Stdin = f, strings.NewReader(stdin)
	s, err := Run(t.Context(), &out, o, files...)
	return out.String(), s, err
}

const bareStanzas = `<message k="ringing" ch="c1" from="7" to="41" user="a"/>
<presence/><iq type="get" id="x"/>
<message k="talking" ch="c1" from="7" to="41" user="a"/>
<message from="b@c" type="chat">hello</message>
garbage
<message k="hangup" ch="c1" from="7" to="41" user="a"/>`

func TestBareFile(t *testing.T) {
	text, sum, err := mustRun(t, Text, bareStanzas, source.Stdin)
	require.NoError(t, err)
	require.Equal(t, Summary{Records: 5, Stanzas: 4, Events: 5, Foreign: 1, Outgoing: 2}, sum)
	require.Contains(t, text, "config learn=true\n----\n\nrecv at=00:00:00.000\n")
	require.Contains(t, text, "recv at=00:00:00.001\n<message k=\"talking\"")
	require.Contains(t, text, "skip at=00:00:00.003 code=malformed text=\"no tag\"\n----\nignored malformed: no tag\n")
	require.Contains(t, text, "recv at=00:00:00.004\n<message k=\"hangup\"")
	require.NotContains(t, text, "chat")
	require.True(t, strings.HasSuffix(text, "# 4 stanzas, 5 events, 1 not from the PBX, 2 outgoing\n"))
	roundTrip(t, text)

	js, _, err := mustRun(t, JSON, bareStanzas, source.Stdin)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(js, `{"kind":"event","at":"1970-01-01T00:00:00.000Z","line":"41","seq":1,"name":"line.learned.v1"`), js)
	require.Equal(t, strings.Count(js, "\n"), strings.Count(js, `{"kind":`))
}

// roundTrip requires that a text is a scenario that passes its checks.
func roundTrip(t *testing.T, text string) {
	t.Helper()
	s, err := scenario.Parse(text)
	require.NoError(t, err, text)
	diff, err := CheckScenario(s, plainOptions, false)
	require.NoError(t, err, diff)
	require.Equal(t, text, s.String())
}

func TestOneContentManyForms(t *testing.T) {
	dir := t.TempDir()
	rs := append([]trace.Record{allKinds(t)[0]}, stanzaRecord(1773046680300, `<message k="talking" ch="c1" from="7" to="41" user="a"/>`),
		trace.Record{Kind: trace.Request, At: 1773046680400, Request: &trace.RequestRecord{ID: 3, Name: "dial", Line: "a", Number: "12"}},
		trace.Record{Kind: trace.Out, At: 1773046680400, Raw: `<iq type="get" id="oh-1" number="12"/>`},
		stanzaRecord(1773046681300, `<message k="hangup" ch="c1" from="7" to="41" user="a"/>`))
	whole := ndjsonOf(rs...)
	want, sum, err := mustRun(t, Text, whole, source.Stdin)
	require.NoError(t, err)
	require.Zero(t, sum.UnmatchedCommands)
	roundTrip(t, want)
	for name, content := range map[string]string{"plain": whole, "gz": gzipOf(whole), "twice.gz": gzipOf(gzipOf(whole)),
		"bom": "\xEF\xBB\xBF" + whole, "spaces": "\n\n  " + whole, "no newline": strings.TrimRight(whole, "\n")} {
		got, _, err := mustRun(t, Text, "", writeFile(t, filepath.Join(dir, name), content))
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
	a := writeFile(t, filepath.Join(dir, "a"), ndjsonOf(rs[:2]...))
	got, _, err := mustRun(t, Text, gzipOf(ndjsonOf(rs[2:]...)), a, source.Stdin)
	require.NoError(t, err)
	require.Equal(t, want, got, "consecutive parts")
}

// TestUnreadable: Run writes the facts before an unreadable place and returns an error that names file and place (decision
// D1).
func TestUnreadable(t *testing.T) {
	dir := t.TempDir()
	whole := ndjsonOf(stanzaRecord(0, `<message k="talking" ch="c1" from="7" to="41" user="a"/>`), stanzaRecord(1, `<message k="hangup" ch="c1" from="7" to="41" user="a"/>`))
	for name, c := range map[string]struct{ content, where string }{
		"cut.ndjson":  {whole[:len(whole)-9], "line 2"},
		"bad.ndjson":  {strings.Split(whole, "\n")[0] + "\n{\"at\":5}\n" + whole, "line 2"},
		"cut.gz":      {gzipOf(whole)[:len(gzipOf(whole))-12], "unexpected EOF"},
		"cut.xml":     {"<message k=\"talking\" ch=\"c1\" from=\"7\" to=\"41\" user=\"a\"/>\n<message><a>", "after byte 57"},
		"start.json":  {`{"at":"2026-03-09T08:58:00Z","kind":"start","start":[1]}`, "start record"},
		"picture.png": {"\x89PNG", "neither a trace"},
	} {
		path := writeFile(t, filepath.Join(dir, name), c.content)
		text, _, err := mustRun(t, Text, "", path)
		require.ErrorIs(t, err, source.ErrUnreadable, name)
		require.ErrorContains(t, err, path)
		require.ErrorContains(t, err, c.where, name)
		if name != "start.json" && name != "picture.png" {
			require.Contains(t, text, "state 41/1 null -> connected", name)
		}
	}
	_, _, err := mustRun(t, Text, "", filepath.Join(dir, "gone"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorIs(t, err, source.ErrUnreadable)
	_, err = Run(t.Context(), io.Discard, plainOptions, source.Stdin)
	require.ErrorContains(t, err, "standard input")
	text, sum, err := mustRun(t, Text, " \n", source.Stdin)
	require.NoError(t, err, "an empty file is readable")
	require.True(t, strings.HasSuffix(text, "\n# 0 stanzas, 0 events\n"), text)
	require.Zero(t, sum)
}

func TestCaptureFromTheMiddle(t *testing.T) {
	rs := allKinds(t)
	text, _, err := mustRun(t, Text, ndjsonOf(rs[1], rs[1], stanzaRecord(1773046680500, `<message k="hold" ch="c1" from="7  8" to="41" user="a"/>`)), source.Stdin)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(text, "BRIDGE"), "the second start record belongs to the same capture")
	require.Contains(t, text, "state 41/1 connected -> held\n")
	roundTrip(t, text)
}

func TestCommandsThatWereNotAskedFor(t *testing.T) {
	out := trace.Record{Kind: trace.Out, Raw: "<other/>"}
	_, sum, err := mustRun(t, Text, ndjsonOf(stanzaRecord(0, `<message k="talking" ch="c1" user="a"/>`), out, out), source.Stdin)
	require.NoError(t, err)
	require.Equal(t, 2, sum.UnmatchedCommands)
	require.Contains(t, sum.String(), "2 commands in the trace")
}

func TestForeignTimeIsATick(t *testing.T) {
	text, _, err := mustRun(t, Text, ndjsonOf(stanzaRecord(0, `<message k="ringing" ch="c1" from="7" to="41" user="a"/>`), stanzaRecord(200_000, `<message type="chat" from="x"/>`)), source.Stdin)
	require.NoError(t, err)
	require.Contains(t, text, "tick 00:03:20.000\n----\nevent 3 timer.fired.v1 line=41 call=1 timer=offering\n")
	require.NotContains(t, text, "chat")
	roundTrip(t, text)
}

type fullWriter struct{ room int }

var errFull = errors.New("no space left")

func (f *fullWriter) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestRunStops(t *testing.T) {
	big := strings.Repeat(`<message k="ringing" ch="c1" from="7" to="41" user="a"/>`, 3000)
	o := plainOptions
	o.Stdin = strings.NewReader(big)
	_, err := Run(t.Context(), &fullWriter{room: 70_000}, o, source.Stdin)
	require.ErrorIs(t, err, errFull)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o.Stdin = strings.NewReader(big)
	_, err = Run(ctx, io.Discard, o, source.Stdin)
	require.ErrorIs(t, err, context.Canceled)
	o.Format = "xml"
	_, err = Run(t.Context(), io.Discard, o, source.Stdin)
	require.ErrorContains(t, err, `"xml"`)
	_, err = Run(t.Context(), io.Discard, Options{}, source.Stdin)
	require.ErrorContains(t, err, "Options.Open")
}

// TestJournal: the events of a run, read from a journal, give the same facts but for those of kind send.
func TestJournal(t *testing.T) {
	j := events.NewMemory("j1")
	parts, err := openPlain(nil)
	require.NoError(t, err)
	p := NewPlayer(parts, engine.Settings{Learn: true}, newWriter(io.Discard, Options{Format: JSON}, parts).addFact)
	p.onEvent = func(e events.Event) { require.NoError(t, j.Append(t.Context(), e.Seq(), []events.Event{e})) }
	for i, raw := range strings.Split(bareStanzas, "\n") {
		require.NoError(t, p.Feed(stanzaRecord(int64(i), raw)))
	}
	live, _, err := mustRun(t, JSON, ndjsonOf(stanzaRecords(bareStanzas)...), source.Stdin)
	require.NoError(t, err)
	for _, f := range []Format{JSON, Text} {
		var out bytes.Buffer
		o := plainOptions
		o.Format = f
		sum, err := RunJournal(t.Context(), &out, o, j)
		require.NoError(t, err)
		require.Equal(t, int(j.Last()), sum.Events)
		if f == JSON {
			require.Equal(t, live, out.String())
		} else {
			require.Contains(t, out.String(), "event 1 line.learned.v1 line=41 user=a address=41 permanent=1\n\nevent 2 ")
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = RunJournal(ctx, io.Discard, plainOptions, j)
	require.ErrorIs(t, err, source.ErrUnreadable)
	require.ErrorContains(t, err, "j1")
}

func stanzaRecords(stanzas string) (rs []trace.Record) {
	for i, raw := range strings.Split(stanzas, "\n") {
		rs = append(rs, stanzaRecord(int64(i), raw))
	}
	return rs
}

// TestSettingsAndRestartsReadBack: the text of two runs in one file, with settings of the parts, is a scenario that passes.
func TestSettingsAndRestartsReadBack(t *testing.T) {
	fresh := engine.NewCore(engine.Settings{Learn: true, Journal: "second"}, plainDialect{}).StartRecord(500, false)
	talks := `<message k="talking" ch="c1" from="7" to="41" user="a"/>`
	for _, first := range []trace.Record{stanzaRecord(0, talks), allKinds(t)[1], fresh} {
		var out bytes.Buffer
		o := plainOptions
		o.PartSettings, o.Stdin = map[string]string{"plain.mark": "a b"}, strings.NewReader(ndjsonOf(first, stanzaRecord(1, talks), fresh, stanzaRecord(501, talks)))
		_, err := Run(t.Context(), &out, o, source.Stdin)
		require.NoError(t, err)
		require.Contains(t, "\n"+out.String(), "\nconfig plain.mark=\"a b\"\n")
		require.Contains(t, out.String(), "connecteda b")
		require.Contains(t, out.String(), "\nstart at=00:00:00.500\n{")
		roundTrip(t, out.String())
	}
}

// TestATraceKeepsItsSettings: the parts are made with a start record's settings; those of the caller take precedence.
func TestATraceKeepsItsSettings(t *testing.T) {
	talks := `<message k="talking" ch="c1" from="7" to="41" user="a"/>`
	for _, c := range []struct {
		key  string // in the trace
		set  map[string]string
		want string
	}{{"plain.mark", nil, "connectedown"}, {"plain.old", nil, "connectedown"}, {"plain.mark", map[string]string{"plain.mark": "mine"}, "connectedmine"},
		{"plain.old", map[string]string{"plain.mark": "mine"}, "connectedmine"}, {"plain.mark", map[string]string{"plain.old": "mine"}, "connectedmine"}} {
		start := engine.NewCore(engine.Settings{Learn: true, Show: map[string]string{c.key: "own"}}, plainDialect{}).StartRecord(0, false)
		var out bytes.Buffer
		o := plainOptions
		o.PartSettings, o.Stdin = c.set, strings.NewReader(ndjsonOf(start, stanzaRecord(1, talks)))
		_, err := Run(t.Context(), &out, o, source.Stdin)
		require.NoError(t, err)
		require.Contains(t, out.String(), c.want)
		roundTrip(t, out.String())
	}
}
