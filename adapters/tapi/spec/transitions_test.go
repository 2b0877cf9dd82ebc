package spec

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// steps are the scenarios of decision TAPI-c.2 as one line's states.
var steps = []string{
	"OFFERING CONNECTED DISCONNECTED IDLE",
	"OFFERING DISCONNECTED IDLE",
	"OFFERING IDLE",
	"DIALTONE DIALING PROCEEDING RINGBACK CONNECTED DISCONNECTED IDLE",
	"DIALING PROCEEDING RINGBACK CONNECTED ONHOLD CONNECTED IDLE",
	"DIALING PROCEEDING BUSY DISCONNECTED IDLE",
	"DIALING PROCEEDING DISCONNECTED IDLE",
	"CONNECTED ONHOLDPENDTRANSFER IDLE",
	"CONNECTED ONHOLDPENDTRANSFER CONNECTED CONFERENCED IDLE",
	"CONNECTED UNKNOWN CONNECTED UNKNOWN DISCONNECTED IDLE",
	"ONHOLD UNKNOWN IDLE",
}

func TestScenariosAreLegal(t *testing.T) {
	for _, story := range steps {
		from := CallStateNew
		for _, name := range strings.Fields(story) {
			to, err := ParseCallState(name)
			require.NoError(t, err)
			require.True(t, Legal(from, to), "%s: %s to %s", story, from, to)
			from = to
		}
	}
}

func TestTransitionTable(t *testing.T) {
	legal, strict := 0, 0
	for _, from := range append([]CallState{CallStateNew}, columns[:]...) {
		for _, to := range columns {
			require.False(t, from == to && Legal(from, to), from)
			if LegalStrict(from, to) {
				require.True(t, Legal(from, to))
				strict++
			}
			if Legal(from, to) {
				legal++
			}
		}
	}
	require.Equal(t, 51, strict)
	require.Equal(t, 103, legal)
	for _, to := range columns {
		require.False(t, Legal(CallStateIdle, to), "nothing leaves IDLE")
		require.Equal(t, to == CallStateIdle, Legal(CallStateDisconnected, to))
		require.Equal(t, to != CallStateUnknown, Legal(CallStateUnknown, to))
	}
	for _, bad := range []CallState{CallStateIdle, CallStateDisconnected, CallStateOnHoldPendTransfer} {
		require.False(t, Legal(CallStateNew, bad))
	}
	require.False(t, Legal(CallStateConnected, CallStateOffering))
	require.False(t, Legal(CallStateConnected, CallStateIdle|CallStateConnected), "one bit only")
	require.False(t, Legal(CallState(1<<20), CallStateIdle))
	require.False(t, LegalStrict(CallStateOffering, CallStateUnknown))
}

func TestOnlyLiveStatesRepeat(t *testing.T) {
	require.True(t, Repeatable(CallStateConnected))
	require.True(t, Repeatable(CallStateOffering))
	for _, never := range []CallState{CallStateIdle, CallStateDisconnected, CallStateNew, 3} {
		require.False(t, Repeatable(never), never)
	}
}
