package engine

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCallNumbersGoOnBehindTheLargest: the counter moves with the events that use its numbers, never backwards, and
// passes over 0.
func TestCallNumbersGoOnBehindTheLargest(t *testing.T) {
	c := randomCore()
	require.EqualValues(t, 1, c.nextCallNumber())
	for _, step := range [][2]uint32{{7, 8}, {3, 8}, {0, 8}, {math.MaxInt32, math.MaxInt32 + 1}, {3_000_000_000, 3_000_000_001}, {math.MaxUint32, 1}, {1, 2}, {math.MaxUint32, 2}} {
		c.raiseCallCounter(step[0])
		require.Equal(t, step[1], c.nextCallNumber(), "after %d", step[0])
	}
	first := randomCore()
	first.raiseCallCounter(math.MaxUint32 - 1) // a journal whose older part is gone
	require.EqualValues(t, math.MaxUint32, first.nextCallNumber())
}
