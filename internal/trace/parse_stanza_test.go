package trace

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzStanzaRecordEqualsAnyRecord: encoding/json reads the same record wherever parseStanzaRecord reads one.
func FuzzStanzaRecordEqualsAnyRecord(f *testing.F) {
	for _, raw := range []string{"", "<a b=\"c\">\n\t\\</a>", "Jörg \u2028 \x01", "\xff", "<x>&amp;</x>"} {
		f.Add(Record{Kind: In, At: 1_700_000_000_123, Raw: raw}.Append(nil))
		f.Add(Record{Kind: Out, At: 68_169_599_999, Raw: raw}.Append(nil))
	}
	f.Add([]byte(`{"at":"2024-02-29T10:00:00.000Z","kind":"in","raw":"a"}`))
	f.Add([]byte(`{"at":"2023-02-29T10:00:00.000Z","kind":"in","raw":"a"}`))
	f.Add([]byte(`{"at":"2023-02-28T10:00:00.000Z","kind":"in","raw":"a","kind":"out"}`))
	f.Add([]byte(`{"at":"2023-02-28T10:00:00.000Z","kind":"in","raw":"a\\"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		got, ok := parseStanzaRecord(line)
		if !ok {
			return
		}
		want, err := parseAnyRecord(line)
		require.NoError(t, err, "%q", line)
		require.Equal(t, want, got)
	})
}

func TestStanzaRecordReadsWhatAppendWrites(t *testing.T) {
	r := Record{Kind: In, At: 1_700_000_000_123, Raw: "<message from=\"a\">\n<x y='Jörg'/></message>"}
	got, ok := parseStanzaRecord(r.Append(nil))
	require.True(t, ok, "parseStanzaRecord must read a stanza that Append wrote")
	require.Equal(t, r, got)
}

func BenchmarkParse(b *testing.B) {
	line := Record{Kind: In, At: 1_700_000_000_123, Raw: "<message from=\"pbx.branch\" to=\"ida@branch/x\">" +
		"<cmd xmlns=\"http://www.pascom.net/mobydick\" module=\"base\"><ChannelEvent><eventType>ringing</eventType><eventId>SIP/yl0A31-0000004e</eventId>" +
		"<outbound>false</outbound><internal>false</internal><sourceName>Vogt Ltd</sourceName><sourceNumber>00497115550199</sourceNumber></ChannelEvent></cmd></message>"}.Append(nil)
	b.Run("fast", func(b *testing.B) {
		for b.Loop() {
			if _, err := Parse(line); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("slow", func(b *testing.B) {
		for b.Loop() {
			if _, err := parseAnyRecord(line); err != nil {
				b.Fatal(err)
			}
		}
	})
}
