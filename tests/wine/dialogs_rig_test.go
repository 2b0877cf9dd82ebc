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
	cSelected, cPeopleState                                = 1109, 1110
	notUnique, unavailable, failed, deviceClass, succeeded = "0x80000056", "0x80000049", "0x80000048", "0x80000023", "0x0"
)

// counter is a bottle with the dialogs and a stand-in for the daemon's control channel.
type counter struct {
	*bottle
	desk    string // what the stand-in answers, and what it was asked
	standin *program
	read    int // of the requests
}

func newCounter(t *testing.T) *counter {
	b := newBottle(t)
	c := &counter{bottle: b, desk: filepath.Join(b.dir, "desk")}
	require.NoError(t, os.MkdirAll(c.desk, 0o700))
	if fonts := os.Getenv("OFFHOOK_WINE_FONTS"); fonts != "" { // where the package fonts-wine is not installed
		require.NoError(t, os.CopyFS(filepath.Join(c.prefix, "drive_c/windows/Fonts"), os.DirFS(fonts)))
	}
	made(t, "../../adapters/tapi/tsp/ui")
	return c
}

// answer is what the stand-in answers to a verb from now on.
func (c *counter) answer(verb string, lines ...string) {
	c.t.Helper()
	file := filepath.Join(c.desk, verb)
	require.NoError(c.t, os.WriteFile(file+".new", []byte(strings.Join(lines, "\n")+"\n\n"), 0o600))
	require.NoError(c.t, os.Rename(file+".new", file))
}

// settings answers get, with these lines instead of the usual ones or beside them.
func (c *counter) settings(lines ...string) {
	given := "\n" + strings.Join(lines, "\n")
	for _, usual := range []string{"flavour=production", "user=switch@branch", "host=pbx.example.com", "port=5222", "has-password=yes"} {
		if name, _, _ := strings.Cut(usual, "="); !strings.Contains(given, "\n"+name+"=") {
			lines = append(lines, usual)
		}
	}
	c.answer("get", append([]string{"ok"}, lines...)...)
}

func (c *counter) stand() {
	c.standin = c.launch(nil, artefact(c.t, "x64/test/controlserver.exe"), windows(c.desk))
	c.standin.until("a stand-in", func() bool { return strings.Contains(c.standin.text(), "serving") })
}

// requests are those since the last time.
func (c *counter) requests() []string {
	c.t.Helper()
	b, err := os.ReadFile(filepath.Join(c.desk, "requests"))
	if !os.IsNotExist(err) {
		require.NoError(c.t, err)
	}
	all := strings.Split(strings.TrimSuffix(string(b[c.read:]), "\n\n"), "\n\n")
	c.read = len(b)
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// launch is start with an input, and on the counter's display.
func (c *counter) launch(in io.Reader, file string, args ...string) *program {
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

func (c *counter) registry(args ...string) {
	c.t.Helper()
	require.Zero(c.t, c.launch(nil, "reg", args...).wait(), args)
}

// show is an open dialog.
type show struct {
	*program
	in *os.File
	n  int
}

func (c *counter) open(t *testing.T, build, function, language string) *show {
	t.Helper()
	return c.shows(t, artefact(t, filepath.Join("x64", build, "offhookui.dll")), function, language)
}

// shows runs dialogdriver.exe, which does with windows what it is told.
func (c *counter) shows(t *testing.T, args ...string) *show {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	p := c.launch(r, artefact(t, "x64/test/dialogdriver.exe"), args...)
	r.Close()
	s := &show{program: p, in: w}
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

// ask has something done with the dialog in front and gives what came of it.
func (s *show) ask(format string, args ...any) string {
	s.t.Helper()
	_, err := fmt.Fprintf(s.in, format+"\n", args...)
	require.NoError(s.t, err)
	s.n++
	var said string
	s.program.until("an answer to "+fmt.Sprintf(format, args...), func() bool {
		_, rest, found := strings.Cut("\n"+s.program.text(), fmt.Sprintf("\n#%d ", s.n))
		var whole bool
		said, _, whole = strings.Cut(rest, "\n")
		return found && whole
	})
	return said
}

// sees waits for words in a control.
func (s *show) sees(control int, words string) {
	s.t.Helper()
	var now string
	for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		if now = s.ask("text %d", control); strings.Contains(now, words) {
			return
		}
	}
	require.Fail(s.t, "never said", "%q; now %q", words, now)
}

func (s *show) click(control int) {
	s.t.Helper()
	require.Equal(s.t, "1", s.ask("click %d", control), "control %d is off", control)
}

func (s *show) set(control int, text string) {
	s.t.Helper()
	require.Equal(s.t, "1", s.ask("set %d %s", control, text))
}

// on says which of the controls can be used.
func (s *show) on(controls ...int) (on []int) {
	for _, c := range controls {
		if s.ask("enabled %d", c) == "1" {
			on = append(on, c)
		}
	}
	return on
}

// ends waits for the function to return and for the library to be freed, its threads included.
func (s *show) ends(result string) {
	s.t.Helper()
	s.wait()
	require.Contains(s.t, s.text(), "ended "+result+"\n")
	require.Contains(s.t, s.text(), "library gone")
	require.NotContains(s.t, s.text(), "the provider was called")
}

// control is what a dialog shows in one place, in pixels of the dialog.
type control struct {
	id                       int
	class, text              string
	visible                  bool
	left, top, right, bottom int
	width, height            int // inside
	needsWidth, needsHeight  int
}

func (s *show) controls() (width, height int, all []control) {
	s.t.Helper()
	for i, row := range strings.Split(strings.TrimSuffix(s.ask("dump"), "\x1e"), "\x1e") {
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

// laidOut judges an arrangement: nothing cut off, outside or on top of another, each access key once.
func (s *show) laidOut() {
	s.t.Helper()
	width, height, all := s.controls()
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
