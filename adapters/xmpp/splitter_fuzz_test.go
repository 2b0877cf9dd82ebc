package xmpp

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

type span struct{ from, to int64 }

// reference cuts the input with encoding/xml's Decoder. loose is set when it met something that
// only the splitter refuses.
func decoderSpans(in []byte) (spans []span, loose bool, err error) {
	dec := xml.NewDecoder(bytes.NewReader(in))
	depth, streams, from := 0, 0, int64(0)
	for {
		at := dec.InputOffset()
		tok, err := dec.Token()
		if err != nil {
			return spans, loose, err
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if depth == 0 && isHeaderAt(in[at:]) {
				streams++
				loose = loose || bytes.HasSuffix(in[:dec.InputOffset()], []byte("/>"))
				continue
			}
			if depth == 0 {
				from = at
			}
			depth++
		case xml.EndElement:
			if depth == 0 {
				streams--
				continue
			}
			if depth--; depth == 0 {
				spans = append(spans, span{from, dec.InputOffset()})
			}
		case xml.CharData:
			trimmed := strings.NewReplacer("\uFEFF", "", " ", "", "\t", "", "\r", "", "\n", "").Replace(string(tok))
			raw := in[at:dec.InputOffset()]
			loose = loose || depth == 0 && (trimmed != "" || bytes.ContainsAny(raw, "&!"))
		case xml.Directive:
			loose = true
		case xml.ProcInst:
			loose = loose || tok.Target == "xml" && depth > 0
		}
	}
}

func isHeaderAt(b []byte) bool {
	i, code := nameEnd(b, 1)
	if code != scanContinue {
		return false
	}
	var quote byte
	n := tagEnd(b[1:], &quote)
	return n > 0 && isStreamHeader(b[1:i], b[:n+1])
}

// Whatever the splitter delivers, encoding/xml delivers with the same boundaries; and what
// encoding/xml reads to its end, the splitter reads too unless it is one of the documented cases.
func FuzzSplitterAgainstDecoder(f *testing.F) {
	for _, seed := range []string{
		header + ringing + "<iq/></stream:stream>", "<a b='c' d=\"e\">&lt;&#x41;<![CDATA[x]]></a>", "<a><b></a>", "<a>]]></a>",
		"<!--x--><?p q?><a/>", "<é ü='1'/>", "<a:b:c/>", "<a:/>", "<:a></:a>", "<a>&#xD800;</a>", "<a>\xED\xA0\x80</a>", "<-a/>",
		"<a b='1'c='2'/>", "<a b='&amp;'/>", "<a>\uFFFE</a>", "<?xml version='1.0' encoding='UTF-8'?><a/>", "<a><?xml?></a>",
		"\uFEFF<a/>", "<a>&#0000000000000000000000000000000000000000000000000000000000000000000065;</a>", "<a><!--->--></a>", "<a><?x?></a>",
		"<a\t/>\r\n<b\n></b >", "<stream:stream><a></a></stream:stream><b/>", "<stream xmlns='http://etherx.jabber.org/streams'><x/></stream>",
		"<a x='\t\n>]]>'>\x7f\u0085</a>", "<a/>&amp;", "<![CDATA[x]]><a/>",
	} {
		f.Add([]byte(seed), byte(3))
	}
	f.Fuzz(func(t *testing.T, in []byte, chunk byte) {
		lim := Limits{MaxBytes: 1 << 20, MaxDepth: 1 << 20}
		items, err := readAll(NewSplitter(bytes.NewReader(in), lim))
		pieces, pieceErr := readAll(NewSplitter(&chopped{in, int(chunk)%16 + 1}, lim))
		require.Equal(t, story(items), story(pieces), "depends on the pieces")
		require.Equal(t, errors.Is(err, io.EOF), errors.Is(pieceErr, io.EOF))

		spans, loose, refErr := decoderSpans(in)
		n := 0
		for _, it := range items {
			if it.Kind != Stanza {
				continue
			}
			require.Less(t, n, len(spans), "%q: decoder has no stanza %d (%v)", in, n, refErr)
			require.Equal(t, spans[n], span{it.Offset, it.Offset + int64(len(it.Raw))})
			require.Equal(t, in[it.Offset:][:len(it.Raw)], it.Raw)
			n++
		}
		if refErr == io.EOF && !loose && !bytes.Contains(in, []byte("&#00")) {
			require.NotErrorIs(t, err, ErrMalformed, "%q", in)
			require.Equal(t, len(spans), n)
		}
	})
}

// Resync never loops, never loses its bounds, and what it delivers is well-formed by itself.
func FuzzSplitterResync(f *testing.F) {
	f.Add([]byte("<iq/>x<message><a b=c></message>\n<iq/>"), uint16(64))
	f.Add([]byte(header+"<m>&</m><m><n></m>"+header+"</stream:stream>"), uint16(200))
	f.Add([]byte("<message a=b/><presence><x></presence><iq>&#1;</iq>"), uint16(10))
	f.Fuzz(func(t *testing.T, in []byte, limit uint16) {
		lim := Limits{MaxBytes: int(limit) + 1, MaxDepth: 5, Resync: true}
		s := NewSplitter(iotest.HalfReader(bytes.NewReader(in)), lim)
		at := int64(0)
		for {
			it, err := s.Next()
			if err != nil {
				require.True(t, errors.Is(err, io.EOF) || errors.Is(err, ErrTruncated), "%v", err)
				return
			}
			require.GreaterOrEqual(t, it.Offset, at)
			at = it.Offset + int64(len(it.Raw)+it.Dropped)
			require.LessOrEqual(t, at, int64(len(in)))
			require.LessOrEqual(t, len(it.Raw), lim.MaxBytes)
			if it.Kind == Stanza {
				spans, _, err := decoderSpans(it.Raw)
				require.ErrorIs(t, err, io.EOF)
				require.Equal(t, []span{{0, int64(len(it.Raw))}}, spans)
			}
		}
	})
}

type chopped struct {
	in []byte
	n  int
}

func (c *chopped) Read(p []byte) (int, error) {
	if len(c.in) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.in[:min(c.n, len(c.in))])
	c.in = c.in[n:]
	return n, nil
}

func BenchmarkSplit(b *testing.B) {
	one := []byte(ringing + "\n")
	in := bytes.Repeat(one, 2000)
	run := func(name string, read func() int) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if n := read(); n != 2000 {
					b.Fatal("stanzas:", n)
				}
			}
		})
	}
	count := func(lim Limits) func() int {
		return func() (n int) {
			s := NewSplitter(bytes.NewReader(in), lim)
			for {
				if _, err := s.Next(); err != nil {
					return n
				}
				n++
			}
		}
	}
	run("copy", count(Limits{}))
	run("borrow", count(Limits{Borrow: true}))
	run("xml.Decoder", func() (n int) {
		dec, depth := xml.NewDecoder(bytes.NewReader(in)), 0
		for {
			tok, err := dec.Token()
			if err != nil {
				return n
			}
			switch tok.(type) {
			case xml.StartElement:
				depth++
			case xml.EndElement:
				if depth--; depth == 0 {
					n++
				}
			}
		}
	})
}
