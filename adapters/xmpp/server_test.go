package xmpp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"hash"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const testPassword = "Grüße&<'\"42"

// authority is a root, an intermediate below it and leaves below that.
type authority struct {
	pool  *x509.CertPool
	root  *x509.Certificate
	inter *x509.Certificate
	key   *ecdsa.PrivateKey
}

var testCA = sync.OnceValue(func() *authority {
	make := func(name string, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
		key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		tmpl := &x509.Certificate{
			SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		}
		if parent == nil {
			parent, parentKey = tmpl, key
		}
		der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, parentKey)
		if err != nil {
			panic(err)
		}
		cert, _ := x509.ParseCertificate(der)
		return cert, key
	}
	root, rootKey := make("test root", nil, nil)
	inter, interKey := make("test intermediate", root, rootKey)
	pool := x509.NewCertPool()
	pool.AddCert(root)
	return &authority{pool, root, inter, interKey}
})

// leaf issues a certificate for a name or address, with the intermediate in its chain.
func (a *authority) leaf(names ...string) tls.Certificate {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, n)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.inter, &key.PublicKey, a.key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der, a.inter.Raw}, PrivateKey: key}
}

func (a *authority) file(t *testing.T) string {
	name := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.Raw}), 0o600))
	return name
}

// server is a scripted XMPP server: each connection runs script.
type server struct {
	t      testing.TB
	ln     net.Listener
	cert   tls.Certificate
	script func(*peer)
	mechs  []string
	mu     sync.Mutex
	conns  []net.Conn
	count  int
	wg     sync.WaitGroup
}

func newServer(t testing.TB, script func(*peer)) *server {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &server{t: t, ln: ln, cert: testCA().leaf("127.0.0.1"), script: script, mechs: []string{"SCRAM-SHA-1", "PLAIN", "SCRAM-SHA-256"}}
	s.wg.Go(s.accept)
	t.Cleanup(s.close)
	return s
}

func (s *server) accept() {
	for {
		c, err := s.ln.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns = append(s.conns, c)
		s.count++
		n := s.count
		s.mu.Unlock()
		s.wg.Go(func() {
			defer c.Close()
			c.SetDeadline(time.Now().Add(15 * time.Second))
			s.script(&peer{srv: s, conn: c, n: n})
		})
	}
}

func (s *server) close() {
	s.ln.Close()
	s.mu.Lock()
	for _, c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *server) config() Config {
	addr := s.ln.Addr().(*net.TCPAddr)
	return Config{
		User: "switch@branch", Host: "127.0.0.1", Port: addr.Port, Resource: "offhook",
		Password: func() (string, error) { return testPassword, nil },
		TLS:      TLS{RootCAs: testCA().pool},
		Timeouts: Timeouts{Connect: 3 * time.Second, Negotiate: 5 * time.Second, Write: 2 * time.Second, Close: time.Second},
		Backoff:  Backoff{Min: 10 * time.Millisecond, Max: 50 * time.Millisecond},
	}
}

// peer is the server's end of one connection. Its methods give up silently when the connection
// breaks: dead tells.
type peer struct {
	srv  *server
	conn net.Conn
	n    int // of the connection, from 1
	buf  string
	dead bool
	mech string
	sasl []string // what the client sent as SASL payloads
}

func (p *peer) send(format string, args ...any) {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	if _, err := io.WriteString(p.conn, format); err != nil {
		p.dead = true
	}
}

// until reads up to and including a match of the pattern and returns all of it.
func (p *peer) until(pattern string) string {
	re := regexp.MustCompile(pattern)
	chunk := make([]byte, 8192)
	for !p.dead {
		if loc := re.FindStringIndex(p.buf); loc != nil {
			out := p.buf[:loc[1]]
			p.buf = p.buf[loc[1]:]
			return out
		}
		n, err := p.conn.Read(chunk)
		p.buf += string(chunk[:n])
		p.dead = err != nil && n == 0
	}
	return ""
}

func (p *peer) open(features string) {
	p.until(`<stream:stream[^>]*>`)
	p.send(header + "<stream:features>" + features + "</stream:features>")
}

const starttls = `<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>`

func (p *peer) secure() {
	p.open(starttls)
	p.until(`<starttls[^>]*>(</starttls>)?`)
	p.send(`<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>`)
	conn := tls.Server(p.conn, &tls.Config{Certificates: []tls.Certificate{p.srv.cert}})
	if conn.Handshake() != nil {
		p.dead = true
	}
	p.conn, p.buf = conn, ""
}

func (p *peer) offer() {
	list := ""
	for _, m := range p.srv.mechs {
		list += "<mechanism>" + m + "</mechanism>"
	}
	p.open("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" + list + "</mechanisms>")
}

// value takes the content of the next auth or response.
func (p *peer) value() string {
	out := p.until(`</(auth|response)>`)
	if m := regexp.MustCompile(`mechanism=['"]([^'"]*)`).FindStringSubmatch(out); m != nil {
		p.mech = m[1]
	}
	text := out[strings.LastIndex(strings.TrimSuffix(strings.TrimSuffix(out, "</auth>"), "</response>"), ">")+1:]
	text, _, _ = strings.Cut(text, "<")
	p.srv.mu.Lock()
	p.sasl = append(p.sasl, text)
	p.srv.mu.Unlock()
	raw, _ := base64.StdEncoding.DecodeString(text)
	return string(raw)
}

const nsSASL = " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"

// authenticate plays the server's part of PLAIN and SCRAM. bad spoils the server's signature.
func (p *peer) authenticate(password string, bad bool) bool {
	first := p.value()
	if p.mech == "PLAIN" {
		if first != "\x00switch\x00"+password {
			p.refuse("not-authorized")
			return false
		}
		p.send("<success" + nsSASL + "/>")
		return true
	}
	h := map[string]func() hash.Hash{"SCRAM-SHA-1": sha1.New, "SCRAM-SHA-256": sha256.New}[p.mech]
	if h == nil {
		return false
	}
	bare := strings.TrimPrefix(first, "n,,")
	_, nonce, _ := strings.Cut(bare, ",r=")
	challenge := "r=" + nonce + "server,s=" + base64.StdEncoding.EncodeToString([]byte("salt")) + ",i=4096"
	p.send("<challenge%s>%s</challenge>", nsSASL, base64.StdEncoding.EncodeToString([]byte(challenge)))
	final := p.value()
	bareFinal, proof, _ := strings.Cut(final, ",p=")
	mac := func(key []byte, text string) []byte {
		m := hmac.New(h, key)
		io.WriteString(m, text)
		return m.Sum(nil)
	}
	salted, _ := pbkdf2.Key(h, password, []byte("salt"), 4096, h().Size())
	message := bare + "," + challenge + "," + bareFinal
	key := mac(salted, "Client Key")
	stored := h()
	stored.Write(key)
	signature := mac(stored.Sum(nil), message)
	got, _ := base64.StdEncoding.DecodeString(proof)
	for i := range min(len(got), len(signature)) {
		got[i] ^= signature[i]
	}
	if string(got) != string(key) {
		p.refuse("not-authorized")
		return false
	}
	proofOfServer := mac(mac(salted, "Server Key"), message)
	if bad {
		proofOfServer[0]++
	}
	v := "v=" + base64.StdEncoding.EncodeToString(proofOfServer)
	p.send("<success%s>%s</success>", nsSASL, base64.StdEncoding.EncodeToString([]byte(v)))
	return true
}

func (p *peer) refuse(condition string) {
	p.send("<failure%s><%s/><text>sorry</text></failure></stream:stream>", nsSASL, condition)
}

const bindFeature = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"

func (p *peer) bind(features string) {
	p.open(features)
	iq := p.until(`</iq>`)
	resource := regexp.MustCompile(`<resource>(.*)</resource>`).FindStringSubmatch(iq)
	if p.dead || resource == nil {
		return
	}
	p.send("<iq type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>switch@branch/%s</jid></bind></iq>", idOf(iq), resource[1])
}

func idOf(s string) string {
	m := regexp.MustCompile(`id=['"]([^'"]*)`).FindStringSubmatch(s)
	if m == nil {
		return ""
	}
	return m[1]
}

// session runs everything up to the bound resource.
func (p *peer) session() bool {
	p.secure()
	p.offer()
	if !p.authenticate(testPassword, false) {
		return false
	}
	p.bind(bindFeature)
	return !p.dead
}

// login runs everything up to the initial presence, which a probe does not send.
func (p *peer) login() bool {
	if p.session() && strings.HasSuffix(p.until(`</presence>|</stream:stream>`), "</stream:stream>") {
		p.send("</stream:stream>")
		p.dead = true
	}
	return !p.dead
}

// answer replies to pings until the stream ends.
func (p *peer) answer() {
	for !p.dead {
		got := p.until(`</iq>|</stream:stream>`)
		switch {
		case strings.HasSuffix(got, "</stream:stream>"):
			p.send("</stream:stream>")
			return
		case strings.Contains(got, "urn:xmpp:ping"):
			p.send("<iq type='result' id='%s' from='branch'/>", idOf(got))
		}
	}
}
