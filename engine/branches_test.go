package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBranchIndex: the index finds what a map finds, through growth and removals, for calls parked and whole.
func TestBranchIndex(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	x, model := newBranchIndex(), map[channelKey]*call{}
	lot := &compactor{limit: expandedLimit}
	lines := []*line{{view: LineView{Permanent: 1}, compactor: lot}, {view: LineView{Permanent: 2}, compactor: lot}}
	for i := range 30_000 {
		key := channelKey{lines[r.IntN(2)], fmt.Sprint("SIP/", r.IntN(3_000))}
		k := model[key]
		switch {
		case k == nil && i < 15_000 || k == nil && r.IntN(3) == 0:
			k = &call{permanent: key.line.view.Permanent, body: &body{line: key.line, branches: []branch{{channel: key.channel}}}}
			if r.IntN(2) == 0 {
				k.compact()
			}
			x.add(key.line, key.channel, k)
			model[key] = k
		case k != nil && r.IntN(2) == 0:
			x.remove(key.line, key.channel)
			delete(model, key)
		}
		if i%1000 == 0 {
			for key, k := range model {
				require.Same(t, k, x.get(key.line, key.channel))
			}
		}
		require.Equal(t, len(model), x.n)
	}
	require.Nil(t, x.get(lines[0], "SIP/none"))
	for key := range model {
		x.remove(key.line, key.channel)
	}
	require.Zero(t, x.n)
	for _, k := range x.calls {
		require.Nil(t, k)
	}
}
