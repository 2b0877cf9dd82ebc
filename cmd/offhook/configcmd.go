package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"

	"offhook/internal/admin"
	"offhook/internal/control"
	"offhook/internal/password"
	"offhook/internal/settings"
)

// configCmd shows and changes the settings: through the control channel of a running daemon, else in the files.
type configCmd struct {
	DataDir string `help:"Data directory of the daemon, as for offhook run." placeholder:"DIR" type:"path"`
	Control string `help:"Where the daemon listens, as for offhook run." placeholder:"ADDRESS"`

	Show  configShow  `cmd:"" default:"1" help:"Show the settings and where each comes from."`
	Set   configSet   `cmd:"" help:"Change settings: user, host, port, domain, ca, pin, users; the password with --password-file."`
	Test  configTest  `cmd:"" help:"Log in once, with the settings or with others, and show what is wrong."`
	Users configUsers `cmd:"" help:"List the users whose lines a supervisor may select."`
}

type configShow struct{}

// givenSettings are settings on a command line.
type givenSettings struct {
	PasswordFile string   `help:"Take the password from this file, or from standard input (-)." placeholder:"FILE" env:"-" nofile:""`
	Settings     []string `arg:"" optional:"" help:"NAME=VALUE; lists with commas; NAME= sets the default." placeholder:"NAME=VALUE"`
}

type configSet struct{ givenSettings }
type configTest struct{ givenSettings }
type configUsers struct{}

// values returns the settings as the control channel takes them.
func (g *givenSettings) values(in io.Reader) (v control.Values, err error) {
	for _, x := range g.Settings {
		name, value, ok := strings.Cut(x, "=")
		if name == "password" {
			return nil, usage("other users of this machine can see a password on the command line: write it into a file and use --password-file FILE, or - for standard input")
		}
		if !ok {
			return nil, usage("%s: write NAME=VALUE", x)
		}
		if row := schema.Lookup(name); row == nil || !row.IsList() {
			v.Add(name, value)
			continue
		}
		for one := range strings.SplitSeq(value, ",") {
			v.Add(name, strings.TrimSpace(one))
		}
	}
	switch g.PasswordFile {
	case "":
		return v, nil
	case "-":
		b, err := io.ReadAll(io.LimitReader(in, password.MaxLength+3))
		if err != nil {
			return nil, fmt.Errorf("the password cannot be read: %w", err)
		}
		v.Add("password", strings.TrimRight(string(b), "\r\n"))
	default:
		text, err := password.Read(g.PasswordFile)
		if err != nil {
			return nil, err
		}
		v.Add("password", text)
	}
	return v, nil
}

// runArgs returns the arguments of the daemon whose settings these are, as far as they are known here.
func (c *configCmd) runArgs(s streams) []string {
	args := []string{"run"}
	if name, given := flagIn(s.args, "--config"); given {
		args = []string{"--config", name, "run"}
	}
	if c.DataDir != "" {
		args = append(args, "--data-dir", c.DataDir)
	}
	if c.Control != "" {
		args = append(args, "--control", c.Control)
	}
	return args
}

// ask sends one verb to the running daemon or, when none runs, answers it from the files. daemon says which.
func (c *configCmd) ask(ctx context.Context, s streams, verb string, q control.Values) (v control.Values, daemon bool, err error) {
	args := c.runArgs(s)
	set, err := readSettings(args)
	if err != nil {
		return nil, false, err
	}
	if address := admin.ChannelAddress(set); address != "" {
		v, err = control.Call(ctx, address, verb, q)
		if !errors.Is(err, control.ErrNoDaemon) {
			return v, true, err
		}
	}
	files := admin.New(admin.Config{Load: func() (*settings.Loaded, error) { return readSettings(args) }, Wiring: program, Version: version,
		Log: slog.New(slog.NewTextHandler(s.err, nil))})
	v, err = files.Handlers()[verb](ctx, control.Caller{SID: "this process", User: "this process", Admin: true}, q)
	return v, false, err
}

// Run shows the settings.
func (*configShow) Run(ctx context.Context, c *cli, s streams) error {
	v, daemon, err := c.Settings.ask(ctx, s, "get", nil)
	if err != nil {
		return refused(err)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, row := range schema.Settable() {
		from := v.Get("source." + row.Key)
		if v.Has(row.Key) || from != string(settings.FromDefault) {
			fmt.Fprintf(w, "%s\t%s\t(%s)\n", row.Key, strings.Join(v.All(row.Key), ","), from)
		}
	}
	for _, used := range v.All("old-spelling") {
		f := strings.SplitN(used, "\t", 3)
		fmt.Fprintf(w, "old spelling\t%s: write %s\t(%s)\n", f[0], f[min(1, len(f)-1)], f[len(f)-1])
	}
	if slices.Equal(v.All("users"), []string{settings.UsersAuto}) {
		fmt.Fprintf(w, "account\t%s\t(what the PBX says)\n", map[string]string{"yes": "a supervisor: all lines", "no": "no supervisor: its own line", "": "not known yet"}[v.Get("supervisor")])
	}
	fmt.Fprintf(w, "password\t%s\t\n", map[string]string{"yes": "is set", "no": "is not set"}[v.Get("has-password")])
	if file, _ := settingsPlace(c.Settings.runArgs(s)); true {
		fmt.Fprintf(w, "settings file\t%s\t\n", file)
	}
	if daemon {
		fmt.Fprintf(w, "session\t%s\t%s\n", v.Get("session"), v.Get("reason"))
	} else {
		fmt.Fprintf(w, "session\tno daemon runs\t\n")
	}
	return w.Flush()
}

// Run changes settings.
func (g *configSet) Run(ctx context.Context, c *cli, s streams) error {
	q, err := g.values(s.in)
	if err != nil {
		return err
	}
	if len(q) == 0 {
		return usage("nothing to set: write NAME=VALUE, or use --password-file")
	}
	v, daemon, err := c.Settings.ask(ctx, s, "set", q)
	if err != nil {
		return refused(err)
	}
	if !v.Has("changed") {
		fmt.Fprintln(s.out, "nothing changed: the values are those that are set")
		return nil
	}
	then := "no daemon runs; the next one uses them"
	if daemon {
		then = "the daemon starts again with them"
	}
	fmt.Fprintf(s.out, "changed: %s; %s\n", strings.Join(v.All("changed"), ", "), then)
	return nil
}

// Run tests a login. The exit code is 0 if it works.
func (g *configTest) Run(ctx context.Context, c *cli, s streams) error {
	q, err := g.values(s.in)
	if err != nil {
		return err
	}
	v, _, err := c.Settings.ask(ctx, s, "test", q)
	if err != nil {
		return refused(err)
	}
	fmt.Fprintf(s.out, "%s: %s\n", v.Get("result"), v.Get("text"))
	if f := v.Get("fingerprint"); f != "" {
		fmt.Fprintf(s.out, "the server's key: %s\n", f)
	}
	if v.Get("supervisor") == "yes" {
		fmt.Fprintln(s.out, "the account is a supervisor")
	}
	if v.Get("result") != admin.ResultOK {
		return exit{Code: exitFailed}
	}
	return nil
}

// Run lists users.
func (*configUsers) Run(ctx context.Context, c *cli, s streams) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for after := ""; ; {
		var q control.Values
		if after != "" {
			q.Add("after", after)
		}
		v, _, err := c.Settings.ask(ctx, s, "users", q)
		if err != nil {
			return refused(err)
		}
		for _, u := range v.All("user") {
			fmt.Fprintln(w, u)
		}
		if after = v.Get("next"); after == "" {
			if v.Get("complete") != "yes" {
				fmt.Fprintln(w, "… the others are not read yet; try again")
			}
			return w.Flush()
		}
	}
}

// refused returns a refusal as a usage error if the request was wrong.
func refused(err error) error {
	if e := new(control.Error); errors.As(err, &e) {
		if e.Code == control.CodeBadRequest || e.Code == admin.CodeNeedsPassword || e.Code == admin.CodeFixed {
			return usage("%s", e.Text)
		}
		return errors.New(e.Text)
	}
	return err
}
