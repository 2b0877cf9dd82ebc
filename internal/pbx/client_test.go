package pbx

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/xml"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const patience = 5 * time.Second

// xmlElement is an element, read independently of the server's own reader.
type xmlElement struct {
	XMLName xml.Name
	Attrs   []xml.Attr   `xml:",any,attr"`
	Text    string       `xml:",chardata"`
	Kids    []xmlElement `xml:",any"`
}

func (e *xmlElement) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// at returns the descendant on a path of local names, or an empty element.
func (e *xmlElement) at(path ...string) *xmlElement {
	for _, p := range path {
		next := &xmlElement{}
		for i := range e.Kids {
			if e.Kids[i].XMLName.Local == p {
				next = &e.Kids[i]
				break
			}
		}
		e = next
	}
	return e
}

func (e *xmlElement) text(path ...string) string { return strings.TrimSpace(e.at(path...).Text) }

type client struct {
	t    *testing.T
	conn net.Conn
	dec  *xml.Decoder
	jid  string
	next int

	mu          sync.Mutex
	wake        chan struct{}
	stanzas     []*xmlElement // all stanzas but IQ results
	iqs         map[string]*xmlElement
	ended       error
	ignorePings bool // does not answer pings
}

type loginOptions struct {
	mechanism, resource, password string
}

func dialTest(addr, domain string) (*client, error) {
	nc, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return nil, err
	}
	c := &client{conn: nc, wake: make(chan struct{}), iqs: map[string]*xmlElement{}}
	_ = nc.SetDeadline(time.Now().Add(patience))
	return c, nil
}

func (c *client) write(s string) error { _, err := c.conn.Write([]byte(s)); return err }

// open sends a stream header and reads the features.
func (c *client) open(domain string) (*xmlElement, error) {
	c.dec = xml.NewDecoder(c.conn)
	err := c.write(`<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' to='` + domain + `'>`)
	if err != nil {
		return nil, err
	}
	for {
		tok, err := c.dec.Token()
		if err != nil {
			return nil, err
		}
		if s, is := tok.(xml.StartElement); is && s.Name.Local == "stream" {
			return c.read()
		}
	}
}

func (c *client) read() (*xmlElement, error) {
	for {
		tok, err := c.dec.Token()
		if err != nil {
			return nil, err
		}
		switch s := tok.(type) {
		case xml.StartElement:
			e := &xmlElement{}
			return e, c.dec.DecodeElement(e, &s)
		case xml.EndElement:
			return nil, fmt.Errorf("stream closed")
		}
	}
}

func (c *client) secure(domain string, roots *x509.CertPool) (*xmlElement, error) {
	f, err := c.open(domain)
	if err != nil {
		return nil, err
	}
	if f.at("starttls", "required").XMLName.Local == "" {
		return nil, fmt.Errorf("no required starttls in %v", f)
	}
	if err := c.write(`<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`); err != nil {
		return nil, err
	}
	if p, err := c.read(); err != nil || p.XMLName.Local != "proceed" {
		return nil, fmt.Errorf("starttls: %v %w", p, err)
	}
	cfg := &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", InsecureSkipVerify: roots == nil}
	t := tls.Client(c.conn, cfg)
	if err := t.Handshake(); err != nil {
		return nil, err
	}
	c.conn = t
	return c.open(domain)
}

func certPool(t *testing.T, s *Server) *x509.CertPool {
	p := x509.NewCertPool()
	require.True(t, p.AppendCertsFromPEM(s.CertPEM()))
	return p
}

// loginTo binds a session and starts reading.
func loginTo(t *testing.T, addr, domain string, roots *x509.CertPool, user string, o loginOptions) *client {
	t.Helper()
	if o.mechanism == "" {
		o.mechanism = "SCRAM-SHA-256"
	}
	if o.password == "" {
		o.password = DefaultPassword
	}
	if o.resource == "" {
		o.resource = "test"
	}
	c, err := dialTest(addr, domain)
	require.NoError(t, err)
	c.t = t
	t.Cleanup(func() { _ = c.conn.Close() })
	_, err = c.secure(domain, roots)
	require.NoError(t, err)
	r, err := c.auth(o.mechanism, user, o.password)
	require.NoError(t, err)
	require.Equal(t, "success", r.XMLName.Local, "%+v", r)
	_, err = c.open(domain)
	require.NoError(t, err)
	require.NoError(t, c.write(`<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>`+o.resource+`</resource></bind></iq>`))
	b, err := c.read()
	require.NoError(t, err)
	c.jid = b.text("bind", "jid")
	require.NotEmpty(t, c.jid)
	_ = c.conn.SetDeadline(time.Time{})
	go c.readLoop()
	return c
}

func (c *client) readLoop() {
	for {
		e, err := c.read()
		c.mu.Lock()
		if err != nil {
			c.ended = err
		} else if kind := e.attr("type"); e.XMLName.Local == "iq" && (kind == "result" || kind == "error") {
			c.iqs[e.attr("id")] = e
		} else if e.XMLName.Local == "iq" && !c.ignorePings && len(e.Kids) > 0 && e.Kids[0].XMLName.Local == "ping" {
			_ = c.write(`<iq type='result' id='` + e.attr("id") + `' to='` + e.attr("from") + `'/>`)
		} else {
			c.stanzas = append(c.stanzas, e)
		}
		close(c.wake)
		c.wake = make(chan struct{})
		c.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// awaitCondition waits until found returns true; it is called with the lock held.
func (c *client) awaitCondition(what string, found func() bool) {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		c.mu.Lock()
		done, ended, wake := found(), c.ended, c.wake
		c.mu.Unlock()
		if done {
			return
		}
		if ended != nil {
			require.Fail(c.t, "stream ended", "waiting for %s: %v", what, ended)
		}
		select {
		case <-wake:
		case <-deadline:
			require.Fail(c.t, "timeout", "waiting for %s; inbox: %v", what, c.summary())
		}
	}
}

func (c *client) summary() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var l []string
	for _, e := range c.stanzas {
		l = append(l, e.XMLName.Local+" "+e.attr("from")+" "+describe(e))
	}
	return l
}

// awaitStanza waits for the first stanza that matches, removes it and returns it.
func (c *client) awaitStanza(what string, match func(e *xmlElement) bool) (found *xmlElement) {
	c.t.Helper()
	c.awaitCondition(what, func() bool {
		for i, e := range c.stanzas {
			if match(e) {
				found = e
				c.stanzas = append(c.stanzas[:i:i], c.stanzas[i+1:]...)
				return true
			}
		}
		return false
	})
	return found
}

// iq sends a request and waits for its reply.
func (c *client) iq(kind, payload string) *xmlElement {
	c.t.Helper()
	c.next++
	id := "t-" + strconv.Itoa(c.next)
	require.NoError(c.t, c.write(`<iq type='`+kind+`' id='`+id+`'>`+payload+`</iq>`))
	var r *xmlElement
	c.awaitCondition("answer to "+payload, func() bool { r = c.iqs[id]; return r != nil })
	return r
}

func (c *client) command(module, element string) *xmlElement {
	c.t.Helper()
	return c.iq("get", `<cmd xmlns='http://www.pascom.net/mobydick' module='`+module+`'>`+element+`</cmd>`)
}

// requireSuccess sends a command and requires that it succeeds.
func (c *client) requireSuccess(module, element string) {
	c.t.Helper()
	r := c.command(module, element)
	require.Equal(c.t, "result", r.attr("type"))
	require.Equal(c.t, "base", r.at("cmd").attr("module"))
	require.Equal(c.t, "Ok", r.text("cmd", "Success", "message"), "%s: %s", element, r.text("cmd", "Failure", "message"))
}

// requireFailure sends a command, requires that it fails and returns the message.
func (c *client) requireFailure(module, element string) string {
	c.t.Helper()
	r := c.command(module, element)
	require.Equal(c.t, "result", r.attr("type"), element)
	require.Equal(c.t, "Failure", r.at("cmd", "Failure").XMLName.Local, element)
	return r.text("cmd", "Failure", "message")
}

// sendClientInfo sends ClientInfo with subscriptions "module type scope".
func (c *client) sendClientInfo(subs ...string) *xmlElement {
	c.t.Helper()
	var w strings.Builder
	for _, s := range subs {
		f := strings.Fields(s)
		fmt.Fprintf(&w, "<Subscription module='%s' type='%s' scope='%s'/>", f[0], f[1], f[2])
	}
	r := c.command("xmppuser", "<ClientInfo><os>Linux</os><user>x</user><jid/><AddSubscription>"+w.String()+"</AddSubscription></ClientInfo>")
	require.Equal(c.t, "UserInfo", r.at("cmd", "UserInfo").XMLName.Local)
	return r.at("cmd", "UserInfo")
}

func (c *client) awaitEnd() {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		c.mu.Lock()
		ended, wake := c.ended, c.wake
		c.mu.Unlock()
		if ended != nil {
			return
		}
		select {
		case <-wake:
		case <-deadline:
			require.Fail(c.t, "the stream did not end")
		}
	}
}

func startServer(t *testing.T, change func(*Config)) *Server {
	t.Helper()
	cfg := DefaultOffice()
	if change != nil {
		change(&cfg)
	}
	s, err := Start(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func loginClient(t *testing.T, s *Server, user string, subs ...string) *client {
	t.Helper()
	c := loginTo(t, s.Addr(), s.Domain(), certPool(t, s), user, loginOptions{})
	c.sendClientInfo(subs...)
	return c
}

const (
	own   = "base ChannelEvent user"
	every = "base ChannelEvent supervisor"
)

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func newReader(b []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(b)) }

// firstStanza skips the header and returns the first stanza.
func (r *streamReader) firstStanza() (*node, error) {
	if _, err := r.header(); err != nil {
		return nil, err
	}
	return r.next()
}
