package spec

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStructuresInC has the Windows compilers of both kinds say that the structures and constants of tapi.h are where and
// what the golden files say, which the Go side is compared with.
func TestStructuresInC(t *testing.T) {
	var c strings.Builder
	c.WriteString("#define WIN32_LEAN_AND_MEAN\n#define TAPI_CURRENT_VERSION 0x00030001\n#include <stddef.h>\n#include <windows.h>\n#include <tapi.h>\n")
	for _, g := range golden(t, "layouts.golden") {
		fmt.Fprintf(&c, "_Static_assert(offsetof(%s, %s) == %s && sizeof ((%s *)0)->%s == %s, \"%s.%s\");\n", g[0], g[1], g[2], g[0], g[1], g[3], g[0], g[1])
	}
	for _, g := range golden(t, "constants.golden") {
		fmt.Fprintf(&c, "_Static_assert((unsigned)%s == %su, \"%s\");\n", g[0], g[1], g[0])
	}
	file := filepath.Join(t.TempDir(), "structures.c")
	require.NoError(t, os.WriteFile(file, []byte(c.String()), 0o600))
	for _, compiler := range []string{"x86_64-w64-mingw32-gcc", "i686-w64-mingw32-gcc"} {
		if _, err := exec.LookPath(compiler); err != nil {
			t.Skipf("LEFT OUT: no %s on this machine; run: make mingw", compiler)
		}
		out, err := exec.Command(compiler, "-std=c11", "-fsyntax-only", "-D_WIN32_WINNT=0x0601", file).CombinedOutput()
		require.NoError(t, err, "%s: %s", compiler, out)
	}
}
