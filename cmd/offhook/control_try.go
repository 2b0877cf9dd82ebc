package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"offhook/adapters/xmpp"
	"offhook/internal/control"
	"offhook/internal/settings"
)

// The results of a test (docs/operate/control.md).
const (
	tryOK          = "ok"
	tryUnknownHost = "unknown-host"
	tryRefused     = "refused"
	tryTimeout     = "timeout"
	tryCertificate = "certificate"
	tryPassword    = "password"
	tryNoRole      = "no-role"
	tryNotPBX      = "not-pbx"
)

// trial is what came of a login.
type trial struct {
	result, text, fingerprint string
	supervisor, asked         bool // asked: the PBX said whether the account is a supervisor
}

// tryLimit bounds a test.
const tryLimit = 25 * time.Second

// try logs in once with other settings; nothing is kept.
func (r *runner) try(ctx context.Context, _ control.Caller, q control.Values) (control.Values, error) {
	set, err := readSettings(r.args)
	if err != nil {
		return nil, err
	}
	return tryLogin(ctx, set, q).values(), nil
}

func (t trial) values() control.Values {
	v := control.Values{{Name: "result", Value: t.result}, {Name: "text", Value: t.text}}
	if t.fingerprint != "" {
		v.Add("fingerprint", t.fingerprint)
	}
	if t.asked {
		v.Add("supervisor", yesNo(t.supervisor))
	}
	return v
}

// tryLogin logs in once with the settings as q changes them.
func tryLogin(ctx context.Context, s *settings.Loaded, q control.Values) trial {
	ctx, cancel := context.WithTimeout(ctx, tryLimit)
	defer cancel()
	next, err := changed(s, q)
	if err != nil {
		return trial{result: tryNotPBX, text: plainText(err)}
	}
	if next.User == "" {
		return trial{result: tryPassword, text: "no user is given"}
	}
	password := func() (string, error) { return q.Get("password"), nil }
	if !q.Has("password") {
		if password, err = passwordsOf(s).Source(); err != nil {
			return trial{result: tryPassword, text: plainText(err)}
		}
	}
	cfg, err := xmppConfigWith(next, s.DataDir, password, nil)
	if err != nil {
		return trial{result: tryNotPBX, text: plainText(err)}
	}
	cfg.AuthFailures = nil // what somebody tries does not count against the session's own password
	if err := xmpp.Probe(ctx, cfg); err != nil {
		return failedTrial(err)
	}
	return asked(ctx, cfg, next)
}

// asked finds out whether the server is a PBX and the account a supervisor.
func asked(ctx context.Context, cfg xmpp.Config, c *settings.Settings) trial {
	t := trial{result: tryOK, text: "the login works"}
	role := "" // that other people's lines need
	err := enquire(ctx, cfg, c, func(ctx context.Context, q *enquiry) error {
		me, err := q.self(ctx, userName(c.User))
		t.supervisor, t.asked = me.Supervisor, err == nil
		role = q.dialect.Traits().NeedsRole
		return err
	})
	if err != nil {
		if errors.Is(err, errNotPBX) {
			return trial{result: tryNotPBX, text: err.Error()}
		}
		return failedTrial(err)
	}
	others := !c.Auto() && slices.ContainsFunc(c.Users, func(u string) bool { return !strings.EqualFold(u, userName(c.User)) })
	if others && role != "" && !t.supervisor {
		t.result, t.text = tryNoRole, "the login works, but the account lacks the role "+role+" that other people's lines need"
	}
	return t
}

// userName is a login name without its instance.
func userName(login string) string {
	if i := strings.LastIndexByte(login, '@'); i > 0 {
		return login[:i]
	}
	return login
}

// trialOf maps the session's reasons to the results of a test.
var trialOf = map[xmpp.Code]string{
	xmpp.CodeUnknownHost: tryUnknownHost, xmpp.CodeRefused: tryRefused, xmpp.CodeUnreachable: tryTimeout, xmpp.CodeSilent: tryTimeout,
	xmpp.CodeCertificate: tryCertificate, xmpp.CodeTLS: tryCertificate, xmpp.CodeAuth: tryPassword, xmpp.CodePassword: tryPassword,
	xmpp.CodeAuthTemporary: tryTimeout, xmpp.CodeWriteStalled: tryTimeout, xmpp.CodePingTimeout: tryTimeout, xmpp.CodeStopped: tryTimeout,
}

func failedTrial(err error) trial {
	t := trial{result: tryNotPBX, text: plainText(err)}
	var reason xmpp.Reason
	var down errDown
	if e := new(xmpp.Error); errors.As(err, &e) {
		reason = e.Reason
	} else if errors.As(err, &down) {
		reason = down.Reason
	} else if errors.Is(err, context.DeadlineExceeded) {
		reason.Code = xmpp.CodeSilent
		t.text = "the server does not answer in time"
	}
	if word := trialOf[reason.Code]; word != "" {
		t.result = word
	}
	if e := new(xmpp.CertificateError); errors.As(err, &e) {
		t.result, t.fingerprint = tryCertificate, e.Fingerprint
	}
	return t
}

// plainText is an error's text without the package that found it.
func plainText(err error) string {
	var e *control.Error
	if errors.As(err, &e) {
		return e.Text
	}
	return strings.TrimPrefix(err.Error(), "xmpp: ")
}
