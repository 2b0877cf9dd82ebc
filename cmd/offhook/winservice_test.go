//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"offhook/internal/daemon"
	"offhook/internal/pbx"
	"offhook/internal/winservice"
)

// wine is the Windows build of offhook in a Wine prefix of its own.
type wine struct {
	t              *testing.T
	dir, exe, root string
	env            []string
	runs           int
}

// newWine builds offhook.exe and makes a prefix; without Wine the test is left out.
func newWine(t *testing.T) *wine {
	t.Helper()
	if testing.Short() {
		t.Skip("LEFT OUT: the Windows service under Wine: not with -short")
	}
	w := &wine{t: t, dir: t.TempDir()}
	prefix := filepath.Join(w.dir, "prefix")
	out, err := exec.Command("../../tests/wine/prefix.sh", prefix).CombinedOutput()
	if e := new(exec.ExitError); errors.As(err, &e) && e.ExitCode() == 3 {
		t.Skipf("LEFT OUT: the Windows service under Wine: %s run: make wine", out)
	}
	require.NoError(t, err, "%s", out)
	w.exe = filepath.Join(w.dir, "offhook.exe")
	build := exec.Command("go", "build", "-trimpath", "-o", w.exe, ".")
	build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err = build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	w.root = filepath.Join(prefix, "drive_c", "ProgramData", "offhook")
	w.env = append(os.Environ(), "WINEPREFIX="+prefix, "WINEDEBUG=-all", "DISPLAY=")
	require.NoError(t, w.server("-p")) // one that left between two programs would start the service by itself when it comes back
	t.Cleanup(func() {
		_ = w.server("-k")
		_ = w.server("-w")
		if t.Failed() {
			t.Logf("the service's log:\n%s", w.read("log/offhook.log"))
		}
	})
	return w
}

func (w *wine) server(arg string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, "wineserver", arg)
	c.Env = w.env
	return c.Run()
}

// run runs a command line of offhook.exe. Its output goes to a file: Wine's own processes would keep a pipe open.
func (w *wine) run(args ...string) (code int, out string) {
	w.t.Helper()
	w.runs++
	name := filepath.Join(w.dir, fmt.Sprintf("out-%d", w.runs))
	f, err := os.Create(name)
	require.NoError(w.t, err)
	defer f.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, "wine", append([]string{w.exe}, args...)...)
	c.Env, c.Stdout, c.Stderr, c.WaitDelay = w.env, f, f, time.Second
	err = c.Run()
	if e := new(exec.ExitError); err != nil && !errors.As(err, &e) {
		require.NoError(w.t, err)
	}
	b, err := os.ReadFile(name)
	require.NoError(w.t, err)
	requireSecretKept(w.t, "output", b)
	return c.ProcessState.ExitCode(), string(b)
}

// must runs one that has to work, and to say something.
func (w *wine) must(says string, args ...string) string {
	w.t.Helper()
	code, out := w.run(args...)
	require.Zero(w.t, code, "%q: %s\n%s", args, out, w.read("log/offhook.log"))
	require.Contains(w.t, out, says)
	return out
}

func (w *wine) read(name string) string {
	b, _ := os.ReadFile(filepath.Join(w.root, name))
	return string(b)
}

func (w *wine) write(name, text string) {
	require.NoError(w.t, os.WriteFile(filepath.Join(w.root, name), []byte(text), 0o600))
}

// inWine is a path of this machine as Wine names it.
func inWine(path string) string { return "Z:" + strings.ReplaceAll(path, "/", `\`) }

// TestWindowsService is the service's life from its installation to its removal, against a simulated PBX: a password that was
// staged is sealed, the control channel works over its pipe, another account is set, and nothing holds the password.
func TestWindowsService(t *testing.T) {
	w := newWine(t)
	office, err := pbx.Start(secretOffice())
	require.NoError(t, err)
	defer office.Close()
	host, port := hostPort(office.Addr())
	authority := filepath.Join(w.dir, "ca.pem")
	require.NoError(t, os.WriteFile(authority, office.CertPEM(), 0o600))
	tsp := filepath.Join(filepath.Dir(filepath.Dir(w.root)), "windows", "system32", winservice.ProviderFile)
	require.NoError(t, os.WriteFile(tsp, []byte("MZ"), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()

	code, out := w.run("service", "start")
	require.Equal(t, 1, code)
	require.Contains(t, out, "not installed")
	w.must("is installed", "service", "install")
	w.must("is installed", "service", "install") // again: an upgrade
	require.DirExists(t, filepath.Join(w.root, "log", "tsp"), "where the provider DLL writes")
	code, out = w.run("service", "status")
	require.Equal(t, 1, code)
	require.Contains(t, out, "service: stopped")
	require.Contains(t, out, "does not name offhook.tsp")

	w.write("settings.yaml", fmt.Sprintf("user: ilund@%s\nhost: %s\nport: %d\nca: '%s'\n", office.Domain(), host, port, inWine(authority)))
	w.write("password.new", secret+"\r\n")
	w.must("the service runs", "service", "start")
	_, err = office.WaitLogin(ctx, "ilund")
	require.NoError(t, err)
	require.NoFileExists(t, filepath.Join(w.root, "password.new"))
	sealed := w.read("password.sealed")
	require.NotEmpty(t, sealed)
	require.True(t, waitFor(func() bool { _, out = w.run("config"); return strings.Contains(out, "up") }), out)
	require.Contains(t, out, "ilund@"+office.Domain())
	require.Contains(t, out, "is set")
	out = w.must("service: running", "service", "status")
	require.Contains(t, out, "the provider is registered", "the service repairs the list while the Telephony service is stopped")

	next := filepath.Join(w.dir, "next"+passwordSuffix)
	require.NoError(t, os.WriteFile(next, []byte(secret), 0o600))
	code, out = w.run("config", "set", "user=switch@"+office.Domain())
	require.Equal(t, 2, code, out)
	w.must("changed: user, users, password", "config", "set", "user=switch@"+office.Domain(), "users=KPark", "--password-file", inWine(next))
	_, err = office.WaitLogin(ctx, "switch")
	require.NoError(t, err)
	require.NotEqual(t, sealed, w.read("password.sealed"))
	w.must("ok: the login works", "config", "test")
	require.NoError(t, os.WriteFile(next, []byte("something else"), 0o600))
	code, out = w.run("config", "test", "--password-file", inWine(next))
	require.Equal(t, 1, code)
	require.Contains(t, out, "password: ")
	w.must("Kim Park", "config", "users")

	w.must("is stopped", "service", "stop")
	require.NoError(t, office.WaitLogout(ctx, "switch"))
	require.Contains(t, w.read("log/offhook.log"), "offhook ends")
	require.FileExists(t, filepath.Join(w.root, daemon.LineTableName))
	requireNowhere(t, w.dir)

	w.must("is removed", "service", "uninstall", "--all")
	require.NoDirExists(t, w.root)
	_, out = w.run("service", "status")
	require.Contains(t, out, "not installed")
	require.NoError(t, w.server("-k"))
	require.NoError(t, w.server("-w"))
	registry, err := os.ReadFile(filepath.Join(w.dir, "prefix", "system.reg"))
	require.NoError(t, err)
	require.Contains(t, string(registry), `Telephony\\Providers`)
	for line := range strings.Lines(string(registry)) {
		if strings.HasPrefix(line, "[") {
			require.NotContains(t, strings.ToLower(line), "offhook", "a key is left behind")
		}
	}
	requireNowhere(t, w.dir)
}

// requireNowhere looks for the password, in both of Windows' encodings, in every file that a run could have written: settings,
// log, journal, registry.
func requireNowhere(t *testing.T, dir string) {
	t.Helper()
	var wide []byte
	for _, u := range utf16.Encode([]rune(secretHead)) {
		wide = binary.LittleEndian.AppendUint16(wide, u)
	}
	seen := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasSuffix(path, passwordSuffix) {
			return err
		}
		if filepath.Base(path) == "windows" || strings.Contains(path, "/drive_c/windows/") {
			return nil // Wine's own files
		}
		b, err := os.ReadFile(path)
		requireSecretKept(t, path, b)
		if bytes.Contains(b, wide) {
			t.Errorf("%s repeats the password, in UTF-16", path)
		}
		seen++
		return err
	}))
	require.Greater(t, seen, 5)
}

// TestOnWindowsParts runs the tests of what only Windows has, as Windows programs.
func TestOnWindowsParts(t *testing.T) {
	w := newWine(t)
	for dir, tests := range map[string]string{"../../internal/control": "^(TestPipe|TestCallerOfToken|TestDescriptorIsTaken|TestServiceSID)$", "../../internal/support": "^TestOnWindows", "../../internal/winservice": "^TestOnWindows", "../../internal/place": "^TestOnWindows", "../../internal/password": "^TestOnWindows"} {
		exe := filepath.Join(w.dir, "parts.exe")
		build := exec.Command("go", "test", "-c", "-o", exe, dir)
		build.Env = append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0")
		out, err := build.CombinedOutput()
		require.NoError(t, err, "%s", out)
		w.exe = exe
		said := w.must("PASS", "-test.run", tests, "-test.v")
		require.NotContains(t, said, "no tests to run")
		require.Contains(t, said, "--- PASS")
	}
}
