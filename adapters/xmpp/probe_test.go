package xmpp

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Failures of one login attempt, as Probe tells them.
func TestProbe(t *testing.T) {
	silent := func(p *peer) { p.until(`never`) }
	table := []struct {
		name   string
		script func(*peer)
		change func(*Config, *server)
		code   Code
		text   string
	}{
		{"fine", func(p *peer) { p.login(); p.answer() }, nil, "", ""},
		{"wrong password", func(p *peer) { p.secure(); p.offer(); p.authenticate("other", false) }, nil, CodeAuth, "not-authorized (sorry)"},
		{"disabled", func(p *peer) { p.secure(); p.offer(); p.value(); p.refuse("account-disabled") }, nil, CodeAuth, "may not log in"},
		{"temporary", func(p *peer) { p.secure(); p.offer(); p.value(); p.refuse("temporary-auth-failure") }, nil, CodeAuthTemporary, "cannot check"},
		{"server without the password", func(p *peer) { p.secure(); p.offer(); p.authenticate(testPassword, true) }, nil, CodeServerIdentity, "right server"},
		{"no common mechanism", func(p *peer) { p.secure(); p.offer(); p.until("x{9}") }, func(c *Config, s *server) { s.mechs = []string{"GSSAPI"} }, CodeMechanism, "GSSAPI"},
		{"no TLS", func(p *peer) { p.offer(); p.until("x{9}") }, nil, CodeNoTLS, "STARTTLS"},
		{"certificate for the domain", func(p *peer) { p.secure() }, func(c *Config, s *server) { s.cert = testCA().leaf("branch") }, CodeCertificate, "--pin sha256:"},
		{"unknown authority", func(p *peer) { p.secure() }, func(c *Config, s *server) { c.TLS.RootCAs = nil }, CodeCertificate, "--ca FILE"},
		{"wrong pin", func(p *peer) { p.secure() }, func(c *Config, s *server) { c.TLS.PinSHA256 = []string{strings.Repeat("0", 64)} }, CodeCertificate, "pinned"},
		{"closed after accept", func(p *peer) {}, nil, CodeClosed, "header"},
		{"no XMPP", func(p *peer) { p.send("<html><body/></html>"); p.until("never") }, nil, CodeMalformed, "no XMPP stream"},
		{"no XML", func(p *peer) { p.send("220 mail ESMTP\r\n"); p.until("never") }, nil, CodeSilent, "nothing usable"},
		{"host-unknown", func(p *peer) {
			p.until("<stream:stream[^>]*>")
			p.send(header + "<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
		}, nil, CodeStreamError, "domain setting"},
		{"too much", func(p *peer) {
			p.until("<stream:stream[^>]*>")
			p.send(header + strings.Repeat(" ", 400<<10))
			p.until("never")
		}, nil, CodeMalformed, "too much"},
		{"speaks too early", func(p *peer) {
			p.secure()
			p.offer()
			p.value()
			p.send("<success" + nsSASL + "/><message/>")
			p.until("never")
		}, func(c *Config, s *server) { s.mechs = []string{"PLAIN"} }, CodeMalformed, "before the new stream"},
		{"conflict", func(p *peer) {
			p.secure()
			p.offer()
			p.authenticate(testPassword, false)
			p.open(bindFeature)
			p.send("<iq type='error' id='%s'><error code='409' type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", idOf(p.until("</iq>")))
			p.until("never")
		}, nil, CodeConflict, "in use"},
		{"silent at once", silent, nil, CodeSilent, "the stream header"},
		{"silent after header", func(p *peer) { p.until("<stream:stream[^>]*>"); p.send(header); p.until("never") }, nil, CodeSilent, "the stream features"},
		{"silent after STARTTLS", func(p *peer) { p.open(starttls); p.until("starttls"); p.until("never") }, nil, CodeSilent, "the answer to STARTTLS"},
		{"silent in the handshake", func(p *peer) {
			p.open(starttls)
			p.until(`<starttls[^>]*>(</starttls>)?`)
			p.send(`<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`)
			p.until("\x00never\x00")
		}, nil, CodeSilent, "the TLS handshake"},
		{"silent after TLS", func(p *peer) { p.secure(); p.until("never") }, nil, CodeSilent, "after STARTTLS"},
		{"silent to the login", func(p *peer) { p.secure(); p.offer(); p.until("never") }, nil, CodeSilent, "the answer to the login"},
		{"silent after login", func(p *peer) { p.secure(); p.offer(); p.authenticate(testPassword, false); p.until("never") }, nil, CodeSilent, "the stream header after login"},
		{"silent to bind", func(p *peer) {
			p.secure()
			p.offer()
			p.authenticate(testPassword, false)
			p.open(bindFeature)
			p.until("never")
		}, nil, CodeSilent, "the resource"},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, row.script)
			cfg := srv.config()
			if row.code == CodeSilent {
				cfg.Timeouts.Negotiate = 400 * time.Millisecond
			}
			if row.change != nil {
				row.change(&cfg, srv)
			}
			err := Probe(context.Background(), cfg)
			if row.code == "" {
				require.NoError(t, err)
				return
			}
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, row.code, e.Code, "%v", err)
			require.Contains(t, err.Error(), row.text)
			require.True(t, strings.HasPrefix(err.Error(), "xmpp: "))
			require.NotContains(t, err.Error(), testPassword)
		})
	}
}

func TestProbeNetwork(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := ln.Addr().(*net.TCPAddr).Port
	ln.Close()
	cfg := Config{User: "a", Domain: "branch", Host: "127.0.0.1", Port: port, Password: func() (string, error) { return "x", nil }}
	var e *Error
	require.ErrorAs(t, Probe(context.Background(), cfg), &e)
	require.Equal(t, CodeRefused, e.Code)

	cfg.Host = "no-such-host.invalid"
	cfg.Timeouts.Connect = 2 * time.Second
	require.ErrorAs(t, Probe(context.Background(), cfg), &e)
	require.Contains(t, []Code{CodeUnknownHost, CodeUnreachable}, e.Code)

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.Error(t, Probe(ctx, cfg))
}

func TestPinAndCAFile(t *testing.T) {
	srv := newServer(t, func(p *peer) { p.login(); p.answer() })
	srv.cert = testCA().leaf("elsewhere.example")
	cfg := srv.config()
	cfg.TLS.RootCAs = nil
	var e *Error
	err := Probe(context.Background(), cfg)
	require.ErrorAs(t, err, &e)
	var ce *CertificateError
	require.ErrorAs(t, err, &ce)
	cfg.TLS.PinSHA256 = []string{ce.Fingerprint}
	require.NoError(t, Probe(context.Background(), cfg), "the fingerprint in the error is the pin")

	srv.cert = testCA().leaf("127.0.0.1")
	cfg.TLS = TLS{CAFile: testCA().file(t)}
	require.NoError(t, Probe(context.Background(), cfg))
}

func TestPlaintextOnlyOnLoopbackAndOnlyWhenAllowed(t *testing.T) {
	var got strings.Builder
	srv := newServer(t, func(p *peer) {
		p.offer()
		p.authenticate(testPassword, false)
		p.bind(bindFeature)
		got.WriteString(p.mech)
		p.answer()
	})
	cfg := srv.config()
	cfg.Mechanisms = []string{mechPlain}
	cfg.TLS.AllowPlaintextLoopback = true
	require.NoError(t, Probe(context.Background(), cfg))
	srv.close()
	require.Equal(t, mechPlain, got.String())
}

// Nothing secret reaches the sink, the log or an error.
func TestNothingSecretLeaks(t *testing.T) {
	for _, mech := range []string{mechPlain, mechSCRAM1, mechSCRAM256} {
		for _, outcome := range []string{"right", "wrong", "echo"} {
			t.Run(mech+" "+outcome, func(t *testing.T) {
				var mu sync.Mutex
				var payloads []string
				srv := newServer(t, func(p *peer) {
					p.secure()
					p.offer()
					switch outcome {
					case "right":
						p.authenticate(testPassword, false)
						p.bind(bindFeature)
					case "wrong":
						p.authenticate("other", false)
					case "echo":
						p.value()
						p.send("<failure%s><not-authorized/><text>%s</text></failure>", nsSASL, "no: Gr&#xFC;&#xDF;e&amp;&lt;'\"42")
					}
					mu.Lock()
					payloads = append(payloads, p.sasl...)
					mu.Unlock()
					p.answer()
				})
				srv.mechs = []string{mech}
				var log bytes.Buffer
				cfg := srv.config()
				cfg.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
				rec := newRecorder()
				s, stop := start(t, cfg, rec)
				if outcome == "right" {
					rec.wait(t, "up", 1)
				} else {
					rec.wait(t, "down", 1)
				}
				status := fmt.Sprintf("%+v", s.Status())
				stop()
				err := Probe(context.Background(), cfg)
				srv.close()
				all := fmt.Sprint(log.String(), status, rec.notes(), err)
				require.NotEmpty(t, payloads)
				for _, secret := range append(payloads, testPassword, base64.StdEncoding.EncodeToString([]byte(testPassword)), fmt.Sprintf("%q", testPassword)) {
					require.NotContains(t, all, secret)
				}
			})
		}
	}
}
