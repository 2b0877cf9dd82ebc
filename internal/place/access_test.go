package place

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAccessRules reads the descriptors as a person would: who is in, who is out.
func TestAccessRules(t *testing.T) {
	sid := ServiceSID()
	require.True(t, strings.HasPrefix(sid, "S-1-5-80-"), sid)
	root, table := RootAccess(sid), TableAccess(sid)
	require.Equal(t, "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;"+sid+")", root)
	require.Equal(t, "D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;"+sid+")(A;;FR;;;NS)", table)
	require.Equal(t, root+"(A;OICI;0x1301bf;;;NS)", ProviderLogAccess(sid), "the Telephony service writes its provider's log, and may do nothing beside it")
	for _, out := range []string{";;;WD)", ";;;BU)", ";;;AU)", ";;;IU)", ";;;AN)", ";;;LS)", ";;;CO)"} {
		require.NotContains(t, root, out)
		require.NotContains(t, table, out)
		require.NotContains(t, ProviderLogAccess(sid), out)
	}
}
