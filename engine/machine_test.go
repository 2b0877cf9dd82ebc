package engine

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/events"
)

var update = flag.Bool("update", false, "rewrite drawn files")

func TestDenseTableEqualsLooplab(t *testing.T) {
	m := newMachine()
	for s := Null; s < stateCount; s++ {
		for _, e := range append(events.Types(), released) {
			want, err := m.next(s, stepName(e))
			got, ok := stateTable.next(s, e)
			require.Equal(t, err == nil, ok, "%s in %s", e, s)
			require.Equal(t, want, got)
			require.True(t, err == nil || errors.Is(err, ErrNotAllowed), "%v", err)
		}
	}
	for _, s := range confirmed {
		to, err := m.next(Unknown, confirmStep(s))
		require.NoError(t, err)
		require.Equal(t, s, to)
	}
}

func TestEveryLiveStateCanEnd(t *testing.T) {
	for s := Null + 1; s < stateCount; s++ {
		if s == Idle {
			for _, e := range append(events.Types(), released) {
				_, ok := stateTable.next(s, e)
				require.False(t, ok, "nothing leaves idle, yet %s does", e)
			}
			continue
		}
		to, ok := stateTable.next(s, released)
		require.True(t, ok, "%s is a trap", s)
		require.Equal(t, Idle, to)
	}
}

func TestStateNamesAreOneToOne(t *testing.T) {
	for s := Null; s < stateCount; s++ {
		back, ok := StateNamed(s.String())
		require.True(t, ok)
		require.Equal(t, s, back)
	}
	_, ok := StateNamed("ringing")
	require.False(t, ok)
}

// TestDiagramIsFresh keeps states.mmd, the picture of the table, true. Rewrite it with: make diagram.
func TestDiagramIsFresh(t *testing.T) {
	var b strings.Builder
	b.WriteString("%% Drawn from transitions.go by `make diagram`; a test fails when it is stale.\nstateDiagram-v2\n    [*] --> null\n")
	for _, tr := range transitions {
		for _, s := range tr.From {
			fmt.Fprintf(&b, "    %s --> %s: %s\n", s, tr.To, strings.TrimSuffix(stepName(tr.Event), ".v1"))
		}
	}
	for _, s := range confirmed {
		fmt.Fprintf(&b, "    unknown --> %s: call.confirmed\n", s)
	}
	b.WriteString("    idle --> [*]\n")
	if *update {
		require.NoError(t, os.WriteFile("states.mmd", []byte(b.String()), 0o644))
	}
	have, err := os.ReadFile("states.mmd")
	require.NoError(t, err)
	require.Equal(t, b.String(), string(have), "run: make diagram")
}
