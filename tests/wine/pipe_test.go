package winetest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/wire"
	"offhook/internal/pbx"
)

// patience bounds every wait; a cold Wine needs some seconds to start.
const patience = 40 * time.Second

// bottle is a Wine prefix with programs of ours in it.
type bottle struct {
	t      *testing.T
	prefix string
	dir    string // what is built and written, seen by Wine as Z:

	display string // where windows appear; empty: nowhere

	provider string // that tapihost is to load, a path as Windows has it; "": the test build of offhook.tsp
}

// newBottle makes a prefix of the test's own, or skips where that cannot be.
func newBottle(t *testing.T) *bottle {
	t.Helper()
	b := &bottle{t: t, prefix: filepath.Join(t.TempDir(), "prefix"), dir: t.TempDir()}
	b.need(b.make())
	t.Cleanup(func() { // what still runs in it, by its prefix
		kill := exec.Command("wineserver", "-k")
		kill.Env = b.env()
		_ = kill.Run()
	})
	return b
}

// errNoWine says that this machine cannot run Wine.
var errNoWine = errors.New("LEFT OUT")

// make fills the prefix.
func (b *bottle) make() error {
	if testing.Short() {
		return fmt.Errorf("%w: Wine is left to the run without -short", errNoWine)
	}
	out, err := exec.Command("./prefix.sh", b.prefix).CombinedOutput()
	var code *exec.ExitError
	if errors.As(err, &code) && code.ExitCode() == 3 {
		return fmt.Errorf("%w: %s", errNoWine, strings.TrimSpace(string(out)))
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	warm := exec.Command("wineserver", "-p") // else it ends and begins with every program, which takes seconds and now and then fails
	warm.Env = b.env()
	return warm.Run()
}

func (b *bottle) need(err error) {
	b.t.Helper()
	if errors.Is(err, errNoWine) {
		b.t.Skip(err)
	}
	require.NoError(b.t, err)
}

func (b *bottle) env(more ...string) []string {
	return append(append(os.Environ(), "WINEPREFIX="+b.prefix, "WINEDEBUG=-all", "DISPLAY="+b.display), more...)
}

// build makes a Windows program with the go command.
func (b *bottle) build(name string, args ...string) string {
	b.t.Helper()
	file := filepath.Join(b.dir, name)
	c := exec.Command("go", append(args[:len(args)-1:len(args)-1], "-o", file, args[len(args)-1])...)
	c.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := c.CombinedOutput()
	require.NoError(b.t, err, "%s", out)
	return file
}

// windows is a path of this machine as Wine has it.
func windows(path string) string { return `Z:` + strings.ReplaceAll(path, "/", `\`) }

// program is one that runs.
type program struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   string
	ended chan struct{}
}

// text is what it said so far.
func (p *program) text() string {
	said, err := os.ReadFile(p.log)
	require.NoError(p.t, err)
	return string(said)
}

// start runs a program in the bottle. Its output goes through a file, because Wine's own processes inherit it and would hold
// a pipe of ours open.
func (b *bottle) start(env []string, file string, args ...string) *program {
	b.t.Helper()
	return b.startWith(nil, env, file, args...)
}

// startWith is start with an input.
func (b *bottle) startWith(in *os.File, env []string, file string, args ...string) *program {
	b.t.Helper()
	log, err := os.CreateTemp(b.dir, filepath.Base(file)+".*.log")
	require.NoError(b.t, err)
	p := &program{t: b.t, cmd: exec.Command("wine", append([]string{file}, args...)...), log: log.Name(), ended: make(chan struct{})}
	p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = b.env(env...), log, log
	if in != nil {
		p.cmd.Stdin = in
	}
	require.NoError(b.t, p.cmd.Start())
	go func() { _ = p.cmd.Wait(); close(p.ended) }()
	b.t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		log.Close()
		if b.t.Failed() {
			b.t.Logf("%s said\n%s", filepath.Base(file), p.text())
		}
	})
	return p
}

// until waits for something to be so, or for the program's end.
func (p *program) until(what string, so func() bool) {
	p.t.Helper()
	for limit := time.Now().Add(patience); !so(); time.Sleep(10 * time.Millisecond) {
		select {
		case <-p.ended:
			if so() {
				return
			}
			require.Fail(p.t, "it ended", "waiting for: %s", what)
		default:
		}
		require.True(p.t, time.Now().Before(limit), "never: %s", what)
	}
}

func (p *program) wait() int { return p.waits(patience) }

func (p *program) waits(limit time.Duration) int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(limit):
		require.Fail(p.t, "the program does not end")
	}
	return p.cmd.ProcessState.ExitCode()
}

// TestPipe has the daemon for Windows serve its pipe under Wine, logged in at a simulated PBX outside of it. A client of
// the pipe opens all lines and hears a call; before that, the tests of the pipe itself run there.
func TestPipe(t *testing.T) {
	b := newBottle(t)
	client := b.build("client.exe", "test", "-c", "../../adapters/tapi")
	own := b.start(nil, client, "-test.run", "^TestPipe", "-test.v", "-test.timeout", "60s")
	require.Zero(t, own.wait())
	require.Contains(t, own.text(), "--- PASS: TestPipeTakesComingAndGoing")

	office, err := pbx.Start(pbx.DefaultOffice())
	require.NoError(t, err)
	defer office.Close()
	const name = `\\.\pipe\offhook-test`
	daemon := b.daemonForWindows(office, name)
	table := filepath.Join(b.prefix, "drive_c", "offhook", "lines.tbl")
	daemon.until("six lines in the line table", func() bool { return linesIn(table) == 6 })

	caller := b.start([]string{"OFFHOOK_TEST_PIPE=" + name}, client, "-test.run", "^TestPipeOfADaemon$", "-test.v", "-test.timeout", "30s")
	caller.until("lines are open", func() bool { return strings.Contains(caller.text(), "lines are open") })
	_, err = office.Inbound("00497115550199", "Vogt Ltd", "41")
	require.NoError(t, err)
	require.Zero(t, caller.wait())
	require.Contains(t, caller.text(), "--- PASS: TestPipeOfADaemon")
	require.Contains(t, daemon.text(), "tapi: provider connected")
	require.NotContains(t, daemon.text(), fmt.Sprintf("%q", pbx.DefaultPassword))
	require.NotContains(t, daemon.text(), pbx.DefaultPassword)
}

// daemonForWindows runs the daemon's Windows build, logged in at an office outside of the bottle.
func (b *bottle) daemonForWindows(office *pbx.Server, pipe string, more ...string) *program {
	b.t.Helper()
	write := func(name string, content []byte) string {
		name = filepath.Join(b.dir, name)
		require.NoError(b.t, os.WriteFile(name, content, 0o600))
		return windows(name)
	}
	_, port, err := net.SplitHostPort(office.Addr())
	require.NoError(b.t, err)
	return b.start(nil, b.build("offhook.exe", "build", "../../cmd/offhook"), append([]string{"run", "--user", "switch@branch", "--host", "127.0.0.1", "--port", port,
		"--ca", write("ca.pem", office.CertPEM()), "--password-file", write("account.secret", []byte(pbx.DefaultPassword)), "--data-dir", `C:\offhook`,
		"--journal-kind", "files", "--users", "all", "--tapi-listen", pipe, "--control", "none"}, more...)...)
}

// linesIn counts the lines of a line table; -1 when there is none yet.
func linesIn(table string) int {
	f, err := os.Open(table)
	if err != nil {
		return -1
	}
	defer f.Close()
	lines, err := wire.ReadLineTable(f)
	if err != nil {
		return -1
	}
	return len(lines.Lines)
}
