package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/adapters/xmpp"
	"offhook/events"
	"offhook/internal/pbx"
)

const prosodyConfig = `
run_as_root = true
pidfile = %[1]q
data_path = %[2]q
plugin_paths = { %[3]q }
log = { { levels = { min = "info" }, to = "file", filename = %[4]q } }
interfaces = { "127.0.0.1" }
c2s_ports = { %[5]d }
component_ports = { %[6]d }
component_interfaces = { "127.0.0.1" }
modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "posix" }
modules_disabled = { "s2s", "http", "https" }
authentication = "internal_plain"
disable_sasl_mechanisms = { %[7]s }
c2s_require_encryption = true
certificates = %[8]q
VirtualHost "branch"
  modules_enabled = { "offhook_pbx" }
  ssl = { key = %[9]q, certificate = %[10]q }
Component "pbx.branch"
  component_secret = %[11]q
  validate_from_addresses = false
`

// prosodyServer is a real XMPP server with the accounts of the office; the simulated PBX is its component (decision C7).
type prosodyServer struct {
	t                   *testing.T
	config, log         string
	clients, components int
	roots               *x509.CertPool
	cmd                 *exec.Cmd
	ended               chan struct{}
	out                 bytes.Buffer
}

const componentSecret = "between-the-two-of-us"

func newProsody(t *testing.T, disabled string) *prosodyServer {
	t.Helper()
	if _, err := exec.LookPath("prosody"); err != nil {
		t.Skip("needs a real XMPP server: install prosody (0.12) to prove the daemon against it")
	}
	dir := t.TempDir()
	p := &prosodyServer{t: t, config: filepath.Join(dir, "prosody.cfg.lua"), log: filepath.Join(dir, "log"), clients: freePort(t), components: freePort(t)}
	plugins, accounts := filepath.Join(dir, "plugins"), filepath.Join(dir, "storage", "branch", "accounts")
	require.NoError(t, os.MkdirAll(plugins, 0o700))
	require.NoError(t, os.MkdirAll(accounts, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(plugins, "mod_offhook_pbx.lua"), pbx.ProsodyModule(), 0o600))
	for _, u := range []string{"ilund", "sabe", "switch"} {
		require.NoError(t, os.WriteFile(filepath.Join(accounts, u+".dat"), fmt.Appendf(nil, "return { password = %q };\n", secret), 0o600))
	}
	cert, key := p.certificate(dir)
	text := fmt.Sprintf(prosodyConfig, filepath.Join(dir, "pid"), filepath.Join(dir, "storage"), plugins, p.log, p.clients, p.components,
		disabled, dir, key, cert, componentSecret)
	require.NoError(t, os.WriteFile(p.config, []byte(text), 0o600))
	p.start()
	t.Cleanup(p.stop)
	return p
}

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// certificate makes a self-signed one and trusts it.
func (p *prosodyServer) certificate(dir string) (cert, key string) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(p.t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "prosody for a test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, private.Public(), private)
	require.NoError(p.t, err)
	keyDER, err := x509.MarshalECPrivateKey(private)
	require.NoError(p.t, err)
	cert, key = filepath.Join(dir, "branch.crt"), filepath.Join(dir, "branch.key")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	require.NoError(p.t, os.WriteFile(cert, certPEM, 0o600))
	require.NoError(p.t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}), 0o600))
	p.roots = x509.NewCertPool()
	require.True(p.t, p.roots.AppendCertsFromPEM(certPEM))
	return cert, key
}

// start runs the server until both of its ports answer.
func (p *prosodyServer) start() {
	p.cmd = exec.Command("prosody", "--config", p.config, "-F")
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	require.NoError(p.t, p.cmd.Start())
	cmd, ended := p.cmd, make(chan struct{})
	p.ended = ended
	go func() { _ = cmd.Wait(); close(ended) }()
	answers := func(port int) bool {
		c, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}
	if !waitFor(func() bool { return answers(p.clients) && answers(p.components) }) {
		p.kill()
		log, _ := os.ReadFile(p.log)
		require.FailNow(p.t, "prosody does not start", "%s\n%s", p.out.String(), log)
	}
}

// waitFor asks again and again; for things that only show by asking.
func waitFor(holds func() bool) bool {
	for limit := time.Now().Add(patience); time.Now().Before(limit); <-time.After(10 * time.Millisecond) {
		if holds() {
			return true
		}
	}
	return false
}

// kill ends the server without a word.
func (p *prosodyServer) kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

func (p *prosodyServer) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
		p.kill()
	}
}

// on connects the rig's PBX to the server as a component.
func (p *prosodyServer) on(r *rig) {
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	var err error
	r.pbx, err = pbx.AttachComponent(ctx, r.office, fmt.Sprint("127.0.0.1:", p.components), "pbx.branch", componentSecret)
	require.NoError(r.t, err)
	r.t.Cleanup(func() { require.NoError(r.t, r.pbx.Close()) })
	r.session.Domain, r.session.Host, r.session.Port = "branch", "127.0.0.1", p.clients
	r.session.TLS.RootCAs = p.roots
}

// chatter is another client of an account, as a person uses it.
type chatter struct {
	got chan string
	up  chan struct{}
	s   *xmpp.Session

	leave func()
}

func (c *chatter) Up(xmpp.Info, time.Time)        { close(c.up) }
func (c *chatter) Skipped(string, int, time.Time) {}
func (c *chatter) Sent([]byte, time.Time)         {}
func (c *chatter) Down(xmpp.Reason, time.Time)    {}
func (c *chatter) Stanza(raw []byte, _ time.Time) {
	if strings.HasPrefix(string(raw), "<message") {
		c.got <- string(raw)
	}
}

// chat logs a person in, available with priority 0.
func (p *prosodyServer) chat(user string) *chatter {
	c := &chatter{got: make(chan string, 100), up: make(chan struct{})}
	var err error
	c.s, err = xmpp.New(xmpp.Config{User: user, Domain: "branch", Host: "127.0.0.1", Port: p.clients, TLS: xmpp.TLS{RootCAs: p.roots},
		Password: func() (string, error) { return secret, nil }, Resource: "chat", NoPresence: true}, c)
	require.NoError(p.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { _ = c.s.Run(ctx); close(ended) }()
	c.leave = func() { cancel(); <-ended }
	p.t.Cleanup(c.leave)
	c.wait(p.t, c.up)
	require.NoError(p.t, c.s.Send([]byte("<presence/>")))
	return c
}

func (c *chatter) wait(t *testing.T, ch <-chan struct{}) {
	select {
	case <-ch:
	case <-time.After(patience):
		require.FailNow(t, "the chat client does not get in")
	}
}

// TestOnProsody runs the daemon against a real XMPP server, once with SCRAM alone and once with PLAIN alone: events in,
// commands out, the server killed in mid-call, and a person's chat on the same account undisturbed.
func TestOnProsody(t *testing.T) {
	t.Parallel()
	for mechanism, disabled := range map[string]string{"SCRAM": `"PLAIN"`, "PLAIN": `"SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"`} {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			p := newProsody(t, disabled)
			r := newRig(t, p.on)
			r.up()
			r.logged("session up", "mechanism="+mechanism, "tls=")
			r.callsBothWays()
			p.chatReachesThePerson(r)
			r.survives(p)
			r.settle()
			r.down()
			r.requireReplays()
		})
	}
}

// callsBothWays lets a call come in and one go out.
func (r *rig) callsBothWays() {
	_, err := r.pbx.Inbound("00497115550199", "Vogt Ltd", "41")
	require.NoError(r.t, err)
	r.see("call=1 OFFERING")
	r.ask(1, events.Answer, "ilund", 1, "")
	r.see("ASYNC_COMPLETION request=1 0", "call=1 CONNECTED")
	r.ask(2, events.Drop, "ilund", 1, "")
	r.see("ASYNC_COMPLETION request=2 0", "call=1 IDLE")
	require.NoError(r.t, r.pbx.FarAnswers("0715551200", 0))
	r.ask(3, events.Dial, "ilund", 0, "0715551200")
	r.see("ASYNC_COMPLETION request=3 0", "call=2 PROCEEDING", "call=2 CONNECTED")
	c, err := r.pbx.CallOf("41")
	require.NoError(r.t, err)
	require.NoError(r.t, c.HangupFar())
	r.see("call=2 DISCONNECTED", "call=2 IDLE")
}

// chatReachesThePerson: our presence has a priority below everybody's, so that a chat to the bare address goes to the
// person's own client and not to us (decision C1).
func (p *prosodyServer) chatReachesThePerson(r *rig) {
	person, sender := p.chat("ilund"), p.chat("sabe")
	defer person.leave()
	defer sender.leave()
	require.NoError(r.t, sender.s.Send([]byte(`<message to="ilund@branch" type="chat"><body>`+private+`</body></message>`)))
	select {
	case got := <-person.got:
		require.Contains(r.t, got, private)
	case <-time.After(patience):
		require.FailNow(r.t, "the chat did not reach the person")
	}
	r.settle()
	for _, x := range r.records.from(0) {
		require.NotContains(r.t, x.Raw, "type=\"chat\"", "the chat came to the daemon")
		require.NotContains(r.t, x.Raw, "type='chat'", "the chat came to the daemon")
	}
}

// survives kills the server in mid-call, twice: one call goes on, the other is over when the server is back.
func (r *rig) survives(p *prosodyServer) {
	t := r.t
	for _, goesOn := range []bool{true, false} {
		_, err := r.pbx.Inbound("00497115550188", "Lindqvist AB", "41")
		require.NoError(t, err)
		require.NoError(t, r.pbx.Answer("41"))
		r.see("LINE_CALLSTATE…CONNECTED")
		before := r.logins()
		p.kill()
		r.see("LINE_LINEDEVSTATE…OUTOFSERVICE", "LINE_CALLSTATE…UNKNOWN")
		if !goesOn {
			require.NoError(t, r.pbx.HangupUser("41"))
		}
		p.start()
		require.NoError(t, r.pbx.WaitAttached(r.within()))
		r.relogin(before)
		if goesOn {
			r.see("LINE_LINEDEVSTATE…|INSERVICE")
			require.NoError(t, r.pbx.HandsetHold("41"))
			r.see("LINE_CALLSTATE…ONHOLD")
			require.NoError(t, r.pbx.HangupUser("41"))
			r.see("LINE_CALLSTATE…IDLE")
		} else {
			r.see("LINE_LINEDEVSTATE…|INSERVICE", "LINE_CALLSTATE…DISCONNECTED UNAVAIL", "LINE_CALLSTATE…IDLE")
		}
	}
}
