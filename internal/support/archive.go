package support

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
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"offhook/internal/trace"
	replaysource "offhook/replay/source"
)

// How much of the logs an archive has, and how long the list of lines may take.
const (
	debugBytes  = 6 * debugFull // of the debug log: both its files, usually
	logBytes    = 1 << 20       // of each other log
	packTimeout = 10 * time.Second
)

// pack makes the archive of a trace beside its file; a temporary file holds it until it is whole. lost is why lines of
// the debug log are missing, or nil.
func (r *Recorder) pack(run *Trace, why string, lost error) (name string, err error) {
	name = archiveName(run.File)
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

func (r *Recorder) packInto(out io.Writer, run *Trace, why string, lost error) error {
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
	file, err := os.Open(run.File)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := add(replaysource.ArchiveTrace, file); err != nil {
		return err
	}
	dir := filepath.Dir(run.File)
	parts := []struct {
		name string
		text []byte
	}{
		{"README.txt", []byte(traceReadme)},
		{"about.txt", r.about(run, why, lost)},
		{"settings.txt", r.cfg.Settings()},
		{"lines.txt", r.lines()},
		{debugName, debugTail(filepath.Join(dir, debugName), debugBytes)},
		{"offhook.log", tail(filepath.Join(dir, "offhook.log"), logBytes)},
		{"tsp.log", tailOfBoth(r.cfg.ProviderLog(dir), logBytes)},
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

trace.ndjson   what came in and went out, from the moment the trace began; see docs/integrate/traces.md
debug.log      the same and the messages to TAPI, as lines to read, with what was before as far as it was kept
offhook.log    the end of the service's log
tsp.log        the end of the provider DLL's log
about.txt      program, system, session
settings.txt   the settings, without secrets
lines.txt      login, extension, name, permanent id, in or out of service

To see what follows from the trace: offhook replay FILE.zip
`

// about returns the text that says where the trace comes from.
func (r *Recorder) about(run *Trace, why string, lost error) []byte {
	var b bytes.Buffer
	add := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-14s %s\n", name, fmt.Sprintf(format, args...))
	}
	now := time.Now()
	add("offhook", "%s (%s flavour)", r.cfg.Version, r.cfg.Flavour())
	add("built with", "%s for %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if strings.HasPrefix(s.Key, "vcs") || s.Key == "CGO_ENABLED" {
				add("  "+s.Key, "%s", s.Value)
			}
		}
		for _, d := range info.Deps {
			add("  module", "%s %s", d.Path, d.Version)
		}
	}
	add("system", "%s, %d processors", systemName(), runtime.NumCPU())
	add("time zone", "%s", now.Format("-07:00 MST"))
	add("began", "%s", run.Began.UTC().Format(trace.Layout))
	add("ended", "%s", now.UTC().Format(trace.Layout))
	add("why", "%s", why)
	if lost != nil {
		add("lost lines", "the debug log has holes: %v", lost)
	}
	for _, x := range r.cfg.Session() {
		add(x.Name, "%s", x.Value)
	}
	return b.Bytes()
}

// lines returns the list of lines, or why there is none.
func (r *Recorder) lines() []byte {
	ctx, cancel := context.WithTimeout(context.Background(), packTimeout)
	defer cancel()
	all, err := r.cfg.Lines(ctx)
	if err != nil {
		return fmt.Appendf(nil, "%v\n", err)
	}
	return all
}

// tailOfBoth returns the end of a rolling log, over both its files.
func tailOfBoth(name string, most int64) []byte {
	now := tail(name, most)
	return append(tail(name+".1", most-int64(len(now))), now...)
}

// tail returns the end of a log, from the beginning of a line. Of a missing file and of a link it returns nothing.
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

// debugTail returns the end of the debug log. One that must be cut begins with a start record, so that it replays, and
// with a mark, so that its years and hours are right.
func debugTail(name string, most int64) []byte {
	b := tailOfBoth(name, most)
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
