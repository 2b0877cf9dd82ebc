package xmpp

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

const header = `<?xml version='1.0'?><stream:stream id='s1' from='branch' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`

const ringing = `<message to="switch@branch/offhook" from="pbx.branch"><cmd xmlns="http://www.pascom.net/mobydick" module="base"><ChannelEvent>` +
	`<eventType>ringing</eventType><eventId>SIP/yl0A31-0000004e</eventId><eventDetails/><outbound>false</outbound><internal>false</internal>` +
	`<sourceName>Vogt &amp; Söhne</sourceName><sourceNumber>00497115550199</sourceNumber><sourceCallerIdName/>` +
	`<targetName>Ida Lund</targetName><targetCallerIdName/><targetNumber>41</targetNumber><busySince>0</busySince><refChannel/>` +
	`<device>Yealink 0015650a31 [Reception]</device><fromName/><fromNumber/><username>ilund</username></ChannelEvent></cmd></message>`

// readAll drains a splitter; a bare item is written as "kind" or "kind:raw".
func readAll(s *Splitter) (items []Item, err error) {
	for {
		it, err := s.Next()
		if err != nil {
			if it.Kind == Malformed {
				items = append(items, it)
			}
			return items, err
		}
		if s.lim.Borrow {
			it.Raw = bytes.Clone(it.Raw)
		}
		items = append(items, it)
	}
}

func story(items []Item) (out []string) {
	for _, it := range items {
		if it.Kind == Stanza {
			out = append(out, string(it.Raw))
		} else {
			out = append(out, "#"+it.Kind.String())
		}
	}
	return out
}

func TestSplitterStories(t *testing.T) {
	deep := strings.Repeat("<a>", 40) + "x" + strings.Repeat("</a>", 40)
	big := "<message><body>" + strings.Repeat("long ", 400) + "</body></message>"
	wideTag := "<message a='" + strings.Repeat("v", 3000) + "'><b/></message>"
	table := []struct {
		name, in string
		want     []string
		err      error
	}{
		{"empty", "", nil, io.EOF},
		{"whole stream", header + "<iq/>\n" + ringing + "</stream:stream>", []string{"#stream-open", "<iq/>", ringing, "#stream-close"}, io.EOF},
		{"bare sequence", "<iq id='1'/><presence/>", []string{"<iq id='1'/>", "<presence/>"}, io.EOF},
		{"keepalives", " \n<iq/>\r\n \t<iq/>  ", []string{"<iq/>", "<iq/>"}, io.EOF},
		{"byte order mark", "\xEF\xBB\xBF<iq/>", []string{"<iq/>"}, io.EOF},
		{"comment and PI", "<!-- <iq> --><?php x ?><iq><!-- </iq> --><?a b?></iq>", []string{"<iq><!-- </iq> --><?a b?></iq>"}, io.EOF},
		{"cdata", "<iq><![CDATA[</iq>]] >]]></iq><a/>", []string{"<iq><![CDATA[</iq>]] >]]></iq>", "<a/>"}, io.EOF},
		{"quotes", `<iq a='">' b="'/>" c = 'x>y'><b/></iq>`, []string{`<iq a='">' b="'/>" c = 'x>y'><b/></iq>`}, io.EOF},
		{"carriage returns", "<iq>\r\n<a\r\n b='1'\r\n/>\r\n</iq\r\n>", []string{"<iq>\r\n<a\r\n b='1'\r\n/>\r\n</iq\r\n>"}, io.EOF},
		{"nested message", "<message><sent><message><body/></message></sent></message><iq/>", []string{"<message><sent><message><body/></message></sent></message>", "<iq/>"}, io.EOF},
		{"restart", header + header + "<a/>", []string{"#stream-open", "#restarted", "<a/>"}, io.EOF},
		{"other prefix", "<s:stream xmlns:s='http://etherx.jabber.org/streams'><a/></s:stream>", []string{"#stream-open", "<a/>", "#stream-close"}, io.EOF},
		{"a stanza named stream", "<x:stream xmlns:x='urn:x'></x:stream>", []string{"<x:stream xmlns:x='urn:x'></x:stream>"}, io.EOF},
		{"too deep", deep + "<iq/>", []string{"#too-deep", "<iq/>"}, io.EOF},
		{"oversize text", big + "<iq/>", []string{"#oversize", "<iq/>"}, io.EOF},
		{"oversize tag", wideTag + "<iq/>", []string{"#oversize", "<iq/>"}, io.EOF},
		{"oversize comment", "<!--" + strings.Repeat("c", 3000) + "--><iq/>", []string{"<iq/>"}, io.EOF},
		{"oversize comment inside", "<a><!--" + strings.Repeat("c>", 3000) + "--></a><iq/>", []string{"#oversize", "<iq/>"}, io.EOF},
		{"oversize and too deep", strings.Repeat("<abcdefghij>", 300) + strings.Repeat("</abcdefghij>", 300) + "<iq/>", []string{"#too-deep", "<iq/>"}, io.EOF},
		{"mismatch", "<iq/><a><b></a></b>", []string{"<iq/>", "#malformed"}, ErrMalformed},
		{"mismatch of the prefix", "<x:a></y:a>", []string{"#malformed"}, ErrMalformed},
		{"stray end tag", "<iq/></b>", []string{"<iq/>", "#malformed"}, ErrMalformed},
		{"stray stream end", "</stream:stream>", []string{"#malformed"}, ErrMalformed},
		{"stream end in a stanza", header + "<a></stream:stream>", []string{"#stream-open", "#malformed"}, ErrMalformed},
		{"entity", "<a>&nbsp;</a>", []string{"#malformed"}, ErrMalformed},
		{"control reference", "<a>&#1;</a>", []string{"#malformed"}, ErrMalformed},
		{"control character", "<a>\x01</a>", []string{"#malformed"}, ErrMalformed},
		{"not a character", "<a>\xEF\xBF\xBE</a>", []string{"#malformed"}, ErrMalformed},
		{"bad UTF-8", "<a>\xC3(</a>", []string{"#malformed"}, ErrMalformed},
		{"cdata end in text", "<a>]]></a>", []string{"#malformed"}, ErrMalformed},
		{"doctype", "<!DOCTYPE a []><a/>", []string{"#malformed"}, ErrMalformed},
		{"other charset", "<?xml version='1.0' encoding='latin1'?><a/>", []string{"#malformed"}, ErrMalformed},
		{"text between", "<a/>x<a/>", []string{"<a/>", "#malformed"}, ErrMalformed},
		{"unquoted", "<a b=c/>", []string{"#malformed"}, ErrMalformed},
		{"angle in value", "<a b='<'/>", []string{"#malformed"}, ErrMalformed},
		{"dashes", "<a><!-- -- --></a>", []string{"#malformed"}, ErrMalformed},
		{"truncated text", "<iq/><message><body>hal", []string{"<iq/>"}, ErrTruncated},
		{"truncated tag", "<iq/><mess", []string{"<iq/>"}, ErrTruncated},
		{"truncated skip", "<a>" + strings.Repeat("x", 5000), nil, ErrTruncated},
		{"truncated comment", "<iq/><!-- ", []string{"<iq/>"}, ErrTruncated},
		{"open stream", header + "<iq/>", []string{"#stream-open", "<iq/>"}, io.EOF},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			for name, r := range readers(row.in) {
				for _, borrow := range []bool{false, true} {
					items, err := readAll(NewSplitter(r(), Limits{MaxBytes: 1024, Borrow: borrow}))
					require.ErrorIs(t, err, row.err, name)
					require.Equal(t, row.want, story(items), name)
				}
			}
		})
	}
}

// readers gives the same bytes in different pieces.
func readers(in string) map[string]func() io.Reader {
	return map[string]func() io.Reader{
		"whole":      func() io.Reader { return strings.NewReader(in) },
		"byte":       func() io.Reader { return iotest.OneByteReader(strings.NewReader(in)) },
		"half":       func() io.Reader { return iotest.HalfReader(strings.NewReader(in)) },
		"data+error": func() io.Reader { return iotest.DataErrReader(strings.NewReader(in)) },
	}
}

func TestSplitterResync(t *testing.T) {
	table := []struct {
		name, in string
		want     []string
		err      error
	}{
		{"bad reference", "<iq/><message><body>a & b</body></message><presence/>", []string{"<iq/>", "#malformed", "<presence/>"}, io.EOF},
		{"bad end tag", "<message><body></message><presence/>", []string{"#malformed", "<presence/>"}, io.EOF},
		{"bad start tag", "<message a=b><c/></message><presence/>", []string{"#malformed", "<presence/>"}, io.EOF},
		{"bad empty tag", "<message a=b/><presence/>", []string{"#malformed", "<presence/>"}, io.EOF},
		{"junk", "21:04:05 RECV: <presence/> -- \n<iq/>", []string{"#malformed", "<presence/>", "#malformed", "<iq/>"}, io.EOF},
		{"cut stanza, next line", "<message><body>cut\n<message><body>a</bodi></message>\n<iq/>", []string{"#malformed", "<iq/>"}, io.EOF},
		{"cut stanza, new stream", "<message><body>cut" + header + "<iq/></stream:stream>", []string{"#malformed", "#stream-open", "<iq/>", "#stream-close"}, io.EOF},
		{"cut stanza, end of stream", header + "<message><body>cut</stream:stream>", []string{"#stream-open", "#malformed", "#stream-close"}, io.EOF},
		{"a nested stanza is not promoted", "<message><a b=c><message from='pbx.branch'><x/></message></a></message><iq/>", []string{"#malformed", "<iq/>"}, io.EOF},
		{"never ends", "<message><body>& <a/>", []string{"#malformed"}, ErrTruncated},
		{"end without begin", "<iq/></stream:stream>", []string{"<iq/>", "#stream-close"}, io.EOF},
		{"truncated", "<iq/><message><body>x", []string{"<iq/>"}, ErrTruncated},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			for name, r := range readers(row.in) {
				s := NewSplitter(r(), Limits{MaxBytes: 1024, Resync: true})
				items, err := readAll(s)
				require.ErrorIs(t, err, row.err, name)
				require.Equal(t, row.want, story(items), name)
			}
		})
	}
}

// Every byte of the input is accounted for: in an item, dropped with a reason, or between items.
func TestSplitterOffsets(t *testing.T) {
	in := " <iq/>\n<m>&x;</m><m>" + strings.Repeat("y", 2000) + "</m><p/>"
	items, err := readAll(NewSplitter(strings.NewReader(in), Limits{MaxBytes: 1000, Resync: true}))
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, []string{"<iq/>", "#malformed", "#oversize", "<p/>"}, story(items))
	require.EqualValues(t, 1, items[0].Offset)
	require.Equal(t, "<m>&x;</m>", in[items[1].Offset:][:items[1].Dropped])
	require.Equal(t, 2007, items[2].Dropped)
	require.Equal(t, "<m>", in[items[2].Offset:][:3])
	require.Equal(t, "<p/>", in[items[3].Offset:])
}

func TestSplitterReaderError(t *testing.T) {
	broken := errors.New("line cut")
	s := NewSplitter(io.MultiReader(strings.NewReader("<iq/><a>"), iotest.ErrReader(broken)), Limits{})
	it, err := s.Next()
	require.NoError(t, err)
	require.Equal(t, "<iq/>", string(it.Raw))
	_, err = s.Next()
	require.ErrorIs(t, err, broken)
	_, err = s.Next()
	require.ErrorIs(t, err, broken)
}

// endless gives the same bytes for ever, up to left of them.
type endless struct {
	piece string
	left  int
	at    int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && e.left > 0 {
		c := copy(p[n:], e.piece[e.at:])
		e.at = (e.at + c) % len(e.piece)
		n, e.left = n+c, e.left-c
	}
	return n, nil
}

// Memory stays bounded whatever arrives.
func TestSplitterMemory(t *testing.T) {
	for name, parts := range map[string][2]string{
		"text":      {"<m>", "text "},
		"depth":     {"", "<abcdefgh>"},
		"attribute": {"<m a='", "value>"},
		"names":     {"<", "name"},
		"comment":   {"<m><!--", "comment "},
		"cdata":     {"<m><![CDATA[", "piece "},
		"PI":        {"<m><?a ", "piece "},
		"space":     {"", "   \n"},
		"children":  {"<m>", "<a b='c'/>"},
	} {
		t.Run(name, func(t *testing.T) {
			in := io.MultiReader(strings.NewReader(parts[0]), &endless{piece: parts[1], left: 8 << 20})
			s := NewSplitter(in, Limits{MaxBytes: 64 << 10})
			_, err := readAll(s)
			require.Error(t, err)
			require.LessOrEqual(t, cap(s.buf), 64<<10+2*readAhead)
			require.LessOrEqual(t, cap(s.names)+8*cap(s.nameStarts), 64<<10)
		})
	}
}

// Bytes that trickle in must not make the work quadratic: one huge token, one byte a time.
func TestSplitterTrickle(t *testing.T) {
	for name, in := range map[string]string{
		"value":   "<m a='" + strings.Repeat(">", 200_000) + "'/>",
		"comment": "<m><!--" + strings.Repeat("- >", 70_000) + "--></m>",
		"text":    "<m>" + strings.Repeat("]", 200_000) + "</m>",
	} {
		t.Run(name, func(t *testing.T) {
			items, err := readAll(NewSplitter(iotest.OneByteReader(strings.NewReader(in)), Limits{}))
			require.ErrorIs(t, err, io.EOF)
			require.Equal(t, []string{in}, story(items))
		})
	}
}
