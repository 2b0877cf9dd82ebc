// Benchtable measures offhook and prints one table: make bench, or make bench-quick for a run of about a minute.
//
// Nearly every row is a ratio of two things that are measured in the same run, in alternating turns of some ten
// milliseconds, so that other load on the machine affects both alike. Absolute times depend on the machine and are only
// shown as details. A row with a target says whether the ratio has reached its floor ("ok"), its aim ("aim") or neither
// ("below"). The program is no test: it ends with 0 whatever the table says.
//
// It measures the code of the product, combined as the daemon combines it, with the calls of an invented office
// (office.go): stanzas of the usual size and order, raw text kept in the journal, an embedded server that stores in the
// temporary directory. Begin reading at groups in main.go.
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
	budget time.Duration // time for each row, all its sides together
	dir    string        // temporary directory for journals and traces
	rows   []row
}

func main() {
	quick := flag.Bool("quick", false, "end within a minute and a half: shorter turns, no million of calls")
	only := flag.String("only", "", "measure only the groups named, with commas: "+strings.Join(groupNames(), ","))
	profile := flag.String("cpuprofile", "", "write a profile to this file, for go tool pprof")
	flag.Parse()
	if err := withProfile(*profile, func() error { return run(*quick, *only) }); err != nil {
		fmt.Fprintln(os.Stderr, "benchtable:", err)
		os.Exit(1)
	}
}

// withProfile runs f and, if a file is named, writes a CPU profile of it there.
func withProfile(file string, f func() error) error {
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

// group is some rows that share their setup.
type group struct {
	name string
	run  func(*bench) error
}

var groups = []group{{"decode", benchDecode}, {"codec", benchCodec}, {"apply", benchApply}, {"project", benchProjection}, {"journal", benchJournal},
	{"pipeline", benchPipelines}, {"rebuild", benchRebuild}, {"replay", benchReplay}, {"calls", benchCalls}, {"latency", benchLatency}, {"idle", benchIdle}, {"provider", benchProvider}}

func groupNames() []string {
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
		printRows(b.rows[from:], from == 0)
		runtime.GC()
	}
	fmt.Printf("took %s; load at the end %s\n", time.Since(began).Round(time.Second), load())
	return nil
}

// environment describes the machine, on which the absolute figures depend.
func environment() string {
	return fmt.Sprintf("%s %s/%s, %d cores, GOMAXPROCS %d, load %s, %s", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(),
		runtime.GOMAXPROCS(0), load(), time.Now().Format(time.RFC3339))
}

// load returns the system's load average, if the system has one.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if f := strings.Fields(string(b)); err == nil && len(f) > 2 {
		return strings.Join(f[:3], " ")
	}
	return "unknown"
}
