package winetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/wire"
	"offhook/internal/pbx"
)

// testbed is what a provider under test needs outside of Wine: a simulated PBX with its control port, a daemon that can be killed and
// started again on the same directory, and the harness port with which the host does that.
type testbed struct {
	t            *testing.T
	dir          string
	office       *pbx.Server
	pbxControl   string // address of the PBX's control port
	harnessAddr  string // address of the harness
	daemonAddr   string // where the daemon listens for the provider
	relay        *relay // damages what the daemon sends; may be nil
	providerAddr string // where the provider connects: to the relay or the daemon

	program string
	args    []string
	users   string
	trace   string // trace file of the daemon's next run
	daemon  *exec.Cmd
	log     *os.File
}

func openTestbed(t *testing.T, office pbx.Config) *testbed {
	t.Helper()
	srv, err := pbx.Start(office)
	require.NoError(t, err)
	t.Cleanup(func() { _ = srv.Close() })
	h := &testbed{t: t, dir: t.TempDir(), office: srv, users: "all", daemonAddr: freePort(t)}
	h.providerAddr = h.daemonAddr
	h.pbxControl = serve(t, func(ctx context.Context, l net.Listener) { _ = srv.ServeControl(ctx, l) })
	h.harnessAddr = serve(t, h.serveHarness)
	h.program = daemonProgram(t)
	ca, password := filepath.Join(h.dir, "ca.pem"), filepath.Join(h.dir, "account.secret")
	require.NoError(t, os.WriteFile(ca, srv.CertPEM(), 0o600))
	require.NoError(t, os.WriteFile(password, []byte(pbx.DefaultPassword), 0o600))
	_, port, err := net.SplitHostPort(srv.Addr())
	require.NoError(t, err)
	h.args = []string{"run", "--user", "switch@branch", "--host", "127.0.0.1", "--port", port, "--ca", ca, "--password-file", password,
		"--data-dir", filepath.Join(h.dir, "state"), "--journal-kind", "files", "--tapi-listen", "tcp:" + h.daemonAddr, "--control", "none"}
	h.log, err = os.Create(filepath.Join(h.dir, "daemon.log"))
	require.NoError(t, err)
	t.Cleanup(func() {
		h.kill()
		h.log.Close()
		if text, _ := os.ReadFile(h.log.Name()); t.Failed() {
			t.Logf("the daemon's log ends with\n%s", text[max(0, len(text)-6000):])
			facts, _ := exec.Command(h.program, "replay", "--journal", filepath.Join(h.dir, "state", "journal")).CombinedOutput()
			t.Logf("its journal says\n%s", facts[max(0, len(facts)-400000):])
		}
	})
	return h
}

// ports are numbers for daemons that are restarted. They lie below those that systems choose, which could be taken meanwhile.
var ports atomic.Int32

func freePort(t *testing.T) string {
	for range 1000 {
		port := 20000 + (int32(os.Getpid())*37+ports.Add(1))%10000
		if l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", port)); err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	require.Fail(t, "no port is free")
	return ""
}

func serve(t *testing.T, with func(context.Context, net.Listener)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); with(ctx, l) }()
	t.Cleanup(func() { cancel(); l.Close(); <-ended })
	return l.Addr().String()
}

// addRelay puts a relay before the daemon.
func (h *testbed) addRelay() {
	h.relay = newRelay(h.daemonAddr)
	h.providerAddr = serve(h.t, h.relay.serve)
}

// start starts the daemon and returns when the provider can connect.
func (h *testbed) start() error {
	args := append(h.args[:len(h.args):len(h.args)], "--users", h.users)
	if h.trace != "" {
		args = append(args, "--trace", h.trace)
		h.trace = ""
	}
	h.daemon = exec.Command(h.program, args...)
	h.daemon.Stdout, h.daemon.Stderr = h.log, h.log
	if err := h.daemon.Start(); err != nil {
		return err
	}
	return waitUntil(waitLimit, func() bool {
		c, err := net.Dial("tcp", h.daemonAddr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func waitUntil(most time.Duration, so func() bool) error {
	for limit := time.Now().Add(most); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			return fmt.Errorf("not within %v", most)
		}
	}
	return nil
}

// kill ends the daemon as a power failure does.
func (h *testbed) kill() {
	if h.daemon != nil {
		_ = h.daemon.Process.Kill()
		_ = h.daemon.Wait()
		h.daemon = nil
	}
}

// stop ends the daemon properly, so that its trace is complete.
func (h *testbed) stop() {
	if h.daemon != nil {
		_ = h.daemon.Process.Signal(syscall.SIGTERM)
		_ = h.daemon.Wait()
		h.daemon = nil
	}
}

// restart restarts the daemon and waits for the number of lines that its settings give it.
func (h *testbed) restart(lines int) error {
	h.kill()
	if err := h.start(); err != nil {
		return err
	}
	return h.waitLines(lines)
}

// waitLines waits until the daemon's line table has n lines. The daemon looks up ten users a second.
func (h *testbed) waitLines(n int) error {
	return waitUntil(waitLimit+time.Duration(n)*150*time.Millisecond, func() bool {
		return tableLines(filepath.Join(h.dir, "state", "lines.tbl")) == n
	})
}

// reset ends every call and fault that a host left behind. When it returns, the daemon has processed that.
func (h *testbed) reset() {
	h.t.Helper()
	if h.daemon == nil {
		require.NoError(h.t, h.start())
	}
	h.office.LoseReplies(0)
	_ = h.office.RefuseConnections(false)
	require.NoError(h.t, waitUntil(waitLimit, func() bool {
		for _, verb := range []string{"all hangup", "all decline", "all far-hangup"} {
			_ = pbx.RunScript(context.Background(), h.office, strings.NewReader(verb), io.Discard, 1)
		}
		return h.office.Calls() == 0
	}))
	require.NoError(h.t, waitUntil(waitLimit, func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		return h.office.Ping(ctx, "switch") == nil
	}))
	require.NoError(h.t, waitUntil(waitLimit, h.acceptsProvider), "the daemon takes no provider")
}

// acceptsProvider says whether the daemon accepts a provider. Under load Wine closes a process's connections some seconds after its end.
func (h *testbed) acceptsProvider() bool {
	c, err := net.Dial("tcp", h.daemonAddr)
	if err != nil {
		return false
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(waitLimit))
	hello, err := wire.NewFrame(0, &wire.Hello{WireLow: wire.Version, WireHigh: wire.Version, Bits: 64, Product: "next"})
	if err != nil || wire.WriteFrame(c, hello) != nil {
		return false
	}
	f, err := wire.ReadFrame(c)
	return err == nil && f.Kind == wire.KindWelcome
}

// serveHarness serves the harness port, in the form of the PBX's control port.
func (h *testbed) serveHarness(_ context.Context, l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		for in := bufio.NewScanner(c); in.Scan(); {
			answer := "ok"
			if err := h.runHarnessCommand(strings.TrimSpace(in.Text())); err != nil {
				answer = "error " + err.Error()
			}
			fmt.Fprintf(c, "%s\n\n", answer)
		}
		c.Close()
	}
}

func (h *testbed) runHarnessCommand(verb string) error {
	if manner, ok := strings.CutPrefix(verb, "wire "); ok && h.relay != nil {
		return h.relay.setManner(manner)
	}
	switch verb {
	case "daemon kill":
		h.kill()
	case "daemon start":
		return h.start()
	case "daemon wait": // until the daemon is logged in at the PBX
		return pbx.RunScript(context.Background(), h.office, strings.NewReader("wait login switch 30s"), io.Discard, 1)
	case "daemon restart":
		h.kill()
		return h.start()
	case "link cut":
		if err := h.office.RefuseConnections(true); err != nil {
			return err
		}
		h.office.DropAll()
	case "link mend":
		return h.office.RefuseConnections(false)
	case "line remove": // the daemon gets all users but one
		h.users = "ilund,mroth,sabe,KPark,switch"
		return h.restart(5)
	case "line add":
		h.users = "all"
		return h.restart(6)
	default:
		return fmt.Errorf("no such verb: %s", verb)
	}
	return nil
}
