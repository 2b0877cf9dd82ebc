package main

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestStatusOfARunningDaemon: session, lines and notices, for people and as JSON; a user that the PBX does not know is a
// notice, in the log too.
func TestStatusOfARunningDaemon(t *testing.T) {
	t.Parallel()
	h := newDaemonRig(t, "users: [all, ghost]")
	var st daemonStatus
	require.True(t, waitFor(func() bool {
		code, out, errs := call("", "status", "--data-dir", h.dir, "--json")
		require.Zero(t, code, errs)
		st = daemonStatus{}
		require.NoError(t, json.Unmarshal([]byte(out), &st))
		return len(st.Notices) > 0
	}), "%+v", st)
	require.Equal(t, "up", st.Session)
	require.Equal(t, "ok", st.Journal)
	require.Equal(t, st.Lines, st.InService)
	require.Equal(t, "user-unknown", st.Notices[0].Code)
	require.Equal(t, "warning", st.Notices[0].Severity)
	require.Equal(t, "1", st.Notices[0].Times)
	require.Contains(t, st.Notices[0].Text, "ghost")

	code, out, errs := call("", "status", "--data-dir", h.dir)
	require.Zero(t, code, errs)
	require.Regexp(t, `(?m)^session +up since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d switch@`, out)
	require.Regexp(t, `(?m)^lines +\d+ of \d+ in service$`, out)
	require.Regexp(t, `(?m)^warning +user-unknown +\d{4}-`, out)
	require.NoError(t, h.down())
	require.Contains(t, h.log.String(), "level=WARN msg=notice eventid=160 code=user-unknown")

	code, _, errs = call("", "status", "--data-dir", h.dir)
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "no daemon runs")
}

// TestStatusForPeople is the page with everything on it.
func TestStatusForPeople(t *testing.T) {
	st := daemonStatus{Version: "1.2", PID: "7", Session: "waiting", Reason: "the server is not there", Since: "2026-03-01T10:00:00Z",
		Next: "2026-03-01T10:05:00Z", Journal: "ok", Lines: "12", InService: "0", Notices: []statusNotice{
			{Severity: "critical", Code: "no-role", First: "2026-03-01T09:00:00Z", Last: "2026-03-01T09:59:00Z", Times: "3", Text: "the account lacks the role"},
			{Severity: "warning", Code: "user-unknown", Line: "41", First: "2026-03-01T09:00:00Z", Last: "2026-03-01T09:00:00Z", Times: "1", Text: "no such user"}}}
	var b bytes.Buffer
	require.NoError(t, st.print(&b, time.FixedZone("", 3600)))
	require.Equal(t, `offhook       1.2 process 7
session       waiting since 2026-03-01 11:00:00 +01:00
reason        the server is not there
next attempt  2026-03-01 11:05:00 +01:00
lines         0 of 12 in service
journal       ok
notices       2 since the daemon started, the newest first

critical  no-role  2026-03-01 10:59:00 +01:00, 3 times
  the account lacks the role

warning  user-unknown  2026-03-01 10:00:00 +01:00, line 41
  no such user
`, b.String())
}
