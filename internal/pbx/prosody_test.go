package pbx

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const prosodyConfig = `
run_as_root = true
pidfile = %q
data_path = %q
plugin_paths = { %q }
log = { { levels = { min = "info" }, to = "file", filename = %q } }
interfaces = { "127.0.0.1" }
c2s_ports = { %d }
component_ports = { %d }
component_interfaces = { "127.0.0.1" }
modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "posix" }
modules_disabled = { "s2s", "http", "https" }
authentication = "internal_plain"
c2s_require_encryption = true
certificates = %q
VirtualHost "branch"
  modules_enabled = { "offhook_pbx" }
  ssl = { key = %q, certificate = %q }
Component "pbx.branch"
  component_secret = "component-secret"
  validate_from_addresses = false
`

type prosodyServer struct {
	t                   *testing.T
	config, log         string
	clients, components int
	cmd                 *exec.Cmd
}

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// newProsody writes a configuration and accounts for a real Prosody.
func newProsody(t *testing.T) *prosodyServer {
	if _, err := exec.LookPath("prosody"); err != nil {
		t.Skip("needs a real XMPP server: install prosody (0.12) to prove the component against it")
	}
	dir := t.TempDir()
	p := &prosodyServer{t: t, config: filepath.Join(dir, "prosody.cfg.lua"), log: filepath.Join(dir, "log"), clients: freePort(t), components: freePort(t)}
	plugins, accounts := filepath.Join(dir, "plugins"), filepath.Join(dir, "data", "branch", "accounts")
	requireNoErrors(t, os.MkdirAll(plugins, 0o700), os.MkdirAll(accounts, 0o700))
	requireNoErrors(t, os.WriteFile(filepath.Join(plugins, "mod_offhook_pbx.lua"), ProsodyModule(), 0o600))
	for _, u := range []string{"ilund", "sabe"} {
		requireNoErrors(t, os.WriteFile(filepath.Join(accounts, u+".dat"), []byte("return { password = \"test-pass\" };\n"), 0o600))
	}
	cert, key := writeCert(t, dir)
	text := fmt.Sprintf(prosodyConfig, filepath.Join(dir, "pid"), filepath.Join(dir, "data"), plugins, p.log, p.clients, p.components, dir, key, cert)
	requireNoErrors(t, os.WriteFile(p.config, []byte(text), 0o600))
	p.start()
	t.Cleanup(p.stop)
	return p
}

func (p *prosodyServer) start() {
	p.cmd = exec.Command("prosody", "--config", p.config, "-F")
	var out bytes.Buffer
	p.cmd.Stdout, p.cmd.Stderr = &out, &out
	require.NoError(p.t, p.cmd.Start())
	for deadline := time.Now().Add(10 * time.Second); ; {
		a, err1 := net.Dial("tcp", fmt.Sprint("127.0.0.1:", p.clients))
		b, err2 := net.Dial("tcp", fmt.Sprint("127.0.0.1:", p.components))
		if err1 == nil {
			_ = a.Close()
		}
		if err2 == nil {
			_ = b.Close()
		}
		if err1 == nil && err2 == nil {
			return
		}
		if time.Now().After(deadline) {
			p.stop()
			log, _ := os.ReadFile(p.log)
			require.FailNow(p.t, "prosody does not start", "%s\n%s", out.String(), log)
		}
		<-time.After(20 * time.Millisecond) // an open port is the only sign that it has started
	}
}

func (p *prosodyServer) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	ended := make(chan struct{})
	go func() { _ = p.cmd.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		_ = p.cmd.Process.Kill()
		<-ended
	}
}

func (p *prosodyServer) login(user, resource string) *client {
	return loginTo(p.t, fmt.Sprint("127.0.0.1:", p.clients), "branch", nil, user, loginOptions{mechanism: Plain, password: "test-pass", resource: resource})
}

func TestComponentOnProsody(t *testing.T) {
	p := newProsody(t)
	addr := fmt.Sprint("127.0.0.1:", p.components)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	_, err := AttachComponent(ctx, DefaultOffice(), addr, "pbx.branch", "wrong")
	require.ErrorIs(t, err, ErrSecret)

	s, err := AttachComponent(ctx, DefaultOffice(), addr, "pbx.branch", "component-secret")
	requireNoErrors(t, err)
	defer func() { requireNoErrors(t, s.Close()) }()
	c := p.login("ilund", "offhook")
	require.Equal(t, "ilund", c.sendClientInfo(own, "base PickupEvent user").attr("name"))
	require.Equal(t, []string{"ilund@branch/offhook"}, s.Sessions())
	r := c.command("base", "<Dial target='43'/>")
	require.Empty(t, r.attr("from"), "the module strips it")
	e := c.requireEvents("ilund ringing -> 43")[0]
	require.Equal(t, "pbx.branch", e.attr("from"))
	c.awaitStanza("phone presence", func(e *xmlElement) bool {
		return e.XMLName.Local == "presence" && e.attr("from") == "ilund@branch/phone" && e.text("show") == "dnd"
	})
	requireNoErrors(t, s.Ping(ctx, "ilund"))
	c.requireSuccess("base", "<Hangup/>")
	c.requireEvents("pickup ringing sabe 43 41", "ilund hangup -> 43", "pickup gone sabe 43 41")
	require.Contains(t, c.requireFailure("base", "<Dial target='43' username='sabe'/>"), "not allowed")

	second := p.login("sabe", "offhook")
	second.sendClientInfo(own)
	requireNoErrors(t, second.write("</stream:stream>"))
	requireNoErrors(t, s.WaitLogout(ctx, "sabe")) // the module reports it

	s.DropAll() // only the component's connection breaks: sessions stay known
	pinged := func() bool {
		c, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		return s.Ping(c, "ilund") == nil
	}
	require.Eventually(t, pinged, 5*time.Second, 10*time.Millisecond)
	startInbound(t, s, "41")
	c.requireEvents("ilund ringing <- " + vogt)

	_ = p.cmd.Process.Kill() // sessions end without notice: only the pings after the reconnection find out which are left
	_ = p.cmd.Wait()
	c.awaitEnd()
	p.start()
	requireNoErrors(t, s.WaitAttached(ctx), s.WaitLogout(ctx, "ilund"))
	c = p.login("ilund", "offhook")
	c.sendClientInfo(own)
	requireNoErrors(t, s.Answer("41"))
	c.requireEvents("ilund busy <- " + vogt)
}
