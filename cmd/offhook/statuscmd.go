package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"offhook/internal/control"
)

// statusCmd shows the state of the running daemon, and its notices.
type statusCmd struct {
	channelFlags
	JSON bool `env:"-" nofile:"" name:"json" help:"One JSON object."`
}

// daemonStatus is the status in its JSON form.
type daemonStatus struct {
	Version   string         `json:"version"`
	PID       string         `json:"pid"`
	Session   string         `json:"session"`
	Reason    string         `json:"reason,omitempty"`
	Since     string         `json:"since,omitempty"`
	Next      string         `json:"next,omitempty"`
	JID       string         `json:"jid,omitempty"`
	Journal   string         `json:"journal,omitempty"`
	Lines     string         `json:"lines,omitempty"`
	InService string         `json:"inService,omitempty"`
	Trace     string         `json:"trace,omitempty"`
	Notices   []statusNotice `json:"notices"`
}

// statusNotice is a notice in its JSON form.
type statusNotice struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Line     string `json:"line,omitempty"`
	First    string `json:"first"`
	Last     string `json:"last"`
	Times    string `json:"times"`
	Text     string `json:"text"`
}

// Run prints the status. Exit code 1: no daemon runs.
func (c *statusCmd) Run(ctx context.Context, s streams) error {
	v, err := c.call(ctx, s, "status", nil)
	if err != nil {
		return err
	}
	st := statusOf(v)
	if c.JSON {
		e := json.NewEncoder(s.out)
		e.SetEscapeHTML(false)
		return e.Encode(st)
	}
	return st.print(s.out, time.Local)
}

// statusOf reads a status from the control channel's answer.
func statusOf(v control.Values) daemonStatus {
	st := daemonStatus{Version: v.Get("version"), PID: v.Get("pid"), Session: v.Get("session"), Reason: v.Get("reason"), Since: v.Get("since"),
		Next: v.Get("next"), JID: v.Get("jid"), Journal: v.Get("journal"), Lines: v.Get("lines"), InService: v.Get("in-service"), Trace: v.Get("trace"),
		Notices: []statusNotice{}}
	for _, row := range v.All("notice") {
		f := strings.SplitN(row, "\t", 7)
		if len(f) < 7 {
			continue
		}
		st.Notices = append(st.Notices, statusNotice{Severity: f[0], Code: f[1], Line: f[2], First: f[3], Last: f[4], Times: f[5], Text: f[6]})
	}
	return st
}

// print writes a page for people. Times are shown in the zone.
func (st *daemonStatus) print(out io.Writer, zone *time.Location) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name string, parts ...string) {
		if text := strings.Join(parts, " "); strings.TrimSpace(text) != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, strings.TrimSpace(text))
		}
	}
	when := func(before, moment string) string {
		t, err := time.Parse(time.RFC3339, moment)
		if err != nil {
			return ""
		}
		return before + t.In(zone).Format("2006-01-02 15:04:05 -07:00")
	}
	row("offhook", st.Version, "process", st.PID)
	row("session", st.Session, when("since ", st.Since), st.JID)
	row("reason", st.Reason)
	row("next attempt", when("", st.Next))
	if st.Lines != "" {
		row("lines", st.InService+" of "+st.Lines, "in service")
	}
	row("journal", st.Journal)
	row("trace", st.Trace)
	if len(st.Notices) == 0 {
		row("notices", "none since the daemon started")
	} else {
		row("notices", fmt.Sprint(len(st.Notices)), "since the daemon started, the newest first")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, n := range st.Notices {
		head := n.Severity + "  " + n.Code + "  " + when("", n.Last)
		if n.Times != "1" {
			head += ", " + n.Times + " times"
		}
		if n.Line != "" {
			head += ", line " + n.Line
		}
		if _, err := fmt.Fprintf(out, "\n%s\n  %s\n", head, n.Text); err != nil {
			return err
		}
	}
	return nil
}
