package winetest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Controls of the dialogs, as adapters/tapi/tsp/ui/resource.h numbers them.
const (
	cOK, cCancel                                           = 1, 2
	cWarning, cVersion                                     = 1001, 1002
	cUser, cPassword, cNote, cHost, cState                 = 1004, 1006, 1007, 1009, 1011
	cTest, cSelect, cAdvanced                              = 1012, 1013, 1014
	cPort, cDomain, cCA, cBrowse, cPin                     = 1017, 1019, 1021, 1022, 1024
	cAll, cAvailable, cAddAll, cAdd, cRemove, cRemoveAll   = 1101, 1103, 1104, 1105, 1106, 1107
	cSelected, cUsersState                                 = 1109, 1110
	notUnique, unavailable, failed, deviceClass, succeeded = "0x80000056", "0x80000049", "0x80000048", "0x80000023", "0x0"
)

// dialogPrefix is a Wine prefix with the dialogs and a server of the control channel.
type dialogPrefix struct {
	*winePrefix
	serverDir     string // the answers of the control server, and the requests it got
	controlServer *program
	requestsRead  int // bytes of the requests that newRequests gave
}

func newDialogPrefix(t *testing.T) *dialogPrefix {
	b := newPrefix(t)
	c := &dialogPrefix{winePrefix: b, serverDir: filepath.Join(b.dir, "desk")}
	require.NoError(t, os.MkdirAll(c.serverDir, 0o700))
	if fonts := os.Getenv("OFFHOOK_WINE_FONTS"); fonts != "" { // for a machine without the package fonts-wine
		require.NoError(t, os.CopyFS(filepath.Join(c.prefix, "drive_c/windows/Fonts"), os.DirFS(fonts)))
	}
	runMake(t, "../../adapters/tapi/tsp/ui")
	return c
}

// setAnswer sets what the control server answers to a verb from now on.
func (c *dialogPrefix) setAnswer(verb string, lines ...string) {
	c.t.Helper()
	file := filepath.Join(c.serverDir, verb)
	require.NoError(c.t, os.WriteFile(file+".new", []byte(strings.Join(lines, "\n")+"\n\n"), 0o600))
	require.NoError(c.t, os.Rename(file+".new", file))
}

// setSettings sets the answer to get: these lines and the usual ones for other names.
func (c *dialogPrefix) setSettings(lines ...string) {
	given := "\n" + strings.Join(lines, "\n")
	for _, usual := range []string{"flavour=production", "user=switch@branch", "host=pbx.example.com", "port=5222", "has-password=yes"} {
		if name, _, _ := strings.Cut(usual, "="); !strings.Contains(given, "\n"+name+"=") {
			lines = append(lines, usual)
		}
	}
	c.setAnswer("get", append([]string{"ok"}, lines...)...)
}

func (c *dialogPrefix) startControlServer() {
	c.controlServer = c.launch(nil, builtFile(c.t, "x64/test/controlserver.exe"), winePath(c.serverDir))
	c.controlServer.waitUntil("a stand-in", func() bool { return strings.Contains(c.controlServer.text(), "serving") })
}

// newRequests gives the requests since the last call.
func (c *dialogPrefix) newRequests() []string {
	c.t.Helper()
	b, err := os.ReadFile(filepath.Join(c.serverDir, "requests"))
	if !os.IsNotExist(err) {
		require.NoError(c.t, err)
	}
	all := strings.Split(strings.TrimSuffix(string(b[c.requestsRead:]), "\n\n"), "\n\n")
	c.requestsRead = len(b)
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// launch starts a program with an input, on the prefix's display.
func (c *dialogPrefix) launch(in io.Reader, file string, args ...string) *program {
	c.t.Helper()
	log, err := os.CreateTemp(c.dir, filepath.Base(file)+".*.log")
	require.NoError(c.t, err)
	p := &program{t: c.t, cmd: exec.Command("wine", append([]string{file}, args...)...), log: log.Name(), ended: make(chan struct{})}
	p.cmd.Env, p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = c.env(), in, log, log
	require.NoError(c.t, p.cmd.Start())
	go func() { _ = p.cmd.Wait(); close(p.ended) }()
	c.t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		log.Close()
	})
	return p
}

func (c *dialogPrefix) runReg(args ...string) {
	c.t.Helper()
	require.Zero(c.t, c.launch(nil, "reg", args...).wait(), args)
}

// dialogDriver is a running dialogdriver.exe, which controls an open dialog.
type dialogDriver struct {
	*program
	in       *os.File
	commands int
}

func (c *dialogPrefix) openDialog(t *testing.T, build, function, language string) *dialogDriver {
	t.Helper()
	return c.startDriver(t, builtFile(t, filepath.Join("x64", build, "offhookui.dll")), function, language)
}

// startDriver starts dialogdriver.exe, which runs commands on windows.
func (c *dialogPrefix) startDriver(t *testing.T, args ...string) *dialogDriver {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	p := c.launch(r, builtFile(t, "x64/test/dialogdriver.exe"), args...)
	r.Close()
	s := &dialogDriver{program: p, in: w}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		w.Close()
		if t.Failed() {
			t.Logf("the windows said\n%s", strings.ReplaceAll(p.text(), "\x1e", "\n"))
		}
	})
	p.t = t
	return s
}

// command runs one command on the dialog in front and gives its result.
func (s *dialogDriver) command(format string, args ...any) string {
	s.t.Helper()
	_, err := fmt.Fprintf(s.in, format+"\n", args...)
	require.NoError(s.t, err)
	s.commands++
	var output string
	s.program.waitUntil("an answer to "+fmt.Sprintf(format, args...), func() bool {
		_, rest, found := strings.Cut("\n"+s.program.text(), fmt.Sprintf("\n#%d ", s.commands))
		var whole bool
		output, _, whole = strings.Cut(rest, "\n")
		return found && whole
	})
	return output
}

// waitText waits until a control shows a text.
func (s *dialogDriver) waitText(control int, words string) {
	s.t.Helper()
	var now string
	for limit := time.Now().Add(waitLimit); time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		if now = s.command("text %d", control); strings.Contains(now, words) {
			return
		}
	}
	require.Fail(s.t, "never said", "%q; now %q", words, now)
}

func (s *dialogDriver) click(control int) {
	s.t.Helper()
	require.Equal(s.t, "1", s.command("click %d", control), "control %d is off", control)
}

func (s *dialogDriver) setText(control int, text string) {
	s.t.Helper()
	require.Equal(s.t, "1", s.command("set %d %s", control, text))
}

// enabledControls gives those of the controls that are enabled.
func (s *dialogDriver) enabledControls(controls ...int) (on []int) {
	for _, c := range controls {
		if s.command("enabled %d", c) == "1" {
			on = append(on, c)
		}
	}
	return on
}

// waitEnd waits until the function has returned and the library is freed, by its own threads too.
func (s *dialogDriver) waitEnd(result string) {
	s.t.Helper()
	s.wait()
	require.Contains(s.t, s.text(), "ended "+result+"\n")
	require.Contains(s.t, s.text(), "library gone")
	require.NotContains(s.t, s.text(), "the provider was called")
}

// control is one control of a dialog, in pixels of the dialog.
type control struct {
	id                       int
	class, text              string
	visible                  bool
	left, top, right, bottom int
	width, height            int // of the client area
	needsWidth, needsHeight  int
}

func (s *dialogDriver) readControls() (width, height int, all []control) {
	s.t.Helper()
	for i, row := range strings.Split(strings.TrimSuffix(s.command("dump"), "\x1e"), "\x1e") {
		f := strings.Split(row, "\t")
		n := make([]int, len(f))
		for k := range f {
			n[k], _ = strconv.Atoi(f[k])
		}
		if i == 0 {
			width, height = n[0], n[1]
			continue
		}
		require.Len(s.t, f, 13, row)
		all = append(all, control{n[0], f[1], f[12], n[2] == 1, n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11]})
	}
	return width, height, slices.DeleteFunc(all, func(c control) bool { return !c.visible })
}

// requireLayout requires that no control is cut off, outside the dialog or on top of another, and that each access key is used once.
func (s *dialogDriver) requireLayout() {
	s.t.Helper()
	width, height, all := s.readControls()
	keys := map[string]int{}
	for i, c := range all {
		require.True(s.t, c.left >= 0 && c.top >= 0 && c.right <= width && c.bottom <= height, "%+v is outside of %dx%d", c, width, height)
		switch c.class {
		case "Static":
			require.True(s.t, c.needsWidth <= c.width && c.needsHeight <= c.height, "cut off: %+v", c)
		case "Button":
			require.LessOrEqual(s.t, c.needsWidth+8, c.right-c.left, "cut off: %+v", c)
			require.NotEmpty(s.t, c.text)
		}
		if m := regexp.MustCompile("&([^&])").FindStringSubmatch(c.text); m != nil && c.class != "Edit" {
			key := strings.ToLower(m[1])
			require.Zero(s.t, keys[key], "the key %s: %d and %d", key, keys[key], c.id)
			keys[key] = c.id
		}
		for _, o := range all[:i] {
			frame := o.class == "Button" && o.bottom-o.top > 40
			apart := c.left >= o.right || o.left >= c.right || c.top >= o.bottom || o.top >= c.bottom
			require.True(s.t, apart || frame, "%+v is on %+v", c, o)
		}
	}
}
