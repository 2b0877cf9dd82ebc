package main

import (
	archive "archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"offhook/internal/trace"
	replaysource "offhook/replay/source"
)

// What an archive has beside the trace, and how much of it.
const (
	debugTail = 6 * debugFull // of the debug log: both its files, usually
	logTail   = 1 << 20       // of each other log
	packTime  = 10 * time.Second
)

// pack makes the archive of a trace: beside its file, written to a temporary one first. lost is why the debug log has
// holes.
func (r *runner) pack(run *traceRun, why string, lost error) (name string, err error) {
	name = zipName(run.name)
	f, err := os.OpenFile(name+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	out := bufio.NewWriterSize(f, 256<<10)
	err = r.packInto(out, run, why, lost)
	if e := out.Flush(); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	return name, err
}

func (r *runner) packInto(out io.Writer, run *traceRun, why string, lost error) error {
	z := archive.NewWriter(out)
	z.RegisterCompressor(archive.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	add := func(name string, from io.Reader) error {
		w, err := z.CreateHeader(&archive.FileHeader{Name: name, Method: archive.Deflate, Modified: time.Now()})
		if err != nil {
			return err
		}
		_, err = io.Copy(w, from)
		return err
	}
	file, err := os.Open(run.name)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := add(replaysource.ZipTrace, file); err != nil {
		return err
	}
	dir := filepath.Dir(run.name)
	parts := []struct {
		name string
		text []byte
	}{
		{"README.txt", []byte(traceReadme)},
		{"about.txt", r.aboutTrace(run, why, lost)},
		{"settings.txt", r.settingsText()},
		{"lines.txt", r.linesText()},
		{debugName, debugEnd(filepath.Join(dir, debugName), debugTail)},
		{"offhook.log", tail(filepath.Join(dir, "offhook.log"), logTail)},
		{"tsp.log", bothTails(providerLog(dir), logTail)},
	}
	for _, p := range parts {
		if len(p.text) == 0 {
			continue
		}
		if err := add(p.name, bytes.NewReader(p.text)); err != nil {
			return err
		}
	}
	return z.Close()
}

const traceReadme = `This archive was made by offhook trace stop. It has names and numbers of callers and colleagues: treat it like a call list.
It has no password.

trace.ndjson   what came in and went out, from the moment the trace began; see docs/traces.md
debug.log      the same and the messages to TAPI, as lines to read, with what was before as far as it was kept
offhook.log    the end of the service's log
tsp.log        the end of the provider DLL's log
about.txt      program, system, session
settings.txt   the settings, without secrets
lines.txt      login, extension, name, permanent id, in or out of service

To see what follows from the trace: offhook replay FILE.zip
`

// aboutTrace says where the trace comes from.
func (r *runner) aboutTrace(run *traceRun, why string, lost error) []byte {
	var b bytes.Buffer
	say := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-14s %s\n", name, fmt.Sprintf(format, args...))
	}
	now := time.Now()
	say("offhook", "%s (%s flavour)", version, flavour())
	say("built with", "%s for %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if strings.HasPrefix(s.Key, "vcs") || s.Key == "CGO_ENABLED" {
				say("  "+s.Key, "%s", s.Value)
			}
		}
		for _, d := range info.Deps {
			say("  module", "%s %s", d.Path, d.Version)
		}
	}
	say("system", "%s, %d processors", systemName(), runtime.NumCPU())
	say("time zone", "%s", now.Format("-07:00 MST"))
	say("began", "%s", run.began.UTC().Format(trace.Layout))
	say("ended", "%s", now.UTC().Format(trace.Layout))
	say("why", "%s", why)
	if lost != nil {
		say("lost lines", "the debug log has holes: %v", lost)
	}
	for _, v := range r.sessionValues() {
		say(v.Name, "%s", v.Value)
	}
	if d, _ := r.daemonNow(); d != nil {
		say("journal", "%s, %T", d.journal.ID(), d.journal)
	}
	return b.Bytes()
}

// inURL finds who logs in to a URL.
var inURL = regexp.MustCompile(`://[^/@\s]*@`)

// settingsText lists all settings of the run command and where each comes from. None is a secret; what a URL names
// before its host is left out.
func (r *runner) settingsText() []byte {
	set, err := readSettings(r.args)
	if err != nil {
		return fmt.Appendf(nil, "the settings cannot be read: %s\n", hidden(err.Error()))
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%-20s %s\n", "settings file", set.file)
	for _, f := range set.flags {
		value := ""
		if v := f.Target; v.IsValid() && !v.IsZero() {
			value = fmt.Sprint(reflect.Indirect(v).Interface())
		}
		fmt.Fprintf(&b, "%-20s %-40s %s\n", f.Name, hidden(value), set.sources[f.Name])
	}
	fmt.Fprintf(&b, "%-20s %s\n", "password", map[bool]string{true: "is set", false: "is not set"}[set.passwords.known()])
	return b.Bytes()
}

func hidden(s string) string { return inURL.ReplaceAllString(s, "://…@") }

// linesText lists the lines as the verb does.
func (r *runner) linesText() []byte {
	ctx, cancel := context.WithTimeout(context.Background(), packTime)
	defer cancel()
	all, err := r.allLines(ctx)
	if err != nil {
		return fmt.Appendf(nil, "%v\n", err)
	}
	return []byte(strings.Join(all, "\n") + "\n")
}

// bothTails is the end of a log and of the file before it.
func bothTails(name string, most int64) []byte {
	now := tail(name, most)
	return append(tail(name+".1", most-int64(len(now))), now...)
}

// tail is the end of a log, from the beginning of a line; nothing of one that is not there, or of a link to elsewhere.
func tail(name string, most int64) []byte {
	if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	from := max(0, info.Size()-most)
	b, err := io.ReadAll(io.NewSectionReader(f, from, most))
	if err != nil {
		return nil
	}
	if from > 0 {
		_, b, _ = bytes.Cut(b, []byte("\n"))
	}
	return b
}

// debugEnd is the end of the debug log and of the file before it, from a start record on if that has to be cut. A mark
// stands before what lost its own, so that years and hours are right.
func debugEnd(name string, most int64) []byte {
	b := bothTails(name, most)
	line, _, _ := bytes.Cut(b, []byte("\n"))
	_, first := trace.ParseLogLine(string(line))
	if _, marked := trace.ParseLogMark(first.Text); len(b) == 0 || marked {
		return b
	}
	if i := bytes.Index(b, []byte("[DEBUG]  start {")); i >= 0 {
		b = b[bytes.LastIndexByte(b[:i], '\n')+1:]
	}
	return append(markLine(time.Now()), b...)
}
