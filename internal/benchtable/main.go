// Benchtable measures offhook and prints one table: make bench, or make bench-quick for a run of about a minute.
//
// Almost every figure is a ratio of two things measured in the same run, in turns of some ten milliseconds that
// alternate, so that whatever else the machine does hits both alike; absolute times drift and are only shown beside. A
// row with a target says whether the ratio is at least at its floor ("ok"), at its aim ("aim") or neither ("below").
// Nothing here is a test: the program ends with 0 whatever the table says.
//
// What is measured is the product's own code put together as the daemon does it, on a made-up office (see office.go):
// stanzas of the usual size and order, raw text kept in the journal, an embedded server on the disk of the temporary
// directory.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"
)

// bench is one run of the table.
type bench struct {
	ctx    context.Context
	quick  bool
	budget time.Duration // of each row, for all its sides together
	dir    string        // temporary, for journals and traces
	rows   []row
}

func main() {
	quick := flag.Bool("quick", false, "end within a minute and a half: shorter turns, no million of calls")
	only := flag.String("only", "", "measure only the groups named, with commas: "+strings.Join(names(), ","))
	profile := flag.String("cpuprofile", "", "write a profile to this file, for go tool pprof")
	flag.Parse()
	if err := profiled(*profile, func() error { return run(*quick, *only) }); err != nil {
		fmt.Fprintln(os.Stderr, "benchtable:", err)
		os.Exit(1)
	}
}

// profiled runs f with a profile of it in the file, if one is named.
func profiled(file string, f func() error) error {
	if file == "" {
		return f()
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}

// group is some rows that share their preparations.
type group struct {
	name string
	run  func(*bench) error
}

var groups = []group{{"decode", decoding}, {"codec", codec}, {"apply", applying}, {"project", projecting}, {"journal", journaling},
	{"pipeline", pipelines}, {"rebuild", rebuilding}, {"replay", replaying}, {"calls", liveCalls}, {"latency", latency}, {"idle", idling}, {"provider", provider}}

func names() []string {
	var all []string
	for _, g := range groups {
		all = append(all, g.name)
	}
	return all
}

func run(quick bool, only string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir, err := os.MkdirTemp("", "offhook-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{ctx: ctx, quick: quick, budget: 15 * time.Second, dir: dir}
	if quick {
		b.budget = 2 * time.Second
	}
	fmt.Println(environment())
	began := time.Now()
	for _, g := range groups {
		if only != "" && !strings.Contains(","+only+",", ","+g.name+",") {
			continue
		}
		from := len(b.rows)
		if err := g.run(b); err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
		show(b.rows[from:], from == 0)
		runtime.GC()
	}
	fmt.Printf("took %s; load at the end %s\n", time.Since(began).Round(time.Second), load())
	return nil
}

// environment says what the absolute figures depend on.
func environment() string {
	return fmt.Sprintf("%s %s/%s, %d cores, GOMAXPROCS %d, load %s, %s", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(),
		runtime.GOMAXPROCS(0), load(), time.Now().Format(time.RFC3339))
}

// load is the system's load average, where there is one to be read.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if f := strings.Fields(string(b)); err == nil && len(f) > 2 {
		return strings.Join(f[:3], " ")
	}
	return "unknown"
}
