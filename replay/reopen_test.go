package replay

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/engine"
	"offhook/replay/source"
)

// TestAMidRunTraceChecksWithItsSettings: a start step with open calls keeps its settings in the scenario, and the projection
// goes on over a restart in the same timeline.
func TestAMidRunTraceChecksWithItsSettings(t *testing.T) {
	core := engine.NewCore(engine.Settings{Learn: true, Show: map[string]string{"plain.mark": "own"}}, plainDialect{})
	core.Step(core.StartRecord(0, false))
	core.Step(stanzaRecord(1, `<message k="talking" ch="c1" from="7" to="41" user="a"/>`))
	start := core.StartRecord(2, true)
	var out bytes.Buffer
	o := plainOptions
	o.Stdin = strings.NewReader(ndjsonOf(start, stanzaRecord(3, `<message k="held" ch="c1" from="7" to="41" user="a"/>`)))
	_, err := Run(t.Context(), &out, o, source.Stdin)
	require.NoError(t, err)
	require.Contains(t, out.String(), "own")
	roundTrip(t, out.String())

	out.Reset() // a config line stands above a start step, be it in another spelling
	o.PartSettings, o.Stdin = map[string]string{"plain.old": "mine"}, strings.NewReader(ndjsonOf(start, stanzaRecord(3, `<message k="hold" ch="c1" from="7" to="41" user="a"/>`)))
	_, err = Run(t.Context(), &out, o, source.Stdin)
	require.NoError(t, err)
	require.Contains(t, out.String(), "heldmine")
	require.Contains(t, out.String(), "config plain.mark=mine\n")
	roundTrip(t, out.String())
	roundTrip(t, strings.Replace(out.String(), "config plain.mark=mine\n", "config plain.old=mine\n", 1))
}
