package admin

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"offhook/adapters/xmpp"
	"offhook/engine"
	"offhook/internal/account"
	"offhook/internal/control"
	"offhook/internal/settings"
)

// The results of a test (docs/operate/control.md).
const (
	ResultOK          = "ok"
	ResultUnknownHost = "unknown-host"
	ResultRefused     = "refused"
	ResultTimeout     = "timeout"
	ResultCertificate = "certificate"
	ResultPassword    = "password"
	ResultNoRole      = "no-role"
	ResultNotPBX      = "not-pbx"
)

// trial is the outcome of a test.
type trial struct {
	result, text, fingerprint string
	supervisor, asked         bool // asked: the PBX said whether the account is a supervisor
}

// trialTimeout bounds a test.
const trialTimeout = 25 * time.Second

// test is the verb that logs in once with other settings; nothing is stored.
func (a *Admin) test(ctx context.Context, _ control.Caller, q control.Values) (control.Values, error) {
	set, err := a.cfg.Load()
	if err != nil {
		return nil, err
	}
	return a.tryLogin(ctx, set, q).values(), nil
}

// values returns the outcome as the control channel has it.
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
func (a *Admin) tryLogin(ctx context.Context, s *settings.Loaded, q control.Values) trial {
	ctx, cancel := context.WithTimeout(ctx, trialTimeout)
	defer cancel()
	next, err := a.changed(s, q)
	if err != nil {
		return trial{result: ResultNotPBX, text: plainText(err)}
	}
	if next.User == "" {
		return trial{result: ResultPassword, text: "no user is given"}
	}
	acc := a.account(s).With(next)
	password := func() (string, error) { return q.Get("password"), nil }
	if !q.Has("password") {
		if password, err = acc.Password.Source(); err != nil {
			return trial{result: ResultPassword, text: plainText(err)}
		}
	}
	cfg, err := acc.SessionWith(password, nil)
	if err != nil {
		return trial{result: ResultNotPBX, text: plainText(err)}
	}
	cfg.AuthFailures = nil // a test does not count against the session's own password
	if err := xmpp.Probe(ctx, cfg); err != nil {
		return failedTrial(err)
	}
	return askPBX(ctx, acc, password)
}

// askPBX finds out whether the server is a PBX and the account a supervisor.
func askPBX(ctx context.Context, acc *account.Account, password func() (string, error)) trial {
	t := trial{result: ResultOK, text: "the login works"}
	role := "" // that other people's lines need
	err := acc.EnquireWith(ctx, password, func(ctx context.Context, q *account.Enquiry) error {
		me, err := q.Self(ctx)
		t.supervisor, t.asked = me.Supervisor, err == nil
		role = q.Dialect().Traits().NeedsRole
		return err
	})
	if err != nil {
		if errors.Is(err, account.ErrNotPBX) {
			return trial{result: ResultNotPBX, text: err.Error()}
		}
		return failedTrial(err)
	}
	c := acc.Settings
	others := !c.Auto() && slices.ContainsFunc(c.Users, func(u string) bool { return !strings.EqualFold(u, engine.UserName(c.User)) })
	if others && role != "" && !t.supervisor {
		t.result, t.text = ResultNoRole, "the login works, but the account lacks the role "+role+" that other people's lines need"
	}
	return t
}

// resultOf maps the session's reasons to the results of a test.
var resultOf = map[xmpp.Code]string{
	xmpp.CodeUnknownHost: ResultUnknownHost, xmpp.CodeRefused: ResultRefused, xmpp.CodeUnreachable: ResultTimeout, xmpp.CodeSilent: ResultTimeout,
	xmpp.CodeCertificate: ResultCertificate, xmpp.CodeTLS: ResultCertificate, xmpp.CodeAuth: ResultPassword, xmpp.CodePassword: ResultPassword,
	xmpp.CodeAuthTemporary: ResultTimeout, xmpp.CodeWriteStalled: ResultTimeout, xmpp.CodePingTimeout: ResultTimeout, xmpp.CodeStopped: ResultTimeout,
}

// failedTrial returns the outcome of a test that failed.
func failedTrial(err error) trial {
	t := trial{result: ResultNotPBX, text: plainText(err)}
	var reason xmpp.Reason
	var down account.DownError
	if e := new(xmpp.Error); errors.As(err, &e) {
		reason = e.Reason
	} else if errors.As(err, &down) {
		reason = down.Reason
	} else if errors.Is(err, context.DeadlineExceeded) {
		reason.Code = xmpp.CodeSilent
		t.text = "the server does not answer in time"
	}
	if word := resultOf[reason.Code]; word != "" {
		t.result = word
	}
	if e := new(xmpp.CertificateError); errors.As(err, &e) {
		t.result, t.fingerprint = ResultCertificate, e.Fingerprint
	}
	return t
}

// plainText returns an error's text without the name of the package.
func plainText(err error) string {
	var e *control.Error
	if errors.As(err, &e) {
		return e.Text
	}
	return strings.TrimPrefix(err.Error(), "xmpp: ")
}
