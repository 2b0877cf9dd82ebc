package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"offhook/adapters/xmpp"
	"offhook/engine"
	"offhook/internal/control"
	"offhook/internal/password"
	"offhook/internal/place"
	"offhook/internal/settings"
)

// controlVerb is one verb of the control channel (docs/operate/control.md).
type controlVerb struct {
	rights rights
	answer control.Handler
}

// rights say who may use a verb.
type rights uint8

const (
	forAdmins    rights = iota // administrators only
	forEverybody               // whoever is logged on at this machine
	forPassword                // the same, with a password and nothing else, a few times a minute
)

// verbs are all verbs of the channel.
func (r *runner) verbs() map[string]controlVerb {
	return map[string]controlVerb{
		"get":    {forEverybody, r.get},
		"status": {forEverybody, r.status},
		"users":  {forEverybody, r.users},
		"lines":  {forAdmins, r.lines},
		"set":    {forPassword, r.set},
		"test":   {forPassword, r.try},

		"trace-start": {forAdmins, r.traceStart},
		"trace-stop":  {forAdmins, r.traceStop},
	}
}

// handlers are the verbs behind their access rules.
func (r *runner) handlers() map[string]control.Handler {
	all := map[string]control.Handler{}
	for name, v := range r.verbs() {
		all[name] = func(ctx context.Context, c control.Caller, q control.Values) (control.Values, error) {
			if err := access(c, v.rights, q); err != nil {
				return nil, err
			}
			if v.rights == forPassword && !r.limits.allow(c, time.Now()) {
				return nil, &control.Error{Code: control.CodeBusy, Text: "too many attempts; wait a minute"}
			}
			return v.answer(ctx, c, q)
		}
	}
	return all
}

// The codes of refusals beside those of package control.
const (
	codeNeedsPassword = "needs-password"
	codeWrongPassword = "wrong-password"
	codeFixed         = "fixed"
)

// access decides by who asks and what for. It looks at names, never at what is stored.
func access(c control.Caller, need rights, q control.Values) error {
	switch {
	case !c.Known():
		return &control.Error{Code: control.CodeDenied, Text: "the system does not name the caller"}
	case need == forEverybody:
		return nil
	case c.Admin && need == forAdmins:
		return nil
	case need == forAdmins:
		return &control.Error{Code: control.CodeDenied, Text: "only an administrator may do that"}
	}
	if err := checkNames(q); err != nil {
		return err
	}
	if !c.Admin && !slices.Equal(q.Names(), []string{"password"}) {
		return &control.Error{Code: control.CodeDenied, Text: "only an administrator may do that; others may give the password of the present account, and nothing else"}
	}
	if q.Has("password") {
		return nil
	}
	for _, row := range schema.Settable() {
		if row.Identity && q.Has(row.Key) {
			return &control.Error{Code: codeNeedsPassword, Text: "another " + row.Key + " needs the password with it"}
		}
	}
	return nil
}

// checkNames refuses what cannot be set, and a single value given twice.
func checkNames(q control.Values) error {
	bad := func(format string, args ...any) error {
		return &control.Error{Code: control.CodeBadRequest, Text: fmt.Sprintf(format, args...)}
	}
	for _, name := range q.Names() {
		row := schema.Lookup(name)
		switch {
		case name != "password" && (row == nil || !row.Settable):
			return bad("%s cannot be set this way", name)
		case len(q.All(name)) > 1 && (row == nil || !row.IsList()):
			return bad("%s is given twice", name)
		}
	}
	if q.Has("password") {
		if err := password.Check(q.Get("password")); err != nil {
			return bad("%v", err)
		}
	}
	return nil
}

// attempts counts logins that callers cause: the PBX must not be flooded, nor a password guessed.
type attempts struct {
	mu   sync.Mutex
	seen map[string][]time.Time // by SID
}

const (
	attemptsEach  = 3  // a minute, of one person
	attemptsAdmin = 20 // a minute, of an administrator
	attemptsAll   = 30 // a minute, of everybody together
)

// allow counts one attempt.
func (a *attempts) allow(c control.Caller, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	total, kept := 0, map[string][]time.Time{}
	for sid, at := range a.seen {
		if at = slices.DeleteFunc(at, func(t time.Time) bool { return now.Sub(t) >= time.Minute }); len(at) > 0 {
			kept[sid] = at
			total += len(at)
		}
	}
	a.seen = kept
	most := attemptsEach
	if c.Admin {
		most = attemptsAdmin
	}
	if total >= attemptsAll || len(kept[c.SID]) >= most {
		return false
	}
	kept[c.SID] = append(kept[c.SID], now)
	return true
}

// get shows the settings.
func (r *runner) get(ctx context.Context, c control.Caller, _ control.Values) (control.Values, error) {
	set, err := readSettings(r.args)
	if err != nil {
		return nil, err
	}
	v := shownSettings(set)
	supervisor := ""
	if role, known := r.supervisor(ctx); known {
		supervisor = yesNo(role)
	}
	v.Add("supervisor", supervisor)
	v = append(v, r.sessionValues()...)
	may := "password"
	if c.Admin {
		may = "admin"
	}
	v.Add("may", may)
	return v, nil
}

// shownSettings lists the settings and where they come from, without secrets.
func shownSettings(s *settings.Loaded) control.Values {
	v := control.Values{{Name: "version", Value: version}, {Name: "flavour", Value: place.Flavour()}}
	for _, row := range schema.Settable() {
		for _, x := range row.Items(&s.Settings) {
			v.Add(row.Key, x)
		}
	}
	v.Add("has-password", yesNo(passwordsOf(s).IsKnown()))
	for _, row := range schema.Settable() {
		v.Add("source."+row.Key, string(s.Sources[row.Key]))
	}
	for _, u := range s.Old {
		v.Add("old-spelling", fields(u.Old, u.Key, u.Where))
	}
	return v
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// sessionWords are the states of a session for people and programs.
var sessionWords = map[xmpp.State]string{xmpp.StateIdle: "down", xmpp.StateConnecting: "connecting", xmpp.StateUp: "up",
	xmpp.StateWaiting: "waiting", xmpp.StateStopped: "stopped"}

// sessionValues say whether the session is up, and why not.
func (r *runner) sessionValues() (v control.Values) {
	s, running := r.session()
	if !running {
		_, trouble := r.daemonNow()
		word, reason := "down", "offhook is starting"
		if trouble != nil {
			word, reason = "unconfigured", trouble.Error()
		}
		return control.Values{{Name: "session", Value: word}, {Name: "reason", Value: reason}}
	}
	v.Add("session", sessionWords[s.State])
	if s.State != xmpp.StateUp && s.Last.Code != "" {
		v.Add("reason", s.Last.Text)
		v.Add("reason-code", string(s.Last.Code))
	}
	return v
}

// status says how the daemon is.
func (r *runner) status(ctx context.Context, _ control.Caller, _ control.Values) (control.Values, error) {
	v := r.sessionValues()
	if s, running := r.session(); running {
		v.Add("since", s.Since.Format(time.RFC3339))
		v.Add("jid", s.JID)
		if !s.Next.IsZero() {
			v.Add("next", s.Next.Format(time.RFC3339))
		}
		v.Add("refused", strconv.Itoa(s.AuthFailures))
	}
	if d, _ := r.daemonNow(); d != nil {
		journal := "ok"
		if d.loop.Stalled() > 0 {
			journal = "stalled"
		}
		v.Add("journal", journal)
		if snap, err := snapshotOf(ctx, d); err == nil {
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
	v = append(v, r.traceValues()...)
	for _, n := range r.notices.Recent() {
		v.Add("notice", fields(n.Severity.String(), n.Code, n.Line, n.First.Format(time.RFC3339), n.Last.Format(time.RFC3339), strconv.Itoa(n.Times), n.Text))
	}
	v.Add("version", version)
	v.Add("pid", strconv.Itoa(os.Getpid()))
	return v, nil
}

// snapshotOf is what a daemon's engine knows now.
func snapshotOf(ctx context.Context, d *daemon) (*engine.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	b, err := d.loop.Reader().Next(ctx)
	if err != nil {
		return nil, fmt.Errorf("the lines are not known now: %w", err)
	}
	return b.Snapshot, nil
}

// supervisor says whether the PBX gave our account the supervisor's role.
func (r *runner) supervisor(ctx context.Context) (role, known bool) {
	if role, known = r.directory.role(); known {
		return role, true
	}
	d, _ := r.daemonNow()
	if d == nil {
		return false, false
	}
	snap, err := snapshotOf(ctx, d)
	if err != nil {
		return false, false
	}
	for _, l := range snap.Lines {
		if l.Key == engine.Key(d.settings.User) {
			return l.Supervisor, true
		}
	}
	return false, false
}

// fields joins with tabs; a tab within a field becomes a blank.
func fields(all ...string) string {
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], "\t", " ")
	}
	return strings.Join(all, "\t")
}

var errStarting = fmt.Errorf("offhook is starting")

func orStarting(err error) error {
	if err == nil {
		return errStarting
	}
	return err
}
