package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

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
