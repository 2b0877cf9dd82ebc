package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/internal/control"
	"offhook/internal/daemon"
	"offhook/internal/pbx"
	"offhook/internal/settings"
	"offhook/internal/state"
)

// autoOffice is a daemon that runs with users: auto as one account.
type autoOffice struct {
	*settingsRig
	daemon *process
}

func newAutoOffice(t *testing.T, user string, settings ...string) *autoOffice {
	t.Helper()
	d := newSettingsRig(t, append([]string{"users: [auto]"}, settings...)...)
	text := strings.Replace(d.settings(), "user: ilund@", "user: "+user+"@", 1)
	require.NoError(t, os.WriteFile(d.file(settingsName), []byte(text), 0o600))
	require.NoError(t, os.WriteFile(d.file("password"), []byte(secret+"\n"), 0o600))
	return &autoOffice{settingsRig: d}
}

func (o *autoOffice) begin() { o.daemon = begin(o.t, nil, "run", "--data-dir", o.dir) }

func (o *autoOffice) end() { require.Zero(o.t, o.daemon.end(os.Interrupt), o.daemon.errs.String()) }

// has waits until the daemon has exactly these users' lines, in service.
func (o *autoOffice) has(users ...string) {
	o.t.Helper()
	var got []string
	require.True(o.t, waitFor(func() bool {
		v, err := control.Call(o.t.Context(), control.DefaultAddress(o.dir), "lines", nil)
		if err != nil {
			return false
		}
		got = nil
		for _, l := range v.All("line") {
			f := strings.Split(l, "\t")
			got = append(got, f[0]+" "+f[4])
		}
		want := map[string]bool{}
		for _, u := range users {
			want[u+" in"] = true
		}
		for _, g := range got {
			delete(want, g)
		}
		return len(want) == 0 && len(got) == len(users)
	}), "want %v, have %v\n%s", users, got, &o.daemon.errs)
}

func everybody() (users []string) {
	for _, u := range secretOffice().Users {
		users = append(users, u.Login)
	}
	return users
}

// TestAutoUsers: what a first start with users: auto makes of the account's role.
func TestAutoUsers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		user    string
		lines   []string
		journal string
	}{
		{"switch", everybody(), daemon.KindJetStream},
		{"ilund", []string{"ilund"}, daemon.KindFiles},
	} {
		t.Run(c.user, func(t *testing.T) {
			t.Parallel()
			o := newAutoOffice(t, c.user)
			o.begin()
			o.has(c.lines...)
			require.Equal(t, c.journal, daemon.JournalKindIn(o.file("journal")))
			v, err := control.Call(t.Context(), control.DefaultAddress(o.dir), "get", nil)
			require.NoError(t, err)
			require.Equal(t, []string{settings.UsersAuto}, v.All("users"), "the setting stays what it is")
			require.Equal(t, yesNo(len(c.lines) > 1), v.Get("supervisor"))
			v, err = control.Call(t.Context(), control.DefaultAddress(o.dir), "users", nil)
			require.NoError(t, err)
			selected := 0
			for _, u := range v.All("user") {
				require.NotContains(t, u, settings.UsersAuto)
				if strings.HasSuffix(u, "\tselected") {
					selected++
				}
			}
			require.Equal(t, len(c.lines), selected, "%v", v.All("user"))
			code, out, errs := call("", "config", "--data-dir", o.dir, "test")
			require.Zero(t, code, out+errs)
			require.Contains(t, out, "ok: ", "auto asks for nobody's lines that the account may not have")
			_, out, _ = call("", "config", "--data-dir", o.dir)
			require.Contains(t, out, map[bool]string{true: "a supervisor: all lines", false: "no supervisor: its own line"}[len(c.lines) > 1])
			o.end()
			require.NotContains(t, o.daemon.errs.String(), "starts again")
		})
	}
}

// TestAutoUsersFollowsTheRole: a role that is given or taken later counts from the next login on, and is remembered.
func TestAutoUsersFollowsTheRole(t *testing.T) {
	t.Parallel()
	o := newAutoOffice(t, "ilund")
	o.begin()
	o.has("ilund")
	require.NoError(t, o.pbx.SetRoles("ilund", pbx.Supervisor()))
	o.pbx.DropAll()
	o.has(everybody()...)
	o.daemon.says("the PBX gave the account another role")
	o.end()
	logins := o.logins()
	o.begin()
	require.True(t, waitFor(func() bool { return o.logins() > logins }))
	o.has(everybody()...)
	require.Equal(t, logins+1, o.logins(), "a role that is known is not asked for again")
	require.NoError(t, o.pbx.SetRoles("ilund"))
	o.pbx.DropAll()
	o.has("ilund")
	o.end()
	require.Equal(t, daemon.KindFiles, daemon.JournalKindIn(o.file("journal")))
}

// logins counts those who introduced themselves to the PBX.
func (d *settingsRig) logins() (n int) {
	for _, c := range d.pbx.Commands() {
		if c.Name == "xmppuser.ClientInfo" {
			n++
		}
	}
	return n
}

// TestAutoUsersWithoutPBX: a PBX that cannot be asked holds up nothing; whose lines there are follows when it is back.
func TestAutoUsersWithoutPBX(t *testing.T) {
	t.Parallel()
	o := newAutoOffice(t, "switch")
	require.NoError(t, o.pbx.RefuseConnections(true))
	o.begin()
	o.daemon.says("whether the account is a supervisor is not known yet")
	o.daemon.says("offhook is running", "lines=own")
	require.NoError(t, o.pbx.RefuseConnections(false))
	_, err := control.Call(t.Context(), control.DefaultAddress(o.dir), "set", given("password="+secret)) // logs in now, not after a pause
	require.NoError(t, err)
	o.has(everybody()...)
	o.end()
}

// TestAutoUsersOfAnotherAccount: the stored role of one account does not count for another.
func TestAutoUsersOfAnotherAccount(t *testing.T) {
	t.Parallel()
	o := newAutoOffice(t, "switch")
	o.begin()
	o.has(everybody()...)
	_, err := control.Call(t.Context(), control.DefaultAddress(o.dir), "set", given("user=ilund@"+o.pbx.Domain(), "password="+secret))
	require.NoError(t, err)
	o.has("ilund")
	o.end()
	_, known := state.Role(o.dir, "somebody else")
	require.False(t, known)
	require.NoError(t, os.WriteFile(filepath.Join(o.dir, "role.json"), []byte("{"), 0o600))
	_, known = state.Role(o.dir, "")
	require.False(t, known, "a damaged file is none")
}

// TestAutoUsersStandsAlone: in the settings file, on the command line and over the control channel.
func TestAutoUsersStandsAlone(t *testing.T) {
	t.Parallel()
	d := newSettingsRig(t)
	_, err := d.ask(asAdmin, "set", "users=auto", "users=kpark")
	require.Equal(t, control.CodeBadRequest, codeOf(t, err))
	require.ErrorContains(t, err, "stands alone")
	code, _, errs := call("", "run", "--data-dir", filepath.Join(d.dir, "other"), "--user", "ilund", "--users", "kpark,auto", "--tapi-listen", "none")
	require.Equal(t, 2, code, errs)
	require.Contains(t, errs, "stands alone")
	v, err := d.ask(asAdmin, "set", "users=auto")
	require.NoError(t, err)
	require.Equal(t, []string{"users"}, v.All("changed"))
	require.Contains(t, d.settings(), "users:\n  - auto\n", fmt.Sprint(v))
}
