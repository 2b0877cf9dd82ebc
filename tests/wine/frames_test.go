package winetest

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const provider = "../../adapters/tapi/tsp/"

// compileC builds a Windows program from C sources.
func (b *winePrefix) compileC(name string, sources ...string) string {
	b.t.Helper()
	file := filepath.Join(b.dir, name)
	args := append([]string{"-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-D_WIN32_WINNT=0x0601", "-static", "-s", "-o", file}, sources...)
	out, err := exec.Command("x86_64-w64-mingw32-gcc", args...).CombinedOutput()
	require.NoError(b.t, err, "%s", out)
	return file
}

// TestGoldenFramesOnWindows runs the Windows build of the provider's side of the wire protocol against the golden files, as
// adapters/tapi does with the native build.
func TestGoldenFramesOnWindows(t *testing.T) {
	b := newPrefix(t)
	golden := b.compileC("golden.exe", provider+"test/golden.c", provider+"test/goldenfile.c", provider+"wire.c", provider+"image.c", provider+"table.c")
	dir, err := filepath.Abs("../../adapters/tapi/wire/testdata/frames")
	require.NoError(t, err)
	p := b.start(nil, golden, filepath.ToSlash(winePath(dir)))
	require.Zero(t, p.wait(), p.text())
	require.Regexp(t, `[0-9]{4,} checks, 0 faults`, p.text())
}

// TestLoadingDoesNothing checks that the libraries do nothing while Windows loads them, which it does with the loader lock held.
func TestLoadingDoesNothing(t *testing.T) {
	b := newPrefix(t)
	runMake(t, provider, provider+"ui")
	loading := b.compileC("loading.exe", provider+"test/loading.c")
	p := b.start(nil, loading, builtFile(t, "x64/offhook.tsp"), builtFile(t, "x64/debug/offhook.tsp"), builtFile(t, "x64/offhookui.dll"), builtFile(t, "x64/debug/offhookui.dll"))
	require.Zero(t, p.wait(), p.text())
	require.Contains(t, p.text(), "nothing happens")
}
