package daemon

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/internal/account"
	"offhook/internal/dialects"
	"offhook/internal/settings"
	"offhook/internal/wiring"
	"offhook/replay/scenario"
)

// TestEngineKeysAreThoseOfScenarios: package replay reads what the table names for it under the same keys, with the
// same result as in the daemon. A line has a form of its own in scenarios.
func TestEngineKeysAreThoseOfScenarios(t *testing.T) {
	values := map[string]string{"user": "switch", "users": "all,kpark", "command-to": "pbx.branch", "experimental": "redirect,swap-hold", "timers": "request=3s,offering=1m"}
	w := wiring.New(dialects.Registry())
	schema, version := w.Schema(), "test"
	s := schema.Default()
	s.Domain = "branch"
	text := "config role=supervisor handshake=true source=branch version=" + version
	for i := range schema.Rows {
		row := &schema.Rows[i]
		if row.Replayed != settings.ReplayedEngine {
			continue
		}
		value, known := values[row.Key]
		require.True(t, known, "%s: say here what scenarios have for it", row.Key)
		require.NoError(t, row.Set(&s, value))
		delete(values, row.Key)
		if row.Kind != settings.KindDurations {
			text += " " + row.Key + "=" + value
			continue
		}
		for _, item := range row.Items(&s) {
			text += " " + row.Key + "." + item
		}
	}
	require.Empty(t, values)
	s.Line = []string{"door=70:Door Phone"}
	daemon, err := engineSettings(&account.Account{Settings: &s, Wiring: w, Version: version})
	require.NoError(t, err)
	sc, err := scenario.Parse(text + "\nconfig line=70 user=door name=\"Door Phone\"\n----\n")
	require.NoError(t, err)
	require.Equal(t, daemon, sc.Settings())
	sc, err = scenario.Parse(strings.Replace(text, "command-to=", "to=", 1) + "\n----\n")
	require.NoError(t, err)
	require.Equal(t, daemon.To, sc.Settings().To, "the old spelling")
}
