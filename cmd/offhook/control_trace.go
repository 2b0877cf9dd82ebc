package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"offhook/internal/control"
	"offhook/internal/place"
	"offhook/internal/settings"
	"offhook/internal/support"
)

// traceStart is the verb that begins a trace.
func (r *runner) traceStart(ctx context.Context, c control.Caller, q control.Values) (control.Values, error) {
	minutes, err := numberIn(q, "minutes", support.DefaultMinutes, 1, support.MaxMinutes)
	if err != nil {
		return nil, err
	}
	megabytes, err := numberIn(q, "megabytes", support.DefaultMegabytes, 1, support.MaxMegabytes)
	if err != nil {
		return nil, err
	}
	t, err := r.recorder.Start(ctx, c.User, minutes, megabytes)
	if err != nil {
		return nil, err
	}
	return control.Values{{Name: "file", Value: t.File}, {Name: "minutes", Value: strconv.Itoa(minutes)},
		{Name: "megabytes", Value: strconv.Itoa(megabytes)}}, nil
}

// numberIn reads a number of a request, which lies between least and most.
func numberIn(q control.Values, name string, usual, least, most int) (int, error) {
	if !q.Has(name) {
		return usual, nil
	}
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < least || n > most {
		return 0, &control.Error{Code: control.CodeBadRequest, Text: fmt.Sprintf("%s is a number from %d to %d", name, least, most)}
	}
	return n, nil
}

// traceStop is the verb that ends a trace and answers with the archive.
func (r *runner) traceStop(_ context.Context, c control.Caller, _ control.Values) (control.Values, error) {
	archive, err := r.recorder.Stop(c.User)
	if err != nil {
		return nil, err
	}
	return control.Values{{Name: "file", Value: archive}}, nil
}

// traceValues say in a status whether a trace runs.
func (r *runner) traceValues() (v control.Values) {
	if t := r.recorder.Current(); t != nil {
		v.Add("trace", t.File)
		v.Add("trace-since", t.Began.Format(time.RFC3339))
	}
	return v
}

// newSupport makes the recorder of the runner's daemons.
func newSupport(r *runner, base support.Config) *support.Recorder {
	base.Version, base.Flavour, base.ProviderLog = version, place.Flavour, place.ProviderLog
	base.LogDir = r.logDir
	base.Engine = func() support.Engine {
		if d, _ := r.daemonNow(); d != nil {
			return d.loop
		}
		return nil
	}
	base.Session = func() (all []support.About) {
		for _, v := range r.sessionValues() {
			all = append(all, support.About{Name: v.Name, Value: v.Value})
		}
		if d, _ := r.daemonNow(); d != nil {
			all = append(all, support.About{Name: "journal", Value: fmt.Sprintf("%s, %T", d.journal.ID(), d.journal)})
		}
		return all
	}
	base.Settings = func() []byte { return settingsText(r.args) }
	base.Lines = func(ctx context.Context) ([]byte, error) {
		all, err := r.allLines(ctx)
		return []byte(strings.Join(all, "\n") + "\n"), err
	}
	return support.New(base)
}

// logDir is where traces and logs are.
func (r *runner) logDir() (string, error) {
	r.mu.Lock()
	dir := r.logs
	r.mu.Unlock()
	if dir != "" {
		return dir, nil
	}
	set, err := readSettings(r.args)
	if err != nil {
		return "", err
	}
	return logDir(set), nil
}

// logDir is the directory of logs and traces: beside the settings file's usual place.
func logDir(s *settings.Loaded) string {
	return filepath.Join(place.SettingsDir(s.Settings.DataDir), "log")
}

// inURL finds who logs in to a URL.
var inURL = regexp.MustCompile(`://[^/@\s]*@`)

// settingsText lists all settings of the run command and where each comes from. None is a secret; what a URL names
// before its host is left out.
func settingsText(args []string) []byte {
	set, err := readSettings(args)
	if err != nil {
		return fmt.Appendf(nil, "the settings cannot be read: %s\n", hidden(err.Error()))
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%-24s %s\n", "settings file", set.File)
	for i := range schema.Rows {
		row := &schema.Rows[i]
		fmt.Fprintf(&b, "%-24s %-40s %s\n", row.Key, hidden(row.Text(&set.Settings)), set.Sources[row.Key])
	}
	for _, u := range set.Old {
		fmt.Fprintf(&b, "%-24s %-40s %s\n", "old spelling", u.Old+", now "+u.Key, u.Where)
	}
	fmt.Fprintf(&b, "%-24s %s\n", "password", map[bool]string{true: "is set", false: "is not set"}[passwordsOf(set).IsKnown()])
	return b.Bytes()
}

func hidden(s string) string { return inURL.ReplaceAllString(s, "://…@") }
