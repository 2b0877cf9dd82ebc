package winetest

import (
	"encoding/binary"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFrames: the DLL's readers, built from its own sources, get the golden frames and the golden line table as they are, and
// 300,000 times spoilt: by the C compiler of this system, with its sanitizers, where there is one, else under Wine.
func TestFrames(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it compiles C")
	}
	files, err := filepath.Glob("../../adapters/tapi/testdata/wire/*.golden")
	require.NoError(t, err)
	var seeds []byte
	for _, f := range files {
		name := filepath.Base(f)
		if strings.HasPrefix(name, "copy-") {
			continue // no frame: buffers that an image was copied into
		}
		what := byte('F')
		if name == "linetable.golden" {
			what = 'T'
		}
		b := unhex(t, f)
		seeds = append(binary.LittleEndian.AppendUint32(append(seeds, what), uint32(len(b))), b...)
	}
	require.NotEmpty(t, seeds)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "seeds"), seeds, 0o600))
	const tsp = "../../adapters/tapi/tsp/"
	sources := []string{"../tapihost/frames.c", tsp + "wire.c", tsp + "image.c", tsp + "table.c", "-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror"}
	native := filepath.Join(dir, "frames")
	if exec.Command("gcc", append(sources, "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-o", native)...).Run() == nil {
		out, err := exec.Command(native, filepath.Join(dir, "seeds"), "300000").CombinedOutput()
		require.NoError(t, err, "%s", out)
		t.Logf("%s", out)
		return
	}
	b := commonBottle(t)
	out, err := exec.Command("x86_64-w64-mingw32-gcc", append(sources, "-static", "-o", native+".exe")...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	p := b.start(nil, windows(native+".exe"), windows(filepath.Join(dir, "seeds")), "300000")
	require.Zero(t, p.wait(), "%s", p.text())
}

// unhex reads a golden file of bytes.
func unhex(t *testing.T, file string) []byte {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var all strings.Builder
	for line := range strings.Lines(string(text)) {
		code, _, _ := strings.Cut(line, "#")
		all.WriteString(strings.Join(strings.Fields(code), ""))
	}
	b, err := hex.DecodeString(all.String())
	require.NoError(t, err)
	return b
}
