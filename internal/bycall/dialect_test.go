package bycall

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"offhook/engine"
	"offhook/events"
)

const service = "calls.branch"

func newDialect(t testing.TB) *Dialect {
	d, err := Registration().New(engine.DialectConfig{Values: map[string]string{keyService: service}})
	require.NoError(t, err)
	return d.(*Dialect)
}

func from(sender, payload string) string {
	return `<message from="` + sender + `" to="ilund@branch/offhook">` + payload + `</message>`
}

func told(payload string) string { return from(service, payload) }

const open = ` xmlns="urn:offhook:bycall:1"`

func partyEvent(attrs string) string {
	return told(`<event` + open + ` user="ilund"><party ` + attrs + `><near number="41" name="Ida Lund"/><far number="0711" name="Vogt"/></party></event>`)
}

func TestRegistration(t *testing.T) {
	r := Registration()
	d, err := r.New(engine.DialectConfig{})
	require.NoError(t, err)
	require.Equal(t, r.Name, d.Name())
	require.Equal(t, "calls.bycall.example", d.(*Dialect).service)
	d, err = r.New(engine.DialectConfig{CommandTo: "other.branch"})
	require.NoError(t, err)
	require.Equal(t, "other.branch", d.(*Dialect).service)
	_, err = r.New(engine.DialectConfig{Values: map[string]string{keyService: "a b"}})
	require.ErrorContains(t, err, "must be a JID")
	require.Empty(t, d.Traits().NeedsRole)
}

func TestDecode(t *testing.T) {
	ida := func(o engine.Observation) engine.Observation { o.To = "ilund"; return o }
	near, far := events.Party{Number: "41", Name: "Ida Lund"}, events.Party{Number: "0711", Name: "Vogt"}
	in := events.CallFacts{Channel: "c-7/2", Device: "desk", Source: far, Target: near}
	left := events.CallFacts{Channel: "c-7/2", Outbound: true, Source: near, Target: far, Cause: events.ReasonBusy}
	for name, c := range map[string]struct {
		raw  string
		want engine.Observation
	}{
		"ringing": {partyEvent(`call="c-7" leg="2" state="ringing" direction="in" device="desk"`),
			engine.Observation{Kind: engine.ObsChannel, Channel: engine.ChannelRinging, User: "ilund", Facts: in}},
		"left": {partyEvent(`call="c-7" leg="2" state="left" direction="out" why="busy"`),
			engine.Observation{Kind: engine.ObsChannel, Channel: engine.ChannelEnded, User: "ilund", Facts: left}},
		"phones": {told(`<event` + open + ` user="ilund"><phones state="busy"/></event>`),
			engine.Observation{Kind: engine.ObsPhone, User: "ilund", Phone: events.PhoneInCall}},
		"ok": {told(`<reply` + open + ` ref="oh-1" ok="true"/>`), engine.Observation{Kind: engine.ObsReply, ID: "oh-1", Named: true, Reply: engine.ReplyOK}},
		"refused": {told(`<reply` + open + ` ref="oh-1" ok="false"> no such
 party </reply>`), engine.Observation{Kind: engine.ObsReply, ID: "oh-1", Named: true, Reply: engine.ReplyFailed, Text: "no such party"}},
		"user": {told(`<reply` + open + ` ref="oh-2"><user name="ILund" full-name="Ida Lund" number="41"><device name="desk"/><device name=""/></user></reply>`),
			engine.Observation{Kind: engine.ObsReply, ID: "oh-2", Named: true, Reply: engine.ReplyUser,
				Found: engine.UserInfo{User: "ILund", Name: "Ida Lund", Extension: "41", Enabled: true, Devices: []events.Device{{Name: "desk"}}}}},
		"gone user": {told(`<reply` + open + ` ref="oh-2"><user name="x" gone="true"/></reply>`),
			engine.Observation{Kind: engine.ObsReply, ID: "oh-2", Named: true, Reply: engine.ReplyUser, Found: engine.UserInfo{User: "x"}}},
		"users": {told(`<reply` + open + ` ref="oh-3"><users><user name="a"/><user name=" "/><user name="b"/></users></reply>`),
			engine.Observation{Kind: engine.ObsReply, ID: "oh-3", Named: true, Reply: engine.ReplyUsers, Users: []string{"a", "b"}}},
		"bounced": {`<message type="error" from="calls.branch" to="ilund@branch/offhook"><order` + open + ` ref="oh-4"><hold/></order><error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`,
			engine.Observation{Kind: engine.ObsReply, ID: "oh-4", Named: true, Reply: engine.ReplyError, Code: "service-unavailable", Text: "service-unavailable"}},
		"chat":           {from("kim@branch", "<body>hello</body>"), engine.Observation{Kind: engine.ObsForeign}},
		"presence":       {`<presence from="kim@branch" to="ilund@branch"/>`, engine.Observation{Kind: engine.ObsForeign}},
		"stranger":       {from("kim@branch", `<event`+open+` user="ilund"><phones state="idle"/></event>`), engine.Observation{Kind: engine.ObsIgnored, Code: "stranger", Text: "a payload from kim@branch"}},
		"nothing":        {told(`<event` + open + ` user="ilund"/>`), engine.Observation{Kind: engine.ObsIgnored, Code: "not-used", Text: "neither a party nor phones nor a reply"}},
		"error of none":  {`<message type="error" from="calls.branch" to="ilund@branch"><event` + open + `/></message>`, engine.Observation{Kind: engine.ObsIgnored, Code: "not-used", Text: "an error without an order"}},
		"no ref":         {told(`<reply` + open + ` ok="true"/>`), engine.Observation{Kind: engine.ObsIgnored, Code: "bad-field", Named: true, Text: "ref:"}},
		"phones unknown": {told(`<event` + open + ` user="ilund"><phones state="x"/></event>`), engine.Observation{Kind: engine.ObsIgnored, User: "ilund", Code: "bad-field", Text: "user, state: ilund, x"}},
	} {
		var o engine.Observation
		newDialect(t).Decode(c.raw, engine.Origin{}, &o)
		require.Equal(t, ida(c.want), o, name)
	}
}

func TestHostileStanzas(t *testing.T) {
	long := strings.Repeat("x", maxText+1)
	for code, raws := range map[string][]string{
		"malformed": {"", "<message", "<message></message>x", "<a/><b/>", "<message xmlns='urn:x'/>", "\x00", "<!DOCTYPE a [<!ENTITY b 'c'>]><message>&b;</message>",
			told("<event>") + "</event>", told(strings.Repeat(" ", maxStanza)), strings.Repeat("<a>", 20_000)},
		"bad-field": {
			partyEvent(`call="c-7" leg="2" state="shouting" direction="in"`), partyEvent(`call="c-7" leg="2" state="ringing"`),
			partyEvent(`call="c-7" state="ringing" direction="in"`), partyEvent(`call="c-7" leg="2/3" state="ringing" direction="in"`),
			partyEvent(`call="` + long + `" leg="2" state="ringing" direction="in"`), partyEvent(`call="c&#10;7" leg="2" state="ringing" direction="in"`),
			told(`<event` + open + `><party call="c-7" leg="2" state="ringing" direction="in"/></event>`), told(`<reply` + open + ` ref="` + long + `"/>`)},
		"stranger": {from("", `<event`+open+`/>`), from("calls.branch.example", `<event`+open+`/>`), from("calls.branch/x", `<order`+open+`/>`), `<message><reply` + open + ` ref="oh-1"/></message>`},
		"":         {`<message from="calls.branch"><forwarded>` + partyEvent(`call="c-7" leg="2" state="ringing" direction="in"`) + `</forwarded></message>`},
	} {
		for _, raw := range raws {
			var o engine.Observation
			newDialect(t).Decode(raw, engine.Origin{JID: "ilund@branch/x", Domain: "branch"}, &o)
			require.Equal(t, code, o.Code, raw[:min(len(raw), 200)])
		}
	}
}

func TestEncode(t *testing.T) {
	d := newDialect(t)
	a, b := engine.Target{Channel: "c-7/2", Device: "desk"}, engine.Target{Channel: "c/8/1"}
	for want, c := range map[string]engine.Command{
		`<follow user="switch" version="1" all="true"/>`:                {Kind: engine.CmdLogin, Login: engine.LoginSettings{User: "switch", Version: "1", Supervisor: true}},
		`<user name="kim"/>`:                                            {Kind: engine.CmdFindUser, Number: "kim"},
		`<users/>`:                                                      {Kind: engine.CmdRoster},
		`<dial number="07&amp;11" user="kim"/>`:                         {Kind: engine.CmdDial, Number: "07&11", User: "kim"},
		`<answer call="c-7" leg="2"/>`:                                  {Kind: engine.CmdAnswer, Target: a},
		`<hold call="c-7" leg="2" user="kim"/>`:                         {Kind: engine.CmdHold, Target: a, User: "kim"},
		`<retrieve call="c/8" leg="1"/>`:                                {Kind: engine.CmdRetrieve, Target: b},
		`<leave call="c-7" leg="2"/>`:                                   {Kind: engine.CmdHangup, Target: a},
		`<send call="c-7" leg="2" number="44"/>`:                        {Kind: engine.CmdRedirect, Target: a, Number: "44"},
		`<join call="c-7" leg="2" with-call="c/8" with-leg="1"/>`:       {Kind: engine.CmdCompleteTransfer, Target: a, Other: b},
		`<conference call="c/8" leg="1" with-call="c-7" with-leg="2"/>`: {Kind: engine.CmdConference, Target: b, Other: a},
	} {
		require.Equal(t, `kept<message to="calls.branch"><order xmlns="urn:offhook:bycall:1" ref="oh-1">`+want+`</order></message>`,
			string(d.Encode([]byte("kept"), "oh-1", c)))
	}
	require.Equal(t, "<presence><priority>-128</priority></presence>", string(d.Encode(nil, "", engine.Command{Kind: engine.CmdPresence})))
	for _, none := range []engine.CommandKind{engine.CmdPickup, engine.CmdHangupDevice, 99} {
		require.Empty(t, d.Encode(nil, "oh-1", engine.Command{Kind: none}))
	}
	require.Equal(t, []engine.CommandKind{engine.CmdPresence, engine.CmdLogin}, []engine.CommandKind{d.Login("a@b/c", engine.LoginSettings{})[0].Kind, d.Login("", engine.LoginSettings{})[1].Kind})
}

// FuzzDecode holds that nothing panics and that what is observed is bounded and fit for logs and commands.
func FuzzDecode(f *testing.F) {
	for _, raw := range []string{partyEvent(`call="c-7" leg="2" state="ringing" direction="in" device="desk"`), told(`<reply` + open + ` ref="oh-1"><user name="a"/></reply>`),
		`<message type="error" from="calls.branch"><order` + open + ` ref="a"/></message>`, "<message", told(`<event` + open + ` user="i"><phones state="off"/></event>`)} {
		f.Add(raw)
	}
	d := newDialect(f)
	f.Fuzz(func(t *testing.T, raw string) {
		var o engine.Observation
		d.Decode(raw, engine.Origin{JID: "ilund@branch/x", Domain: "branch"}, &o)
		require.LessOrEqual(t, o.Kind, engine.ObsRelocated)
		switch o.Kind {
		case engine.ObsIgnored:
			require.NotEmpty(t, o.Code)
		case engine.ObsChannel:
			require.NotEmpty(t, o.Facts.Channel)
			require.NotEmpty(t, o.User)
		case engine.ObsReply:
			require.NotEmpty(t, o.ID)
			require.NotZero(t, o.Reply)
		}
		for _, s := range []string{o.To, o.User, o.ID, o.Code, o.Text, o.Facts.Channel, o.Facts.Device, o.Facts.Source.Number, o.Facts.Source.Name,
			o.Facts.Target.Number, o.Facts.Target.Name, o.Found.User, o.Found.Name} {
			require.LessOrEqual(t, len(s), maxText)
			require.True(t, utf8.ValidString(s))
			require.False(t, strings.ContainsFunc(s, unicode.IsControl), "%q", s)
		}
	})
}

// FuzzEncode holds that no text changes the shape of an order, and that the id comes back as it went out.
func FuzzEncode(f *testing.F) {
	f.Add("oh-1", "c-7/2", "0711")
	f.Add(`"/><x a="`, "]]>&amp;<!--", "\x00\xff")
	d := newDialect(f)
	f.Fuzz(func(t *testing.T, id, channel, number string) {
		for kind := engine.CmdPresence; kind <= engine.CmdConference; kind++ {
			raw := string(d.Encode(nil, id, engine.Command{Kind: kind, Target: engine.Target{Channel: channel}, Number: number, User: number}))
			if raw == "" || kind == engine.CmdPresence {
				continue
			}
			m, ok := parse(strings.Replace(raw, "<message", `<message from="calls.branch"`, 1))
			if len(raw) > maxStanza {
				continue
			}
			require.True(t, ok, raw)
			require.NotNil(t, m.Order, raw)
			if token(id) == id && utf8.ValidString(id) && !strings.ContainsFunc(id, func(r rune) bool { return r >= 0xFFFE && r <= 0xFFFF }) {
				require.Equal(t, id, m.Order.Ref)
			}
			require.Equal(t, 1, strings.Count(raw, "</order></message>"))
			require.Equal(t, 3, strings.Count(raw, "<")-2, raw)
		}
	})
}
