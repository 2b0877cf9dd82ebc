package pascom

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/engine"
)

// TestHostileShapes feeds stanzas of the session's full size that would take minutes if anything here were quadratic.
func TestHostileShapes(t *testing.T) {
	const size = 256 << 10
	fill := func(part string) string { return strings.Repeat(part, size/len(part)) }
	attrs := &strings.Builder{}
	for i := 0; attrs.Len() < size; i++ {
		attrs.WriteString(" a" + strings.Repeat("b", i%50) + `=""`)
	}
	event := func(inside string) string {
		return stanza("<ChannelEvent><eventType>hangup</eventType><eventId>a</eventId>" + inside + "</ChannelEvent>")
	}
	for name, c := range map[string]struct{ raw, want string }{
		"text in pieces":      {event("<sourceName>" + fill("a<!---->") + "</sourceName>"), "channel"},
		"attributes":          {"<message" + attrs.String() + "/>", "malformed"},
		"labels":              {event("<LabelList>" + fill("<Label/>") + "</LabelList>"), "channel"},
		"unknown children":    {event(fill("<x/>")), "channel"},
		"repeated fields":     {event(fill("<device/>")), "channel"},
		"entities":            {event("<sourceName>" + fill("&lt;") + "</sourceName>"), "channel"},
		"ampersands":          {event("<sourceName>" + fill("&") + ";</sourceName>"), "malformed"},
		"blanks":              {event("<sourceName>" + fill(" ") + "</sourceName>"), "channel"},
		"long number":         {event("<sourceNumber>" + fill("1") + "</sourceNumber>"), "channel"},
		"payloads":            {stanza(fill("<Weather/>")), "not-used"},
		"commands":            {"<message>" + fill(`<cmd xmlns="`+namespace+`"/>`) + "</message>", "stranger"},
		"deep":                {"<message>" + fill("<a>"), "malformed"},
		"roster":              {`<iq type="result" id="1" to="a@b"><query xmlns="jabber:iq:roster">` + fill(`<item jid="q@b"/>`) + "</query></iq>", "reply"},
		"devices":             {`<iq type="result" id="1">` + cmdOpen + `x"><UserInfo><Location>` + fill("<Phonedevice/>") + "</Location></UserInfo></cmd></iq>", "reply"},
		"larger than allowed": {strings.Repeat(" ", maxStanza+1), "malformed"},
	} {
		o := decode(c.raw, home)
		got := kindNames[o.Kind]
		if o.Kind == engine.ObsIgnored {
			got = o.Code
		}
		require.Equal(t, c.want, got, name+": "+o.Text)
		tame(t, o.Text)
	}
}

// TestBoundsOfAUser holds that a PBX gone mad cannot fill memory with phones.
func TestBoundsOfAUser(t *testing.T) {
	many := &strings.Builder{}
	for i := range 300 {
		many.WriteString(`<Phonedevice name="p` + strings.Repeat("x", i%250) + `"><capabilities>`)
		for j := range 100 {
			many.WriteString("<c" + strings.Repeat("y", j) + "/>")
		}
		many.WriteString("</capabilities></Phonedevice>")
	}
	o := decode(`<iq type="result" id="1">`+cmdOpen+`x"><UserInfo name="a"><Location isstatic="true">`+many.String()+
		"</Location></UserInfo></cmd></iq>", home)
	require.Equal(t, engine.ReplyUser, o.Reply)
	require.Len(t, o.Found.Devices, maxDevices)
	require.Len(t, o.Found.Devices[0].Capabilities, maxCapabilities)
}
