package xmpp

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Probe logs in once and out again and says in a sentence what is wrong. The error is an *Error
// with a Reason, or wraps ErrConfig. A refused login is counted like the session's own, but Probe
// is not held back by the count: somebody is waiting for the answer. It binds a resource of its own
// so that a running session is not thrown out.
func Probe(ctx context.Context, cfg Config) error {
	c, err := cfg.settle()
	if err != nil {
		return err
	}
	c.Resource += "-probe"
	password, err := c.Password()
	if err != nil {
		return fail(CodePassword, "the password could not be read", errWithout(err))
	}
	counts, credential := logins{store: c.AuthFailures}, credentialOf(&c, password)
	ln, err := connect(ctx, &c, password)
	if err != nil {
		if errors.Is(err, ErrAuth) {
			counts.refused(credential)
		}
		return probeError(err, password)
	}
	counts.succeeded(credential)
	l := &live{link: ln, cfg: &c, out: newOutlet(discard{}), done: make(chan struct{})}
	go l.read()
	l.farewell(fail(CodeStopped, "probed", nil))
	<-l.done
	l.free()
	return nil
}

// probeError keeps the error's identity and cleans its text.
func probeError(err error, password string) error {
	e := new(Error)
	if !errors.As(err, &e) {
		return err
	}
	e.Reason.Text = scrub(e.Reason, password).Text
	return e
}

// scrub removes the password from a reason: a server might repeat it in its error text.
func scrub(r Reason, password string) Reason {
	if len(password) >= 4 {
		r.Text = strings.ReplaceAll(r.Text, password, "***")
	}
	return r
}

// errWithout passes on what a password source said only in kind: its text might hold the password.
func errWithout(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// discard is the sink of a probe.
type discard struct{}

func (discard) Up(Info, time.Time)             {}
func (discard) Stanza([]byte, time.Time)       {}
func (discard) Skipped(string, int, time.Time) {}
func (discard) Sent([]byte, time.Time)         {}
func (discard) Down(Reason, time.Time)         {}
