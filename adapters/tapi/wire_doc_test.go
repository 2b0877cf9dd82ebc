package tapi

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// docs/wire.md lists every function, kind and structure as the code has it.
func TestManualAgrees(t *testing.T) {
	text, err := os.ReadFile("../../docs/wire.md")
	require.NoError(t, err)
	forms := map[Form]string{FormSync: "sync", FormAsync: "async", FormNew: "new"}
	for _, s := range functionTable {
		require.Contains(t, string(text), fmt.Sprintf("| %d | %s | %s | %s | %s |\n", s.code, s.name, forms[s.form], s.asks, s.tells))
	}
	for k, name := range kindNames {
		require.Contains(t, string(text), fmt.Sprintf("| %d | %s | ", k, name))
	}
	for _, l := range []Struct{StructLineDevCaps, StructLineAddressCaps, StructLineCallInfo, StructLineCallStatus, StructLineDevStatus, StructLineAddressStatus, StructVarString, StructLineCallHubTrackingInfo} {
		require.Contains(t, string(text), fmt.Sprintf("%d %s", l, l))
	}
}
