package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"offhook/internal/daemon"
	"offhook/internal/dialects"
	"offhook/internal/settings"
	"offhook/internal/support"
	"offhook/internal/wiring"
	"offhook/replay"
	replaysource "offhook/replay/source"
)

// replayCmd replays recorded input.
type replayCmd struct {
	Files       []string          `arg:"" optional:"" help:"Traces (*.ndjson), archives of offhook trace stop (*.zip), stanza files, whole XML stream logs, or debug logs, also as DebugView saves them; plain or .gz; - is standard input. Several are consecutive parts."`
	Format      string            `help:"text: the scenario form, which offhook check reads; json: one fact a line; changes: one change of a line or call a line, in neutral JSON." default:"text" enum:"text,json,changes"`
	Journal     string            `help:"Replay a journal instead: its directory, the data directory it is in, or a nats:// URL." placeholder:"DIR|URL"`
	JournalName string            `help:"Name of that journal." default:"main"`
	TapiVersion string            `help:"Version of the projection, 1.3 to 3.1 (default: the trace's own, else 3.1)." placeholder:"VERSION"`
	Set         map[string]string `help:"Further settings, as in a scenario's config line: tapi-ringback=evidence, numbers-present=plus, …" placeholder:"KEY=VALUE"`
}

// Run replays. Exit code 0: read to the end; 1: unreadable or cut off (the facts before that are printed); 2: usage.
func (c *replayCmd) Run(ctx context.Context, s streams) error {
	if c.Journal == "" && len(c.Files) == 0 {
		return usage("nothing to replay: name a file, - for standard input, or --journal DIR")
	}
	if c.Journal != "" && len(c.Files) > 0 {
		return usage("either files or --journal, not both")
	}
	parts := replayParts(s.err)
	if _, _, err := parts.MakeFromReplay(c.Set); err != nil { // before their spelling is made one
		return exit{Code: exitUsage, Err: err}
	}
	set := map[string]string{}
	if c.TapiVersion != "" {
		set["tapi-version"] = c.TapiVersion
	}
	maps.Copy(set, schema.CanonicalKeys(c.Set))
	o := replay.Options{Open: parts.Open(nil), Format: replay.Format(c.Format), PartSettings: set, Stdin: s.in}
	if _, err := o.Open(set); err != nil {
		return exit{Code: exitUsage, Err: err}
	}
	var sum replay.Summary
	var err error
	if c.Journal != "" {
		sum, err = c.journal(ctx, s, o)
	} else {
		sum, err = replay.Run(ctx, s.out, o, c.Files...)
	}
	if c.Format != "text" { // the text form has it as a comment
		fmt.Fprintln(s.err, "replayed:", sum)
	}
	return err
}

// replayParts returns the wiring of replays. It writes each old spelling of a setting to errs once.
func replayParts(errs io.Writer) *wiring.Wiring {
	w := wiring.New(dialects.Registry())
	reported := map[settings.OldSpelling]bool{}
	w.OldSpelling = func(u settings.OldSpelling) {
		if !reported[u] {
			reported[u] = true
			fmt.Fprintf(errs, "offhook: settings: old spelling %s; write %s\n", u.Old, u.Key)
		}
	}
	return w
}

func (c *replayCmd) journal(ctx context.Context, s streams, o replay.Options) (replay.Summary, error) {
	j, err := daemon.OpenExistingJournal(ctx, c.Journal, c.JournalName)
	if err != nil {
		return replay.Summary{}, err
	}
	defer j.Close()
	return replay.RunJournal(ctx, s.out, o, j)
}

// checkCmd checks scenarios and logs.
type checkCmd struct {
	Paths   []string `arg:"" help:"Scenario files, folders with *.txt files, or debug logs and archives of offhook trace stop."`
	Rewrite bool     `help:"Write the results into the files as the new expected ones. Read the difference before you commit it."`
	Quiet   bool     `short:"q" help:"Print only what differs."`
}

// Run checks scenarios. Exit code 0: as written; 1: something differs; 2: none found.
func (c *checkCmd) Run(ctx context.Context, s streams) error {
	var ok, bad, steps int
	report := func(r replay.Result) {
		steps += r.Steps
		switch {
		case r.Err != nil:
			bad++
			fmt.Fprintf(s.out, "FAIL  %s\n%v\n%s", r.Path, r.Err, r.Diff)
		case r.Rewritten:
			ok++
			fmt.Fprintf(s.out, "new   %s\n%s", r.Path, r.Diff)
		default:
			ok++
			if !c.Quiet {
				fmt.Fprintf(s.out, "ok    %s\n", r.Path)
			}
		}
	}
	var err error
	scenarios := slices.DeleteFunc(slices.Clone(c.Paths), func(path string) bool {
		if info, e := os.Stat(path); e != nil || info.IsDir() || !replaysource.LooksLikeLog(path) {
			return false
		}
		r := support.CheckLog(ctx, path)
		err = cmp.Or(err, r.Err)
		report(r)
		return true
	})
	if len(scenarios) > 0 || ok+bad == 0 {
		err = cmp.Or(replay.Check(replay.Options{Open: replayParts(s.err).Open(nil)}, scenarios, c.Rewrite, report), err)
	}
	if ok+bad > 0 {
		fmt.Fprintf(s.out, "%d scenarios, %d steps: %d as written, %d not\n", ok+bad, steps, ok, bad)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, replay.ErrNoScenario):
		return exit{Code: exitUsage, Err: err}
	case bad > 0:
		return exit{Code: exitFailed} // it was printed
	}
	return err
}
