package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/internal/daemon"
)

// process is an offhook of its own.
type process struct {
	t         *testing.T
	cmd       *exec.Cmd
	out, errs logBuffer
	ended     chan struct{}
}

// begin starts one; it is ended with the test at the latest.
func begin(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	p := &process{t: t, ended: make(chan struct{})}
	p.cmd = exec.Command(self, args...)
	p.cmd.Env = append([]string{beOffhook + "=1", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}, env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	require.NoError(t, p.cmd.Start())
	go func() { _ = p.cmd.Wait(); close(p.ended) }()
	t.Cleanup(func() {
		p.end(os.Kill)
		requireSecretKept(t, "output", append(p.out.bytes(), p.errs.bytes()...))
	})
	return p
}

// end signals the process and gives its exit code, -1 after a kill.
func (p *process) end(s os.Signal) int {
	_ = p.cmd.Process.Signal(s)
	return p.wait()
}

func (p *process) wait() int {
	select {
	case <-p.ended:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.ended
		p.t.Errorf("the process does not end; it said\n%s", p.errs.String())
	}
	return p.cmd.ProcessState.ExitCode()
}

// says waits for a line of the log.
func (p *process) says(texts ...string) string {
	p.t.Helper()
	var line string
	require.Eventually(p.t, func() (found bool) {
		line, found = p.errs.find(texts...)
		return found
	}, patience, 5*time.Millisecond, "no line with %q in\n%s", texts, &p.errs)
	return line
}

// callApart runs a command line in a process of its own.
func callApart(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	p := begin(t, nil, args...)
	code = p.wait()
	return code, p.out.String(), p.errs.String()
}

// TestSettingsPrecedence: a flag stands above the environment, that above the file. What listens nowhere shows which
// port was taken; a termination signal ends it with 0.
func TestSettingsPrecedence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "offhook.yaml")
	ports := []int{freePort(t), freePort(t), freePort(t)}
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, "user: ilund\nhost: 127.0.0.1\nport: %d\npassword-file: %s\ndata-dir: %s\ntapi-listen: none\n",
		ports[0], passwordFile(t, dir), filepath.Join(dir, "data")), 0o600))
	env, args := []string{"OFFHOOK_PORT=" + fmt.Sprint(ports[1])}, []string{"--config", config, "run"}
	for i, p := range []func() *process{
		func() *process { return begin(t, nil, args...) },
		func() *process { return begin(t, env, args...) },
		func() *process { return begin(t, env, append(args, "--port", fmt.Sprint(ports[2]))...) },
	} {
		p := p()
		p.says("code=refused", fmt.Sprintf("nothing listens at 127.0.0.1:%d; check host and port", ports[i]))
		if cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.cmd.Process.Pid)); err == nil {
			requireSecretKept(t, "command line", cmdline)
		}
		began := time.Now()
		require.Zero(t, p.end(syscall.SIGTERM), p.errs.String())
		require.Less(t, time.Since(began), 5*time.Second)
		p.says("offhook ends")
	}
	requireSecretKeptIn(t, dir)
}

// TestKilled kills a daemon in the middle of a flood: whatever it showed stands in its journal, and it starts again.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{daemon.KindFiles, daemon.KindJetStream} {
		t.Run(kind, func(t *testing.T) { t.Parallel(); killed(t, kind) })
	}
}

func killed(t *testing.T, kind string) {
	r := newRig(t, func(r *rig) { r.captures = false })
	authority := filepath.Join(r.dir, "ca.pem")
	require.NoError(t, os.WriteFile(authority, r.pbx.CertPEM(), 0o600))
	args := []string{"run", "--user", "ilund@branch", "--host", "127.0.0.1", "--port", fmt.Sprint(r.session.Port), "--ca", authority, "--data-dir", r.dir,
		"--journal-kind", kind, "--password-file", passwordFile(t, r.dir), "--watch", "--tapi-listen", "none", "--trace", filepath.Join(r.dir, "killed.ndjson.gz")}
	p := begin(t, nil, args...)
	r.relogin(0)
	_, err := r.pbx.Inbound("00497115550199", "Vogt Ltd", "41")
	require.NoError(t, err)
	require.NoError(t, r.pbx.Answer("41"))
	flooded := make(chan error, 1)
	go func() { flooded <- r.pbx.Flood("41", 20_000) }()
	require.True(t, waitFor(func() bool {
		return bytes.Contains(p.out.bytes(), []byte("Flood 500 ")) || bytes.Contains(p.out.bytes(), []byte("Flood 500\n"))
	}),
		"%s\n%s", &p.out, &p.errs)
	require.Equal(t, -1, p.end(os.Kill))
	<-flooded // it ends with the session

	require.Equal(t, kind, daemon.JournalKindIn(filepath.Join(r.dir, "journal")))
	rows := p.out.String()
	names := regexp.MustCompile(`Flood \d+ `).FindAllString(rows[:strings.LastIndexByte(rows, '\n')], -1)
	shown := strings.TrimSpace(names[len(names)-1])
	kept := strings.Join(r.journaled().lines, "\n")
	require.True(t, strings.Contains(kept, fmt.Sprintf("callerName=%q", shown)), "what was shown last (%s) is not in the journal", shown)
	code, _, errs := call("", "replay", "--journal", filepath.Join(r.dir, "journal"))
	require.Zero(t, code, errs)

	before := r.logins()
	p = begin(t, nil, args...)
	r.relogin(before)
	code, _, errs = call("", "replay", "--journal", r.dir)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "in use by a running offhook")
	require.NoError(t, r.pbx.HangupUser("41"))
	require.True(t, waitFor(func() bool { return bytes.Contains(p.out.bytes(), []byte("IDLE")) }), "%s\n%s", &p.out, &p.errs)
	require.Zero(t, p.end(syscall.SIGTERM), p.errs.String())
}
