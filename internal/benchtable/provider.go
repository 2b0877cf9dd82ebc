package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Paths of the provider's sources and of the tests' Wine script, from the top of the tree.
const (
	providerDir  = "adapters/tapi/tsp"
	prefixScript = "tests/wine/prefix.sh"
	providerDLL  = "bin/windows/x64/test/offhook.tsp"
)

// benchProvider compares a request through the provider DLL with the same bytes on a bare pipe to the same daemon, in turns
// of one process under Wine. That daemon responds at once, so that the difference is the DLL's share.
func benchProvider(b *bench) error {
	if why := missingForProvider(); why != "" {
		fmt.Println("LEFT OUT: what the provider DLL adds to a round trip:", why)
		return nil
	}
	prefix, program := filepath.Join(b.dir, "prefix"), filepath.Join(b.dir, "roundtrip.exe")
	for _, c := range [][]string{
		{"make", "-s", "-C", providerDir},
		{"x86_64-w64-mingw32-gcc", "-std=c11", "-O2", "-D_WIN32_WINNT=0x0601", "-static", "-s", "-o", program,
			providerDir + "/test/roundtrip.c", providerDir + "/wire.c", providerDir + "/image.c"},
		{prefixScript, prefix},
	} {
		if out, err := exec.CommandContext(b.ctx, c[0], c[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", c[0], err, out)
		}
	}
	env := append(os.Environ(), "WINEPREFIX="+prefix, "WINEDEBUG=-all", "DISPLAY=")
	defer func() {
		end := exec.Command("wineserver", "-k")
		end.Env = env
		_ = end.Run()
	}()
	bare, through, ratio, err := b.measureRoundTrips(env, program)
	if err != nil {
		return err
	}
	b.add(row{name: "offhook.tsp adds to the bare round trip of its pipe (Wine)", value: (ratio - 1) * 100, unit: "%", floor: 20, aim: 10, smallerIsBetter: true,
		detail: formatDuration(through) + " vs " + formatDuration(bare) + "; medians, of the ratio too"})
	return nil
}

// missingForProvider returns why this machine cannot measure the provider, or "".
func missingForProvider() string {
	for _, tool := range []string{"make", "x86_64-w64-mingw32-gcc", "i686-w64-mingw32-gcc", "wine"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "no " + tool + " on this machine; run: make wine"
		}
	}
	if _, err := os.Stat(prefixScript); err != nil {
		return "this is not the top of the source tree"
	}
	return ""
}

// measureRoundTrips returns the median nanoseconds without and with the provider, and the median of the ratios of
// neighbouring turns, which depends little on other load of the machine.
func (b *bench) measureRoundTrips(env []string, program string) (bare, through, ratio float64, err error) {
	const pipe = `\\.\pipe\offhook-bench`
	dll, err := filepath.Abs(providerDLL)
	if err != nil {
		return 0, 0, 0, err
	}
	daemon, err := b.wine(env, program, "serve", pipe)
	if err != nil {
		return 0, 0, 0, err
	}
	defer func() { _ = daemon.Process.Kill(); _ = daemon.Wait() }()
	if _, err := waitLine(daemon, "serving"); err != nil {
		return 0, 0, 0, err
	}
	client, err := b.wine(env, program, "Z:"+strings.ReplaceAll(dll, "/", `\`), pipe, fmt.Sprint(b.budget.Seconds()))
	if err != nil {
		return 0, 0, 0, err
	}
	defer func() { _ = client.Process.Kill(); _ = client.Wait() }()
	line, err := waitLine(client, "bare ")
	if err != nil {
		return 0, 0, 0, err
	}
	_, err = fmt.Sscanf(line, "bare %g provider %g ratio %g", &bare, &through, &ratio)
	return bare, through, ratio, err
}

// wine starts a program with its output in a file, since Wine's own processes would keep a pipe open.
func (b *bench) wine(env []string, args ...string) (*exec.Cmd, error) {
	out, err := os.CreateTemp(b.dir, "roundtrip-*.log")
	if err != nil {
		return nil, err
	}
	defer out.Close()
	c := exec.CommandContext(b.ctx, "wine", args...)
	c.Env, c.Stdout, c.Stderr = env, out, out
	return c, c.Start()
}

// waitLine waits for the first line of a program's output with that beginning and returns it.
func waitLine(c *exec.Cmd, beginning string) (string, error) {
	name := c.Stdout.(*os.File).Name()
	for limit := time.Now().Add(2 * time.Minute); time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			line := strings.TrimSpace(lines.Text())
			if strings.HasPrefix(line, beginning) {
				f.Close()
				return line, nil
			}
			if strings.HasPrefix(line, "cannot begin") || strings.HasPrefix(line, "a request failed") {
				f.Close()
				return "", fmt.Errorf("roundtrip: %s", line)
			}
		}
		f.Close()
	}
	return "", fmt.Errorf("roundtrip did not print %q", beginning)
}
