package xmpp

import (
	"crypto/x509"
	"html"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The examples of RFC 5802 section 5 and RFC 7677 section 3.
func TestSCRAMVectors(t *testing.T) {
	table := []struct{ mech, nonce, first, final, server string }{
		{mechSCRAM1, "fyko+d2lbbFgONRv9qkxdawL", "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
			"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="},
		{mechSCRAM256, "rOprNGfwEbeRWgbNEkqO", "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
			"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
	}
	for _, row := range table {
		s := newSCRAM(row.mech, "user", "pencil")
		s.nonce = row.nonce
		require.Equal(t, "n,,n=user,r="+row.nonce, s.initialResponse())
		require.Error(t, s.verifyServer(row.server), "nothing was proven yet")
		final, err := s.response(row.first)
		require.NoError(t, err)
		require.Equal(t, row.final, final)
		require.NoError(t, s.verifyServer(row.server))
		require.Error(t, s.verifyServer("v=AAAA"))
		require.Error(t, s.verifyServer("e=other-error"))
	}
}

func TestSCRAMRefusesHostileChallenges(t *testing.T) {
	s := newSCRAM(mechSCRAM256, "o'neil,=", "x")
	require.Equal(t, "n,,n=o'neil=2C=3D,r="+s.nonce, s.initialResponse())
	n := s.nonce
	for _, c := range []string{"", "r=,s=,i=", "r=" + n + ",s=c2FsdA==,i=4096", "r=x" + n + ",s=c2FsdA==,i=4096", "r=" + n + "x,s=,i=4096",
		"r=" + n + "x,s=c2FsdA==,i=1", "r=" + n + "x,s=c2FsdA==,i=99999999999", "r=" + n + "x,s=c2FsdA==,i=-1", "m=ext,r=" + n + "x,s=c2FsdA==,i=4096"} {
		_, err := s.response(c)
		require.Error(t, err, c)
		require.NotContains(t, err.Error(), "c2FsdA")
	}
}

func FuzzSCRAMChallenge(f *testing.F) {
	f.Add("x,s=c2FsdA==,i=4096")
	f.Add(",i=")
	f.Fuzz(func(t *testing.T, tail string) {
		s := newSCRAM(mechSCRAM1, "u", "p")
		s.initialResponse()
		nonce, salt, rounds, err := s.parseServerFirst("r=" + s.nonce + tail)
		if err == nil {
			require.True(t, strings.HasPrefix(nonce, s.nonce) && len(nonce) > len(s.nonce))
			require.NotEmpty(t, salt)
			require.True(t, rounds >= minRounds && rounds <= maxRounds)
		}
	})
}

func TestSaslprep(t *testing.T) {
	for in, want := range map[string]string{
		"I\u00ADX": "IX", "user": "user", "USER": "USER", "\u00AA": "a", "\u2168": "IX", // RFC 4013 section 3
		"u\u0308": "ü", "a\u00A0b": "a b", "\uFF21": "A", "o'neil": "o'neil", "Grüße": "Grüße", "a\u200Bb": "ab",
	} {
		got, err := saslprep(in)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, bad := range []string{"\x07", "a\xff", "\uE000", "\uFDD0", "\uFFFD"} {
		_, err := saslprep(bad)
		require.Error(t, err, "%q", bad)
		require.NotContains(t, err.Error(), bad)
	}
}

func TestUserAndDomain(t *testing.T) {
	table := []struct{ user, domain, wantUser, wantDomain string }{
		{"switch", "", "switch", "mobydick"},
		{"switch@branch", "", "switch", "branch"},
		{"switch", "branch", "switch", "branch"},
		{"switch@BRANCH", "branch", "switch", "BRANCH"},
		{"mm@inst", "pascom", "mm@inst", "pascom"},
		{"mm@inst@host.example", "", "mm@inst", "host.example"},
		{"o'neil@x", "", "o'neil", "x"},
		{" ida lund@x ", "", "ida lund", "x"},
	}
	for _, row := range table {
		c := Config{User: row.user, Domain: row.domain, DefaultDomain: "mobydick", Password: func() (string, error) { return "", nil }}
		got, err := c.withDefaults()
		require.NoError(t, err, row.user)
		require.Equal(t, row.wantUser, got.User)
		require.Equal(t, row.wantDomain, got.Domain)
	}
	pass := func() (string, error) { return "", nil }
	_, err := (Config{User: "switch", Password: pass}).withDefaults()
	require.ErrorIs(t, err, ErrConfig, "no domain at all")
	for _, bad := range []Config{{}, {User: "a"}, {User: "@x", Password: pass}, {User: "a\n", Domain: "x'y", Password: pass},
		{User: "a@x/y", Password: pass}, {User: "a", Host: "h:1/", Password: pass}, {User: "a", Port: 70000, Password: pass},
		{User: "a", Domain: "x' xmlns='y", Password: pass}, {User: "a", Resource: "\x00", Password: pass},
		{User: "a", Password: pass, TLS: TLS{PinSHA256: []string{"sha256:abc"}}}, {User: "a", Password: pass, TLS: TLS{CAFile: "no-such-file.pem"}}} {
		_, err := New(bad, discardSink{})
		require.ErrorIs(t, err, ErrConfig, "%+v", bad)
		require.True(t, strings.HasPrefix(err.Error(), "xmpp: "), err)
	}
}

func TestPinForms(t *testing.T) {
	cert, err := x509.ParseCertificate(testCA().leaf("a").Certificate[0])
	require.NoError(t, err)
	pin := Fingerprint(cert)
	want, ok := parsePin(pin)
	require.True(t, ok)
	for _, form := range []string{pin[7:], "SHA256:" + pin[7:], " " + pin + " ", "sha256/" + pin[7:]} {
		got, ok := parsePin(form)
		require.True(t, ok, form)
		require.Equal(t, want, got)
	}
	for _, bad := range []string{"", "sha256:", "sha256:" + pin, "zz", pin + "00"} {
		_, ok := parsePin(bad)
		require.False(t, ok, bad)
	}
}

func TestHeadOf(t *testing.T) {
	h := parseHead([]byte(`<iq type = "get" id='a&amp;"b'` + "\n" + `from="x@y/z&lt;" xml:lang='de'><a id='no'/></iq>`))
	require.Equal(t, stanzaHead{"iq", "get", `a&"b`, "x@y/z<"}, h)
	require.Equal(t, stanzaHead{name: "iq"}, parseHead([]byte("<iq/>")))
}

// Whatever stanza the splitter delivers, its head can be read and an answer to it is one stanza.
func FuzzHeadAndAnswer(f *testing.F) {
	f.Add([]byte(`<iq type='get' id='1' from='a@b/c'><ping xmlns='urn:xmpp:ping'/></iq>`))
	f.Add([]byte(`<iq type='set' id='&lt;&#x41;' from='&apos;'><query xmlns='jabber:iq:roster'/></iq>`))
	f.Add([]byte(`<iq id='é' type='get'><a/><b/></iq>`))
	cfg := &Config{User: "u", Domain: "d", Version: "1"}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if oneStanza(raw) != nil {
			return
		}
		h := parseHead(raw)
		h.kind = "get"
		if answer, _ := replyToIQ(cfg, []byte("u@d/r"), []byte(header), raw, h); answer != nil {
			require.NoError(t, oneStanza(answer), "%q", answer)
			require.Equal(t, h.id, parseHead(answer).id)
			to, _ := attrOf(answer, "to")
			require.Equal(t, h.from, html.UnescapeString(string(to)))
		}
		streamErrorIn([]byte(header), raw)
	})
}

// TestSplitLogin: the domain begins after the last @, so that the instance stays in the account's name.
func TestSplitLogin(t *testing.T) {
	for login, want := range map[string][2]string{
		"ida": {"ida", ""}, " ida@host ": {"ida", "host"}, "mm@instance@host": {"mm@instance", "host"}, "ida@": {"ida", ""}, "@host": {"", "host"},
	} {
		name, domain := SplitLogin(login)
		require.Equal(t, want, [2]string{name, domain}, login)
	}
}
