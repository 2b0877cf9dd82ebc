package admin

import (
	"context"
	"os"
	"strconv"
	"time"

	"offhook/adapters/xmpp"
	"offhook/internal/account"
	"offhook/internal/control"
	"offhook/internal/place"
	"offhook/internal/settings"
)

// get is the verb that shows the settings.
func (a *Admin) get(ctx context.Context, c control.Caller, _ control.Values) (control.Values, error) {
	set, err := a.cfg.Load()
	if err != nil {
		return nil, err
	}
	v := a.settingsValues(set)
	supervisor := ""
	if role, known := a.isSupervisor(ctx); known {
		supervisor = yesNo(role)
	}
	v.Add("supervisor", supervisor)
	v = append(v, a.SessionValues()...)
	may := "password"
	if c.Admin {
		may = "admin"
	}
	v.Add("may", may)
	return v, nil
}

// settingsValues lists the settings and where each comes from, without secrets.
func (a *Admin) settingsValues(s *settings.Loaded) control.Values {
	v := control.Values{{Name: "version", Value: a.cfg.Version}, {Name: "flavour", Value: place.Flavour()}}
	for _, row := range a.schema.Settable() {
		for _, x := range row.Items(&s.Settings) {
			v.Add(row.Key, x)
		}
	}
	v.Add("has-password", yesNo(account.PasswordStore(s).IsKnown()))
	for _, row := range a.schema.Settable() {
		v.Add("source."+row.Key, string(s.Sources[row.Key]))
	}
	for _, u := range s.Old {
		v.Add("old-spelling", columns(u.Old, u.Key, u.Where))
	}
	return v
}

// sessionWords are the states of a session in the words of the control channel.
var sessionWords = map[xmpp.State]string{xmpp.StateIdle: "down", xmpp.StateConnecting: "connecting", xmpp.StateUp: "up",
	xmpp.StateWaiting: "waiting", xmpp.StateStopped: "stopped"}

// SessionValues returns whether the session is up, and why it is not.
func (a *Admin) SessionValues() (v control.Values) {
	d, err := a.daemon()
	if d == nil {
		word, reason := "down", "offhook is starting"
		if err != nil {
			word, reason = "unconfigured", err.Error()
		}
		return control.Values{{Name: "session", Value: word}, {Name: "reason", Value: reason}}
	}
	s := d.Session()
	v.Add("session", sessionWords[s.State])
	if s.State != xmpp.StateUp && s.Last.Code != "" {
		v.Add("reason", s.Last.Text)
		v.Add("reason-code", string(s.Last.Code))
	}
	return v
}

// status is the verb that shows the daemon's state.
func (a *Admin) status(ctx context.Context, _ control.Caller, _ control.Values) (control.Values, error) {
	v := a.SessionValues()
	d, _ := a.daemon()
	if d != nil {
		s := d.Session()
		v.Add("since", s.Since.Format(time.RFC3339))
		v.Add("jid", s.JID)
		if !s.Next.IsZero() {
			v.Add("next", s.Next.Format(time.RFC3339))
		}
		v.Add("refused", strconv.Itoa(s.AuthFailures))
		journal := "ok"
		if d.Loop().Stalled() > 0 {
			journal = "stalled"
		}
		v.Add("journal", journal)
		if snap, err := snapshot(ctx, d); err == nil {
			v.Add("lines", strconv.Itoa(len(snap.Lines)))
			in := 0
			for i := range snap.Lines {
				if snap.Lines[i].InService {
					in++
				}
			}
			v.Add("in-service", strconv.Itoa(in))
		}
	}
	v = append(v, a.traceValues()...)
	for _, n := range a.cfg.Notices.Recent() {
		v.Add("notice", columns(n.Severity.String(), n.Code, n.Line, n.First.Format(time.RFC3339), n.Last.Format(time.RFC3339), strconv.Itoa(n.Times), n.Text))
	}
	v.Add("version", a.cfg.Version)
	v.Add("pid", strconv.Itoa(os.Getpid()))
	return v, nil
}
