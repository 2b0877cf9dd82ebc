package wire

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The provider's half of the wire, in C (tsp/wire.c, image.c, table.c), is portable: here it runs on this machine, with
// sanitizers. tests/wine runs what is built for Windows.

// cProgram builds one of tsp/test with the provider's portable sources.
func cProgram(t *testing.T, name string) string {
	t.Helper()
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("LEFT OUT: no gcc on this machine, which the C half of the frames is tested with; install the package gcc")
	}
	file := filepath.Join(t.TempDir(), name)
	args := []string{"-std=c11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-o", file}
	for _, source := range []string{"test/" + name + ".c", "test/goldenfile.c", "wire.c", "image.c", "table.c"} {
		args = append(args, filepath.Join("..", "tsp", filepath.FromSlash(source)))
	}
	out, err := exec.Command("gcc", args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return file
}

// TestGoldenFramesInC has the provider write and read the golden files.
func TestGoldenFramesInC(t *testing.T) {
	out, err := exec.Command(cProgram(t, "golden"), filepath.Join("testdata", "frames")).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Regexp(t, `^[0-9]{4,} checks, 0 faults\n$`, string(out))
}

// TestFramesInCRandomly feeds the provider's readers damaged and hostile frames and line tables. OFFHOOK_FUZZTIME makes it
// longer, with another beginning each time: make fuzz.
func TestFramesInCRandomly(t *testing.T) {
	last, seed := 2*time.Second, int64(1)
	if text := os.Getenv("OFFHOOK_FUZZTIME"); text != "" {
		d, err := time.ParseDuration(text)
		require.NoError(t, err)
		last, seed = d, time.Now().UnixNano()
	}
	out, err := exec.Command(cProgram(t, "fuzz"), filepath.Join("testdata", "frames"), fmt.Sprint(last.Seconds()), fmt.Sprint(seed)).CombinedOutput()
	require.NoError(t, err, "seed %d: %s", seed, out)
	t.Logf("seed %d: %s", seed, strings.TrimSpace(string(out)))
}

// TestFunctionCodesInC compares tsp/functions.h, in which each name stands for one function.
func TestFunctionCodesInC(t *testing.T) {
	short := map[string]string{ // where C's name is shorter than TAPI's
		"negotiate": "linenegotiatetspiversion", "conditionalmedia": "lineconditionalmediadetection", "setdefaultmedia": "linesetdefaultmediadetection",
		"dialogdata": "providergenericdialogdata",
	}
	want := map[string]Function{}
	for _, f := range Functions() {
		want[strings.ToLower(f.String())] = f
	}
	text, err := os.ReadFile("../tsp/functions.h")
	require.NoError(t, err)
	code, seen := Function(0), map[Function]bool{}
	for _, m := range regexp.MustCompile(`F_([A-Z_]+)(?: = ([0-9]+))?,?`).FindAllStringSubmatch(string(text), -1) {
		code++
		if m[2] != "" {
			n, err := strconv.Atoi(m[2])
			require.NoError(t, err)
			code = Function(n)
		}
		name := strings.ToLower(strings.ReplaceAll(m[1], "_", ""))
		var found []Function
		for _, full := range []string{short[name], "line" + name, "provider" + name} {
			if f, ok := want[full]; ok {
				found = append(found, f)
			}
		}
		require.Equal(t, []Function{code}, found, m[0])
		seen[code] = true
	}
	for f := range seen {
		delete(want, strings.ToLower(f.String()))
	}
	for name := range want { // what the DLL answers by itself has no code there
		require.Contains(t, []string{"providerconfig", "providerinstall", "providerremove", "provideruiidentify"}, name)
	}
}
