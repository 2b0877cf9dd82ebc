package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAccessRules reads the descriptors as a person would: who is in, who is out.
func TestAccessRules(t *testing.T) {
	sid := serviceSID()
	require.True(t, strings.HasPrefix(sid, "S-1-5-80-"), sid)
	root, table := rootAccess(sid), tableAccess(sid)
	require.Equal(t, "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;"+sid+")", root)
	require.Equal(t, "D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;"+sid+")(A;;FR;;;NS)", table)
	require.Equal(t, root+"(A;OICI;0x1301bf;;;NS)", providerLogAccess(sid), "the Telephony service writes its provider's log, and may do nothing beside it")
	for _, out := range []string{";;;WD)", ";;;BU)", ";;;AU)", ";;;IU)", ";;;AN)", ";;;LS)", ";;;CO)"} {
		require.NotContains(t, root, out)
		require.NotContains(t, table, out)
		require.NotContains(t, providerLogAccess(sid), out)
	}
}

// TestServiceElsewhere: on other systems the commands say where to look.
func TestServiceElsewhere(t *testing.T) {
	if os.PathSeparator != '/' {
		t.Skip("this is Windows")
	}
	for _, c := range []string{"install", "uninstall", "start", "stop", "status", "repair", "run"} {
		code, _, errs := call("", "service", c)
		require.Equal(t, 2, code)
		require.Contains(t, errs, "on Windows only")
	}
}
