package winetest

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/wire"
	"offhook/internal/pbx"
)

// setups are made once for all tests of the package.
var setups = struct {
	sync.Mutex
	made map[string]string // what is made of what
}{made: map[string]string{}}

// setupOf makes a setup of a version, or gives the one that was made: the 64-bit kind, which Wine can run, unless more says
// otherwise. What installs itself here is the x64 build of offhook.exe alone, so the x86 one is left out.
func setupOf(t *testing.T, version string, more ...string) string {
	t.Helper()
	setups.Lock()
	defer setups.Unlock()
	out := filepath.Join(shared.dir, strings.Join(append([]string{"setup", version}, more...), "-"))
	if file := setups.made[out]; file != "" {
		return file
	}
	gather(t, out, version)
	args := append([]string{"-s", "-j2", "-C", "../../installer", "OUT=" + out, "VERSION=" + version, "TARGET=amd64", "QUICK=1"}, more...)
	said, err := exec.Command("make", args...).CombinedOutput()
	require.NoError(t, err, "%s", said)
	require.Contains(t, string(said), "TEST BUILD", "NSIS 3.12 makes releases; then this line is no longer said")
	row := strings.Fields(string(said))
	setups.made[out] = row[len(row)-1]
	return setups.made[out]
}

// gather puts the files of a setup together.
func gather(t *testing.T, out, version string) {
	t.Helper()
	made(t, "../../adapters/tapi/tsp", "../../adapters/tapi/tsp/ui", "../tapiprobe")
	for _, width := range []string{"x64", "x86"} {
		for _, f := range []string{"offhook.tsp", "offhookui.dll", "debug/offhook.tsp", "debug/offhookui.dll", "tapiprobe.exe"} {
			content, err := os.ReadFile(filepath.Join("../../bin/windows", width, f))
			require.NoError(t, err)
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(out, width, f)), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(out, width, f), content, 0o600))
		}
	}
	exe := filepath.Join(out, "x64", "offhook.exe")
	c := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -X main.version="+version, "-o", exe, "../../cmd/offhook")
	c.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	said, err := c.CombinedOutput()
	require.NoError(t, err, "%s", said)
	require.NoError(t, os.WriteFile(filepath.Join(out, "x86", "offhook.exe"), readFile(t, filepath.Join(out, "x86", "tapiprobe.exe")), 0o600))
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return b
}

// desktop is a bottle that setups are run in.
type desktop struct {
	*bottle
	tool string // prefixtool.exe
}

func newDesktop(t *testing.T) *desktop {
	t.Helper()
	if _, err := exec.LookPath("makensis"); err != nil {
		t.Skip("LEFT OUT: no makensis on this machine; run: make wine")
	}
	d := &desktop{bottle: newBottle(t)}
	d.tool = filepath.Join(d.dir, "prefixtool.exe")
	out, err := exec.Command("x86_64-w64-mingw32-gcc", "-std=c11", "-D_WIN32_WINNT=0x0601", "-DUNICODE", "-O1", "-Wall", "-Wextra", "-Werror", "-municode", "-static", "-s",
		"-o", d.tool, "prefixtool/prefixtool.c", "-ladvapi32").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return d
}

// c is a path below drive C: as this machine has it.
func (d *desktop) c(path string) string { return filepath.Join(d.prefix, "drive_c", path) }

// do runs a program in the bottle to its end.
func (d *desktop) do(file string, args ...string) (code int, said string) {
	d.t.Helper()
	p := d.start(nil, file, args...)
	return p.wait(), p.text()
}

func (d *desktop) must(file string, args ...string) string {
	d.t.Helper()
	code, said := d.do(file, args...)
	require.Zero(d.t, code, "%s %q: %s", file, args, said)
	return said
}

// windowsIs sets which Windows the bottle says it is; Wine 8 itself says 7.
func (d *desktop) windowsIs(version string) {
	d.t.Helper()
	d.must("reg", "add", `HKCU\Software\Wine`, "/v", "Version", "/d", version, "/f")
}

// line runs a Windows command line as it stands and gives its whole exit code: Wine's own has eight bits.
func (d *desktop) line(format string, args ...any) int {
	d.t.Helper()
	p := d.start([]string{"PREFIXTOOL_LINE=" + fmt.Sprintf(format, args...)}, d.tool, "run")
	require.Zero(d.t, p.wait(), p.text())
	words := strings.Fields(p.text()) // the program's own, then "exit CODE"
	code, err := strconv.Atoi(words[len(words)-1])
	require.NoError(d.t, err, p.text())
	return code
}

// setup runs a setup with options.
func (d *desktop) setup(file, options string) int {
	d.t.Helper()
	return d.line(`"%s" %s`, windows(file), options)
}

// uninstall does what Windows' list of programs says, with more behind it.
func (d *desktop) uninstall(more string) int {
	d.t.Helper()
	quiet := d.values(uninstallKey)[uninstallKey+" | QuietUninstallString"]
	require.NotEmpty(d.t, quiet)
	return d.line("%s", quiet+more)
}

const uninstallKey = `HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\offhook`

// setupLog is what the setups wrote so far, from a place on.
func (d *desktop) setupLog(from int) string {
	d.t.Helper()
	b, err := os.ReadFile(d.c("windows/logs/offhook-setup.log"))
	if !os.IsNotExist(err) {
		require.NoError(d.t, err)
	}
	return string(b[min(from, len(b)):])
}

// unsteady are keys in which Wine itself writes while nothing is installed.
var unsteady = regexp.MustCompile(`^(HKLM\\Hardware|HKLM\\System\\CurrentControlSet\\(Enum|Hardware Profiles|Control\\(Video|Class|ServiceCurrent))|HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Perflib|HK..\\Software\\(Wow6432Node\\)?Microsoft\\SystemCertificates|HKCU\\(Console|Volatile Environment|Software\\Wine))`)

// ourKeys are those that an installation has values in.
var ourKeys = []string{productKey, uninstallKey, providersKey, locationsKey, serviceKey}

// values is the registry, or some keys of it: "KEY" or "KEY | NAME" to its text.
func (d *desktop) values(keys ...string) map[string]string {
	d.t.Helper()
	file := filepath.Join(d.dir, "registry.txt")
	args := []string{"registry", windows(file)}
	for _, k := range keys {
		args = append(args, strings.TrimPrefix(k, `HKLM\`))
	}
	d.must(d.tool, args...)
	all := map[string]string{}
	for row := range strings.Lines(string(readFile(d.t, file))) {
		row = strings.TrimSuffix(row, "\n")
		if unsteady.MatchString(row) {
			continue
		}
		key, value, _ := strings.Cut(row, " = ")
		if typ, text, ok := strings.Cut(value, " "); ok && typ == "1" {
			value = text
		}
		all[key] = value
	}
	return all
}

// state is all that an installation may change.
type state struct{ files, values map[string]string }

func (d *desktop) state() state {
	d.t.Helper()
	return state{d.files(), d.values()}
}

// files is drive C: with what tells a file from another.
func (d *desktop) files() map[string]string {
	d.t.Helper()
	all := map[string]string{}
	root := filepath.Join(d.prefix, "drive_c")
	require.NoError(d.t, filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		if err != nil || strings.HasPrefix(name, "users/") && strings.Contains(name, "/Temp") {
			return err
		}
		all[name] = "directory"
		if !e.IsDir() {
			info, err := e.Info()
			if err != nil {
				return err
			}
			all[name] = fmt.Sprint(info.Size(), info.ModTime().UnixNano())
		}
		return nil
	}))
	return all
}

// differences names what is new (+), gone (-) or other (~) in b.
func differences(a, b map[string]string) (all []string) {
	for _, k := range slices.Sorted(maps.Keys(b)) {
		if was, there := a[k]; !there {
			all = append(all, "+"+k)
		} else if was != b[k] {
			all = append(all, "~"+k)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(a)) {
		if _, there := b[k]; !there {
			all = append(all, "-"+k)
		}
	}
	return all
}

// since are the differences to a state, without the setup's own log and the number that Windows never gives twice.
func (d *desktop) since(before state) []string {
	d.t.Helper()
	now := d.state()
	return slices.DeleteFunc(append(differences(before.files, now.files), differences(before.values, now.values)...), func(s string) bool {
		return strings.HasSuffix(s, "windows/logs/offhook-setup.log") || strings.HasSuffix(s, "windows/logs")
	})
}

// keepsSecret looks for passwords in every file that is not Wine's own and in the registry, in both of Windows' encodings.
func (d *desktop) keepsSecret(passwords ...string) {
	d.t.Helper()
	d.values() // the registry as text: registry.txt
	var forms [][]byte
	for _, p := range passwords {
		var wide []byte
		for _, u := range utf16.Encode([]rune(p)) {
			wide = binary.LittleEndian.AppendUint16(wide, u)
		}
		forms = append(forms, []byte(p), wide)
	}
	looked := 0
	for _, root := range []string{d.dir, d.c("Program Files/offhook"), d.c("ProgramData"), d.c("users"), d.c("windows/logs"), d.c("windows/temp")} {
		require.NoError(d.t, filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if os.IsNotExist(err) || err == nil && !e.Type().IsRegular() || strings.HasSuffix(path, ".exe") {
				return nil
			}
			b, err := os.ReadFile(path)
			looked++
			for _, form := range forms {
				require.False(d.t, bytes.Contains(b, form), "%s has a password", path)
			}
			return err
		}))
	}
	require.Greater(d.t, looked, 5)
}

// watchCommandLines looks at the command lines of all processes until it is stopped; then it gives how often it saw each word.
func watchCommandLines(words ...string) (stop func() map[string]int) {
	ctx, cancel := context.WithCancel(context.Background())
	seen := map[string]int{}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
			for _, l := range lines {
				b, _ := os.ReadFile(l) // gone meanwhile, mostly
				for _, w := range words {
					seen[w] += bytes.Count(b, []byte(w))
				}
			}
			time.Sleep(3 * time.Millisecond)
		}
	}()
	return func() map[string]int { cancel(); <-ended; return seen }
}

// lineTable waits until the daemon's table has so many lines, and gives them: address and permanent id.
func (d *desktop) lineTable(lines int) map[string]uint32 {
	d.t.Helper()
	var all map[string]uint32
	err := until(patience, func() bool {
		f, err := os.Open(d.c("ProgramData/offhook/lines.tbl"))
		if err != nil {
			return false
		}
		defer f.Close()
		table, err := wire.ReadLineTable(f)
		all = map[string]uint32{}
		for _, l := range table.Lines {
			all[l.Name] = l.Permanent
		}
		return err == nil && len(table.Lines) == lines
	})
	require.NoError(d.t, err, "%d lines; there are %v\n%s", lines, all, d.daemonLog())
	return all
}

func (d *desktop) daemonLog() string {
	b, _ := os.ReadFile(d.c("ProgramData/offhook/log/offhook.log"))
	return string(b[max(0, len(b)-4000):])
}

// exchange is a PBX on the port that the setup's options mean, at an address of its own.
type exchange struct {
	*pbx.Server
	t    *testing.T
	host string
}

const (
	plainPassword = "Geheim-Wort-7"
	colonPassword = "Kenn:wort:zwölf"
)

func newExchange(t *testing.T) *exchange {
	t.Helper()
	office := pbx.DefaultOffice()
	for i := range office.Users {
		office.Users[i].Password = colonPassword
		if office.Users[i].Login == "switch" {
			office.Users[i].Password = plainPassword
		}
	}
	var srv *pbx.Server
	var err error
	for try := range 20 { // somebody else may have the port at an address
		host := net.IPv4(127, byte(64+os.Getpid()%120), byte(os.Getpid()/120%250), byte(1+try)).String()
		office.Listen, office.Hosts = net.JoinHostPort(host, "5222"), []string{host}
		if srv, err = pbx.Start(office); err == nil {
			t.Cleanup(func() { _ = srv.Close() })
			return &exchange{srv, t, host}
		}
	}
	require.NoError(t, err)
	return nil
}

// logins counts the sessions that introduced themselves so far.
func (e *exchange) logins(user string) (n int) {
	for _, c := range e.Commands() {
		if c.Name == "xmppuser.ClientInfo" && strings.EqualFold(c.User, user) {
			n++
		}
	}
	return n
}

func (e *exchange) another(d *desktop, user string, before int) {
	e.t.Helper()
	require.NoError(e.t, until(patience, func() bool { return e.logins(user) > before }), "no new login of %s\n%s", user, d.daemonLog())
}
