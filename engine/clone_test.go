package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/internal/trace"
)

// TestWhatIsKeptDoesNotKeepStanzas: lines, offers, held back rings and calls of stanzas padded to 64 KiB.
func TestWhatIsKeptDoesNotKeepStanzas(t *testing.T) {
	c, at := NewCore(Settings{Journal: "test", Learn: true}, plain{}), int64(0)
	say := func(format string, args ...any) {
		at++
		c.Step(trace.Record{Kind: trace.In, At: at, Raw: fmt.Sprintf(format, args...) + strings.Repeat(" ", 64<<10)})
	}
	say("busy user=warm ch=W dev=D from=0711 to=40")
	before := heap()
	const lines = 50
	for i := range lines {
		say("ringing user=u%d ch=R%d dev=D%d from=10%d to=10%d", i, i, i, i, i)                 // learned, and held back
		say("ringing user=u%d ch=C%d dev=E%d from=0711%d fromName=Vogt to=10%d", i, i, i, i, i) // a call
		say("ringing user=u%d ch=I%d dev=F%d from=20%d to=10%d int", i, i, i, i, i)             // an internal one
		say("offer user=u%d colleague=k%d number=30%d from=0712%d", i, i, i, i)
	}
	say("free user=nobody")
	require.Len(t, c.linesByNumber, lines+1)
	require.Len(t, c.linesByNumber[1].calls, 2)
	require.Len(t, c.linesByNumber[1].heldBack, 1)
	require.Len(t, c.linesByNumber[1].pickups, 1)
	require.Less(t, heap()-before, uint64(lines*16<<10), "bytes for %d lines", lines)
	require.NotNil(t, c)
}
