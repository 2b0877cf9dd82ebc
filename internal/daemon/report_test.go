package daemon

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/internal/dialects"
	"offhook/internal/settings"
	"offhook/internal/wiring"
)

// TestSettingsTextHidesURLs: a URL may hold a password; a trace's archive does not.
func TestSettingsTextHidesURLs(t *testing.T) {
	const secret = "Kennwort-zw"
	require.Equal(t, "nats://…@h:4222,tls://…@i", hideUsers("nats://user:"+secret+"@h:4222,tls://token@i"))
	w := wiring.New(dialects.Registry())
	s := NewSupervisor(SupervisorConfig{Wiring: w, Log: slog.New(slog.DiscardHandler), Out: io.Discard, Load: func() (*settings.Loaded, error) {
		l, err := w.Schema().Load([]settings.Given{{Spelling: "nats", Text: "nats://user:" + secret + "@127.0.0.1:1"}}, func(string) (string, bool) { return "", false }, nil)
		if err == nil {
			l.DataDir = t.TempDir()
		}
		return l, err
	}})
	text := string(s.settingsText())
	require.Contains(t, text, "nats://…@127.0.0.1:1")
	require.NotContains(t, text, secret)
	require.Equal(t, len(w.Schema().Rows)+2, strings.Count(text, "\n"), "every setting, the file and the password")
}

// TestOldSpellingsAreReportedOnce: the settings are read again for each daemon, and the log names an old spelling once.
func TestOldSpellingsAreReportedOnce(t *testing.T) {
	var log bytes.Buffer
	s := NewSupervisor(SupervisorConfig{Wiring: wiring.New(dialects.Registry()), Log: slog.New(slog.NewTextHandler(&log, nil)), Out: io.Discard})
	used := []settings.OldSpelling{{Old: "ringback", Key: "tapi-ringback", Where: "own.yaml:3"}, {Old: "present", Key: "numbers-present", Where: "--present"}}
	for range 2 {
		s.reportOldSpellings(used)
	}
	require.Regexp(t, `^.* msg="settings: old spelling" old=ringback now=tapi-ringback where=\S+:3\n.* old=present now=numbers-present .*\n$`, log.String())
}
