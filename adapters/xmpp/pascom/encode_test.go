package pascom

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/engine"
)

const cmdOpen = `<cmd xmlns="http://www.pascom.net/mobydick" module="`

func TestEncodeForms(t *testing.T) {
	plain := Options{}
	for _, c := range []struct {
		name    string
		opts    Options
		command engine.Command
		want    string // with the module and the payload only, unless it begins with '<'
	}{
		{"answer", plain, engine.Command{Kind: engine.CmdAnswer, Target: engine.Target{Device: "Yealink 0015650a31 [Reception]"}},
			`<iq type="get" id="oh-1">` + cmdOpen + `phone"><Offhook device="Yealink 0015650a31 [Reception]"/></cmd></iq>`},
		{"presence", plain, engine.Command{Kind: engine.CmdPresence}, `<presence><priority>-128</priority></presence>`},
		{"roster", Options{CommandTo: "pbx.branch"}, engine.Command{Kind: engine.CmdRoster},
			`<iq type="get" id="oh-1"><query xmlns="jabber:iq:roster"/></iq>`},
		{"command_to", Options{CommandTo: "pbx.branch"}, engine.Command{Kind: engine.CmdHangup, Target: engine.Target{Channel: "SIP/a-1"}},
			`<iq type="get" id="oh-1" to="pbx.branch">` + cmdOpen + `base"><Hangup channel="SIP/a-1"/></cmd></iq>`},
		{"dial", plain, engine.Command{Kind: engine.CmdDial, Number: "0715551200"}, `base"><Dial target="0715551200" prefix="auto"/>`},
		{"dial for another", plain, engine.Command{Kind: engine.CmdDial, Number: "07", User: "ILund", Target: engine.Target{Device: "Snom"}},
			`base"><Dial target="07" prefix="auto" device="Snom" username="ILund"/>`},
		{"dial from", Options{Dial: DialFrom}, engine.Command{Kind: engine.CmdDial, Number: "07", User: "ILund", Target: engine.Target{Device: "Snom"}},
			`base"><DialFrom identity="ILund" target="07" prefix="auto" device="Snom"/>`},
		{"dial from oneself", Options{Dial: DialFrom}, engine.Command{Kind: engine.CmdDial, Number: "07"}, `base"><Dial target="07" prefix="auto"/>`},
		{"dial without prefix", Options{Prefix: PrefixNone}, engine.Command{Kind: engine.CmdDial, Number: "07"}, `base"><Dial target="07"/>`},
		{"dial with digits", Options{Prefix: "0"}, engine.Command{Kind: engine.CmdDial, Number: "07"}, `base"><Dial target="07" prefix="0"/>`},
		{"dial a user", plain, engine.Command{Kind: engine.CmdDial, Number: "kpark@branch"}, `base"><Dial target="kpark@branch"/>`},
		{"transfer", plain, engine.Command{Kind: engine.CmdBlindTransfer, Target: engine.Target{Channel: "SIP/a-1"}, Number: "44", User: "ILund"},
			`base"><Transfer channel="SIP/a-1" target="44" prefix="auto"/>`},
		{"pickup", plain, engine.Command{Kind: engine.CmdPickup, Number: "44", User: "ILund"}, `base"><Pickup target="44" username="ILund"/>`},
		{"hangup the most recent", plain, engine.Command{Kind: engine.CmdHangup}, `base"><Hangup/>`},
		{"phone hangup", plain, engine.Command{Kind: engine.CmdHangupDevice, Target: engine.Target{Device: "S"}}, `phone"><Hangup device="S"/>`},
		{"hold", plain, engine.Command{Kind: engine.CmdHold, Target: engine.Target{Device: "S"}}, `phone"><Hold device="S"/>`},
		{"hold names no channel", plain, engine.Command{Kind: engine.CmdHold, Target: engine.Target{Channel: "SIP/a-1", Device: "S"}}, `phone"><Hold device="S"/>`},
		{"retrieve", plain, engine.Command{Kind: engine.CmdRetrieve, Target: engine.Target{Channel: "SIP/a-1", Device: "S"}}, `phone"><Hold device="S"/>`},
		{"hangup names no device", plain, engine.Command{Kind: engine.CmdHangup, Target: engine.Target{Channel: "SIP/a-1", Device: "S"}}, `base"><Hangup channel="SIP/a-1"/>`},
		{"redirect", plain, engine.Command{Kind: engine.CmdRedirect, Target: engine.Target{Channel: "SIP/a-1", Device: "S"}, Number: "44"},
			`base"><Transfer channel="SIP/a-1" target="44" prefix="auto"/>`},
		{"transfer key", plain, engine.Command{Kind: engine.CmdCompleteTransfer, Target: engine.Target{Device: "S"}}, `phone"><Transfer device="S"/>`},
		{"conference key", plain, engine.Command{Kind: engine.CmdConference, Target: engine.Target{Device: "S"}}, `phone"><Conference device="S"/>`},
		{"find oneself", plain, engine.Command{Kind: engine.CmdFindUser}, `xmppuser"><FindUserInfo jid=""/>`},
		{"find user", plain, engine.Command{Kind: engine.CmdFindUser, Number: "ILund"}, `xmppuser"><FindUserInfo jid="ILund"/>`},
		{"escaped", plain, engine.Command{Kind: engine.CmdHold, Target: engine.Target{Device: "a&b<c>\"d'\n\x01\xff\uFFFEé"}},
			`phone"><Hold device="a&amp;b&lt;c&gt;&quot;d'&#10;é"/>`},
		{"unknown", plain, engine.Command{Kind: 99}, ""},
	} {
		if c.want != "" && c.want[0] != '<' {
			c.want = `<iq type="get" id="oh-1">` + cmdOpen + c.want + `</cmd></iq>`
		}
		require.Equal(t, "kept"+c.want, string(New(c.opts).Encode([]byte("kept"), "oh-1", c.command)), c.name)
	}
}

func TestLogin(t *testing.T) {
	d := New(Options{OS: "Linux"})
	all := d.Login("switch@branch/offhook", engine.LoginSettings{User: "switch", Version: "0.1", Supervisor: true})
	require.Len(t, all, 2)
	require.Equal(t, `<iq type="get" id="oh-1">`+cmdOpen+`xmppuser"><ClientInfo><os>Linux</os><osUser>offhook</osUser>`+
		`<clientVersion>0.1</clientVersion><user>switch</user><jid>switch@branch/offhook</jid><clientIp/>`+
		`<AddSubscription><Subscription module="base" type="ChannelEvent" scope="supervisor"/>`+
		`<Subscription module="base" type="PickupEvent" scope="user"/><Subscription module="journal" type="*" scope="user"/>`+
		`<Subscription module="location" type="*"/></AddSubscription></ClientInfo></cmd></iq>`, string(d.Encode(nil, "oh-1", all[0])))
	require.Equal(t, engine.CmdPresence, all[1].Kind)

	narrow := New(Options{CommandTo: "a.b"})
	all = narrow.Login("", engine.LoginSettings{To: "c.d", CallsOnly: true})
	require.Equal(t, `<iq type="get" id="oh-2" to="c.d">`+cmdOpen+`xmppuser"><ClientInfo><os/><osUser>offhook</osUser>`+
		`<clientVersion/><user/><jid/><clientIp/><AddSubscription><Subscription module="base" type="ChannelEvent" scope="user"/>`+
		`</AddSubscription></ClientInfo></cmd></iq>`, string(narrow.Encode(nil, "oh-2", all[0])))
}

// shape is a stanza as encoding/xml reads it: the names of its elements in order and every value in it.
func shape(t *testing.T, raw string) (names string, values map[string]string) {
	values = map[string]string{}
	n, err := parseTree(raw)
	require.NoError(t, err, raw)
	var walk func(*node)
	walk = func(n *node) {
		names += "/" + n.name
		for _, a := range n.attrs {
			values[n.name+"@"+a.Name.Local] = a.Value
		}
		if n.text != "" {
			values[n.name] = n.text
		}
		for _, k := range n.children {
			walk(k)
		}
	}
	walk(n)
	return names, values
}

// possible is s without what XML cannot hold, done the slow way.
func possible(s string) string {
	return strings.Map(func(r rune) rune {
		if !isXMLChar(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// FuzzEncode holds that no text can change the shape of a stanza and that all text arrives.
func FuzzEncode(f *testing.F) {
	f.Add("oh-1", "ilund", "SIP/a-1", "Snom", "0711")
	f.Add("'\"/>", `"/><Dial target="0900`, "<!--", "]]>", "&amp;&#0;\x00\xed\xa0\x80")
	f.Fuzz(func(t *testing.T, id, user, channel, device, number string) {
		for _, opts := range []Options{{}, {Dial: DialFrom, CommandTo: "pbx.branch"}} {
			d := New(opts)
			for kind := engine.CmdPresence; kind <= engine.CmdConference; kind++ {
				c := engine.Command{Kind: kind, User: user, Target: engine.Target{Channel: channel, Device: device}, Number: number, JID: user,
					Login: engine.LoginSettings{User: number, Version: device, To: channel}}
				got, values := shape(t, string(d.Encode(nil, id, c)))
				calm := engine.Command{Kind: kind, User: "u", Target: engine.Target{Channel: "c", Device: "d"}, Number: "n", JID: "u",
					Login: engine.LoginSettings{User: "n", Version: "d", To: "c"}}
				if opts.Dial == DialFrom && user == "" {
					calm.User = ""
				}
				want, _ := shape(t, string(d.Encode(nil, "i", calm)))
				require.Equal(t, want, got)
				if kind != engine.CmdPresence {
					require.Equal(t, possible(id), values["iq@id"])
				}
				for key, text := range map[string]string{"Hold@device": device, "Dial@target": number, "user": number,
					"Dial@username": user, "Hangup@channel": channel, "jid": user, "DialFrom@identity": user, "Transfer@target": number} {
					if got, ok := values[key]; ok {
						require.Equal(t, possible(text), got, key)
					}
				}
				require.True(t, xml.Unmarshal(d.Encode(nil, id, c), new(struct{})) == nil)
			}
		}
	})
}
