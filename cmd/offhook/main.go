// Command offhook tells Windows telephony programs what happens on the phones of a PBX, and lets them act on it.
//
// This package is the command line: one struct a command, in which kong finds flags and help. A command reads its
// arguments, calls the package that does the work, and prints the result; internal/daemon runs the daemon, internal/admin
// answers what is asked of it. A newcomer begins with cli, then with runCmd.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"offhook/internal/dialects"
	"offhook/internal/exitcode"
	"offhook/internal/wiring"
)

// version is set by the linker (see Makefile).
var version = "dev"

// program makes the parts from settings, with the dialects that this program has; schema is the table of its settings.
var (
	program = wiring.New(dialects.Registry())
	schema  = program.Schema()
)

// cli is the command line: the commands and the flag that all of them have.
type cli struct {
	Config kong.ConfigFlag `help:"Settings file (YAML). Flags and environment variables (OFFHOOK_…) override it." placeholder:"FILE"`

	Run      runCmd     `cmd:"" help:"Run the daemon: log in to the PBX, keep the journal, serve TAPI."`
	Demo     demoCmd    `cmd:"" help:"Show a busy minute of a simulated office; it ends by itself."`
	Replay   replayCmd  `cmd:"" help:"Replay traces, stanza files or a journal and print what follows from them."`
	Check    checkCmd   `cmd:"" help:"Run scenario files and show where the results differ from the expected ones."`
	Pbx      pbxCmd     `cmd:"" help:"Run the simulated pascom PBX."`
	Settings configCmd  `cmd:"" name:"config" help:"Show, change and test the settings of the daemon."`
	Status   statusCmd  `cmd:"" help:"Show the state of the running daemon, and its notices."`
	Service  serviceCmd `cmd:"" help:"Install, remove, start and stop the Windows service."`
	Lines    linesCmd   `cmd:"" help:"List the lines of the running daemon; for terminal servers, make the file that assigns them to users (--tsecimp)."`
	Tracing  traceCmd   `cmd:"" name:"trace" help:"Start and stop a trace of the running daemon, for support."`
	Version  versionCmd `cmd:"" help:"Print the version."`
}

// exit is an error with an exit code.
type exit = exitcode.Error

const (
	exitFailed = exitcode.Failed
	exitUsage  = exitcode.BadUsage
)

// usage returns an error for a wrong command line.
func usage(format string, args ...any) error { return exitcode.Usage(format, args...) }

func main() { os.Exit(offhook(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	args     []string // the command line
}

// newParser returns the parser of the command line. It calls leave where kong would end the process.
func newParser(c *cli, out, errs io.Writer, leave func(code int)) (*kong.Kong, error) {
	c.Run.add()
	return kong.New(c, kong.Name("offhook"), c.Run.mappers(), kong.UsageOnError(), kong.Writers(out, errs),
		kong.Description("offhook connects a PBX (pascom) to Windows telephony: it reads call events and sends TAPI messages, live or from recorded input."),
		kong.Configuration(readConfig), kong.DefaultEnvars("OFFHOOK"), kong.Exit(leave))
}

// offhook is main with its surroundings as arguments. It returns the exit code.
func offhook(args []string, in io.Reader, out, errs io.Writer) (code int) {
	var c cli
	exited := -1
	k, err := newParser(&c, out, errs, func(code int) { exited = code; panic(errExited) })
	if err != nil {
		fmt.Fprintln(errs, "offhook:", err)
		return exitUsage
	}
	defer func() { // kong prints help and then calls leave
		if r := recover(); r == errExited {
			code = exited
		} else if r != nil {
			panic(r)
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	kc, err := k.Parse(withSettingsFile(args))
	if err != nil {
		fmt.Fprintf(errs, "offhook: %v\nTry: offhook --help\n", err)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	kc.BindTo(ctx, (*context.Context)(nil))
	kc.Bind(&c)
	return report(errs, kc.Run(streams{in, out, errs, args}))
}

var errExited = errors.New("exited")

// report prints an error, if there is one, and returns the exit code.
func report(errs io.Writer, err error) int {
	if err == nil {
		return 0
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(errs, "offhook:", text)
	}
	var e exit
	if errors.As(err, &e) {
		return e.Code
	}
	return exitFailed
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(s streams) error {
	fmt.Fprintln(s.out, "offhook", version)
	return nil
}
