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

// waitLimit bounds every wait; the first start of Wine takes some seconds.
const waitLimit = 40 * time.Second

// winePrefix is a Wine prefix for the programs of a test.
type winePrefix struct {
	t      *testing.T
	prefix string
	dir    string // files of the test; Wine sees them on drive Z:

	display string // the X display; empty: none

	provider string // Windows path of the provider for tapihost; empty: the test build of offhook.tsp
}

// newPrefix makes a prefix for one test, or skips the test where Wine cannot run.
func newPrefix(t *testing.T) *winePrefix {
	t.Helper()
	b := &winePrefix{t: t, prefix: filepath.Join(t.TempDir(), "prefix"), dir: t.TempDir()}
	b.skipOrRequire(b.create())
	t.Cleanup(func() { // end the programs that still run in this prefix
		kill := exec.Command("wineserver", "-k")
		kill.Env = b.env()
		_ = kill.Run()
	})
	return b
}

// errNoWine says that this machine cannot run Wine.
var errNoWine = errors.New("LEFT OUT")

// create makes the prefix.
func (b *winePrefix) create() error {
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
	warm := exec.Command("wineserver", "-p") // else the server starts and ends with every program, which takes seconds and sometimes fails
	warm.Env = b.env()
	return warm.Run()
}

func (b *winePrefix) skipOrRequire(err error) {
	b.t.Helper()
	if errors.Is(err, errNoWine) {
		b.t.Skip(err)
	}
	require.NoError(b.t, err)
}

func (b *winePrefix) env(more ...string) []string {
	return append(append(os.Environ(), "WINEPREFIX="+b.prefix, "WINEDEBUG=-all", "DISPLAY="+b.display), more...)
}

// buildGo builds a Windows program with the go command.
func (b *winePrefix) buildGo(name string, args ...string) string {
	b.t.Helper()
	file := filepath.Join(b.dir, name)
	c := exec.Command("go", append(args[:len(args)-1:len(args)-1], "-o", file, args[len(args)-1])...)
	c.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := c.CombinedOutput()
	require.NoError(b.t, err, "%s", out)
	return file
}

// winePath gives the Windows path of a file of this machine.
func winePath(path string) string { return `Z:` + strings.ReplaceAll(path, "/", `\`) }

// program is a running program.
type program struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   string
	ended chan struct{}
}

// text gives the output so far.
func (p *program) text() string {
	output, err := os.ReadFile(p.log)
	require.NoError(p.t, err)
	return string(output)
}

// start runs a program in the prefix. Its output goes to a file, because Wine's own processes inherit it and would keep a pipe open.
func (b *winePrefix) start(env []string, file string, args ...string) *program {
	b.t.Helper()
	return b.startWithInput(nil, env, file, args...)
}

// startWithInput runs a program with an input.
func (b *winePrefix) startWithInput(in *os.File, env []string, file string, args ...string) *program {
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

// waitUntil waits for a condition, or for the end of the program.
func (p *program) waitUntil(what string, so func() bool) {
	p.t.Helper()
	for limit := time.Now().Add(waitLimit); !so(); time.Sleep(10 * time.Millisecond) {
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

func (p *program) wait() int { return p.waitWithin(waitLimit) }

func (p *program) waitWithin(limit time.Duration) int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(limit):
		require.Fail(p.t, "the program does not end")
	}
	return p.cmd.ProcessState.ExitCode()
}

// TestPipe runs the daemon for Windows with its pipe under Wine, logged in at a simulated PBX outside of it. A client of the pipe opens
// all lines and gets a call. Before that, the tests of the pipe itself run under Wine.
func TestPipe(t *testing.T) {
	b := newPrefix(t)
	client := b.buildGo("client.exe", "test", "-c", "../../adapters/tapi")
	own := b.start(nil, client, "-test.run", "^TestPipe", "-test.v", "-test.timeout", "60s")
	require.Zero(t, own.wait())
	require.Contains(t, own.text(), "--- PASS: TestPipeTakesComingAndGoing")

	office, err := pbx.Start(pbx.DefaultOffice())
	require.NoError(t, err)
	defer office.Close()
	const name = `\\.\pipe\offhook-test`
	daemon := b.startWindowsDaemon(office, name)
	table := filepath.Join(b.prefix, "drive_c", "offhook", "lines.tbl")
	daemon.waitUntil("six lines in the line table", func() bool { return tableLines(table) == 6 })

	caller := b.start([]string{"OFFHOOK_TEST_PIPE=" + name}, client, "-test.run", "^TestPipeOfADaemon$", "-test.v", "-test.timeout", "30s")
	caller.waitUntil("lines are open", func() bool { return strings.Contains(caller.text(), "lines are open") })
	_, err = office.Inbound("00497115550199", "Vogt Ltd", "41")
	require.NoError(t, err)
	require.Zero(t, caller.wait())
	require.Contains(t, caller.text(), "--- PASS: TestPipeOfADaemon")
	require.Contains(t, daemon.text(), "tapi: provider connected")
	require.NotContains(t, daemon.text(), fmt.Sprintf("%q", pbx.DefaultPassword))
	require.NotContains(t, daemon.text(), pbx.DefaultPassword)
}

// startWindowsDaemon starts the daemon's Windows build, logged in at a simulated PBX outside of Wine.
func (b *winePrefix) startWindowsDaemon(office *pbx.Server, pipe string, more ...string) *program {
	b.t.Helper()
	write := func(name string, content []byte) string {
		name = filepath.Join(b.dir, name)
		require.NoError(b.t, os.WriteFile(name, content, 0o600))
		return winePath(name)
	}
	_, port, err := net.SplitHostPort(office.Addr())
	require.NoError(b.t, err)
	return b.start(nil, b.buildGo("offhook.exe", "build", "../../cmd/offhook"), append([]string{"run", "--user", "switch@branch", "--host", "127.0.0.1", "--port", port,
		"--ca", write("ca.pem", office.CertPEM()), "--password-file", write("account.secret", []byte(pbx.DefaultPassword)), "--data-dir", `C:\offhook`,
		"--journal-kind", "files", "--users", "all", "--tapi-listen", pipe, "--control", "none"}, more...)...)
}

// tableLines counts the lines of a line table; -1 when there is none yet.
func tableLines(table string) int {
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
