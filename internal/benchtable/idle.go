package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// benchIdle measures an idle daemon of a workstation (decision A13): it builds and starts the program, with one line, logged
// in to the simulated PBX. It reads /proc, so it runs on Linux only.
func benchIdle(b *bench) error {
	if runtime.GOOS != "linux" {
		fmt.Println("LEFT OUT: the idle daemon; it is measured on Linux only")
		return nil
	}
	d, err := b.startIdle()
	if err != nil {
		return err
	}
	defer d.stop()
	select { // the work that follows a login ends
	case <-time.After(3 * time.Second):
	case <-b.ctx.Done():
		return b.ctx.Err()
	}
	wakes, switches, err := d.countWakeUps(b.ctx, max(10*time.Second, 2*b.budget))
	if err != nil {
		return err
	}
	resident, err := readStatus(fmt.Sprintf("/proc/%d/status", d.run.Process.Pid), "VmRSS")
	if err != nil {
		return err
	}
	kept, err := dirSize(filepath.Join(b.dir, "idle", "journal"))
	if err != nil {
		return err
	}
	mib := func(bytes float64) float64 { return bytes / (1 << 20) }
	b.add(row{name: "idle workstation daemon, resident", value: mib(resident * 1024), unit: "MiB", floor: 60, aim: 40, smallerIsBetter: true, detail: "one own line, plain-file journal"})
	b.add(row{name: "idle workstation daemon, journal", value: mib(kept), unit: "MiB", floor: 64, aim: 16, smallerIsBetter: true, detail: fmt.Sprintf("%.0f bytes, just begun", kept)})
	b.add(row{name: "idle workstation daemon, wake-ups", value: wakes, unit: "/s", floor: 1, aim: 0.2, smallerIsBetter: true,
		detail: fmt.Sprintf("bursts of activity, %.1f context switches/s; one a second is nats-server's own statistics, on Linux only", switches)})
	return nil
}

// idleDaemon is a daemon and the simulated PBX that it is logged in to.
type idleDaemon struct{ pbx, run *exec.Cmd }

var (
	pbxAddress  = regexp.MustCompile(`at 127\.0\.0\.1:(\d+)`)
	pbxPassword = regexp.MustCompile(`have the password ("[^"]+")`)
)

func (b *bench) startIdle() (*idleDaemon, error) {
	dir := filepath.Join(b.dir, "idle")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	program := filepath.Join(dir, "offhook")
	if out, err := exec.CommandContext(b.ctx, "go", "build", "-o", program, "offhook/cmd/offhook").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the program cannot be built: %w: %s", err, out)
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	d := &idleDaemon{}
	output, err := startUntil(b.ctx, &d.pbx, "end it with Ctrl-C", program, "pbx", "--listen", "127.0.0.1:0", "--ca-out", in("ca.pem"))
	if err != nil {
		d.stop()
		return nil, err
	}
	port, quoted := pbxAddress.FindStringSubmatch(output), pbxPassword.FindStringSubmatch(output)
	if port == nil || quoted == nil {
		d.stop()
		return nil, fmt.Errorf("the simulated PBX does not print its port and password: %s", output)
	}
	password, err := strconv.Unquote(quoted[1])
	if err == nil {
		err = os.WriteFile(in("password"), []byte(password+"\n"), 0o600)
	}
	if err == nil {
		_, err = startUntil(b.ctx, &d.run, "session up", program, "run", "--user", "ilund@branch", "--host", "127.0.0.1", "--port", port[1],
			"--ca", in("ca.pem"), "--password-file", in("password"), "--data-dir", dir)
	}
	if err != nil {
		d.stop()
		return nil, err
	}
	return d, nil
}

// startUntil starts a program and returns what it prints up to the line with a given text. It discards the rest.
func startUntil(ctx context.Context, c **exec.Cmd, until, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		return "", err
	}
	*c = cmd
	late := time.AfterFunc(20*time.Second, func() { w.CloseWithError(fmt.Errorf("offhook %s does not print %q in time", args[0], until)) })
	defer late.Stop()
	var output strings.Builder
	for s := bufio.NewReader(r); ; {
		line, err := s.ReadString('\n')
		if output.WriteString(line); err != nil {
			return output.String(), err
		}
		if strings.Contains(line, until) {
			go io.Copy(io.Discard, s)
			return output.String(), nil
		}
	}
}

func (d *idleDaemon) stop() {
	for _, c := range []*exec.Cmd{d.run, d.pbx} {
		if c != nil {
			c.Process.Signal(syscall.SIGTERM)
			c.Wait()
		}
	}
}

// quietTime is how long the process must not run between two wake-ups that are counted apart.
const quietTime = 25 * time.Millisecond

// countWakeUps returns how often per second the process begins to run after quietTime, and the context switches per second
// of all its threads; one wake-up takes several of these.
func (d *idleDaemon) countWakeUps(ctx context.Context, length time.Duration) (wakes, switches float64, err error) {
	tick := time.NewTicker(quietTime)
	defer tick.Stop()
	first, err := d.contextSwitches()
	if err != nil {
		return 0, 0, err
	}
	last, busy, began := first, false, time.Now()
	for time.Since(began) < length {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return 0, 0, ctx.Err()
		}
		now, err := d.contextSwitches()
		if err != nil {
			return 0, 0, err
		}
		if now != last && !busy {
			wakes++
		}
		busy, last = now != last, now
	}
	seconds := time.Since(began).Seconds()
	return wakes / seconds, (last - first) / seconds, nil
}

func (d *idleDaemon) contextSwitches() (all float64, err error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", d.run.Process.Pid))
	if len(threads) == 0 {
		return 0, errors.Join(errors.New("the daemon has ended"), err)
	}
	for _, t := range threads {
		if n, err := readStatus(t, "voluntary_ctxt_switches"); err == nil { // a thread may have ended by now
			all += n
		}
	}
	return all, nil
}

// readStatus reads a number from a status file of /proc (proc(5)).
func readStatus(file, key string) (float64, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(line, ":")
		if f := strings.Fields(value); name == key && len(f) > 0 {
			return strconv.ParseFloat(f[0], 64)
		}
	}
	return 0, fmt.Errorf("%s has no %s", file, key)
}

func dirSize(dir string) (all float64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			all += float64(info.Size())
		}
		return err
	})
	return all, err
}
