package main

import (
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/adapters/xmpp"
	"offhook/events"
	"offhook/internal/pbx"
	"offhook/internal/trace"
)

// hurried are timeouts for tests that let them pass.
func hurried(r *rig) {
	r.session.Timeouts = xmpp.Timeouts{Connect: time.Second, Negotiate: 400 * time.Millisecond, Ping: 100 * time.Millisecond,
		PingDeadline: 400 * time.Millisecond, Close: 200 * time.Millisecond}
}

// TestSilentServer meets a server that stops talking at each point of a login. The log shows where; the login succeeds
// once the server talks.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	for point, stage := range map[pbx.StallPoint]string{pbx.StallHeader: "the stream header", pbx.StallTLS: "the answer to STARTTLS",
		pbx.StallSASL: "the answer to the login", pbx.StallBind: "the resource"} {
		t.Run(string(point), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, hurried)
			r.pbx.Stall(point)
			r.start()
			r.logged("session down", "code=silent", "the server is silent: nothing usable came while we waited for "+stage)
			r.pbx.Stall(pbx.StallNone)
			r.relogin(0)
			r.settle()
			r.down()
			r.requireReplays()
		})
	}
}

func TestRefusedConnections(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	require.NoError(t, r.pbx.RefuseConnections(true))
	r.start()
	r.logged("code=refused", "nothing listens at "+r.pbx.Addr()+"; check host and port")
	require.NoError(t, r.pbx.RefuseConnections(false))
	r.relogin(0)
	r.settle()
	r.down()
	r.requireReplays()
}

// TestFrozenServer has a server whose connection stays open without any answer: the pings notice.
func TestFrozenServer(t *testing.T) {
	t.Parallel()
	r := newRig(t, hurried)
	r.up()
	_, err := r.pbx.Inbound("00497115550199", "Vogt Ltd", "41")
	require.NoError(t, err)
	require.NoError(t, r.pbx.Answer("41"))
	r.see("call=1 CONNECTED")
	before := r.logins()
	r.pbx.Freeze()
	r.logged("session down", "code=ping-timeout", "did not answer a ping within")
	r.see("LINE_LINEDEVSTATE…OUTOFSERVICE", "call=1 UNKNOWN")
	r.pbx.Thaw()
	r.relogin(before)
	r.see("LINE_LINEDEVSTATE…|INSERVICE", "call=1 CONNECTED")
	require.NoError(t, r.pbx.HangupUser("41"))
	r.see("call=1 IDLE")
	r.settle()
	r.down()
	r.requireReplays()
}

// TestWrongPassword counts refused logins, over restarts too, and never ends the daemon; a new password is tried at once.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	const wrong = secretHead + "-wrong"
	password := wrong
	r := newRig(t, func(r *rig) { r.session.Password = func() (string, error) { return password, nil } })
	r.start()
	r.logged("code=auth", "user name or password is wrong: the server says not-authorized")
	require.Eventually(t, func() bool { return r.daemon.Session().State == xmpp.StateWaiting }, patience, 5*time.Millisecond)
	require.Equal(t, 1, r.failures())
	r.daemon.XMPP().Retry() // somebody says that it is mended: it counts from the start
	r.pbx.RefuseLogins(true)
	require.Eventually(t, func() bool { return r.failures() == 1 && r.daemon.Session().Failed == 2 }, patience, 5*time.Millisecond)
	r.down()

	r.start() // the count is kept: no login is tried for a minute
	require.Eventually(t, func() bool { return r.daemon.Session().State == xmpp.StateWaiting }, patience, 5*time.Millisecond)
	status := r.daemon.Session()
	require.Equal(t, 1, status.AuthFailures)
	require.Greater(t, time.Until(status.Next), 30*time.Second)
	require.Zero(t, status.Failed, "it tried again before its time")
	r.down()

	password = secret
	r.pbx.RefuseLogins(false)
	r.start()
	r.relogin(0)
	r.settle()
	r.down()
}

// failures is the count that the next start would find.
func (r *rig) failures() int {
	b, err := os.ReadFile(filepath.Join(r.dir, "logins.json"))
	if err != nil {
		return 0
	}
	var all map[string]xmpp.AuthCount
	require.NoError(r.t, json.Unmarshal(b, &all))
	require.Len(r.t, all, 1)
	for _, c := range all {
		return c.Failures
	}
	return 0
}

var pinText = regexp.MustCompile(`--pin (sha256:[A-Za-z0-9+/=]+)`)

// TestWrongCertificate refuses an unknown authority, shows the fingerprint and both ways out, and each way works.
func TestWrongCertificate(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(r *rig) { r.session.TLS.RootCAs = x509.NewCertPool() })
	r.start()
	line := r.logged("code=certificate", "the certificate of 127.0.0.1 is not trusted", "compare it with the PBX's own", "--ca FILE")
	pin := pinText.FindStringSubmatch(line)
	require.NotNil(t, pin, line)
	require.Empty(t, r.pbx.Sessions())
	r.down()

	r.session.TLS = xmpp.TLS{PinSHA256: []string{"sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}
	r.start()
	r.logged("code=certificate", "none of the pinned ones", pin[1])
	r.down()

	authority := filepath.Join(r.dir, "ca.pem")
	require.NoError(t, os.WriteFile(authority, r.pbx.CertPEM(), 0o600))
	for _, way := range []xmpp.TLS{{PinSHA256: pin[1:2]}, {RootCAs: x509.NewCertPool(), CAFile: authority}} {
		before := r.logins()
		r.session.TLS = way
		r.start()
		r.relogin(before)
		r.settle()
		r.down()
	}
}

// TestLostAndLateReplies asks for things whose answers are lost or come too late.
func TestLostAndLateReplies(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(r *rig) { r.settings.Timers.Request = 500 * time.Millisecond })
	r.up()
	_, err := r.pbx.Inbound("00497115550199", "Vogt Ltd", "41")
	require.NoError(t, err)
	require.NoError(t, r.pbx.Answer("41"))
	r.see("call=1 CONNECTED")
	r.pbx.LoseReplies(1)
	r.ask(1, events.Hold, "ilund", 1, "") // the event proves it
	r.see("ASYNC_COMPLETION request=1 0", "call=1 ONHOLD")
	require.NoError(t, r.pbx.HandsetUnhold("41"))
	r.see("call=1 CONNECTED")

	r.pbx.ErrorNext("base.Hangup", "remote-server-timeout")
	r.pbx.ErrorNext("phone.Hangup", "remote-server-timeout")
	r.pbx.DelayReplies(900 * time.Millisecond) // longer than a request may take
	r.ask(2, events.Drop, "ilund", 1, "")
	r.see("ASYNC_COMPLETION request=2 OPERATIONFAILED")
	require.Equal(t, events.ResultTimeout, r.notes.outcome(t, 2).Result)
	require.Eventually(t, func() bool { // the answer comes all the same
		all := r.records.from(0)
		return slices.ContainsFunc(all, func(x trace.Record) bool {
			return x.Kind == trace.In && strings.Contains(x.Raw, "remote-server-timeout")
		})
	}, patience, 5*time.Millisecond)
	r.pbx.DelayReplies(0)
	r.settle()
	require.Equal(t, "connected", r.notes.calls["ilund/1"].State.String(), "a Drop that nobody answered changes nothing")
	r.ask(3, events.Drop, "ilund", 1, "")
	r.see("ASYNC_COMPLETION request=3 0", "call=1 IDLE")

	r.pbx.ErrorNext("base.Dial", "service-unavailable")
	r.ask(4, events.Dial, "ilund", 0, "43")
	r.see("ASYNC_COMPLETION request=4 CALLUNAVAIL")
	r.settle()
	r.down()
	r.requireReplays()
}

// TestStreamEnds lets the PBX end streams in order and with errors.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	for condition, says := range map[string][]string{
		"":                 {"code=closed", "the server closed the stream"},
		"system-shutdown":  {"code=system-shutdown", "the server is shutting down"},
		"policy-violation": {"code=stream-error", "policy-violation"},
	} {
		t.Run(condition, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.up()
			before := r.logins()
			r.pbx.EndStreams(condition)
			r.relogin(before)
			r.logged(append(says, "session down")...)
			r.settle()
			r.down()
			r.requireReplays()
		})
	}
}
