package wire

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/spec"
)

// docs/integrate/wire.md lists every function, kind and structure as the code has it.
func TestManualAgrees(t *testing.T) {
	text, err := os.ReadFile("../../../docs/integrate/wire.md")
	require.NoError(t, err)
	forms := map[Form]string{FormSync: "sync", FormAsync: "async", FormNewCall: "new"}
	for _, s := range functionTable {
		require.Contains(t, string(text), fmt.Sprintf("| %d | %s | %s | %s | %s |\n", s.code, s.name, forms[s.form], s.request, s.reply))
	}
	for k, name := range kindNames {
		require.Contains(t, string(text), fmt.Sprintf("| %d | %s | ", k, name))
	}
	for _, l := range []spec.Struct{spec.StructLineDevCaps, spec.StructLineAddressCaps, spec.StructLineCallInfo, spec.StructLineCallStatus, spec.StructLineDevStatus, spec.StructLineAddressStatus, spec.StructVarString, spec.StructLineCallHubTrackingInfo} {
		require.Contains(t, string(text), fmt.Sprintf("%d %s", l, l))
	}
}
