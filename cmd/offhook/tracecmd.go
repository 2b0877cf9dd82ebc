package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"offhook/internal/admin"
	"offhook/internal/control"
	"offhook/internal/winservice"
)

// channelFlags name the daemon.
type channelFlags struct {
	DataDir string `help:"Data directory of the daemon, as for offhook run." placeholder:"DIR" type:"path"`
	Control string `help:"Where the daemon listens, as for offhook run." placeholder:"ADDRESS"`
}

// call sends one verb to the running daemon.
func (f *channelFlags) call(ctx context.Context, s streams, verb string, q control.Values) (control.Values, error) {
	set, err := readSettings((&configCmd{DataDir: f.DataDir, Control: f.Control}).runArgs(s))
	if err != nil {
		return nil, err
	}
	address := admin.ChannelAddress(set)
	if address == "" {
		return nil, usage("the daemon's control channel is switched off (--control none)")
	}
	v, err := control.Call(ctx, address, verb, q)
	if errors.Is(err, control.ErrNoDaemon) {
		return nil, fmt.Errorf("no daemon runs; start it, or name it with --data-dir or --control (%w)", err)
	}
	return v, refused(err)
}

// traceCmd starts and stops traces of the running daemon (docs/use/support.md).
type traceCmd struct {
	channelFlags
	Start  traceStartCmd  `cmd:"" help:"Start a trace of the running daemon."`
	Stop   traceStopCmd   `cmd:"" help:"End the trace and print the name of the archive for support."`
	Status traceStatusCmd `cmd:"" help:"Show whether a trace runs."`
}

type traceStartCmd struct {
	Minutes   int `env:"-" nofile:"" help:"End after so many minutes, 120 at most." default:"120"`
	Megabytes int `env:"-" nofile:"" help:"End at this size, 1024 at most." default:"256"`
}

type traceStopCmd struct {
	Out string `env:"-" nofile:"" help:"Copy the archive to this file or directory." placeholder:"PATH" type:"path"`
}

type traceStatusCmd struct{}

// setProviderLog lets the provider DLL of this machine write everything into its log, or only warnings.
func setProviderLog(on bool) error {
	p, err := thisProduct()
	if err != nil {
		return err
	}
	return winservice.SetProviderLog(p, on)
}

// Run starts a trace.
func (t *traceStartCmd) Run(ctx context.Context, c *cli, s streams) error {
	q := control.Values{{Name: "minutes", Value: strconv.Itoa(t.Minutes)}, {Name: "megabytes", Value: strconv.Itoa(t.Megabytes)}}
	v, err := c.Tracing.call(ctx, s, "trace-start", q)
	if err != nil {
		return err
	}
	if err := setProviderLog(true); err != nil {
		fmt.Fprintf(s.err, "the provider DLL's log could not be switched on: %v\n", err)
	}
	fmt.Fprintln(s.out, v.Get("file"))
	fmt.Fprintf(s.err, "a trace runs; it ends by itself after %s minutes or at %s MiB. Reproduce the problem, then: offhook trace stop\n",
		v.Get("minutes"), v.Get("megabytes"))
	return nil
}

// Run ends the trace.
func (t *traceStopCmd) Run(ctx context.Context, c *cli, s streams) error {
	v, err := c.Tracing.call(ctx, s, "trace-stop", nil)
	if e := setProviderLog(false); e != nil {
		fmt.Fprintf(s.err, "the provider DLL's log could not be switched off: %v\n", e)
	}
	if err != nil {
		return err
	}
	name := v.Get("file")
	if t.Out != "" {
		if name, err = copyFile(name, t.Out); err != nil {
			return fmt.Errorf("the archive is %s, but could not be copied: %w", v.Get("file"), err)
		}
	}
	fmt.Fprintln(s.out, name)
	fmt.Fprintln(s.err, "it has names and numbers of callers and colleagues; to see what follows from it: offhook replay FILE")
	return nil
}

// Run shows whether a trace runs.
func (*traceStatusCmd) Run(ctx context.Context, c *cli, s streams) error {
	v, err := c.Tracing.call(ctx, s, "status", nil)
	if err != nil {
		return err
	}
	if !v.Has("trace") {
		fmt.Fprintln(s.out, "no trace runs")
		return nil
	}
	since := v.Get("trace-since")
	if at, err := time.Parse(time.RFC3339, since); err == nil {
		since = at.Local().Format(time.DateTime)
	}
	fmt.Fprintf(s.out, "a trace runs since %s: %s\n", since, v.Get("trace"))
	return nil
}

// copyFile copies a file to a new file, readable by its owner alone, or into a directory. It returns the name of the copy.
func copyFile(from, to string) (string, error) {
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		to = filepath.Join(to, filepath.Base(from))
	}
	in, err := os.Open(from)
	if err != nil {
		return "", err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(out, in)
	if e := out.Close(); err == nil {
		err = e
	}
	return to, err
}
