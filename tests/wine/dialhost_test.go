package winetest

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/internal/pbx"
)

// dialHost is a running dialhost.exe, which hosts the provider and dials numbers.
type dialHost struct {
	*program
	in io.WriteCloser
}

// startDialHost starts it with a build of the provider.
func (b *winePrefix) startDialHost(t *testing.T, dll string, env ...string) *dialHost {
	t.Helper()
	program := filepath.Join(b.dir, "dialhost.exe")
	if _, err := os.Stat(program); err != nil {
		b.compileC("dialhost.exe", provider+"test/dialhost.c")
	}
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	h := &dialHost{b.startWithInput(r, env, program, builtFile(t, dll)), w}
	t.Cleanup(func() { _ = w.Close() })
	h.waitUntil("a session", func() bool { return strings.Contains(h.text(), " ready") })
	return h
}

// dial makes a call to a number and gives the time at which it was made.
func (h *dialHost) dial(number string) time.Time {
	h.t.Helper()
	_, err := io.WriteString(h.in, number+"\n")
	require.NoError(h.t, err)
	h.waitUntil("the request "+number, func() bool { return strings.Contains(h.text(), "makecall "+number) })
	return time.Now()
}

// end closes the session and waits for the program.
func (h *dialHost) end() {
	h.t.Helper()
	require.NoError(h.t, h.in.Close())
	require.Zero(h.t, h.wait())
	require.Contains(h.t, h.text(), "shutdown 0x0")
}

// outputLines gives the lines of output that begin with a text, without their times.
func (h *dialHost) outputLines(beginning string) (all []string) {
	for line := range strings.Lines(strings.ReplaceAll(h.text(), "\r", "")) {
		if _, text, found := strings.Cut(strings.TrimSuffix(line, "\n"), " "); found && strings.HasPrefix(text, beginning) {
			all = append(all, text)
		}
	}
	return all
}

// makeDataDir creates the data directory, as setup does, and gives the path of the provider's log.
func (b *winePrefix) makeDataDir(table string) (log string) {
	b.t.Helper()
	dir := filepath.Join(b.prefix, "drive_c", "offhook")
	require.NoError(b.t, os.MkdirAll(filepath.Join(dir, "log", "tsp"), 0o700))
	content, err := os.ReadFile(table)
	require.NoError(b.t, err)
	require.NoError(b.t, os.WriteFile(filepath.Join(dir, "lines.tbl"), content, 0o600))
	b.runReg("add", `HKLM\SOFTWARE\offhook`, "/v", "DataDir", "/d", `C:\offhook`, "/f")
	return filepath.Join(dir, "log", "tsp", "tsp.log")
}

func (b *winePrefix) runReg(args ...string) {
	b.t.Helper()
	c := exec.Command("wine", append([]string{"reg"}, args...)...)
	c.Env = b.env()
	require.NoError(b.t, c.Run(), args)
}

// tableOfKilledDaemon gives the line table that a daemon of the testbed leaves when it is killed.
func (h *testbed) tableOfKilledDaemon(lines int) string {
	h.t.Helper()
	require.NoError(h.t, h.start())
	require.NoError(h.t, h.waitLines(lines))
	h.kill()
	return filepath.Join(h.dir, "state", "lines.tbl")
}

// TestHostBeforeDaemon starts the host a minute before the daemon, in real time. The line table has the lines at once. A queued call
// waits for a minute: the first one fails, the second is made when the daemon starts. Meanwhile the provider logs everything.
func TestHostBeforeDaemon(t *testing.T) {
	t.Parallel()
	b := newPrefix(t)
	runMake(t, provider)
	office := openTestbed(t, pbx.DefaultOffice())
	log := b.makeDataDir(office.tableOfKilledDaemon(6))
	b.runReg("add", `HKLM\SOFTWARE\offhook\Provider`, "/v", "Trace", "/t", "REG_DWORD", "/d", "1", "/f")
	before := len(office.office.Commands())

	h := b.startDialHost(t, "x64/test/offhook.tsp", "OFFHOOK_TCP="+office.daemonAddr)
	began := h.dial("0301111")
	require.Equal(t, []string{"lines 6 0x0"}, h.outputLines("lines "))
	require.Contains(t, h.outputLines("line "), "line 8 0x0 Ida Lund (41) permanent 2")
	require.Len(t, h.outputLines("line "), 6)
	require.Empty(t, h.outputLines("open "), "every line opens")
	require.Empty(t, h.outputLines("completed "), "the call waits")
	time.Sleep(30 * time.Second) // the test is about this time
	h.dial("0302222")
	require.NoError(t, waitUntil(2*time.Minute, func() bool { return len(h.outputLines("completed ")) > 0 }))
	require.WithinDuration(t, began.Add(time.Minute), time.Now(), 20*time.Second)
	require.Equal(t, []string{"completed 101 0x80000048"}, h.outputLines("completed "), "the first call was given up, the second waits on")

	require.NoError(t, office.start())
	require.NoError(t, waitUntil(waitLimit, func() bool { return len(h.outputLines("completed ")) > 1 }))
	require.Equal(t, "completed 102 0x0", h.outputLines("completed ")[1])
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	defer cancel()
	_, err := office.office.WaitCommand(ctx, "base.Dial")
	require.NoError(t, err)
	var dialled []string
	for _, c := range office.office.Commands()[before:] {
		if c.Name == "base.Dial" {
			dialled = append(dialled, regexp.MustCompile(`0?30[12]+`).FindString(c.Raw))
		}
	}
	require.Equal(t, []string{"0302222"}, dialled, "what was given up is never dialled")
	require.NoError(t, waitUntil(waitLimit, func() bool { return len(h.outputLines("message 2 line 0x100 call 0x266 ")) > 0 }), "LINE_CALLSTATE of the call")
	h.end()
	requireLog(t, h, log, `\[DEBUG\]  TSPI_providerInit\(0x30001, 3, base 7, 6 lines\)`,
		`\[INFO\]  the daemon is not there: the call waits for it`, `\[INFO\]  connected to the daemon: journal [0-9a-f]+, resume [0-9]`,
		`\[DEBUG\]  Switchboard \(46\): Send_TAPI_Event: <0x[0-9a-f]+> Line=0x100, Call=0x266, Msg=0x2 \(LINE_CALLSTATE\), P1=0x[0-9a-f]+, P2=0x[0-9a-f]+, P3=0x4`,
		`\[DEBUG\]  ASYNC_COMPLETION: Request=0x66, Result=0x0`, `\[DEBUG\]  TSPI_providerShutdown\(3\)`)
}

// requireLog checks the provider's log: each line has the form that readers of DebugView know, OutputDebugString got the same lines,
// and the wanted lines are among them.
func requireLog(t *testing.T, h *dialHost, file string, want ...string) {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NotContains(t, string(content), pbx.DefaultPassword)
	var shown []string
	for _, line := range h.outputLines("debug ") {
		shown = append(shown, strings.TrimPrefix(line, "debug "))
	}
	written := strings.Split(strings.TrimSuffix(string(content), "\r\n"), "\r\n")
	require.ElementsMatch(t, written, shown)
	for _, line := range written {
		require.Regexp(t, `^\[[0-9]+\] [01][0-9]/[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9]:0[0-9]{3} \[TID=[0-9]+\] \[(ERROR|WARN|INFO|DEBUG)\]  .`, line)
	}
	for _, w := range want {
		require.Regexp(t, "(?m)"+w+`\r?$`, string(content))
	}
}

// TestProviderLogs checks that a debug build logs everything and a production build warnings and errors only. The function for dialogs
// logs nothing of its argument, keeps nothing, and gives the provider's name.
func TestProviderLogs(t *testing.T) {
	t.Parallel()
	b := newPrefix(t)
	runMake(t, provider)
	log := b.makeDataDir(openTestbed(t, pbx.DefaultOffice()).tableOfKilledDaemon(6))

	h := b.startDialHost(t, "x64/debug/offhook.tsp")
	h.dial("0301111")
	h.end()
	requireLog(t, h, log, `TSPI_providerEnumDevices\(3\)`, `TSPI_lineOpen\(7, version 0x30001\)`, `TSPI_lineMakeCall\(.*0301111.*\)`)
	require.Equal(t, []string{"lines 6 0x0"}, h.outputLines("lines "))
	dialog := h.outputLines("dialog ")
	require.Regexp(t, `^dialog 0x0 offhook.tsp `, dialog[0])
	require.Equal(t, []string{"dialog 0x0 off", "dialog 0x80000049", "dialog 0x80000035"}, dialog[1:])
	require.NotContains(t, h.text(), "evil.example.com")

	require.NoError(t, os.Remove(log))
	h = b.startDialHost(t, "x64/offhook.tsp")
	h.dial("0301111")
	h.end()
	require.Equal(t, []string{"lines 6 0x0"}, h.outputLines("lines "))
	content, _ := os.ReadFile(log)
	require.NotRegexp(t, `\[(DEBUG|INFO)\]`, string(content)+h.text())

	// A full file is renamed, and replaces the one that was renamed before.
	require.NoError(t, os.WriteFile(log, []byte(strings.Repeat("x", 2<<20+1)), 0o600))
	require.NoError(t, os.WriteFile(log+".1", []byte("before"), 0o600))
	h = b.startDialHost(t, "x64/debug/offhook.tsp")
	h.end()
	requireLog(t, h, log, `TSPI_providerEnumDevices\(3\)`)
	aside, err := os.Stat(log + ".1")
	require.NoError(t, err)
	require.EqualValues(t, 2<<20+1, aside.Size())
}
