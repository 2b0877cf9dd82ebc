package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// event is a ChannelEvent of user ilund as the PBX writes it, with changes: pairs of old and new text.
func event(kind, channel string, changes ...string) string {
	e := `<message to="ilund@branch/offhook-test" from="pbx.branch"><cmd xmlns="http://www.pascom.net/mobydick" module="base"><ChannelEvent>` +
		`<eventType>` + kind + `</eventType><eventId>` + channel + `</eventId><eventDetails/><outbound>false</outbound><internal>false</internal>` +
		`<sourceName>Vogt Ltd</sourceName><sourceNumber>00497115550199</sourceNumber><sourceCallerIdName/><targetName>Ida Lund</targetName>` +
		`<targetCallerIdName/><targetNumber>41</targetNumber><busySince>0</busySince><refChannel/>` +
		`<device>Yealink 0015650a31 [Reception]</device><fromName/><fromNumber/><username>ilund</username></ChannelEvent></cmd></message>`
	return strings.NewReplacer(changes...).Replace(e)
}

// hostile are stanzas that must not end the session. reason is what they are ignored for; empty: they are counted only.
var hostile = []struct{ name, raw, reason string }{
	{"an event from a stranger", event("ringing", "SIP/x-1", "pbx.branch", "mallory@branch/pbx"), "stranger"},
	{"an event from another domain's PBX", event("ringing", "SIP/x-2", "pbx.branch", "pbx.evil"), "stranger"},
	{"an unknown event type", event("levitate", "SIP/x-3"), "unknown-event-type: levitate"},
	{"no event type", event("", "SIP/x-4"), "missing-field: eventType"},
	{"no channel", event("ringing", ""), "missing-field: eventId"},
	{"a channel with a newline", event("ringing", "SIP/x&#10;line  41 LINE_REPLY"), "bad-field"},
	{"a boolean that is none", event("ringing", "SIP/x-5", "<outbound>false", "<outbound>yes"), "bad-field: outbound: yes"},
	{"an empty command", `<message from="pbx.branch"><cmd xmlns="http://www.pascom.net/mobydick" module="base"/></message>`, ""},
	{"a message with a message in it (carbon)", `<message from="ilund@branch" to="ilund@branch/offhook-test"><received xmlns="urn:xmpp:carbons:2">` +
		`<forwarded xmlns="urn:xmpp:forward:0">` + event("ringing", "SIP/x-6") + `</forwarded></received></message>`, ""},
	{"a presence of priority 300", `<presence from="sabe@branch/phone7"><priority>300</priority></presence>`, ""},
	{"a presence of priority high", `<presence from="sabe@branch/x"><priority>high</priority><show>nap</show></presence>`, ""},
	{"a stanza of an unknown name space", `<thing xmlns="urn:example:unknown"><message/></thing>`, ""},
	{"a comment and an instruction", `<message from="sabe@branch"><!-- <message> --><body>` + private + `</body></message>`, ""},
	{"two equal children", event("ringing", "SIP/x-7", "<outbound>false</outbound>", "<outbound>false</outbound><outbound>true</outbound>"), "bad-field"},
	{"an answer nobody waits for", `<iq type="result" id="oh-77" from="pbx.branch"/>`, "late-reply"},
	{"a chat with subject, body, error", `<message type="chat" from="sabe@branch/x"><subject>` + private + `</subject><body>` + private + `</body><error/></message>`, ""},
	{"an oversize stanza", `<message from="sabe@branch/x"><body>` + strings.Repeat(private+" ", 15_000) + `</body></message>`, "skipped"},
	{"a stanza too deep", `<message from="sabe@branch/x">` + strings.Repeat("<a>", 2000) + strings.Repeat("</a>", 2000) + `</message>`, "skipped"},
}

// private is what people write each other; it must be kept nowhere (decision A12).
const private = "meet-me-at-the-canteen"

// TestHostileStanzas sends odd, wrong and forged stanzas during a call. Each leaves the reason why it was passed over or
// is not the PBX's business; none disturbs the call or ends the session.
func TestHostileStanzas(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.up()
	_, err := r.pbx.Inbound("00497115550199", "Vogt Ltd", "41")
	require.NoError(t, err)
	r.see("call=1 OFFERING")
	for _, h := range hostile {
		before := len(h.reason)
		r.notes.until(t, "", func(n *recorder) bool { before = n.count(h.reason); return true })
		require.NoError(t, r.pbx.RawTo("ilund", h.raw), h.name)
		r.settle()
		if h.reason != "" {
			r.notes.passed(t, h.reason, before+1)
		}
	}
	require.NoError(t, r.pbx.RawTo("ilund", event("ringing", "SIP/yl0A31-00000099", "Vogt Ltd", "Nova&#13;&#10;line  41 LINE_CALLSTATE call=9 IDLE&#9;", "00497115550199", "0715&#10;551")))
	r.see("call=2 OFFERING")
	require.NoError(t, r.pbx.Answer("41"))
	r.see("call=1 CONNECTED")
	require.NoError(t, r.pbx.HangupUser("41"))
	r.see("call=1 IDLE")
	r.settle()
	require.Equal(t, 1, r.logins(), "the session was lost")
	r.logged("a stanza was skipped")
	r.down()
	r.requireReplays()
	for _, text := range r.notes.text {
		require.NotContains(t, text, "\n")
		require.NotContains(t, text, "\r")
	}
	kept, err := os.ReadFile(r.trace)
	require.NoError(t, err)
	require.NotContains(t, string(kept), private, "the trace keeps private words")
	require.NotContains(t, fmt.Sprint(r.journaled()), private, "the journal keeps private words")
}

// TestMalformedXML ends the session, as it must; the next one goes on with the call, and nothing of what was in order
// before is lost.
func TestMalformedXML(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"<message><body>&undefined;</body></message>", "<message></presence>", "<message><body>\x01</body></message>",
		"<message><body>\xff\xfe</body></message>", "</stream:stream>",
		"<!DOCTYPE x [<!ENTITY a 'b'>]>", "<message><body>&#0;</body></message>", "plain text",
	} {
		t.Run(fmt.Sprintf("%.30q", raw), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.up()
			before := r.logins()
			require.NoError(t, r.pbx.RawTo("ilund", event("ringing", "SIP/yl0A31-00000001")+raw+event("busy", "SIP/yl0A31-00000001")))
			r.relogin(before)
			r.see("call=1 OFFERING")
			if raw == "</stream:stream>" {
				r.logged("session down", "code=closed", "the server closed the stream")
			} else {
				r.logged("session down", "code=malformed", "the server sent")
			}
			require.NoError(t, r.pbx.RawTo("ilund", event("busy", "SIP/yl0A31-00000001")))
			r.see("call=1 CONNECTED")
			r.settle()
			r.down()
			r.requireReplays()
		})
	}
}
