package pbx

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBusyMinute(t *testing.T) {
	sc, err := ParseScript(bytes.NewReader(BusyMinute()))
	requireNoErrors(t, err)
	cfg, err := sc.Config()
	requireNoErrors(t, err)
	s, err := Start(cfg)
	requireNoErrors(t, err)
	defer func() { requireNoErrors(t, s.Close()) }()
	boss := loginClient(t, s, "switch", every, "journal * supervisor")
	var out bytes.Buffer
	requireNoErrors(t, RunScript(testContext(t), s, bytes.NewReader(BusyMinute()), &out, 2000))
	boss.awaitEnd() // drop-link
	var seen strings.Builder
	for _, line := range boss.summary() {
		seen.WriteString(line + "\n")
	}
	for _, want := range []string{"ilund hold", "ilund unhold", "ilund transfer", "sabe ringing", "KPark ringing", "mroth busy", "missed"} {
		require.Contains(t, seen.String(), want)
	}
	require.Contains(t, out.String(), "drop-link")
	require.Contains(t, out.String(), "at 60s   say \"done\"")
	require.Zero(t, s.Calls())
}

const officeScript = `
# an office of its own
domain mobydick
mechanisms PLAIN,SCRAM-SHA-1   # two
dial-mode own-leg
own-shows empty
own-answer-delay 1ms
country 49
wire username=attribute prefix=PJSIP device=off far-ringing=on ref-channel=on from-party=on
user ilund ext=41 name="Ida \"I.\" Lund" secret=%SECRET% device="Yealink [1]" caps=dial,hangup peer=abc type="Yealink Phone" device=Second roaming=yes roles=supervisor bare-role=Odd call-waiting=yes
user kpark ext=44 disabled=no registered=no
queue q_7 ext=60 name=Support members=ilund
pickup-group all ilund,kpark
`

func TestScriptDescribesAnOffice(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	requireNoErrors(t, os.WriteFile(secret, []byte("s3cret\n"), 0o600))
	sc, err := ParseScript(strings.NewReader(strings.ReplaceAll(officeScript, "%SECRET%", secret)))
	requireNoErrors(t, err)
	cfg, err := sc.Config()
	requireNoErrors(t, err)
	require.Equal(t, "mobydick", cfg.Domain)
	require.Equal(t, []string{Plain, ScramSHA1}, cfg.Mechanisms)
	require.Len(t, cfg.Users, 2)
	u := cfg.Users[0]
	require.Equal(t, `Ida "I." Lund`, u.Name)
	require.Equal(t, "s3cret", u.Password)
	require.Equal(t, Device{Name: "Yealink [1]", Type: "Yealink Phone", Peer: "abc", Caps: []string{"dial", "hangup"}}, u.Devices[0])
	require.True(t, u.Devices[1].Roaming)
	require.True(t, u.CallWaiting)
	require.Equal(t, []Role{{"supervisor", []string{"xmpp.supervisor"}}, {"Odd", nil}}, u.Roles)
	require.True(t, cfg.Users[1].Unregistered)
	require.Equal(t, Wire{UsernameAttribute, "PJSIP", true, true, true, true}, cfg.Wire)
	s, err := Start(cfg)
	requireNoErrors(t, err)
	defer func() { requireNoErrors(t, s.Close()) }()
	c := loginTo(t, s.Addr(), "mobydick", certPool(t, s), "ilund", loginOptions{mechanism: ScramSHA1, password: "s3cret"})
	c.sendClientInfo("base * user")
	c.requireSuccess("base", "<Dial target='0715551200'/>")
	c.requireEvents(" ringing <- ", " ringing -> 0049715551200", " ringing -> 0049715551200")

	require.ErrorContains(t, RunScript(testContext(t), s, strings.NewReader("domain x\nuser y ext=1"), &bytes.Buffer{}, 0), "Script.Config")
}

func TestScriptVerbs(t *testing.T) {
	s := startServer(t, nil)
	c := loginClient(t, s, "ilund", own)
	c.requireSuccess("base", "<Dial target='43'/>")
	script := `
wait login ilund 1s
wait command base.Dial
answer 43
conference 41 # cannot be
`
	err := RunScript(testContext(t), s, strings.NewReader(script), &bytes.Buffer{}, 0)
	require.ErrorIs(t, err, ErrScript)
	require.ErrorIs(t, err, ErrNoCall)
	require.ErrorContains(t, err, "line 5: conference 41")
	good := `
hold 41
dial 41 44
decline 44
unhold 41
hangup 41
far 0301234567 silent
dial 41 0301234567
far-answer 41
far-rename 41 1 "New"
far-hangup 41
dial 41 0301234567
far-decline 41
far * answers 0s
inbound 1 -> 43
redirect 43 44
pickup 41 44
blind 41 43
answer 43 on "Snom 000413b2f9 [Lab]"
internal 41 -> 44
answer 44
hangup 43
hangup 41
phone 41 dnd
phone 41 auto
freeze
thaw
delay-replies 1ms
delay-replies 0s
lose-replies 0
stall tls
stall none
refuse-logins on
refuse-logins off
refuse-connections on
refuse-connections off
fail-next base.Dial "no, sir"
error-next base.Hangup remote-server-timeout
raw ilund <message from="pbx.branch"><note xmlns="x">a # b</note></message>
flood ilund 3
sleep 1s
say all done
end-streams system-shutdown
`
	requireNoErrors(t, RunScript(testContext(t), s, strings.NewReader(good), &bytes.Buffer{}, 0))
	c.awaitStanza("raw", func(e *xmlElement) bool { return e.text("note") == "a # b" })
	c.awaitStanza("stream error", func(e *xmlElement) bool {
		return e.XMLName.Local == "error" && e.Kids[0].XMLName.Local == "system-shutdown"
	})
	require.Zero(t, s.Calls())
	require.Error(t, RunScript(testContext(t), s, strings.NewReader("wait command base.Never 5ms"), &bytes.Buffer{}, 1))
}

func TestScriptErrorsNameTheLine(t *testing.T) {
	for _, bad := range []string{"nonsense", "at 1s", "at x answer 41", "answer", "answer 41 at x", `say "open`, "inbound 1 41 x", "at 1s domain x",
		"user", "user a b", "user a caps=dial", "user a device=x odd=1", "user a secret=/nonexistent/file", "queue", "queue q odd=1", "pickup-group x",
		"wire odd=1", "wire username=x", "dial-mode x", "office x", "domain", "ring-timeout x", "far 1 sings", "stall x", "refuse-logins maybe",
		"wait x y", "wait login a x", "flood a -1", "lose-replies x", "sleep -1s", "internal 1 2 3", "raw ilund", "delay-replies x", "far 1 answers x"} {
		_, err := ParseScript(strings.NewReader("# one\n\n" + bad))
		require.ErrorIs(t, err, ErrScript, bad)
		require.ErrorContains(t, err, "line 3: ", bad)
	}
	sc, err := ParseScript(strings.NewReader("domain a@b"))
	requireNoErrors(t, err)
	_, err = sc.Config()
	require.ErrorIs(t, err, ErrConfig)
}

func FuzzParseScript(f *testing.F) {
	f.Add(string(BusyMinute()))
	f.Add(officeScript)
	f.Add("raw \x00 \"\\")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "secret=") {
			return // names files
		}
		sc, err := ParseScript(strings.NewReader(text))
		if err != nil {
			require.ErrorIs(t, err, ErrScript)
			return
		}
		_, _ = sc.Config()
	})
}

func FuzzStreamReader(f *testing.F) {
	f.Add([]byte("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'><iq a='1'><x xmlns='y'>t</x></iq></stream:stream>"))
	f.Add([]byte("<a><b></a>"))
	f.Fuzz(func(t *testing.T, in []byte) {
		const limit = 4096
		r := newStreamReader(newReader(in), limit)
		if _, err := r.header(); err != nil {
			return
		}
		for {
			n, err := r.next()
			if err != nil {
				return
			}
			var w xmlWriter
			n.write(&w, "")
			// A stanza that is written again must be one element, whatever was read.
			again, err := newStreamReader(newReader(append([]byte("<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>"), w.Bytes()...)), 100*limit).firstStanza()
			require.NoError(t, err, "%q", w.String())
			require.Equal(t, n.name.Local, again.name.Local)
			require.Len(t, again.kids, len(n.kids))
		}
	})
}
