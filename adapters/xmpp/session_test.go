package xmpp

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// start runs a session until the test ends; stop ends it earlier and checks that Run returns.
func start(t testing.TB, cfg Config, sink Sink) (s *Session, stop func()) {
	s, err := New(cfg, sink)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			require.NoError(t, err)
		case <-time.After(10 * time.Second):
			t.Error("Run does not return")
		}
	})
	t.Cleanup(stop)
	return s, stop
}

func TestLoginMechanisms(t *testing.T) {
	for _, mech := range []string{mechSCRAM256, mechSCRAM1, mechPlain} {
		t.Run(mech, func(t *testing.T) {
			srv := newServer(t, func(p *peer) { p.login(); p.answer() })
			srv.mechs = []string{"X-OAUTH2", mech}
			rec := newRecorder()
			s, stop := start(t, srv.config(), rec)
			up := rec.wait(t, "up", 1)
			require.Equal(t, "switch@branch/offhook", up.info.JID)
			require.Equal(t, mech, up.info.Mechanism)
			require.Equal(t, "TLS 1.3", up.info.TLSVersion)
			require.Equal(t, "127.0.0.1", up.info.ServerName)
			require.Equal(t, StateUp, s.Status().State)
			stop()
			require.Equal(t, "stopped", rec.wait(t, "down", 1).text)
			require.ErrorIs(t, s.Send([]byte("<iq/>")), ErrDown)
		})
	}
}

func TestSessionIQWhenRequired(t *testing.T) {
	asked := make(chan string, 1)
	srv := newServer(t, func(p *peer) {
		p.secure()
		p.offer()
		p.authenticate(testPassword, false)
		p.bind(bindFeature + "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>")
		got := p.until(`</iq>`)
		asked <- got
		p.send("<message><body>early</body></message><iq type='result' id='%s' from='mallory@branch'/>", idOf(got))
		p.send("<iq type='result' id='%s'/>", idOf(got))
		p.answer()
	})
	rec := newRecorder()
	start(t, srv.config(), rec)
	rec.wait(t, "up", 1)
	require.Contains(t, <-asked, "urn:ietf:params:xml:ns:xmpp-session")
	rec.wait(t, "stanza", 2)
	require.Equal(t, "<message><body>early</body></message>", rec.texts("stanza")[0])
}

func TestOrderOfABurst(t *testing.T) {
	const n = 100_000
	srv := newServer(t, func(p *peer) {
		p.login()
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "<message id='%d'/>", i)
		}
		p.send(b.String())
		p.answer()
	})
	next, bad, done := 0, "", make(chan struct{})
	sink := &funcSink{stanza: func(raw []byte) {
		if want := fmt.Sprintf("<message id='%d'/>", next); string(raw) != want && bad == "" {
			bad = string(raw) + " instead of " + want
		}
		if next++; next == n {
			close(done)
		}
	}}
	start(t, srv.config(), sink)
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("burst did not arrive")
	}
	require.Empty(t, bad)
}

// funcSink is a sink of one function.
type funcSink struct {
	discardSink
	stanza func([]byte)
}

func (f *funcSink) Stanza(raw []byte, _ time.Time) { f.stanza(raw) }

// What any contact can send must not end the session.
func TestOddStanzas(t *testing.T) {
	odd := []string{
		"<message><received xmlns='urn:xmpp:carbons:2'><forwarded><message><body>x</body></message></forwarded></received></message>",
		"<presence><priority>300</priority></presence>",
		"<presence><priority>high</priority></presence>",
		"<message><cmd xmlns='http://www.pascom.net/mobydick'><ChannelEvent><outbound>yes</outbound></ChannelEvent></cmd></message>",
		"<x xmlns='urn:unknown'/>",
		"<error xmlns='urn:unknown'/>",
		"<message><x><body>b</body><subject/><error/></x></message>",
		"<message><!-- c --><?p i?></message>",
		"<iq/>",
		"<iq type='result' id='oh-s-ping-1' from='mallory@branch/x'/>",
		"<iq type='whatever'/>",
		"<r xmlns='urn:xmpp:sm:3'/>",
		"<message>é\uFFFD&#x1F600;</message>",
	}
	srv := newServer(t, func(p *peer) {
		p.login()
		p.send(strings.Join(odd, "\n"))
		p.send("<message>" + strings.Repeat("<a>", 50) + strings.Repeat("</a>", 50) + "</message>")
		p.send("<message><body>" + strings.Repeat("x", 300<<10) + "</body></message><message id='last'/>")
		p.answer()
	})
	rec := newRecorder()
	start(t, srv.config(), rec)
	require.Equal(t, "<message id='last'/>", rec.wait(t, "stanza", len(odd)+1).text)
	require.Equal(t, odd, rec.texts("stanza")[:len(odd)])
	require.Equal(t, []string{"nested too deep", "longer than 262144 bytes"}, rec.texts("skipped"))
	require.Empty(t, rec.texts("down"))
}

func TestInboundRequests(t *testing.T) {
	table := []struct{ request, want string }{
		{"<iq type='get' id='a1' from='branch'><ping xmlns='urn:xmpp:ping'/></iq>", `<iq type="result" id="a1" to="branch"></iq>`},
		{"<iq type='get' id='a2'><query xmlns='jabber:iq:version'/></iq>", "<version>9.9</version>"},
		{"<iq type='get' id='a3' from='x@y/z'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", `var="urn:xmpp:ping"`},
		{"<iq type='set' id='a4' from='branch'><query xmlns='jabber:iq:roster'><item jid='a@branch'/></query></iq>", `<iq type="result" id="a4" to="branch"></iq>`},
		{"<iq type='set' id='a5' from='mallory@branch'><query xmlns='jabber:iq:roster'/></iq>", "service-unavailable"},
		{"<iq type='get' id='a&lt;6'><unknown xmlns='urn:x'/></iq>", `id="a&lt;6"><error code="503" type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas">`},
		{"<iq type='set' id='a7'/>", "service-unavailable"},
	}
	answers := make(chan string, len(table))
	srv := newServer(t, func(p *peer) {
		p.login()
		for _, row := range table {
			p.send(row.request)
			answers <- p.until("</iq>")
		}
		p.send("<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq><message id='end'/>")
		p.answer()
	})
	cfg := srv.config()
	cfg.Version = "9.9"
	rec := newRecorder()
	start(t, cfg, rec)
	for _, row := range table {
		require.Contains(t, <-answers, row.want)
	}
	rec.wait(t, "stanza", 2)
	require.Equal(t, []string{table[3].request, "<message id='end'/>"}, rec.texts("stanza"), "only the roster push is passed on")
	require.Empty(t, rec.texts("sent"))
}

// Sent comes before the answer to it, and sinks may send from within.
func TestSendOrder(t *testing.T) {
	srv := newServer(t, func(p *peer) {
		if p.session() {
			for !p.dead {
				got := p.until("</iq>|</stream:stream>")
				p.send("<iq type='result' id='%s'/>", idOf(got))
			}
		}
	})
	rec := newRecorder()
	var s *Session
	ready := make(chan struct{})
	rec.block = func(what, text string) {
		<-ready
		switch {
		case what == "up":
			require.NoError(t, s.Send([]byte("<iq id='oh-1' type='get'></iq>")))
		case what == "stanza" && strings.Contains(text, "oh-1'"):
			require.NoError(t, s.Send([]byte("<iq id='oh-2' type='get'></iq>")))
		}
	}
	cfg := srv.config()
	cfg.NoPresence = true
	s, _ = start(t, cfg, rec)
	close(ready)
	rec.wait(t, "stanza", 2)
	var order []string
	last := time.Time{}
	for _, n := range rec.notes() {
		order = append(order, n.what+" "+idOf(n.text))
		require.False(t, n.at.Before(last), "times never go back")
		last = n.at
	}
	require.Equal(t, []string{"up ", "sent oh-1", "stanza oh-1", "sent oh-2", "stanza oh-2"}, order)
	for _, bad := range []string{"", "<a>", "<a/><b/>", "x", "<a/>x", "</stream:stream>", header} {
		require.ErrorIs(t, s.Send([]byte(bad)), ErrNotStanza, bad)
	}
}

func TestEndsAndComesBack(t *testing.T) {
	ends := []struct {
		name string
		end  func(*peer)
		code string
	}{
		{"malformed", func(p *peer) { p.send("<message><a></b></message>"); p.until("never") }, "malformed"},
		{"entity", func(p *peer) { p.send("<message>&nope;</message>"); p.until("never") }, "malformed"},
		{"second header", func(p *peer) { p.send(header); p.until("never") }, "malformed"},
		{"stream closed", func(p *peer) { p.send("</stream:stream>"); p.until("never") }, "closed"},
		{"connection closed", func(p *peer) {}, "closed"},
		{"cut in a stanza", func(p *peer) { p.send("<message><bo") }, "closed"},
		{"shutdown", func(p *peer) {
			p.send("<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
		}, "system-shutdown"},
		{"other stream error", func(p *peer) {
			p.send("<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
		}, "stream-error"},
		{"reset", func(p *peer) {
			raw := p.conn.(interface{ NetConn() net.Conn }).NetConn()
			raw.(*net.TCPConn).SetLinger(0)
			raw.Close()
		}, "reset"},
	}
	for _, row := range ends {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, func(p *peer) {
				if p.login() && p.n == 1 {
					p.send("<message id='one'/>")
					row.end(p)
					return
				}
				p.send("<message id='two'/>")
				p.answer()
			})
			rec := newRecorder()
			start(t, srv.config(), rec)
			rec.wait(t, "stanza", 2)
			var order []string
			for _, n := range rec.notes() {
				order = append(order, n.what)
			}
			require.Equal(t, []string{"up", "stanza", "down", "up", "stanza"}, order)
			require.Equal(t, row.code, rec.wait(t, "down", 1).text)
		})
	}
}

func TestFrozenServerIsFoundByPing(t *testing.T) {
	pings := make(chan string, 8)
	srv := newServer(t, func(p *peer) {
		p.login()
		pings <- p.until("</iq>") // and no answer
		p.send("<iq type='result' id='%s' from='mallory@branch'/>", "oh-s-ping-1")
		p.until("never")
	})
	cfg := srv.config()
	cfg.Timeouts.Ping, cfg.Timeouts.PingDeadline = 50*time.Millisecond, 150*time.Millisecond
	rec := newRecorder()
	start(t, cfg, rec)
	require.Equal(t, "ping-timeout", rec.wait(t, "down", 1).text)
	require.Contains(t, <-pings, `<iq type="get" id="oh-s-ping-1" to="branch"><ping xmlns="urn:xmpp:ping"></ping></iq>`)
}

func TestGracefulStop(t *testing.T) {
	got := make(chan string, 1)
	srv := newServer(t, func(p *peer) {
		p.login()
		got <- p.until("</stream:stream>")
		p.send("<message id='late'/></stream:stream>")
	})
	rec := newRecorder()
	_, stop := start(t, srv.config(), rec)
	rec.wait(t, "up", 1)
	stop()
	require.Equal(t, "<presence type='unavailable'/></stream:stream>", <-got)
	require.Equal(t, []string{"<message id='late'/>"}, rec.texts("stanza"), "what is under way is still delivered")
	require.Equal(t, []string{"stopped"}, rec.texts("down"))
}

func TestDrop(t *testing.T) {
	srv := newServer(t, func(p *peer) { p.login(); p.answer() })
	rec := newRecorder()
	s, _ := start(t, srv.config(), rec)
	s.Drop("nobody there")
	rec.wait(t, "up", 1)
	s.Drop("journal cannot ack")
	down := rec.wait(t, "down", 1)
	require.Equal(t, CodeDropped, down.reason.Code)
	require.Contains(t, down.reason.Text, "journal cannot ack")
	rec.wait(t, "up", 2)
}

func TestRunTwice(t *testing.T) {
	srv := newServer(t, func(p *peer) { p.login(); p.answer() })
	rec := newRecorder()
	s, _ := start(t, srv.config(), rec)
	rec.wait(t, "up", 1)
	require.ErrorIs(t, s.Run(context.Background()), ErrRunning)
}
