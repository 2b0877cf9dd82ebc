package winetest

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const provider = "../../adapters/tapi/tsp/"

// compile makes a Windows program of C sources in the bottle.
func (b *bottle) compile(name string, sources ...string) string {
	b.t.Helper()
	file := filepath.Join(b.dir, name)
	args := append([]string{"-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-D_WIN32_WINNT=0x0601", "-static", "-s", "-o", file}, sources...)
	out, err := exec.Command("x86_64-w64-mingw32-gcc", args...).CombinedOutput()
	require.NoError(b.t, err, "%s", out)
	return file
}

// TestGoldenFramesOnWindows runs the Windows build of the provider's half of the wire against the golden files, as
// adapters/tapi does with that of this machine.
func TestGoldenFramesOnWindows(t *testing.T) {
	b := newBottle(t)
	golden := b.compile("golden.exe", provider+"test/golden.c", provider+"test/goldenfile.c", provider+"wire.c", provider+"image.c", provider+"table.c")
	dir, err := filepath.Abs("../../adapters/tapi/wire/testdata/frames")
	require.NoError(t, err)
	p := b.start(nil, golden, filepath.ToSlash(windows(dir)))
	require.Zero(t, p.wait(), p.text())
	require.Regexp(t, `[0-9]{4,} checks, 0 faults`, p.text())
}

// TestLoadingDoesNothing: the work of the libraries begins with a function of theirs, not while the loader's lock is held.
func TestLoadingDoesNothing(t *testing.T) {
	b := newBottle(t)
	made(t, provider, provider+"ui")
	loading := b.compile("loading.exe", provider+"test/loading.c")
	p := b.start(nil, loading, artefact(t, "x64/offhook.tsp"), artefact(t, "x64/debug/offhook.tsp"), artefact(t, "x64/offhookui.dll"), artefact(t, "x64/debug/offhookui.dll"))
	require.Zero(t, p.wait(), p.text())
	require.Contains(t, p.text(), "nothing happens")
}
