package admin

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/internal/control"
	"offhook/internal/dialects"
	"offhook/internal/settings"
	"offhook/internal/wiring"
)

// The kinds of caller of the access rules.
var (
	asAdmin  = control.Caller{User: `E\root`, SID: "S-1-5-21-1-500", Admin: true}
	asSystem = control.Caller{User: `NT AUTHORITY\SYSTEM`, SID: "S-1-5-18", Admin: true}
	asPerson = control.Caller{User: `E\anna`, SID: "S-1-5-21-1-1001"}
	asNobody = control.Caller{}
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

// newAdmin returns an Admin whose daemon does not run.
func newAdmin(t *testing.T) *Admin {
	t.Helper()
	return New(Config{Wiring: wiring.New(dialects.Registry()), Log: slog.New(slog.DiscardHandler),
		Load:    func() (*settings.Loaded, error) { return nil, errors.New("no settings here") },
		Daemon:  func() (Daemon, error) { return nil, errors.New("the settings are wrong") },
		Restart: func() {}})
}

// TestAccess is the table of docs/operate/control.md for all kinds of caller.
func TestAccess(t *testing.T) {
	a := newAdmin(t)
	const denied, needs, bad = control.CodeDenied, CodeNeedsPassword, control.CodeBadRequest
	for _, c := range []struct {
		rights        rights
		request       control.Values
		admin, person string
	}{
		{forEverybody, nil, "", ""},
		{forAdmins, nil, "", denied},
		{forPassword, given("password=x"), "", ""},
		{forPassword, given("users=a", "users=b"), "", denied},
		{forPassword, given("users=a", "password=x"), "", denied},
		{forPassword, nil, "", denied},
		{forPassword, given("user=a"), needs, denied},
		{forPassword, given("host=a"), needs, denied},
		{forPassword, given("port=1"), needs, denied},
		{forPassword, given("domain=a"), needs, denied},
		{forPassword, given("ca=a"), needs, denied},
		{forPassword, given("pin=a"), needs, denied},
		{forPassword, given("host=a", "users=b"), needs, denied},
		{forPassword, given("host=a", "password=x"), "", denied},
		{forPassword, given("pin=a", "pin=b", "password=x"), "", denied},
		{forPassword, given("host=a", "host=b", "password=x"), bad, bad},
		{forPassword, given("password=x", "password=y"), bad, bad},
		{forPassword, given("password="), bad, bad},
		{forPassword, given("password=a\nb"), bad, bad},
		{forPassword, given("data-dir=/", "password=x"), bad, bad},
	} {
		name := fmt.Sprint(c.rights, c.request)
		require.Equal(t, c.admin, codeOf(t, a.checkAccess(asAdmin, c.rights, c.request)), name)
		require.Equal(t, c.admin, codeOf(t, a.checkAccess(asSystem, c.rights, c.request)), name)
		require.Equal(t, c.person, codeOf(t, a.checkAccess(asPerson, c.rights, c.request)), name)
		require.Equal(t, denied, codeOf(t, a.checkAccess(asNobody, c.rights, c.request)), name)
		require.Equal(t, denied, codeOf(t, a.checkAccess(control.Caller{Admin: true}, c.rights, c.request)), name)
	}
}

// TestVerbRights: which verb is for whom; a verb that is new must be thought about here.
func TestVerbRights(t *testing.T) {
	want := map[string]rights{"get": forEverybody, "status": forEverybody, "users": forEverybody, "lines": forAdmins,
		"set": forPassword, "test": forPassword, "trace-start": forAdmins, "trace-stop": forAdmins}
	for name, v := range newAdmin(t).verbs() {
		require.Contains(t, want, name)
		require.Equal(t, want[name], v.rights, name)
	}
	require.Len(t, newAdmin(t).verbs(), len(want))
	offline := New(Config{Wiring: wiring.New(dialects.Registry())})
	require.Len(t, offline.verbs(), 4, "what works on the files alone")
}

func TestAttempts(t *testing.T) {
	var a attempts
	now := time.Unix(1_000_000, 0)
	for i := range attemptsEach {
		require.True(t, a.allow(asPerson, now.Add(time.Duration(i)*time.Second)))
	}
	require.False(t, a.allow(asPerson, now.Add(59*time.Second)))
	require.True(t, a.allow(asAdmin, now.Add(59*time.Second)), "one person must not lock out another")
	require.True(t, a.allow(asPerson, now.Add(60*time.Second)))
	require.False(t, a.allow(asPerson, now.Add(60*time.Second)))
	all := 0
	for i := range 100 {
		if a.allow(control.Caller{SID: fmt.Sprint("S-", i)}, now.Add(10*time.Minute)) {
			all++
		}
	}
	require.Equal(t, attemptsAll, all, "many accounts together")
	require.True(t, a.allow(asPerson, now.Add(11*time.Minute)))
	require.Len(t, a.seen, 1)
}
