package pack

import (
	"encoding/hex"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/events/journaltest"
)

var rewrite = flag.Bool("rewrite", false, "write stored files that are missing; existing ones never change")

// TestStoredPack reads a pack that an earlier program stored: an event of each type of that time, with raw stanzas.
func TestStoredPack(t *testing.T) {
	const file, first = "testdata/every-type-1.hex", 5
	n := len(events.Types())
	if _, err := os.Stat(file); os.IsNotExist(err) && *rewrite {
		b := mustPack(t, journaltest.Batch("journal-1", first, n))
		require.NoError(t, os.WriteFile(file, []byte(hex.EncodeToString(b)+"\n"), 0o644))
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	b, err := hex.DecodeString(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	got, err := Unpack(b, nil)
	require.NoError(t, err)
	require.Len(t, got, storedTypes)
	raws := 0
	for i, e := range got {
		want := journaltest.EventOfVersion(1, e.Type(), "journal-1", uint64(first+i), e.Cause().Raw)
		require.True(t, events.SameEvents([]events.Event{want}, []events.Event{e}), "%s is read as %v, it was %v", e.Type(), e, want)
		if e.Cause().Raw != "" {
			require.Contains(t, e.Cause().Raw, "<body>")
			raws++
		}
	}
	require.Greater(t, raws, storedTypes/2)
}

// storedTypes is how many types of events there were when the pack was stored.
const storedTypes = 32
