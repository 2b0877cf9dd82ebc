package xmpp

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Probe logs in once and out again and returns what is wrong, in one sentence. The error is an *Error
// with a Reason, or wraps ErrConfig. A refused login is counted like the session's own, but Probe
// is not held back by the count: a person waits for the answer. It binds a resource of its own
// so that it does not end a running session.
func Probe(ctx context.Context, cfg Config) error {
	c, err := cfg.withDefaults()
	if err != nil {
		return err
	}
	c.Resource += "-probe"
	password, err := c.Password()
	if err != nil {
		return newError(CodePassword, "the password could not be read", contextErrorOnly(err))
	}
	counts, credential := loginLimiter{store: c.AuthFailures}, credentialOf(&c, password)
	ln, err := connect(ctx, &c, password)
	if err != nil {
		if errors.Is(err, ErrAuth) {
			counts.recordRefused(credential)
		}
		return probeError(err, password)
	}
	counts.recordSucceeded(credential)
	l := &activeSession{negotiatedStream: ln, cfg: &c, delivery: newSinkDelivery(discardSink{}), done: make(chan struct{})}
	go l.readStream()
	l.closeStream(newError(CodeStopped, "probed", nil))
	<-l.done
	l.release()
	return nil
}

// probeError keeps the error's identity and cleans its text.
func probeError(err error, password string) error {
	e := new(Error)
	if !errors.As(err, &e) {
		return err
	}
	e.Reason.Text = withoutPassword(e.Reason, password).Text
	return e
}

// withoutPassword removes the password from a reason: a server might repeat it in its error text.
func withoutPassword(r Reason, password string) Reason {
	if len(password) >= 4 {
		r.Text = strings.ReplaceAll(r.Text, password, "***")
	}
	return r
}

// contextErrorOnly returns err if the context ended, else nil: the text of a password source might hold the password.
func contextErrorOnly(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// discardSink is the sink of a probe; it drops everything.
type discardSink struct{}

func (discardSink) Up(Info, time.Time)             {}
func (discardSink) Stanza([]byte, time.Time)       {}
func (discardSink) Skipped(string, int, time.Time) {}
func (discardSink) Sent([]byte, time.Time)         {}
func (discardSink) Down(Reason, time.Time)         {}
