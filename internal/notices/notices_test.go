package notices_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/notices"
)

func raised(at int64, severity events.Severity, code, text string) *engine.Change {
	return &engine.Change{Kind: engine.NoticeRaised, At: events.Millis(at), Severity: severity, Code: code, Text: text}
}

// TestKeeper: notices are logged each time, kept once with their count, the newest first.
func TestKeeper(t *testing.T) {
	var log bytes.Buffer
	k := notices.New(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})))
	require.Empty(t, k.Recent())
	k.Add(raised(1000, events.SeverityCritical, "no-role", "the account lacks the role"))
	c := raised(2000, events.SeverityWarning, "user-unknown", "no such user")
	c.Line = &engine.LineView{Key: "ida", Address: "41"}
	k.Add(c)
	k.Add(raised(3000, events.SeverityCritical, "no-role", "the account lacks the role"))
	k.Add(raised(4000, events.SeverityInfo, "hello", "all is well"))
	require.Equal(t, `level=ERROR msg=notice eventid=160 code=no-role text="the account lacks the role"
level=WARN msg=notice eventid=160 code=user-unknown text="no such user" line=41
level=ERROR msg=notice eventid=160 code=no-role text="the account lacks the role"
level=INFO msg=notice eventid=160 code=hello text="all is well"
`, log.String())
	var got []string
	for _, n := range k.Recent() {
		got = append(got, fmt.Sprint(n.Code, " ", n.Line, " ", n.First.Unix(), "-", n.Last.Unix(), " x", n.Times))
	}
	require.Equal(t, []string{"hello  4-4 x1", "no-role  1-3 x2", "user-unknown 41 2-2 x1"}, got)
}

// TestKeeperIsBounded: of many different notices the newest stay.
func TestKeeperIsBounded(t *testing.T) {
	k := notices.New(slog.New(slog.DiscardHandler))
	for i := range 1000 {
		k.Add(raised(int64(i), events.SeverityWarning, "user-unknown", fmt.Sprint(i)))
	}
	all := k.Recent()
	require.Len(t, all, 100)
	require.Equal(t, "999", all[0].Text)
	require.Equal(t, "900", all[99].Text)
}
