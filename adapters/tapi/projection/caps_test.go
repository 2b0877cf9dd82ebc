package projection

import (
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/spec"
)

// TestCapsAreSupersets is rule R-24.
func TestCapsAreSupersets(t *testing.T) {
	c := AddressCapsOf(&tapitest.Ida, 7, tapitest.AllActions)
	for s := spec.CallState(1); s <= spec.CallStateUnknown; s <<= 1 {
		require.Zero(t, stateFeatures(s)&FeaturesOf(tapitest.AllActions)&^c.CallFeatures, s)
	}
	for _, m := range disconnectModes {
		require.NotZero(t, c.DisconnectModes&m)
	}
}
