package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/internal/admin"
	"offhook/internal/control"
	"offhook/internal/daemon"
	"offhook/internal/pbx"
	"offhook/internal/settings"
)

// Callers of the control channel: an administrator and another person.
var (
	asAdmin  = control.Caller{User: `E\root`, SID: "S-1-5-21-1-500", Admin: true}
	asPerson = control.Caller{User: `E\anna`, SID: "S-1-5-21-1-1001"}
)

func given(pairs ...string) (v control.Values) {
	for _, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		v.Add(name, value)
	}
	return v
}

// codeOf is a refusal's code, or empty.
func codeOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e := new(control.Error)
	require.ErrorAs(t, err, &e)
	return e.Code
}

// settingsRig is a simulated PBX and the settings of a daemon in a directory; no daemon runs.
type settingsRig struct {
	t          *testing.T
	dir        string
	pbx        *pbx.Server
	args       []string // of the daemon's command line
	supervisor *daemon.Supervisor
	log        logBuffer
}

func newSettingsRig(t *testing.T, settings ...string) *settingsRig {
	t.Helper()
	d := &settingsRig{t: t, dir: t.TempDir()}
	var err error
	d.pbx, err = pbx.Start(secretOffice())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.pbx.Close()) })
	require.NoError(t, os.WriteFile(d.file("ca.pem"), d.pbx.CertPEM(), 0o600))
	host, port := hostPort(d.pbx.Addr())
	lines := append([]string{"# the office", "user: ilund@" + d.pbx.Domain() + " # Ida", "host: " + host, fmt.Sprint("port: ", port), "ca: " + d.file("ca.pem"), "tapi-listen: none"}, settings...)
	require.NoError(t, os.WriteFile(d.file(settingsName), []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	d.args = []string{"run", "--data-dir", d.dir}
	d.newSupervisor(0)
	t.Cleanup(func() {
		requireSecretKept(t, "log", d.log.bytes())
		_ = os.Remove(d.file("password"))
		requireSecretKeptIn(t, d.dir)
	})
	return d
}

// newSupervisor makes the supervisor of the rig's daemon.
func (d *settingsRig) newSupervisor(debugLogSize int64) {
	cfg := supervisorConfig(streams{out: &d.log}, slog.New(slog.NewTextHandler(&d.log, nil)))
	cfg.Load = func() (*settings.Loaded, error) { return readSettings(d.args) }
	cfg.DebugLogSize = debugLogSize
	d.supervisor = daemon.NewSupervisor(cfg)
}

func (d *settingsRig) file(name string) string { return filepath.Join(d.dir, name) }

func (d *settingsRig) settings() string {
	b, err := os.ReadFile(d.file(settingsName))
	require.NoError(d.t, err)
	return string(b)
}

func (d *settingsRig) password() string {
	b, _ := os.ReadFile(d.file("password"))
	return strings.TrimSpace(string(b))
}

// ask does a verb; nothing it answers may hold the password.
func (d *settingsRig) ask(c control.Caller, verb string, q ...string) (control.Values, error) {
	d.t.Helper()
	v, err := d.supervisor.Handlers()[verb](d.t.Context(), c, given(q...))
	requireSecretKept(d.t, verb, fmt.Append(nil, v, err))
	return v, err
}

// TestTryResults: each fault of a login has its result.
func TestTryResults(t *testing.T) {
	t.Parallel()
	d := newSettingsRig(t)
	host, port := hostPort(d.pbx.Addr())
	closed := freePort(t)
	require.NoError(t, os.WriteFile(d.file("password"), []byte(secret+"\n"), 0o600))
	for _, c := range []struct {
		name   string
		before func()
		q      []string
		result string
		says   string
	}{
		{"as it is", nil, nil, admin.ResultOK, "works"},
		{"another password", nil, []string{"password=wrong-one"}, admin.ResultPassword, "password"},
		{"nothing there", nil, []string{fmt.Sprint("port=", closed), "password=" + secret}, admin.ResultRefused, "nothing listens"},
		{"no such host", nil, []string{"host=none.invalid", "password=" + secret}, admin.ResultUnknownHost, "none.invalid"},
		{"no such authority", nil, []string{"ca=", "password=" + secret}, admin.ResultCertificate, ""},
		{"another key", nil, []string{"pin=sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "password=" + secret}, admin.ResultCertificate, ""},
		{"no supervisor", nil, []string{"users=kpark"}, admin.ResultNoRole, "xmpp.supervisor"},
		{"a supervisor", nil, []string{"user=switch@" + d.pbx.Domain(), "users=kpark", "password=" + secret}, admin.ResultOK, "works"},
		{"the PBX refuses to talk", func() { d.pbx.ErrorNext("xmppuser.ClientInfo", "service-unavailable") }, nil, admin.ResultNotPBX, "pascom"},
		{"a port that is none", nil, []string{"port=99999", "password=" + secret}, admin.ResultNotPBX, "port"},
	} {
		if c.before != nil {
			c.before()
		}
		v, err := d.ask(asAdmin, "test", c.q...)
		require.NoError(t, err, c.name)
		require.Equal(t, c.result, v.Get("result"), "%s: %v", c.name, v)
		require.Contains(t, v.Get("text"), c.says, c.name)
		require.Equal(t, c.result == admin.ResultCertificate, strings.HasPrefix(v.Get("fingerprint"), "sha256:"), c.name)
		if c.name == "a supervisor" {
			require.Equal(t, "yes", v.Get("supervisor"))
		}
	}
	require.NotContains(t, d.settings(), "switch", "a test stores nothing")
	require.Equal(t, secret, d.password())
	require.Contains(t, d.settings(), host)
	require.Contains(t, d.settings(), fmt.Sprint(port))
	require.True(t, waitFor(func() bool { return len(d.pbx.Sessions()) == 0 }), "a test left a session")
}

// TestPersonSetsThePassword: a user who is no administrator may set the password of the present account, if it works.
func TestPersonSetsThePassword(t *testing.T) {
	t.Parallel()
	d := newSettingsRig(t)
	before := d.settings()
	_, err := d.ask(asPerson, "set", "password=wrong-one")
	require.Equal(t, admin.CodeWrongPassword, codeOf(t, err))
	require.Empty(t, d.password())
	v, err := d.ask(asPerson, "set", "password="+secret)
	require.NoError(t, err)
	require.Equal(t, []string{"password"}, v.All("changed"))
	require.Equal(t, secret, d.password())
	info, err := os.Stat(d.file("password"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	_, err = d.ask(asPerson, "set", "password="+secret, "host=evil.example.com")
	require.Equal(t, control.CodeDenied, codeOf(t, err))
	v, err = d.ask(asPerson, "test", "password="+secret)
	require.NoError(t, err)
	require.Equal(t, admin.ResultOK, v.Get("result"))
	_, err = d.ask(asPerson, "test", "password="+secret)
	require.Equal(t, control.CodeBusy, codeOf(t, err), "the fourth login within a minute")
	require.Equal(t, before, d.settings())
	v, err = d.ask(asPerson, "get")
	require.NoError(t, err)
	require.Equal(t, "password", v.Get("may"))
	require.Equal(t, "yes", v.Get("has-password"))
}

// TestAdminSets: the file keeps its comments, refuses what cannot work, and what stands above it.
func TestAdminSets(t *testing.T) {
	t.Parallel()
	d := newSettingsRig(t)
	for _, c := range []struct {
		q    []string
		code string
	}{
		{[]string{"host=pbx.example.com"}, admin.CodeNeedsPassword},
		{[]string{"host=a b", "password=x"}, control.CodeBadRequest},
		{[]string{"port=0", "password=x"}, control.CodeBadRequest},
		{[]string{"domain=<a>", "password=x"}, control.CodeBadRequest},
		{[]string{"pin=sha256:short", "password=x"}, control.CodeBadRequest},
		{[]string{"ca=" + d.file("none.pem"), "password=x"}, control.CodeBadRequest},
		{[]string{"users=a,b"}, control.CodeBadRequest},
	} {
		_, err := d.ask(asAdmin, "set", c.q...)
		require.Equal(t, c.code, codeOf(t, err), c.q)
	}
	require.Empty(t, d.password(), "what is refused is refused whole")
	v, err := d.ask(asAdmin, "set", "host=pbx.example.com", "users=kpark", "users=0711", "password="+secret)
	require.NoError(t, err)
	require.Equal(t, []string{"host", "users", "password"}, v.All("changed"))
	text := d.settings()
	require.Contains(t, text, "# the office\nuser: ilund@"+d.pbx.Domain()+" # Ida\nhost: pbx.example.com\n")
	v, err = d.ask(asAdmin, "get")
	require.NoError(t, err)
	require.Equal(t, []string{"kpark", "0711"}, v.All("users"))
	require.Equal(t, "file", v.Get("source.users"))
	require.Equal(t, "default", v.Get("source.pin"))
	require.Equal(t, "admin", v.Get("may"))
	v, err = d.ask(asAdmin, "set", "users=")
	require.NoError(t, err)
	require.Equal(t, []string{"users"}, v.All("changed"))
	require.NotContains(t, d.settings(), "users")
	v, err = d.ask(asAdmin, "set", "users=")
	require.NoError(t, err)
	require.Empty(t, v, "nothing is different")

	d.args = append(d.args, "--host", "other.example.com")
	_, err = d.ask(asAdmin, "set", "host=pbx.example.com", "password=y")
	require.Equal(t, admin.CodeFixed, codeOf(t, err))
	require.Equal(t, secret, d.password())
	v, err = d.ask(asAdmin, "get")
	require.NoError(t, err)
	require.Equal(t, "command line", v.Get("source.host"))
}

// TestUsersToSelect: a supervisor gets all users with name and extension, in pages where they are many.
func TestUsersToSelect(t *testing.T) {
	t.Parallel()
	d := newSettingsRig(t)
	v, err := d.ask(asAdmin, "set", "user=switch@"+d.pbx.Domain(), "users=kpark", "password="+secret)
	require.NoError(t, err)
	require.Len(t, v.All("changed"), 3)
	v, err = d.ask(asPerson, "users")
	require.NoError(t, err)
	require.Equal(t, "yes", v.Get("complete"), "%v\n%s", v, &d.log)
	all := v.All("user")
	require.Len(t, all, len(secretOffice().Users), "%v", all)
	selected := slices.DeleteFunc(slices.Clone(all), func(u string) bool { return !strings.HasSuffix(u, "\tselected") })
	require.Len(t, selected, 1)
	require.Regexp(t, `^KPark\t\d+\t\S.*\tselected$`, selected[0])
	names := make([]string, len(all))
	for i, u := range all {
		names[i] = strings.ToLower(strings.Split(u, "\t")[2])
	}
	require.True(t, slices.IsSorted(names), names)
	v, err = d.ask(asAdmin, "users", "after="+strings.Split(all[len(all)-2], "\t")[0])
	require.NoError(t, err)
	require.Equal(t, all[len(all)-1:], v.All("user"))
	v, err = d.ask(asAdmin, "get")
	require.NoError(t, err)
	require.Equal(t, "yes", v.Get("supervisor"))
}

// TestLiveSettings: a running daemon gets another account and logs in with it; the command line shows it.
func TestLiveSettings(t *testing.T) {
	t.Parallel()
	d := newSettingsRig(t)
	config := func(in string, args ...string) (code int, out string) {
		t.Helper()
		code, out, errs := call(in, append([]string{"config", "--data-dir", d.dir}, args...)...)
		requireSecretKept(t, "output", []byte(out+errs))
		return code, out + errs
	}
	code, out := config("")
	require.Zero(t, code, out)
	require.Contains(t, out, "no daemon runs")
	require.Contains(t, out, "is not set")
	code, out = config(secret+"\n", "set", "--password-file", "-")
	require.Zero(t, code, out)
	require.Contains(t, out, "changed: password; no daemon runs")
	code, out = config("", "test")
	require.Zero(t, code, out)
	require.Contains(t, out, "ok: ")

	p := begin(t, nil, "run", "--data-dir", d.dir)
	_, err := d.pbx.WaitLogin(t.Context(), "ilund")
	require.NoError(t, err)
	status := func() control.Values {
		v, err := control.Call(t.Context(), control.DefaultAddress(d.dir), "status", nil)
		if errors.Is(err, context.Canceled) {
			return nil
		}
		require.NoError(t, err)
		return v
	}
	require.True(t, waitFor(func() bool { v := status(); return v.Get("session") == "up" && v.Get("lines") == "1" }), "%v", status())
	code, out = config("", "set", "password=oops")
	require.Equal(t, 2, code)
	require.Contains(t, out, "other users of this machine can see")
	code, out = config("", "set", "host=pbx.example.com")
	require.Equal(t, 2, code)
	require.Contains(t, out, "needs the password")
	code, out = config(secret, "set", "user=switch@"+d.pbx.Domain(), "users=kpark,ilund", "--password-file", "-")
	require.Zero(t, code, out)
	require.Contains(t, out, "changed: user, users, password; the daemon starts again")
	_, err = d.pbx.WaitLogin(t.Context(), "switch")
	require.NoError(t, err)
	lines := func() []string {
		v, err := control.Call(t.Context(), control.DefaultAddress(d.dir), "lines", nil)
		if err != nil {
			return nil
		}
		return v.All("line")
	}
	require.True(t, waitFor(func() bool {
		in := strings.Join(lines(), "\n")
		return strings.Contains(in, "KPark\t") && strings.Contains(in, "ilund\t")
	}), "%v\n%s", lines(), &p.errs)
	code, out = config("")
	require.Zero(t, code, out)
	require.Contains(t, out, "switch@"+d.pbx.Domain())
	require.Contains(t, out, "kpark,ilund")
	code, out = config("", "users")
	require.Zero(t, code, out)
	require.Contains(t, out, "selected")
	code, out = config("nonsense", "test", "--password-file", "-")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "password: ")
	require.Zero(t, p.end(os.Interrupt), p.errs.String())
	require.NoFileExists(t, control.DefaultAddress(d.dir))
	count, err := os.ReadFile(d.file("logins.json"))
	if err == nil { // what somebody tried is not the session's password
		var all map[string]struct{ Failures int }
		require.NoError(t, json.Unmarshal(count, &all))
		for _, c := range all {
			require.Zero(t, c.Failures)
		}
	}
}

// TestUnusableSettingsAreWaitedFor: after a change that cannot work the daemon stays to be mended.
func TestUnusableSettingsAreWaitedFor(t *testing.T) {
	t.Parallel()
	d := newSettingsRig(t)
	require.NoError(t, os.WriteFile(d.file("password"), []byte(secret+"\n"), 0o600))
	p := begin(t, nil, "run", "--data-dir", d.dir)
	_, err := d.pbx.WaitLogin(t.Context(), "ilund")
	require.NoError(t, err)
	good := d.settings()
	require.NoError(t, os.WriteFile(d.file(settingsName), []byte(good+"rewrite: ['(']\n"), 0o600))
	_, err = control.Call(t.Context(), control.DefaultAddress(d.dir), "set", given("password="+secret))
	require.NoError(t, err)
	p.says("offhook waits for settings it can use", "PATTERN=REPLACEMENT")
	v, err := control.Call(t.Context(), control.DefaultAddress(d.dir), "status", nil)
	require.NoError(t, err)
	require.Equal(t, "unconfigured", v.Get("session"))
	require.Contains(t, v.Get("reason"), "PATTERN=REPLACEMENT")
	before := len(d.pbx.Commands())
	require.NoError(t, os.WriteFile(d.file(settingsName), []byte(good), 0o600))
	_, err = control.Call(t.Context(), control.DefaultAddress(d.dir), "set", given("password="+secret))
	require.NoError(t, err)
	require.True(t, waitFor(func() bool { return len(d.pbx.Commands()) > before }))
	require.Zero(t, p.end(os.Interrupt), p.errs.String())
}
