package source

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStanzaEnd(t *testing.T) {
	for _, c := range []struct{ whole, rest string }{
		{`<a/>`, "x"}, {`<a></a>`, ""}, {"<a>\n\n<b/>text</a>", "\n----"}, {`<a b="/>" c='>'><d/></a>`, "<e/>"},
		{`<a><!-- </a> --><![CDATA[</a>]]><?p </a> ?></a>`, "</a>"}, {`<a><a></a></a>`, "</a>"},
	} {
		require.Equal(t, len(c.whole), StanzaEnd(c.whole+c.rest), c.whole)
	}
	for _, bad := range []string{"", "text", "<", "<a", "<a>", "<a><b></b>", "</a>", `<a b="`, "<a><!-- ", "<>", "<a></a"} {
		require.Equal(t, -1, StanzaEnd(bad), bad)
	}
}

func TestOutgoingStanzas(t *testing.T) {
	for raw, own := range map[string]bool{
		`<message from="pbx.branch" to="u@branch/r"/>`: false,
		`<message to="kpark@branch" type="chat"/>`:     true,
		`<message to="u@branch/r"><cmd/></message>`:    false,
		`<presence/>`:                                    true,
		`<presence from='u@branch/phone'/>`:              false,
		`<iq type="get" id="1"><cmd/></iq>`:              true,
		`<iq id='1' type = 'set' to="branch"/>`:          true,
		`<iq type="result" id="1" to="u@branch/r"/>`:     false,
		`<iq type="error" id="1"/>`:                      false,
		`<iq type="get" from="a@b/c" to="u@branch/r"/>`:  false,
		"<iq\n type=\"set\"\tfrom=\"branch\" to=\"u\"/>": false,
	} {
		tag := readFirstTag(raw)
		require.True(t, tag.isStanza(), raw)
		require.Equal(t, own, tag.isOutgoing(), raw)
	}
	for _, other := range []string{`<stream:features/>`, `<auth>cGFzcw==</auth>`, ``, `<`, `<message`, `<cmd/>`} {
		require.False(t, readFirstTag(other).isStanza(), other)
	}
}
