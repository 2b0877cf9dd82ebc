package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"offhook/internal/pbx"
)

// pbxCmd is the simulated PBX.
type pbxCmd struct {
	Script  string  `help:"Office and actions (see docs/integrate/pbx-script.md); - reads standard input. Without it: the default office, without actions." placeholder:"FILE"`
	Listen  string  `help:"Where to listen; the script's own line overrides it." default:"127.0.0.1:5222"`
	CAOut   string  `name:"ca-out" help:"Write the certificate authority here, for offhook run --ca." placeholder:"FILE" type:"path"`
	Speed   float64 `help:"Play the script this many times faster." default:"1"`
	Stay    bool    `help:"Keep running after the script's end, until interrupted."`
	Control string  `help:"Let programs act on the PBX by lines of text sent here (loopback addresses only); implies --stay." placeholder:"HOST:PORT"`
}

// Run runs the simulated PBX.
func (c *pbxCmd) Run(ctx context.Context, s streams) error {
	text := ""
	if c.Script == "-" {
		b, err := io.ReadAll(s.in)
		if err != nil {
			return fmt.Errorf("the script cannot be read: %w", err)
		}
		text = string(b)
	} else if c.Script != "" {
		b, err := os.ReadFile(c.Script)
		if err != nil {
			return fmt.Errorf("the script cannot be read: %w", err)
		}
		text = string(b)
	}
	script, err := pbx.ParseScript(strings.NewReader(text))
	if err != nil {
		return exit{Code: exitUsage, Err: err}
	}
	cfg, err := script.Config()
	if err != nil {
		return exit{Code: exitUsage, Err: err}
	}
	if cfg.Listen == "" {
		cfg.Listen = c.Listen
	}
	srv, err := pbx.Start(cfg)
	if err != nil {
		return err
	}
	defer srv.Close()
	if c.CAOut != "" {
		if err := os.WriteFile(c.CAOut, srv.CertPEM(), 0o644); err != nil {
			return fmt.Errorf("the certificate cannot be written: %w", err)
		}
	}
	fmt.Fprintf(s.out, "simulated PBX of domain %s at %s, %d users\n", srv.Domain(), srv.Addr(), len(cfg.Users))
	if c.Script == "" {
		fmt.Fprintf(s.out, "users of the default office have the password %q; end it with Ctrl-C\n", pbx.DefaultPassword)
	}
	control, err := c.control(ctx, srv, s.out)
	if err != nil {
		return err
	}
	err = script.Run(ctx, srv, s.out, c.Speed)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	if err == nil && (c.Stay || c.Script == "" || c.Control != "") {
		select {
		case <-ctx.Done():
		case err = <-control:
		}
	}
	return err
}

// control serves --control. The channel receives an error if serving ends before ctx.
func (c *pbxCmd) control(ctx context.Context, srv *pbx.Server, out io.Writer) (<-chan error, error) {
	if c.Control == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", c.Control)
	if err != nil {
		return nil, usage("--control=%s: %w", c.Control, err)
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		l.Close()
		return nil, usage("--control=%s: only loopback addresses, such as 127.0.0.1:0: a client may do anything", c.Control)
	}
	fmt.Fprintf(out, "control at %s\n", l.Addr())
	ended := make(chan error, 1)
	go func() { ended <- srv.ServeControl(ctx, l) }()
	return ended, nil
}
