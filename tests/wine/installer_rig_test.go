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

// setups are built once for all tests of the package.
var setups = struct {
	sync.Mutex
	made map[string]string // the setup file of each output directory
}{made: map[string]string{}}

// buildSetup builds the setup of a version once: the 64-bit one, which Wine can run, unless more has another TARGET. Only the x64 build of
// offhook.exe is installed under Wine, so the x86 one is a placeholder.
func buildSetup(t *testing.T, version string, more ...string) string {
	t.Helper()
	setups.Lock()
	defer setups.Unlock()
	out := filepath.Join(shared.dir, strings.Join(append([]string{"setup", version}, more...), "-"))
	if file := setups.made[out]; file != "" {
		return file
	}
	collectSetupFiles(t, out, version)
	args := append([]string{"-s", "-j2", "-C", "../../installer", "OUT=" + out, "VERSION=" + version, "TARGET=amd64", "QUICK=1"}, more...)
	output, err := exec.Command("make", args...).CombinedOutput()
	require.NoError(t, err, "%s", output)
	require.Contains(t, string(output), "TEST BUILD", "NSIS 3.12 makes releases; then this line is no longer said")
	row := strings.Fields(string(output))
	setups.made[out] = row[len(row)-1]
	return setups.made[out]
}

// collectSetupFiles copies the files of a setup to a directory.
func collectSetupFiles(t *testing.T, out, version string) {
	t.Helper()
	runMake(t, "../../adapters/tapi/tsp", "../../adapters/tapi/tsp/ui", "../tapiprobe")
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
	output, err := c.CombinedOutput()
	require.NoError(t, err, "%s", output)
	require.NoError(t, os.WriteFile(filepath.Join(out, "x86", "offhook.exe"), readFile(t, filepath.Join(out, "x86", "tapiprobe.exe")), 0o600))
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return b
}

// setupPrefix is a Wine prefix in which setups run.
type setupPrefix struct {
	*winePrefix
	tool string // prefixtool.exe
}

func newSetupPrefix(t *testing.T) *setupPrefix {
	t.Helper()
	if _, err := exec.LookPath("makensis"); err != nil {
		t.Skip("LEFT OUT: no makensis on this machine; run: make wine")
	}
	d := &setupPrefix{winePrefix: newPrefix(t)}
	d.tool = filepath.Join(d.dir, "prefixtool.exe")
	out, err := exec.Command("x86_64-w64-mingw32-gcc", "-std=c11", "-D_WIN32_WINNT=0x0601", "-DUNICODE", "-O1", "-Wall", "-Wextra", "-Werror", "-municode", "-static", "-s",
		"-o", d.tool, "prefixtool/prefixtool.c", "-ladvapi32").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return d
}

// driveC gives the path of a file on drive C: outside of Wine.
func (d *setupPrefix) driveC(path string) string { return filepath.Join(d.prefix, "drive_c", path) }

// run runs a program in the prefix to its end.
func (d *setupPrefix) run(file string, args ...string) (code int, output string) {
	d.t.Helper()
	p := d.start(nil, file, args...)
	return p.wait(), p.text()
}

func (d *setupPrefix) mustRun(file string, args ...string) string {
	d.t.Helper()
	code, output := d.run(file, args...)
	require.Zero(d.t, code, "%s %q: %s", file, args, output)
	return output
}

// setWindowsVersion sets the Windows version of the prefix; the default of Wine 8 is Windows 7.
func (d *setupPrefix) setWindowsVersion(version string) {
	d.t.Helper()
	d.mustRun("reg", "add", `HKCU\Software\Wine`, "/v", "Version", "/d", version, "/f")
}

// runCommandLine runs a Windows command line unchanged and gives its whole exit code: Wine's own exit code has eight bits.
func (d *setupPrefix) runCommandLine(format string, args ...any) int {
	d.t.Helper()
	p := d.start([]string{"PREFIXTOOL_LINE=" + fmt.Sprintf(format, args...)}, d.tool, "run")
	require.Zero(d.t, p.wait(), p.text())
	words := strings.Fields(p.text()) // the output of the program, then "exit CODE"
	code, err := strconv.Atoi(words[len(words)-1])
	require.NoError(d.t, err, p.text())
	return code
}

// runSetup runs a setup with options.
func (d *setupPrefix) runSetup(file, options string) int {
	d.t.Helper()
	return d.runCommandLine(`"%s" %s`, winePath(file), options)
}

// uninstall runs the quiet uninstall command in Windows' list of programs, with more arguments.
func (d *setupPrefix) uninstall(more string) int {
	d.t.Helper()
	quiet := d.registryValues(uninstallKey)[uninstallKey+" | QuietUninstallString"]
	require.NotEmpty(d.t, quiet)
	return d.runCommandLine("%s", quiet+more)
}

const uninstallKey = `HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall\offhook`

// setupLog gives the log of the setups from an offset on.
func (d *setupPrefix) setupLog(from int) string {
	d.t.Helper()
	b, err := os.ReadFile(d.driveC("windows/logs/offhook-setup.log"))
	if !os.IsNotExist(err) {
		require.NoError(d.t, err)
	}
	return string(b[min(from, len(b)):])
}

// volatileKeys matches keys that Wine itself changes.
var volatileKeys = regexp.MustCompile(`^(HKLM\\Hardware|HKLM\\System\\CurrentControlSet\\(Enum|Hardware Profiles|Control\\(Video|Class|ServiceCurrent))|HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Perflib|HK..\\Software\\(Wow6432Node\\)?Microsoft\\SystemCertificates|HKCU\\(Console|Volatile Environment|Software\\Wine))`)

// productKeys are the keys in which an installation has values.
var productKeys = []string{productKey, uninstallKey, providersKey, locationsKey, serviceKey}

// registryValues gives the registry, or some of its keys: "KEY" or "KEY | NAME" to its text.
func (d *setupPrefix) registryValues(keys ...string) map[string]string {
	d.t.Helper()
	file := filepath.Join(d.dir, "registry.txt")
	args := []string{"registry", winePath(file)}
	for _, k := range keys {
		args = append(args, strings.TrimPrefix(k, `HKLM\`))
	}
	d.mustRun(d.tool, args...)
	all := map[string]string{}
	for row := range strings.Lines(string(readFile(d.t, file))) {
		row = strings.TrimSuffix(row, "\n")
		if volatileKeys.MatchString(row) {
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

// machineState is everything that an installation may change.
type machineState struct{ files, values map[string]string }

func (d *setupPrefix) readState() machineState {
	d.t.Helper()
	return machineState{d.listFiles(), d.registryValues()}
}

// listFiles gives each file of drive C: with its size and time.
func (d *setupPrefix) listFiles() map[string]string {
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

// differences gives the keys that are new (+), missing (-) or different (~) in b.
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

// changesSince gives the differences to an earlier state, without the setup's own log.
func (d *setupPrefix) changesSince(before machineState) []string {
	d.t.Helper()
	now := d.readState()
	return slices.DeleteFunc(append(differences(before.files, now.files), differences(before.values, now.values)...), func(s string) bool {
		return strings.HasSuffix(s, "windows/logs/offhook-setup.log") || strings.HasSuffix(s, "windows/logs")
	})
}

// requireNoPassword requires that no file of offhook and no registry value has a password, in UTF-8 or UTF-16.
func (d *setupPrefix) requireNoPassword(passwords ...string) {
	d.t.Helper()
	d.registryValues() // the registry as text: registry.txt
	var forms [][]byte
	for _, p := range passwords {
		var wide []byte
		for _, u := range utf16.Encode([]rune(p)) {
			wide = binary.LittleEndian.AppendUint16(wide, u)
		}
		forms = append(forms, []byte(p), wide)
	}
	looked := 0
	for _, root := range []string{d.dir, d.driveC("Program Files/offhook"), d.driveC("ProgramData"), d.driveC("users"), d.driveC("windows/logs"), d.driveC("windows/temp")} {
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

// watchCommandLines reads the command lines of all processes until stop is called, which gives how often it found each word.
func watchCommandLines(words ...string) (stop func() map[string]int) {
	ctx, cancel := context.WithCancel(context.Background())
	seen := map[string]int{}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
			for _, l := range lines {
				b, _ := os.ReadFile(l) // the process may have ended
				for _, w := range words {
					seen[w] += bytes.Count(b, []byte(w))
				}
			}
			time.Sleep(3 * time.Millisecond)
		}
	}()
	return func() map[string]int { cancel(); <-ended; return seen }
}

// waitLineTable waits until the daemon's line table has a number of lines, and gives their names and permanent ids.
func (d *setupPrefix) waitLineTable(lines int) map[string]uint32 {
	d.t.Helper()
	var all map[string]uint32
	err := waitUntil(waitLimit, func() bool {
		f, err := os.Open(d.driveC("ProgramData/offhook/lines.tbl"))
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

func (d *setupPrefix) daemonLog() string {
	b, _ := os.ReadFile(d.driveC("ProgramData/offhook/log/offhook.log"))
	return string(b[max(0, len(b)-4000):])
}

// setupPBX is a simulated PBX on the port that the setup's options mean, at an address of its own.
type setupPBX struct {
	*pbx.Server
	t    *testing.T
	host string
}

const (
	plainPassword = "Geheim-Wort-7"
	colonPassword = "Kenn:wort:zwölf"
)

func newSetupPBX(t *testing.T) *setupPBX {
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
	for try := range 20 { // the port may be in use at an address
		host := net.IPv4(127, byte(64+os.Getpid()%120), byte(os.Getpid()/120%250), byte(1+try)).String()
		office.Listen, office.Hosts = net.JoinHostPort(host, "5222"), []string{host}
		if srv, err = pbx.Start(office); err == nil {
			t.Cleanup(func() { _ = srv.Close() })
			return &setupPBX{srv, t, host}
		}
	}
	require.NoError(t, err)
	return nil
}

// countLogins counts the sessions that have logged in so far.
func (e *setupPBX) countLogins(user string) (n int) {
	for _, c := range e.Commands() {
		if c.Name == "xmppuser.ClientInfo" && strings.EqualFold(c.User, user) {
			n++
		}
	}
	return n
}

func (e *setupPBX) waitLogin(d *setupPrefix, user string, before int) {
	e.t.Helper()
	require.NoError(e.t, waitUntil(waitLimit, func() bool { return e.countLogins(user) > before }), "no new login of %s\n%s", user, d.daemonLog())
}
