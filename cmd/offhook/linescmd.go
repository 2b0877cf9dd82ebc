package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"offhook/internal/control"
	"offhook/internal/tsecimp"
)

// linesCmd lists the lines, and makes the file that assigns them to the Windows users of a terminal server.
type linesCmd struct {
	channelFlags
	JSON    bool   `env:"-" nofile:"" name:"json" help:"One JSON object a line."`
	Tsecimp bool   `env:"-" nofile:"" help:"Print the file that tsecimp.exe imports, so that Windows users see only their own lines (docs/use/terminal-server.md)."`
	Domain  string `env:"-" nofile:"" help:"With --tsecimp: the Windows user of a line is DOMAIN\\login, unless --map names another." placeholder:"DOMAIN"`
	Map     string `env:"-" nofile:"" help:"With --tsecimp: file with lines LOGIN=DOMAIN\\user; a login may be on several lines." placeholder:"FILE" type:"path"`
	By      string `env:"-" nofile:"" help:"With --tsecimp: name lines by their permanent id or by their address." default:"permanent-id" enum:"permanent-id,address"`
	Merge   bool   `env:"-" nofile:"" help:"With --tsecimp: add to the lines that a user has already; without it, they are replaced."`
	Out     string `env:"-" nofile:"" help:"Write to this new file instead of standard output." placeholder:"FILE" type:"path"`
}

// shownLine is a line as people and programs see it.
type shownLine struct {
	Line      string `json:"line"` // the login name
	Extension string `json:"extension"`
	Name      string `json:"name"`
	Selected  bool   `json:"selected"`
	InService bool   `json:"inService"`
	Permanent uint32 `json:"permanentId,omitempty"` // of a selected one
}

// Run lists the lines or makes the file.
func (c *linesCmd) Run(ctx context.Context, s streams) (err error) {
	if !c.Tsecimp && (c.Domain != "" || c.Map != "" || c.Merge) {
		return usage("--domain, --map and --merge are for --tsecimp")
	}
	if c.Tsecimp && c.JSON {
		return usage("either --tsecimp or --json")
	}
	var accounts *tsecimp.Accounts
	if c.Tsecimp {
		if accounts, err = c.accounts(); err != nil {
			return err
		}
	}
	all, err := c.read(ctx, s)
	if err != nil {
		return err
	}
	out := s.out
	if c.Out != "" {
		f, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer func() {
			if e := f.Close(); err == nil {
				err = e
			}
		}()
		out = f
	}
	switch {
	case c.Tsecimp:
		lines := make([]tsecimp.Line, len(all))
		for i, l := range all {
			lines[i] = tsecimp.Line{User: l.Line, Extension: l.Extension, Name: l.Name, PermanentID: l.Permanent}
		}
		return tsecimp.Write(out, s.err, lines, accounts, tsecimp.Options{ByAddress: c.By == "address", Merge: c.Merge})
	case c.JSON:
		return linesJSON(out, all)
	}
	return linesTable(out, all)
}

// accounts reads which Windows users the lines belong to.
func (c *linesCmd) accounts() (*tsecimp.Accounts, error) {
	if c.Domain == "" && c.Map == "" {
		return nil, usage("no Windows users are given: use --domain DOMAIN where Windows users have the names of PBX users, --map FILE with LOGIN=DOMAIN\\user, or both")
	}
	accounts, err := tsecimp.NewAccounts(c.Domain)
	if err != nil {
		return nil, usage("--domain %s: %w", c.Domain, err)
	}
	if c.Map == "" {
		return accounts, nil
	}
	f, err := os.Open(c.Map)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := accounts.ReadMapping(c.Map, f); err != nil {
		return nil, usage("%s: %w", c.Map, err)
	}
	return accounts, nil
}

// read asks the daemon for the lines, and for the users who could be lines.
func (c *linesCmd) read(ctx context.Context, s streams) (all []shownLine, err error) {
	has := map[string]bool{}
	if err := c.pages(ctx, s, "lines", "line", func(f []string) {
		if len(f) == 5 {
			id, _ := strconv.ParseUint(f[3], 10, 32)
			all = append(all, shownLine{Line: f[0], Extension: f[1], Name: f[2], Selected: true, InService: f[4] == "in", Permanent: uint32(id)})
			has[f[0]] = true
		}
	}); err != nil || c.Tsecimp {
		return all, err
	}
	err = c.pages(ctx, s, "users", "user", func(f []string) {
		if len(f) == 4 && !has[f[0]] {
			all = append(all, shownLine{Line: f[0], Extension: f[1], Name: f[2], Selected: f[3] == "selected"})
		}
	})
	if err != nil {
		fmt.Fprintln(s.err, "the users without a line are not known now:", err)
	}
	return all, nil
}

// pages reads a list that comes in pages, and calls take with the columns of each row.
func (c *linesCmd) pages(ctx context.Context, s streams, verb, name string, take func(fields []string)) error {
	for after := ""; ; {
		var q control.Values
		if after != "" {
			q.Add("after", after)
		}
		v, err := c.call(ctx, s, verb, q)
		if err != nil {
			return err
		}
		for _, l := range v.All(name) {
			take(strings.Split(l, "\t"))
		}
		if after = v.Get("next"); after == "" {
			return nil
		}
	}
}

// linesTable prints the lines as a table.
func linesTable(out io.Writer, all []shownLine) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LINE\tEXTENSION\tNAME\tSELECTED\tIN SERVICE\tPERMANENT ID")
	for _, l := range all {
		id, in := "", ""
		if l.Permanent != 0 {
			id, in = strconv.FormatUint(uint64(l.Permanent), 10), yesNo(l.InService)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", l.Line, l.Extension, l.Name, yesNo(l.Selected), in, id)
	}
	return w.Flush()
}

// linesJSON prints the lines as JSON.
func linesJSON(out io.Writer, all []shownLine) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	for _, l := range all {
		if err := e.Encode(l); err != nil {
			return err
		}
	}
	return nil
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
